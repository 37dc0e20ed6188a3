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

const SVG = 'http://www.w3.org/2000/svg';
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg'), use = document.createElementNS(SVG, 'use');
  svg.setAttribute('class', 'i');
  svg.setAttribute('aria-hidden', 'true');
  use.setAttribute('href', `/static/icons.svg#${name}`);
  svg.append(use);
  return svg;
}

export const changeIcon = (svg, name) => svg?.firstElementChild?.setAttribute('href', `/static/icons.svg#${name}`);
