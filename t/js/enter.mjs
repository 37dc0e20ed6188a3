// Enter and the input methods of Korean, Japanese and Chinese, in the orders in which browsers send their events.
import { sendOnEnter } from '../../static/js/lib/enter.js';
import { done, is } from './tap.mjs';

class KeyEvent extends Event {
  constructor(type, init) {
    super(type, { cancelable: true });
    for (const [k, v] of Object.entries({ shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, isComposing: false, ...init })) Object.defineProperty(this, k, { value: v });
  }
}

/** Plays steps on a field; '|' ends a task (what was put off runs). Returns how often it was sent, and which events were swallowed. */
function play(steps, options = {}) {
  const field = new EventTarget(), put = [];
  let sent = 0;
  const swallowed = [];
  const stop = sendOnEnter(field, () => { sent++; }, { later: (f) => put.push(f), ...options });
  for (const step of [...steps, '|']) {
    if (step === '|') { while (put.length) put.shift()(); continue; }
    const [type, init] = step;
    const e = new KeyEvent(type, init);
    field.dispatchEvent(e);
    if (e.defaultPrevented) swallowed.push(type);
  }
  stop();
  return { sent, swallowed };
}

const start = ['compositionstart', {}], update = (data) => ['compositionupdate', { data }], end = (data) => ['compositionend', { data }];
const enter = ['keydown', { key: 'Enter', code: 'Enter', keyCode: 13 }];
const enter229 = ['keydown', { key: 'Enter', code: 'Enter', keyCode: 229, isComposing: true }];
const process229 = ['keydown', { key: 'Process', code: 'Enter', keyCode: 229, isComposing: true }];
const after229 = ['keydown', { key: 'Enter', code: 'Enter', keyCode: 229 }]; // Safari: behind the composition
const up = ['keyup', { key: 'Enter', code: 'Enter', keyCode: 13 }];
const lineBreak = ['beforeinput', { inputType: 'insertLineBreak' }];

is(play([enter, up]), { sent: 1, swallowed: ['keydown'] }, 'Enter alone sends');
is(play([enter, up, '|', enter, up]).sent, 2, 'twice sends twice');
is(play([['keydown', { key: 'Enter', keyCode: 13, shiftKey: true }]]), { sent: 0, swallowed: [] }, 'Shift+Enter is a new line');
is(play([enter], { enterSends: () => false }), { sent: 0, swallowed: [] }, 'on touch Enter is a new line');

is(play([start, update('녕'), enter229, end('녕'), '|', up]).sent, 1, 'Korean, 229 Enter: once');
is(play([start, update('녕'), enter229, end('녕'), enter, '|', up]).sent, 1, 'Korean, 229 Enter then 13 in one task: once');
is(play([start, update('녕'), enter229, end('녕'), '|', enter, '|', up]).sent, 1, 'Korean, 229 Enter then 13 a task later: once');
is(play([start, update('녕'), process229, end('녕'), '|', up]).sent, 1, 'Korean, 229 Process: once');
is(play([start, update('녕'), process229, end('녕'), '|', enter, '|', up]).sent, 1, 'Korean, 229 Process then 13: once');
is(play([start, update('녕'), end('녕'), after229, '|', up]).sent, 1, 'Korean, the composition ends before the key: once');
is(play([start, update('ㅋ'), enter229, end('ㅋ'), '|', up]).sent, 1, 'a lone jamo is Hangul too');
is(play([start, update('녕'), enter229, end('녕'), '|', lineBreak, up]).swallowed, ['keydown', 'beforeinput'], 'no line break slips in behind it');
is(play([start, update('녕'), enter229, end('녕'), '|', up, start, update('하'), end('하'), enter, '|', up]).sent, 2, 'and the next line sends again');

is(play([start, update('日本'), enter229, end('日本'), '|', up]).sent, 0, 'Japanese: Enter confirms, it does not send');
is(play([start, update('にほん'), process229, end('にほん'), '|', up]).sent, 0, 'kana by Process: likewise');
is(play([start, update('日本'), end('日本'), after229, '|', up]).sent, 0, 'Safari: likewise');
is(play([start, update('日本'), enter229, end('日本'), '|', up, enter, '|', up]).sent, 1, 'the next Enter sends');
is(play([start, update('你好'), enter229, end('nihao'), '|', up]).sent, 0, 'Chinese, the letters taken as they are: no send');
is(play([start, update('한'), end('한'), ['keydown', { key: ' ', keyCode: 32 }], ['keyup', { key: ' ', keyCode: 32 }], enter, up]).sent, 1, 'a composition long over does not matter');
is(play([start, update('한'), ['keydown', { key: 'a', code: 'KeyA', keyCode: 229, isComposing: true }], update('하나')]).sent, 0, 'other keys of a composition send nothing');
done();
