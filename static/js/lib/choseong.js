// Search by words and by initial consonants: ㅂㅅ finds 배송, and so do 배, 배ㅅ and 뱃 (half of 배송, as the input method shows it on the way).
const FIRST = 0xac00, LAST = 0xd7a3, FINALS = 28, PER_INITIAL = 21 * FINALS;
const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
// Finals as the compatibility letters that may begin the next syllable; two for a double one.
const TAILS = ['', 'ㄱ', 'ㄲ', 'ㄱㅅ', 'ㄴ', 'ㄴㅈ', 'ㄴㅎ', 'ㄷ', 'ㄹ', 'ㄹㄱ', 'ㄹㅁ', 'ㄹㅂ', 'ㄹㅅ', 'ㄹㅌ', 'ㄹㅍ', 'ㄹㅎ', 'ㅁ', 'ㅂ', 'ㅂㅅ', 'ㅅ', 'ㅆ', 'ㅇ', 'ㅈ', 'ㅊ', 'ㅋ', 'ㅌ', 'ㅍ', 'ㅎ'];
// Two consonants that a Korean keyboard runs together: typing ㅂ and ㅅ gives ㅄ.
const PAIRS = { ㄳ: 'ㄱㅅ', ㄵ: 'ㄴㅈ', ㄶ: 'ㄴㅎ', ㄺ: 'ㄹㄱ', ㄻ: 'ㄹㅁ', ㄼ: 'ㄹㅂ', ㄽ: 'ㄹㅅ', ㄾ: 'ㄹㅌ', ㄿ: 'ㄹㅍ', ㅀ: 'ㄹㅎ', ㅄ: 'ㅂㅅ' };

const isSyllable = (c) => c >= FIRST && c <= LAST;
const fold = (s) => s.normalize('NFC').toLowerCase();

/** The initial consonant of a syllable; any other character itself. */
export function initialOf(char) {
  const c = char.codePointAt(0);
  return isSyllable(c) ? INITIALS[Math.floor((c - FIRST) / PER_INITIAL)] : char;
}

/** Does the typed character fit the one that stands there? An open syllable (배) fits each that begins so (밸). */
function fits(typed, there) {
  if (typed === there) return true;
  const t = typed.codePointAt(0), c = there.codePointAt(0);
  if (INITIALS.includes(typed)) return isSyllable(c) && initialOf(there) === typed;
  return isSyllable(t) && isSyllable(c) && (t - FIRST) % FINALS === 0 && t === c - ((c - FIRST) % FINALS);
}

/** The ways to read what was typed: as it is, and with its last final as the next syllable's initial (뱃 as 배 and ㅅ). */
function readings(typed) {
  const plain = [...typed].flatMap((char) => [...(PAIRS[char] ?? char)]);
  const last = plain.at(-1), c = last?.codePointAt(0) ?? 0, final = isSyllable(c) ? (c - FIRST) % FINALS : 0;
  if (!final) return [plain];
  const tail = [...TAILS[final]], head = plain.slice(0, -1), open = String.fromCodePoint(c - final);
  const all = [plain, [...head, open, ...tail]];
  if (tail.length === 2) all.push([...head, String.fromCodePoint(c - final + TAILS.indexOf(tail[0])), tail[1]]);
  return all;
}

/** Where text holds what was typed: [start, end) in UTF-16 units of text, or null. Case counts not; text is taken as it is shown (NFC). */
export function find(text, typed) {
  const chars = [...text], folded = chars.map(fold);
  for (const wanted of readings(fold(typed))) {
    for (let at = 0; wanted.length && at + wanted.length <= chars.length; at++) {
      if (!wanted.every((char, i) => fits(char, folded[at + i]))) continue;
      const start = chars.slice(0, at).join('').length;
      return [start, start + chars.slice(at, at + wanted.length).join('').length];
    }
  }
  return null;
}

/** The items that hold all words typed, best first: how(item) gives its texts, the most telling first. An item whose first text begins with the words comes before one
 *  that holds them later, and that before one whose second text does. The order is kept among equals. */
export function search(items, typed, how) {
  const words = typed.split(/\s+/).filter(Boolean);
  const rank = (item) => {
    let worst = 0;
    for (const word of words) {
      const texts = how(item);
      let best = Infinity;
      texts.forEach((text, i) => {
        const at = find(text, word);
        if (at) best = Math.min(best, 2 * i + (at[0] > 0));
      });
      worst = Math.max(worst, best);
    }
    return worst;
  };
  return items.map((item, i) => ({ item, i, rank: rank(item) })).filter((one) => one.rank < Infinity).sort((a, b) => a.rank - b.rank || a.i - b.i).map((one) => one.item);
}
