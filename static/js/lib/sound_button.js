// The button of the sound, as it stands.
import { changeIcon } from './dom.js';

export function showSound(button, on) {
  button.setAttribute('aria-pressed', String(on));
  changeIcon(button.querySelector('.i'), on ? 'sound' : 'mute');
}
