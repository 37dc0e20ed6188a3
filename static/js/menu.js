// The menus of every page: a click beside an open one, and Escape, close it. What their buttons do is fetched when a menu opens (lazy/menu.js); so is
// another language for an open chat, which changes where it stands.
import { wanted } from './lib/lazy.js';

const fetchActions = () => wanted('menu');

document.addEventListener('toggle', (e) => { if (e.target.open) fetchActions(); }, true);

document.addEventListener('click', async (e) => {
  for (const menu of document.querySelectorAll('details.menu[open]')) if (!menu.contains(e.target)) menu.open = false;
  const button = e.target.closest('[data-do]');
  if (/^(theme|text|sound|notify)$/.test(button?.dataset.do)) (await fetchActions()).act(button);
});
document.addEventListener('submit', async (e) => {
  const { target: form, submitter } = e;
  if (!form.getAttribute('action')?.endsWith('/lang') || !document.getElementById('chat')) return;
  e.preventDefault();
  (await fetchActions()).changeLang(form, submitter);
});
document.addEventListener('keydown', (e) => {
  if (e.key !== 'Escape') return;
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    menu.open = false;
    menu.querySelector('summary').focus();
  }
});
