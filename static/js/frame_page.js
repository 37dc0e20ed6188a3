// A customer's page inside another site's page: Esc and the button close it, what came while nobody looked is counted, and where a token stands for the cookie,
// links and forms go through the shell.
import { pagePath, shell } from './lib/embed.js';

const root = document.getElementById('chat');
const list = document.getElementById('messages');

function listen() {
  // before the menus see it: Esc closes what is innermost first; while a syllable is composed it belongs to the composition
  addEventListener('keydown', (e) => {
    if (e.key === 'Escape' && !e.isComposing && !document.querySelector('dialog[open], details.menu[open]')) shell.close();
  }, { capture: true });
  for (const button of document.querySelectorAll('[data-do=close-frame]')) button.addEventListener('click', () => shell.close());
  addEventListener('sangdam-opened', () => {
    (document.getElementById('say') ?? document.querySelector('main input, main a, header summary'))?.focus();
    count();
  });
  addEventListener('sangdam-closed', count);
  addEventListener('submit', (e) => {
    if (e.target.elements.page) e.target.elements.page.value = shell.page;
    const isFirst = e.target.id === 'start' && !e.target.elements.csrfToken.value;
    if (e.defaultPrevented || (!shell.headers && !isFirst)) return;
    e.preventDefault();
    if (shell.headers) shell.submit(e.target, e.submitter);
    else shell.begin(e.target, e.submitter);
  });
  addEventListener('click', onClick);
}

/** Links of a page without an address of its own. */
function onClick(e) {
  const link = e.target.closest?.('a[href]'), href = link?.getAttribute('href');
  if (!href || e.defaultPrevented || !shell.headers) return;
  if (href.startsWith('#')) {
    e.preventDefault();
    document.getElementById(href.slice(1))?.scrollIntoView();
    document.getElementById(href.slice(1))?.focus();
  } else if (href.startsWith('/api/')) {
    e.preventDefault();
    save(href, link);
  } else if (href.startsWith('/frame/')) {
    e.preventDefault();
    shell.go(href);
  }
}

async function save(url, link) {
  try {
    const a = document.createElement('a');
    a.href = await shell.file(url);
    a.download = link.querySelector('img')?.alt || link.querySelector('b')?.textContent || '';
    a.click();
  } catch { /* the server is away: the link is still there */ }
}

// ---- what came while nobody looked ----

let seen = Number(root?.dataset.ownRead ?? 0);
const rows = () => [...list.querySelectorAll('li.msg:not(.own)[data-seq]')].map((li) => Number(li.dataset.seq));

function count() {
  if (!list) return;
  if (shell.isOpen) seen = Math.max(seen, ...rows());
  shell.unread(rows().filter((seq) => seq > seen).length);
}

if (shell) {
  shell.moved(pagePath());
  listen();
  for (const img of document.querySelectorAll('img[data-file]')) shell.show(img, img.dataset.file);
  shell.chat(Boolean(root) && root.dataset.status !== 'COMPLETED');
  if (list) new MutationObserver(count).observe(list, { childList: true });
  count();
  if (shell.isOpen) dispatchEvent(new Event('sangdam-opened'));
}
