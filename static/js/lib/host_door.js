// Messages between the shell and the page that embeds it. What comes is looked at three times: it is the parent that speaks, from an origin of the site's list,
// and a message of a known shape; floods are dropped. The first origin that says hello is the only one answered.
const SHAPES = {
  hello: { user: (v) => typeof v === 'boolean' },
  opened: {},
  closed: {},
  user: { jwt: (v) => typeof v === 'string' && v.length <= 4096 },
  page: { page: (v) => typeof v === 'string' && v.length <= 300 },
  locale: { locale: (v) => v === 'ko' || v === 'en' },
};
const BURST = 40, PER_SECOND = 10;

/** The message in data, or null: exactly {sangdam: 1, type, ...} with the members of its type. */
export function readMessage(data, shapes = SHAPES) {
  if (typeof data !== 'object' || data === null || data.sangdam !== 1 || typeof data.type !== 'string' || !Object.hasOwn(shapes, data.type)) return null;
  const shape = shapes[data.type], names = Object.keys(shape);
  if (Object.keys(data).length !== names.length + 2) return null;
  return names.every((name) => Object.hasOwn(data, name) && shape[name](data[name])) ? data : null;
}

export class HostDoor {
  #host = null;
  #left = BURST;
  #at;

  /** parent: the window that may speak; origins: of the site; on: {hello(message), opened(message), ...}. */
  constructor({ parent, origins, on, now = Date.now }) {
    Object.assign(this, { parent, origins, on, now });
    this.#at = now();
  }

  /** A message event. */
  take({ source, origin, data }) {
    if (source !== this.parent || !this.origins.includes(origin) || (this.#host && origin !== this.#host) || !this.#mayTake()) return;
    const message = readMessage(data);
    if (!message) return;
    this.#host ??= message.type === 'hello' ? origin : null;
    if (this.#host) this.on[message.type]?.(message);
  }

  say(type, more = {}) {
    if (this.#host) this.parent.postMessage({ sangdam: 1, type, ...more }, this.#host);
  }

  #mayTake() {
    const now = this.now();
    this.#left = Math.min(BURST, this.#left + (now - this.#at) / 1000 * PER_SECOND);
    this.#at = now;
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
