// Texts in the reader's language: templates/texts.html carries them as data-* attributes.
const texts = typeof document === 'undefined' ? null : document.getElementById('texts');

/** The text called key with each {x} replaced from args; the key itself when there is none. */
export function text(key, args = {}) {
  return fill(texts?.dataset[key] ?? key, args);
}

export function fill(pattern, args) {
  return pattern.replace(/\{(\w+)\}/g, (whole, name) => args[name] ?? whole);
}
