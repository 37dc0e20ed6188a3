// What one can do with a message: its page's forms (templates/message.html) as a dialog.
import { el, icon } from '../lib/dom.js';
import { shell } from '../lib/embed.js';
import { text } from '../lib/text.js';
import { sayTryLater } from '../lib/try_later.js';

/** url: of the message's page; quote(seq); onRow(row): the edit or deletion, as the server answered it. */
export async function openAct({ url, api, quote, onRow }) {
  let page;
  try {
    page = new DOMParser().parseFromString(await (await fetch(url, { headers: shell?.headers })).text(), 'text/html');
  } catch {
    sayTryLater();
    return;
  }
  const act = page.getElementById('act');
  if (!act) { // the page says why, where it can be visited
    if (shell?.headers) sayTryLater();
    else location.assign(url);
    return;
  }
  const [, session, seq] = /chat\/([^/]+)\/messages\/(\d+)/.exec(url);
  const close = el('button.btn.bare.icon', icon('close')), dialog = el('dialog', document.importNode(act, true));
  dialog.firstChild.classList.remove('card');
  close.type = 'button';
  const head = dialog.querySelector('p.small');
  head.classList.add('bar');
  close.classList.add('push');
  head.append(close);
  close.setAttribute('aria-label', text('close'));
  close.addEventListener('click', () => dialog.close());
  dialog.setAttribute('aria-label', page.querySelector('h1').textContent);
  dialog.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  dialog.addEventListener('close', () => dialog.remove());
  dialog.querySelector('a[href*="?quote="]')?.addEventListener('click', (e) => {
    e.preventDefault();
    dialog.close();
    quote(Number(seq));
  });
  dialog.addEventListener('submit', async (e) => {
    e.preventDefault();
    const isDelete = e.target.action.endsWith('/delete'), content = e.target.content?.value;
    try {
      const { data } = await api.post(`/api/chat/sessions/${session}/messages/${seq}`, isDelete ? {} : { content }, isDelete ? 'DELETE' : 'PUT');
      dialog.close();
      if (data.targetSeq) onRow(data);
    } catch (error) {
      dialog.querySelector('.err')?.remove();
      const p = el('p.err', error.status ? error.message : text('tryLater'));
      p.setAttribute('role', 'alert');
      e.target.append(p);
    }
  });
  document.body.append(dialog);
  dialog.showModal();
}
