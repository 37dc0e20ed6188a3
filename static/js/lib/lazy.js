// Modules that are fetched when they are first wanted (static/js/lazy). What somebody did waits for its module and is done then: after a moment the page says
// that it waits, and a fetch that failed is tried again until it comes, at once when the network is back.
import { Backoff } from './backoff.js';
import { byId, el, icon } from './dom.js';
import { text } from './text.js';

const SLOW_MS = 700;
const modules = {};

/** The module lazy/NAME.js; it may take long and never fails. isAsked: somebody waits for it. */
export const wanted = (name, isAsked = true) => (modules[name] ??= load(name, isAsked));

async function load(name, isAsked) {
  const backoff = new Backoff(), line = el('p.flag', icon('refresh'), el('span', text('loading')));
  line.setAttribute('role', 'status');
  const timer = isAsked && setTimeout(() => byId('flags')?.append(line), SLOW_MS);
  for (;;) {
    try {
      const module = await import(`/static/js/lazy/${name}.js${backoff.tries ? `?${backoff.tries}` : ''}`); // browsers remember that an address failed
      clearTimeout(timer);
      line.remove();
      return module;
    } catch {
      await new Promise((again) => {
        setTimeout(again, backoff.next() + 500);
        addEventListener('online', again, { once: true });
      });
    }
  }
}
