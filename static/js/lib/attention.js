// Calling somebody who looks elsewhere: a number in the title, a short sound, a desktop notification where it is allowed.
import { text } from './text.js';

let title = '', shown = null;
let count = 0, waiting = 0;
let audio = null;

/** What stands there and is not ours is the page's title: it changes with the language. */
function showTitle() {
  if (document.title !== shown) title = document.title;
  const parts = [waiting ? text('waitingTitle', { n: waiting }) : '', count ? text('newMessagesTitle', { n: count }) : '', title];
  document.title = shown = parts.filter(Boolean).join(' ');
}

export function badge(n) {
  count = n;
  showTitle();
}
export const badgeMore = () => badge(count + 1);

/** How many wait, for the staff's pages. */
export function badgeWaiting(n) {
  if (n === waiting) return;
  waiting = n;
  showTitle();
}

const choice = (key, preset) => { try { return localStorage[key] ?? preset; } catch { return preset; } };
export const isSoundOn = () => choice('sound', 'on') === 'on';

/** Two short tones, made here: no file to load, and nothing to allow in the CSP. Browsers stay silent before the first click. */
export function chime() {
  if (!isSoundOn()) return;
  try {
    audio ??= new AudioContext();
    [880, 1175].forEach((hz, i) => {
      const tone = audio.createOscillator(), loud = audio.createGain(), at = audio.currentTime + i * 0.14;
      tone.frequency.value = hz;
      loud.gain.setValueAtTime(0.12, at);
      loud.gain.exponentialRampToValueAtTime(0.001, at + 0.3);
      tone.connect(loud).connect(audio.destination);
      tone.start(at);
      tone.stop(at + 0.3);
    });
  } catch { /* no sound here */ }
}

export function notify(words, onClick) {
  if (!('Notification' in globalThis) || Notification.permission !== 'granted' || !document.hidden) return;
  const n = new Notification(words, { tag: 'sangdam' });
  n.onclick = () => { window.focus(); n.close(); onClick?.(); };
}
