// What the buttons of the menus do: scheme, text size, sound, desktop notifications, another language.
import { wanted } from '../lib/lazy.js';
import { showSound } from '../lib/sound_button.js';

const root = document.documentElement;
const keep = (key, value) => { try { if (value) localStorage[key] = value; else delete localStorage[key]; } catch { /* closed */ } };

const actions = {
  theme() {
    const dark = (root.dataset.theme ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light')) === 'dark';
    root.dataset.theme = dark ? 'light' : 'dark';
    keep('theme', root.dataset.theme);
  },
  text(button) {
    const large = root.dataset.text !== 'large';
    if (large) root.dataset.text = 'large';
    else delete root.dataset.text;
    button.setAttribute('aria-pressed', String(large));
    keep('text', large ? 'large' : '');
  },
  sound(button) {
    const on = button.getAttribute('aria-pressed') !== 'true';
    keep('sound', on ? 'on' : 'off');
    showSound(button, on);
  },
  notify() { globalThis.Notification?.requestPermission(); },
};

for (const button of document.querySelectorAll('[data-do=sound]')) {
  try { showSound(button, localStorage.sound !== 'off'); } catch { /* closed */ }
}
for (const button of document.querySelectorAll('[data-do=text]')) button.setAttribute('aria-pressed', String(root.dataset.text === 'large'));

export const act = (button) => actions[button.dataset.do](button);

export const changeLang = async (form, button) => (await wanted('lang')).switchLang(form, button);
