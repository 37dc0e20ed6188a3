// Times as people read them, in the page's language and the site's zone: the same that the server writes, with or without script.
const html = globalThis.document?.documentElement;
const timeZone = html?.dataset?.zone || undefined;

/** The language is asked for each time: it may change while the page is open. */
function maker(options) {
  let lang, format;
  return (time) => {
    if (!format || lang !== html?.lang) format = new Intl.DateTimeFormat((lang = html?.lang) || 'ko', { ...options, timeZone });
    return format.format(new Date(time));
  };
}

export const clock = maker({ hour: 'numeric', minute: '2-digit' });
export const day = maker({ dateStyle: 'full' });
export const sameMinute = (a, b) => Math.floor(Date.parse(a) / 6e4) === Math.floor(Date.parse(b) / 6e4);
export const sameDay = (a, b) => day(a) === day(b);

/** 3:40, 1:02:03 from seconds. */
export function span(seconds) {
  const s = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, '0');
  return s < 3600 ? `${Math.floor(s / 60)}:${two(s % 60)}` : `${Math.floor(s / 3600)}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1048576 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1048576).toFixed(1)} MB`;
}
