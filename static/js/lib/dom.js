// Small helpers over the DOM. Text goes in by textContent only.
export const byId = (id) => document.getElementById(id);

/** An element: el('p.who', 'text') or el('li', child, child). */
export function el(name, ...inside) {
  const [tag, ...classes] = name.split('.');
  const e = document.createElement(tag);
  if (classes.length) e.className = classes.join(' ');
  e.append(...inside.filter((x) => x != null));
  return e;
}

const SVG = 'http://www.w3.org/2000/svg', SPRITE = '/static/icons.svg';
let prefix = `${SPRITE}#`;

export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg'), use = document.createElementNS(SVG, 'use');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', prefix + name);
  svg.append(use);
  return svg;
}

export const changeIcon = (svg, name) => svg?.firstElementChild?.setAttribute('href', prefix + name);

/** Takes the icons into the page, so that the ones which say "offline" can be drawn when it is. */
export async function keepIcons() {
  try {
    const sprite = new DOMParser().parseFromString(await (await fetch(SPRITE)).text(), 'image/svg+xml').documentElement;
    const kept = document.createElementNS(SVG, 'svg');
    kept.setAttribute('hidden', '');
    for (const symbol of sprite.querySelectorAll('symbol')) {
      symbol.id = `i-${symbol.id}`;
      kept.append(document.importNode(symbol, true));
    }
    document.body.append(kept);
    prefix = '#i-';
  } catch { /* they come from the server one by one */ }
}
