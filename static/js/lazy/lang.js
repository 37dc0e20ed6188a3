// Another language for an open chat, without a reload: the talk, what is being typed and the connection stay. The server writes the page once in each of
// the two languages; what differs between them is the dictionary for what stands here. What the scripts wrote follows the patterns of templates/texts.html. What
// people wrote is left alone.
import { byId } from '../lib/dom.js';
import { pagePath, prefixOf, shell } from '../lib/embed.js';
import { clock, day } from '../lib/time.js';
import { sayTryLater } from '../lib/try_later.js';

const ATTRIBUTES = ['aria-label', 'placeholder', 'title', 'alt'];
const OURS_NOT = '.bubble, .quote, .who, .face, #who, #uploads, textarea, script, style';
const SWITCH = 'form[action$="/lang"]';
const parse = async (answer) => new DOMParser().parseFromString(await answer.text(), 'text/html');
const trim = (s) => s.replace(/\s+/g, ' ').trim();

/** The same template filled twice: pairs of elements, as far as their structures agree. */
function* pairs(a, b) {
  yield [a, b];
  const x = [...a.children], y = [...b.children];
  if (x.length !== y.length) return; // a row came in between
  for (let i = 0; i < x.length; i++) if (x[i].tagName === y[i].tagName) yield* pairs(x[i], y[i]);
}

const ownTexts = (e) => [...e.childNodes].filter((n) => n.nodeType === 3 && n.data.trim());

class Dictionary {
  #words = new Map();
  #patterns = [];

  constructor(before, after) {
    for (const [a, b] of pairs(before.body, after.body)) {
      const x = ownTexts(a), y = ownTexts(b);
      if (x.length === y.length) x.forEach((n, i) => this.#learn(a.tagName, trim(n.data), trim(y[i].data)));
      for (const name of ATTRIBUTES) if (a.hasAttribute(name)) this.#learn(a.tagName, trim(a.getAttribute(name)), trim(b.getAttribute(name) ?? ''));
    }
    const old = before.getElementById('texts').dataset, now = after.getElementById('texts').dataset;
    for (const key of Object.keys(old)) {
      const source = old[key].split(/(\{\w+\})/).map((s) => (/^\{\w+\}$/.test(s) ? `(?<${s.slice(1, -1)}>.+?)` : s.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))).join('');
      this.#patterns.push([new RegExp(`^${source}$`, 's'), now[key]]);
    }
  }

  /** The place counts first: one word may have two translations. */
  #learn(tag, from, to) {
    if (from === to) return;
    for (const key of [`${tag} ${from}`, from]) if (!this.#words.has(key)) this.#words.set(key, to);
  }

  /** s in the other language; s itself when nobody knows. */
  turn(tag, s) {
    const known = this.#words.get(`${tag} ${s}`) ?? this.#words.get(s);
    if (known !== undefined) return known;
    for (const [pattern, now] of this.#patterns) {
      const found = pattern.exec(s);
      if (found) return now.replace(/\{(\w+)\}/g, (hole, name) => (found.groups?.[name] === undefined ? hole : this.turn(tag, found.groups[name])));
    }
    return s;
  }
}

function turnText(node, dictionary) {
  const words = trim(node.data);
  if (!words || node.parentElement.closest(OURS_NOT)) return;
  const turned = dictionary.turn(node.parentElement.tagName, words);
  if (turned !== words) node.data = node.data.replace(/^(\s*)[^]*?(\s*)$/, (all, head, tail) => head + turned + tail);
}

function turnPage(dictionary) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) turnText(walker.currentNode, dictionary);
  for (const name of ATTRIBUTES) {
    for (const e of document.body.querySelectorAll(`[${name}]`)) {
      const words = trim(e.getAttribute(name));
      e.setAttribute(name, dictionary.turn(e.tagName, words));
    }
  }
  for (const t of byId('messages').querySelectorAll('time')) t.textContent = (t.parentElement.matches('.day') ? day : clock)(t.dateTime);
}

/** The page as it is in this language and, the cookie being set by then, in the other; and where that one is. */
async function fetchBoth(form, button) {
  const { headers } = shell ?? {};
  const before = await parse(await fetch(headers ? pagePath() : location.href, { headers }));
  const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(new FormData(form, button)), headers }); // leads back to this page
  const after = await parse(answer);
  if (!answer.ok || !before.getElementById('messages') || !after.getElementById('messages')) throw new Error('no such page');
  return [before, after, new URL(answer.url).pathname];
}

/** In a frame the language is in the address: the page's own, and those that it leads to. */
function move(path) {
  const from = prefixOf(pagePath()), to = prefixOf(path);
  if (from === to) return;
  for (const name of ['href', 'action', 'formaction']) {
    for (const e of document.body.querySelectorAll(`[${name}^="${from}/"]`)) e.setAttribute(name, to + e.getAttribute(name).slice(from.length));
  }
  if (!shell?.headers) history.replaceState(history.state, '', path + location.search);
  shell?.moved(path);
}

/** form: the switch, button: the language. When the server can't be reached it is said, and nothing changes. */
export async function switchLang(form, button) {
  let before, after, path;
  try {
    [before, after, path] = await fetchBoth(form, button);
  } catch {
    sayTryLater();
    return;
  }
  const dictionary = new Dictionary(before, after);
  document.documentElement.lang = after.documentElement.lang;
  document.title = after.title;
  turnPage(dictionary);
  Object.assign(byId('texts').dataset, after.getElementById('texts').dataset);
  const menu = form.closest('details');
  form.replaceWith(document.importNode(after.querySelector(SWITCH), true));
  move(path);
  if (!menu.open) return; // the site around it wished so
  menu.open = false;
  menu.querySelector('summary').focus();
}
