// Enter that sends, right for Korean, Japanese and Chinese typing. No guard sends the last syllable twice; the usual isComposing
// guard makes Koreans press Enter twice. Here: Enter while composing is swallowed; if the composition then ends in Hangul, it sends
// once, in the next task, with the live value. For kana and Han, Enter only confirms the conversion.
const HANGUL = /[\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff]$/;

/** field: an EventTarget like a textarea. send(): called once per Enter meant to send. enterSends(): false on touch keyboards.
 *  later: setTimeout; tests pass their own. Returns a function that takes the listeners away. */
export function sendOnEnter(field, send, { enterSends = () => true, later = (f) => setTimeout(f, 0) } = {}) {
  let composing = false;
  let composed = '';     // the running composition, or the last one
  let pending = false;   // Enter was pressed in it, and it is Hangul
  let handled = false;   // this press of Enter has been dealt with: what follows of it (13, a line break) is swallowed
  let scheduled = false;

  const schedule = () => {
    if (scheduled) return;
    scheduled = true;
    later(() => { scheduled = false; send(); });
  };
  const isEnter = (e) => e.key === 'Enter' || (e.keyCode === 229 && e.code === 'Enter');
  const isPlain = (e) => !e.shiftKey && !e.ctrlKey && !e.altKey && !e.metaKey;

  const listeners = {
    compositionstart: () => { composing = true; composed = ''; pending = handled = false; },
    compositionupdate: (e) => { composed = e.data ?? composed; },
    compositionend: (e) => {
      composing = false;
      composed = e.data || composed;
      if (pending) schedule();
      pending = false;
    },
    keydown: (e) => {
      if (!isEnter(e)) {
        if (e.keyCode !== 229) { handled = false; composed = ''; }
        return;
      }
      if (!isPlain(e) || !enterSends()) return;
      if (composing || e.isComposing) {
        handled = true;
        pending = HANGUL.test(composed);
        if (pending) e.preventDefault();
        return;
      }
      e.preventDefault();
      if (handled) return; // 13 behind 229: the same press
      if (e.keyCode === 229) {
        handled = true;    // Safari ends the composition first
        if (HANGUL.test(composed)) schedule();
        return;
      }
      schedule();
    },
    keyup: (e) => { if (isEnter(e) || e.keyCode === 13) handled = false; },
    beforeinput: (e) => {
      if (handled && (e.inputType === 'insertLineBreak' || e.inputType === 'insertParagraph')) e.preventDefault();
    },
  };
  for (const [type, f] of Object.entries(listeners)) field.addEventListener(type, f);
  return () => { for (const [type, f] of Object.entries(listeners)) field.removeEventListener(type, f); };
}
