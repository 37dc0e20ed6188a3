// The dialogs of the staff's pages that few open: the keys, the palette, the checks of a shift. They come with a page of their own when one of them is first wanted.
let coming = null;

async function fetchThem() {
  const answer = await fetch('/agent/dialogs', { credentials: 'same-origin' });
  if (!answer.ok || answer.redirected) throw new Error('no dialogs');
  const dialogs = new DOMParser().parseFromString(await answer.text(), 'text/html').querySelectorAll('dialog');
  document.body.append(...[...dialogs].map((dialog) => document.importNode(dialog, true)));
}

/** Resolves when they are in the page; rejects when they can't be had, to be asked again. */
export function staffDialogs() {
  coming ??= fetchThem().catch((e) => {
    coming = null;
    throw e;
  });
  return coming;
}
