// Search by words and initial consonants, and the place of a trigger before the caret.
import { find, initialOf, search } from '../../static/js/lib/choseong.js';
import { done, is } from './tap.mjs';

is([...'배뵤쌀A1'].map(initialOf), ['ㅂ', 'ㅂ', 'ㅆ', 'A', '1'], 'initial consonants');
is(find('배송 조회', 'ㅂㅅ'), [0, 2], 'two consonants are two syllables');
is(find('배송 조회', 'ㅄ'), [0, 2], '... also when the keyboard ran them together');
is(find('묶음배송', 'ㅂㅅ'), [2, 4], 'in the middle');
is(find('배송', '배ㅅ'), [0, 2], 'a syllable and a consonant');
is(find('배송', '뱃'), [0, 2], 'half of 배송, as it stands while it is typed');
is(find('배송', '배소'), [0, 2], 'an open syllable is the beginning of a closed one');
is(find('값싼', '갑'), null, 'a closed syllable is not another closed one');
is(find('갈가마귀', '갉'), [0, 2], 'a double final, of which the second half is the next syllable');
is(find('배송', 'ㅅㅂ'), null, 'in order');
is(find('베송', '배'), null, 'vowels count');
is(find('쌀', 'ㅅ'), null, 'a double consonant is one of its own');
is(find('Order No. 7', 'no. 7'), [6, 11], 'other letters, without case');
is(find('😀배송', 'ㅂㅅ'), [2, 4], 'a place in UTF-16 units');
is(find('배송'.normalize('NFD').normalize('NFC'), 'ㅂㅅ'), [0, 2], 'as NFC');
is(find('배송', 'ㅂㅅ'.normalize('NFD')), [0, 2], 'typed consonants of any normal form');
is(find('배송', ''), null, 'nothing is nowhere');
const items = [{ s: '환불', t: '배송 뒤 환불' }, { s: '배송조회', t: '어디까지 왔나' }, { s: '묶음배송', t: '한 상자로' }];
const how = (x) => [x.s, x.t];
is(search(items, 'ㅂㅅ', how).map((x) => x.s), ['배송조회', '묶음배송', '환불'], 'the shortcut first, its beginning before its middle, the title behind');
is(search(items, '', how).length, 3, 'nothing typed: all');
is(search(items, 'ㅂㅅ ㅎㅂ', how).map((x) => x.s), ['환불'], 'all words must be there');
is(search(items, 'ㅋㅋ', how), [], 'none');
done();
