// What is there when a chat is over: the server's own section, fetched when it ends before the reader's eyes; and the words for the chosen star.
import { byId } from '../lib/dom.js';
import { pagePath, shell } from '../lib/embed.js';

const CSS = '/static/css/ended.css';

async function fetchSection() {
  const page = new DOMParser().parseFromString(await (await fetch(pagePath(), { credentials: 'same-origin', headers: shell?.headers })).text(), 'text/html');
  const section = page.getElementById('ended');
  if (!section || section.hidden) return;
  if (!document.querySelector(`link[href="${CSS}"]`)) {
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = CSS;
    document.head.append(link);
    await new Promise((done) => { link.onload = link.onerror = done; });
  }
  byId('ended').replaceChildren(...document.importNode(section, true).childNodes);
  sayEnded(page);
}

/** Nobody is connected to anybody any more: the page's head says so, as it will after a reload. */
function sayEnded(page) {
  const said = page.querySelector('header h1 + p');
  if (!said) return;
  byId('connection').hidden = true;
  byId('agent-dot').hidden = true;
  byId('who').after(document.importNode(said, true));
}

function sayScore() {
  const chosen = document.querySelector('.stars :checked');
  byId('score-said').textContent = chosen ? chosen.parentElement.textContent : '';
}

/** isLive: the chat ended while the page was open. */
export async function showEnded(isLive) {
  if (isLive) await fetchSection();
  else document.querySelector('.rated')?.scrollIntoView({ block: 'nearest' }); // the thanks, on a small screen too
  const form = byId('rating');
  if (!form) return;
  form.addEventListener('change', sayScore);
  sayScore();
}
