// What somebody writes in a field and has not sent yet, kept by this tab until then: over a reload, another page, and the way back by the browser's button.

/** storage: sessionStorage, or null; changed(): the field was given another text. Returns what keeps the text as it is now. */
export function openDraft(field, key, storage, changed) {
  const kept = () => { try { return storage.getItem(key) ?? ''; } catch { return ''; } };
  field.value ||= kept();
  field.autocomplete = 'off'; // or the browser, on its way back, puts an older one there
  addEventListener('pageshow', (e) => { // kept aside meanwhile: it may have been changed, or sent, on another page
    if (e.persisted && storage) { field.value = kept(); changed(); }
  });
  return () => { try { storage[field.value ? 'setItem' : 'removeItem'](key, field.value); } catch { /* closed or full */ } };
}
