// make-cases.mjs > cases.json: writes our own case for each number of the public Autobahn list (its sections 1-7, 9 and 10), and for a few
// faults which that list leaves out (section x). The numbers and what each is about are public knowledge; words, texts and code are our own.
// README tells the fields. cases.json is what counts and what is reviewed; this file only saves typing.

const cases = [];
const add = (number, says, send, want = [], more = {}) => cases.push({ case: number, says, send, want, ...more });

const hex = (digits) => ({ hex: digits });
const fill = (text, size) => ({ fill: text, size });
const text = (data, more = {}) => ({ op: 'text', data, ...more });
const binary = (data, more = {}) => ({ op: 'binary', data, ...more });
const more = (data, flags = {}) => ({ op: 'more', data, ...flags });
const ping = (data = '', flags = {}) => ({ op: 'ping', data, ...flags });
const pong = (data = '', flags = {}) => ({ op: 'pong', data, ...flags });
const close = (data = '', flags = {}) => ({ op: 'close', data, ...flags });
const open = { fin: false };
const BAD = { close: [1002] };
const HELLO = '안녕하세요, sangdam!';
const BYTES = hex('00fffefdfcfb00ff');

function framing() {
    const sizes = [0, 125, 126, 127, 128, 65535, 65536];
    for (const [section, make, fillWith] of [['1.1', text, (n) => fill('*', n)], ['1.2', binary, (n) => ({ fillhex: 'fe', size: n })]]) {
        const kind = section === '1.1' ? 'text' : 'binary';
        sizes.forEach((n, i) => add(`${section}.${i + 1}`, `${kind} of ${n} bytes is echoed`, [make(fillWith(n))], [make(fillWith(n))]));
        add(`${section}.8`, `${kind} of 65536 bytes in writes of 997`, [make(fillWith(65536))], [make(fillWith(65536))], { chop: 997 });
    }
}

function pings() {
    const full = { fillhex: 'fe', size: 125 };
    add('2.1', 'an empty ping has an empty pong', [ping()], [pong()]);
    add('2.2', 'the pong brings the ping\'s text', [ping(HELLO)], [pong(HELLO)]);
    add('2.3', 'the pong brings bytes that are no UTF-8', [ping(BYTES)], [pong(BYTES)]);
    add('2.4', 'a ping of 125 bytes, the most there may be', [ping(full)], [pong(full)]);
    add('2.5', 'a ping of 126 bytes is too long', [ping({ fillhex: 'fe', size: 126 })], [], BAD);
    add('2.6', 'a ping of 125 bytes, one byte a write', [ping(full)], [pong(full)], { chop: 1 });
    add('2.7', 'an unasked empty pong gets no answer', [pong()]);
    add('2.8', 'an unasked pong with a payload gets no answer', [pong('nobody asked')]);
    add('2.9', 'an unasked pong, then a ping: one pong, of the ping\'s text', [pong('nobody asked'), ping('asked')], [pong('asked')]);
    const ten = [...'0123456789'].map((digit) => `ping ${digit}`);
    add('2.10', 'ten pings at once: ten pongs in their order', ten.map((t) => ping(t)), ten.map((t) => pong(t)));
    add('2.11', 'ten pings, one byte a write', ten.map((t) => ping(t)), ten.map((t) => pong(t)), { chop: 1 });
}

function reservedBits() {
    add('3.1', 'text with RSV 1', [text(HELLO, { rsv: 1 })], [], BAD);
    add('3.2', 'text, then text with RSV 2, then a ping: the first is echoed, the ping ignored', [text(HELLO), text(HELLO, { rsv: 2 }), ping()],
        [text(HELLO)], BAD);
    add('3.3', 'the same with RSV 3, a write a frame', [text(HELLO), text(HELLO, { rsv: 3 }), ping()], [text(HELLO)], { ...BAD, chop: 'frame' });
    add('3.4', 'the same with RSV 4, one byte a write', [text(HELLO), text(HELLO, { rsv: 4 }), ping()], [text(HELLO)], { ...BAD, chop: 1 });
    add('3.5', 'binary with RSV 5', [binary(BYTES, { rsv: 5 })], [], BAD);
    add('3.6', 'a ping with RSV 6', [ping(HELLO, { rsv: 6 })], [], BAD);
    add('3.7', 'a close with RSV 7', [close('', { rsv: 7 })], [], BAD);
}

function opcodes() {
    for (const [section, first, kind] of [['4.1', 3, 'data'], ['4.2', 11, 'control']]) {
        const odd = (i, data) => ({ op: first + i, data });
        add(`${section}.1`, `reserved ${kind} opcode ${first}, empty`, [odd(0, '')], [], BAD);
        add(`${section}.2`, `reserved ${kind} opcode ${first + 1} with a payload`, [odd(1, HELLO)], [], BAD);
        add(`${section}.3`, `text, then reserved opcode ${first + 2}, then a ping`, [text(HELLO), odd(2, ''), ping()], [text(HELLO)], BAD);
        add(`${section}.4`, `text, then reserved opcode ${first + 3} with a payload, then a ping`, [text(HELLO), odd(3, HELLO), ping()],
            [text(HELLO)], BAD);
        add(`${section}.5`, `text, then reserved opcode ${first + 4} with a payload, then a ping, one byte a write`,
            [text(HELLO), odd(4, HELLO), ping()], [text(HELLO)], { ...BAD, chop: 1 });
    }
}

function fragments() {
    const chops = [['', {}], [', a write a frame', { chop: 'frame' }], [', one byte a write', { chop: 1 }]];
    const two = [text('조각 하나, ', open), more('조각 둘')], whole = text('조각 하나, 조각 둘');
    add('5.1', 'a ping in two fragments', [ping('조각 하나', open), more('조각 둘')], [], BAD);
    add('5.2', 'a pong in two fragments', [pong('조각 하나', open), more('조각 둘')], [], BAD);
    chops.forEach(([how, chop], i) => {
        add(`5.${3 + i}`, `text in two fragments${how}`, two, [whole], chop);
        add(`5.${6 + i}`, `a ping between two fragments is answered before the message${how}`, [two[0], ping('between'), two[1]],
            [pong('between'), whole], chop);
        add(`5.${9 + i}`, `a final continuation of nothing, then text${how}`, [more('of nothing'), text(HELLO)], [], { ...BAD, ...chop });
        add(`5.${12 + i}`, `a continuation of nothing that is not final, then text${how}`, [more('of nothing', open), text(HELLO)], [],
            { ...BAD, ...chop });
    });
    add('5.15', 'text in two fragments, then a continuation of nothing, then text', [...two, more('of nothing', open), text(HELLO)], [whole], BAD);
    const mixed = (flags) => [more('of nothing', flags), ...two, more('of nothing', flags), ...two];
    add('5.16', 'twice: a continuation of nothing that is not final, then text in two fragments', mixed(open), [], BAD);
    add('5.17', 'twice: a final continuation of nothing, then text in two fragments', mixed({}), [], BAD);
    add('5.18', 'a second text frame inside a fragmented text', [text('조각 하나', open), text('조각 둘')], [], BAD);
    const parts = ['하나 ', '둘 ', '셋 ', '넷 ', '다섯'];
    const talk = [text(parts[0], open), more(parts[1], open), ping('first'), { step: 'await', count: 1 }, more(parts[2], open), more(parts[3], open),
        ping('second'), more(parts[4])];
    const answers = [pong('first'), pong('second'), text(parts.join(''))];
    add('5.19', 'five fragments with two pings; the first pong comes while the message is open', talk, answers);
    add('5.20', 'the same, a write a frame', talk, answers, { chop: 'frame' });
    cases.sort((a, b) => compare(a.case, b.case));
}

function compare(a, b) {
    const x = a.split('.').map(Number), y = b.split('.').map(Number);
    for (let i = 0; i < Math.max(x.length, y.length); i++) {
        if ((x[i] ?? -1) !== (y[i] ?? -1))
            return (x[i] ?? -1) - (y[i] ?? -1);
    }
    return 0;
}

const BAD_TEXT = { close: [1007] };
const digitsOf = (string) => Buffer.from(string).toString('hex');
const bytesOf = (digits) => digits.match(/../g) ?? [];

function utf8Fragments() {
    add('6.1.1', 'empty text', [text('')], [text('')]);
    add('6.1.2', 'text in three fragments, all empty', [text('', open), more('', open), more('')], [text('')]);
    add('6.1.3', 'text in three fragments, only the middle one has bytes', [text('', open), more('가운데', open), more('')], [text('가운데')]);
    const first = 'µ@ßöä 상담', second = '고객 üàá 🙂', both = first + second;
    add('6.2.1', 'text of characters of one to four bytes', [text(both)], [text(both)]);
    add('6.2.2', 'the same in two fragments, cut between characters', [text(first, open), more(second)], [text(both)]);
    add('6.2.3', 'the same in fragments of one byte', [text(both, { fragment: 1 })], [text(both)]);
    add('6.2.4', 'a Korean text in fragments of one byte', [text('상담사 연결', { fragment: 1 })], [text('상담사 연결')]);
    const surrogate = hex(digitsOf('상담 ok') + 'eda080' + digitsOf('닫힘'));
    add('6.3.1', 'a UTF-16 surrogate within good text', [text(surrogate)], [], BAD_TEXT);
    add('6.3.2', 'the same in fragments of one byte', [text(surrogate, { fragment: 1 })], [], BAD_TEXT);
    // U+110000: f4 may begin a character, 90 behind it may not
    const good = digitsOf('상담 ok'), rest = digitsOf('닫힘'), at = good.length / 2;
    const quiet = { step: 'quiet' }, late = { step: 'failed' };
    add('6.4.1', 'the second of three fragments is no UTF-8: close at it, before the third',
        [text(hex(good), open), quiet, more(hex('f4908080'), open), late, more(hex(rest))], [], BAD_TEXT);
    add('6.4.2', 'the same; the second fragment is the first byte that can\'t be valid',
        [text(hex(good + 'f4'), open), quiet, more(hex('90'), open), late, more(hex('8080' + rest))], [], BAD_TEXT);
    const whole = hex(good + 'f4908080' + rest);
    add('6.4.3', 'one frame in three pieces, the second is no UTF-8: close at it, before the third', [text(whole, { cut: [at, at + 4] })], [], BAD_TEXT);
    add('6.4.4', 'the same; the second piece is the first byte that can\'t be valid', [text(whole, { cut: [at + 1, at + 2] })], [], BAD_TEXT);
}

const range = (from, to, behind = '') => Array.from({ length: to - from + 1 }, (_, i) => (from + i).toString(16) + behind).join('');
const eachOf = (list, close) => list.split(' ').map((digits) => [digits, close]);
const isUtf8 = (digits) => Buffer.from(Buffer.from(digits, 'hex').toString()).equals(Buffer.from(digits, 'hex'));

// The texts of sections 6.5 and up, after the stress test for UTF-8 decoders that Markus Kuhn gave to the public: [about, texts in hex].
function utf8Sections() {
    const mixed = digitsOf('가é나ña'); // 11 bytes
    const shortened = 'c0 e080 f08080 f8808080 fc80808080 df efbf f7bfbf fbbfbfbf fdbfbfbfbf';
    const last = ['8f', '9f', 'af', 'bf'], planes = [];
    for (const lead of ['f0', 'f1', 'f2', 'f3', 'f4'])
        for (const second of last)
            if (!(lead === 'f0' && second === '8f') && !(lead === 'f4' && second !== '8f'))
                planes.push(`${lead}${second}bfbe ${lead}${second}bfbf`);
    return [
        ['characters of each length between ASCII', ['$', '¢', '€', '𤭢'].map((c) => digitsOf(`상담${c}talk`)).concat(mixed).join(' ')],
        ['a text cut after each of its bytes', Array.from({ length: 11 }, (_, i) => mixed.slice(0, 2 * i + 2)).join(' ')],
        ['the first character of each length', '00 c280 e0a080 f0908080'],
        ['the first of the lengths five and six, which no longer exist', 'f888808080 fc8480808080'],
        ['the last character of each length', '7f dfbf efbfbf f48fbfbf'],
        ['the last that four, five and six bytes could hold, beyond Unicode', 'f7bfbfbf fbbfbfbfbf fdbfbfbfbfbf'],
        ['at the edges: around the surrogates, U+FFFD, the last and one beyond', 'ed9fbf ee8080 efbfbd f48fbfbf f4908080'],
        ['continuation bytes with no beginning', ['80', 'bf', '80bf', '80bf80', '80bf80bf', '80bf80bf80', '80bf80bf80bf', range(0x80, 0xbe)].join(' ')],
        ['beginnings with a space behind each', [[0xc0, 0xde], [0xe0, 0xee], [0xf0, 0xf6], [0xf8, 0xfa], [0xfc, 0xfc]]
            .map(([from, to]) => range(from, to, '20')).join(' ')],
        ['the last byte of a character is missing', shortened],
        ['all of those in a row', shortened.replaceAll(' ', '')],
        ['bytes that never occur', 'fe ff fefeffff'],
        ['a slash in too many bytes', 'c0af e080af f08080af f8808080af fc80808080af'],
        ['the highest of each too long form', 'c1bf e09fbf f08fbfbf f887bfbfbf fc83bfbfbfbf'],
        ['NUL in too many bytes', 'c080 e08080 f0808080 f880808080 fc8080808080'],
        ['a surrogate alone', 'eda080 edadbf edae80 edafbf edb080 edbe80 edbfbf'],
        ['surrogates in pairs', ['eda080', 'edadbf', 'edae80', 'edafbf'].flatMap((high) => [`${high}edb080`, `${high}edbfbf`]).join(' ')],
        ['no characters by Unicode, but valid UTF-8', ['efbfbe efbfbf', ...planes].join(' ')],
        ['the specials U+FFF9 to U+FFFF', 'efbfb9 efbfba efbfbb efbfbc efbfbd efbfbe efbfbf'],
    ];
}

function utf8Texts() {
    utf8Sections().forEach(([about, list], i) => {
        eachOf(list).forEach(([digits], j) => {
            const data = hex(digits), good = isUtf8(digits);
            add(`6.${5 + i}.${j + 1}`, `${about}: ${good ? 'echoed' : '1007'}`, [text(data)], good ? [text(data)] : [], good ? {} : BAD_TEXT);
        });
    });
}

function closing() {
    const code = (n) => n.toString(16).padStart(4, '0');
    const closeWith = (n, reason = '') => close(hex(code(n) + digitsOf(reason)));
    const normal = { close: [1000] };
    add('7.1.1', 'text, then close: echoed, then closed', [text(HELLO), closeWith(1000)], [text(HELLO)], normal);
    add('7.1.2', 'two closes: the second is ignored', [closeWith(1000), close()], [], normal);
    add('7.1.3', 'a ping behind the close has no pong', [closeWith(1000), ping()], [], normal);
    add('7.1.4', 'text behind the close is ignored', [closeWith(1000), text(HELLO)], [], normal);
    add('7.1.5', 'a close inside a fragmented text: closed, the message is lost', [text('조각 하나', open), closeWith(1000), more('조각 둘')], [], normal);
    const long = text(fill('sangdam 7.1.6, ', 262144));
    add('7.1.6', '256 KiB of text, text, a close and a ping: both texts come back whole, then the close', [long, text(HELLO), closeWith(1000), ping()],
        [long, text(HELLO)], normal);
    add('7.3.1', 'an empty close', [close()], [], { close: [1005, 1000] });
    add('7.3.2', 'a close of one byte', [close(hex('03'))], [], BAD);
    add('7.3.3', 'a close with a code', [closeWith(1000)], [], normal);
    add('7.3.4', 'a close with a code and a reason', [closeWith(1000, '상담이 끝났어요')], [], normal);
    add('7.3.5', 'a close with a reason of 123 bytes, the most there may be', [closeWith(1000, '담'.repeat(41))], [], normal);
    add('7.3.6', 'a close with a reason of 124 bytes is too long', [closeWith(1000, '담'.repeat(41) + '!')], [], BAD);
    add('7.5.1', 'a close whose reason is no UTF-8', [close(hex(code(1000) + digitsOf('상담 ok') + 'eda080'))], [], { close: [1002, 1007] });
    [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999].forEach((n, i) =>
        add(`7.7.${i + 1}`, `close code ${n} is echoed`, [closeWith(n)], [], { close: [n] }));
    [0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999].forEach((n, i) =>
        add(`7.9.${i + 1}`, `close code ${n} may not be sent`, [closeWith(n)], [], BAD));
    add('7.13.1', 'close code 5000, of which the protocol says nothing: refused', [closeWith(5000)], [], BAD);
    add('7.13.2', 'close code 65535, of which the protocol says nothing: refused', [closeWith(65535)], [], BAD);
}

function limits() {
    const K = 1024, M = K * K;
    const size = (n) => n >= M ? `${n / M} MiB` : n >= K ? `${n / K} KiB` : `${n} bytes`;
    const kinds = [['text', text, (n, tag) => fill(`상담 ${tag}, `, n)], ['binary', binary, (n) => ({ fillhex: 'fe00ff80', size: n })]];
    kinds.forEach(([kind, make, data], k) => {
        [64 * K, 256 * K, M, 4 * M, 8 * M, 16 * M].forEach((n, i) =>
            add(`9.${1 + k}.${i + 1}`, `${kind} of ${size(n)}`, [make(data(n, `9.${1 + k}`))], [make(data(n, `9.${1 + k}`))]));
        [64, 256, K, 4 * K, 16 * K, 64 * K, 256 * K, M, 4 * M].forEach((n, i) =>
            add(`9.${3 + k}.${i + 1}`, `${kind} of 4 MiB in fragments of ${size(n)}`, [make(data(4 * M, `9.${3 + k}`), { fragment: n })],
                [make(data(4 * M, `9.${3 + k}`))]));
        [64, 128, 256, 512, K, 2 * K].forEach((n, i) =>
            add(`9.${5 + k}.${i + 1}`, `${kind} of 1 MiB in writes of ${n} bytes`, [make(data(M, `9.${5 + k}`))], [make(data(M, `9.${5 + k}`))],
                { chop: n }));
        [0, 16, 64, 256, K, 4 * K].forEach((n, i) =>
            add(`9.${7 + k}.${i + 1}`, `1000 times ${kind} of ${size(n)}, each after the echo of the last`, [make(data(n, `9.${7 + k}`))],
                [make(data(n, `9.${7 + k}`))], { rounds: 1000 }));
    });
}

function others() {
    add('10.1.1', 'text of 65536 bytes in fragments of 1300', [text(fill('*', 65536), { fragment: 1300 })], [text(fill('*', 65536))]);
}

// What the public list leaves out, by RFC 6455 5.1, 5.2 and 5.5.
function ours() {
    const raw = (digits) => ({ raw: digits });
    add('x.1', 'an unmasked text frame', [text(HELLO, { mask: false })], [], BAD);
    add('x.2', 'an unmasked ping', [ping('', { mask: false })], [], BAD);
    add('x.3', 'an unmasked continuation of a masked text', [text('조각', open), more('조각', { mask: false })], [], BAD);
    add('x.4', 'five bytes with a length of 16 bits', [text('hello', { form: 16 })], [], BAD);
    add('x.5', 'five bytes with a length of 64 bits', [text('hello', { form: 64 })], [], BAD);
    add('x.6', '126 bytes with a length of 64 bits', [text(fill('*', 126), { form: 64 })], [], BAD);
    add('x.7', 'a length of 2^63: the top bit must be 0', [raw('82ff800000000000000000000000')], [], BAD);
    add('x.8', 'a length of 2^63 - 1: refused before a byte of it comes', [raw('82ff7fffffffffffffff00000000')], [], { close: [1009] });
    add('x.9', 'a pong of 126 bytes is too long', [pong(fill('*', 126))], [], BAD);
    add('x.10', 'a close in two fragments', [close(hex('03e8'), open), more('')], [], BAD);
    add('x.11', 'a mask of zeroes', [text(HELLO, { key: '00000000' }), ping('z', { key: '00000000' })], [text(HELLO), pong('z')]);
    add('x.12', 'binary in fragments, a binary frame between two texts', [binary(BYTES, open), more(BYTES), text('하나'), binary(BYTES), text('둘')],
        [binary(hex(BYTES.hex + BYTES.hex)), text('하나'), binary(BYTES), text('둘')]);
    add('x.13', 'text that ends inside a character', [text(hex(digitsOf('상담') + 'ec'), open), more('')], [], BAD_TEXT);
    add('x.14', 'a ping inside a character that two fragments share', [text(hex('ec'), open), ping('!'), more(hex('8381'))], [pong('!'), text('상')]);
    add('x.15', 'bad UTF-8 in a binary message is nobody\'s business', [binary(hex('f4908080'), { fragment: 1 })], [binary(hex('f4908080'))]);
    add('x.16', 'code 1012, 1013 and 1014 came later and may be sent', [close(hex('03f6'))], [], { close: [1014] });
}

framing();
pings();
reservedBits();
opcodes();
fragments();
utf8Fragments();
utf8Texts();
closing();
limits();
others();
ours();

const lines = cases.map((one) => JSON.stringify(one));
process.stdout.write(`{"format": 1, "cases": [\n${lines.join(',\n')}\n]}\n`);
