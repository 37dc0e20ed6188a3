// Buttons that lead to a page of their own without script open the same form as a dialog.
export function openAsDialog(button, dialog) {
  const menu = button?.closest('details');
  button?.addEventListener('click', (e) => {
    if (!dialog) return;
    e.preventDefault();
    button.hidden = true; // one button of that name at a time
    if (menu) menu.open = false;
    dialog.showModal();
  });
  dialog?.addEventListener('close', () => { button.hidden = false; (menu?.querySelector('summary') ?? button).focus(); });
  dialog?.addEventListener('click', (e) => { if (e.target === dialog) dialog.close(); });
  for (const close of dialog?.querySelectorAll('[data-do=close-dialog]') ?? []) {
    close.addEventListener('click', (e) => { e.preventDefault(); dialog.close(); });
  }
}
