// A button that leads to a page with a form opens that form as a dialog instead. The form comes from its page each time, as things are then; what was chosen and
// written before is kept.
import { byId, el } from './dom.js';

async function fetchForm(path) {
  const answer = await fetch(path, { credentials: 'same-origin' });
  const form = answer.ok && !answer.redirected && new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main form');
  if (!form) throw new Error('no form');
  return document.importNode(form, true);
}

function keepChoices(form, old) {
  for (const field of old?.querySelectorAll('textarea, :checked') ?? []) {
    const again = [...form.elements].find((one) => one.name === field.name && (field.type !== 'radio' || one.value === field.value));
    if (field.type === 'radio') { if (again && !again.disabled) again.checked = true; } else if (again) again.value = field.value;
  }
}

function makeDialog(button, name) {
  const dialog = el('dialog');
  dialog.id = `${name}-dialog`;
  dialog.setAttribute('aria-labelledby', `${name}-title`);
  dialog.addEventListener('close', () => { button.hidden = false; button.focus(); });
  dialog.addEventListener('click', (e) => {
    if (e.target !== dialog && !e.target.closest('[data-do=close-dialog]')) return;
    e.preventDefault();
    dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}

/** button: of a form whose action is the page; name: of the dialog; failed(): the page could not be had. */
export function openFormAsDialog(button, name, failed) {
  let isComing = false;
  button?.addEventListener('click', async (e) => {
    e.preventDefault();
    if (isComing) return;
    isComing = true;
    try {
      const form = await fetchForm(button.form.action), dialog = byId(`${name}-dialog`) ?? makeDialog(button, name);
      keepChoices(form, dialog.firstElementChild);
      dialog.replaceChildren(form);
      if (!button.isConnected || button.hidden || document.querySelector('dialog[open]')) return;
      button.hidden = true; // one button of that name at a time
      dialog.showModal();
    } catch { failed(); } finally { isComing = false; }
  });
}
