// Proves run.mjs itself: a right server must pass, and each wrong one must fail in the cases that are named here, in no other.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playAll, readCases, targetOf } from './run.mjs';
import { done, ok, showFailed } from './tap.mjs';
import { AnyClose } from './wrong/any-close.mjs';
import { Echo, serve } from './wrong/echo.mjs';
import { LateUtf8 } from './wrong/late-utf8.mjs';
import { LooseFrames } from './wrong/loose-frames.mjs';
import { MixedUp } from './wrong/mixed-up.mjs';
import { NoUtf8 } from './wrong/no-utf8.mjs';

const SMALL = ['1', '2', '3', '4', '5', '6', '7', '10', 'x'];
const badTexts = readCases().filter((one) => one.close?.[0] === 1007 && !one.case.startsWith('7')).map((one) => one.case);
const SERVERS = [
    ['late-utf8', LateUtf8, ['6.4'], '6.4.1 6.4.2 6.4.3 6.4.4'],
    ['no-utf8', NoUtf8, ['6', 'x'], badTexts.join(' ')],
    ['loose-frames', LooseFrames, SMALL, '2.5 3.1 3.2 3.3 3.4 3.5 3.6 3.7 4.1.1 4.1.2 4.1.3 4.1.4 4.1.5 4.2.1 4.2.2 4.2.3 4.2.4 4.2.5 5.1 7.3.6 ' +
        'x.1 x.2 x.3 x.4 x.5 x.6 x.7 x.9 x.10'],
    ['mixed-up', MixedUp, SMALL, '2.2 2.3 2.4 2.6 2.9 2.10 2.11 5.6 5.7 5.8 5.19 5.20 x.11 x.14'],
    ['any-close', AnyClose, SMALL, '7.3.2 7.5.1 7.9.1 7.9.2 7.9.3 7.9.4 7.9.5 7.9.6 7.9.7 7.9.8 7.9.9 7.13.1 7.13.2'],
];
async function play(Kind, options) {
    const server = await serve(Kind);
    try {
        return await playAll({ target: targetOf(server.url), ...options });
    } finally {
        server.stop();
    }
}

const numbers = readCases().map((one) => one.case);
ok(numbers.filter((number) => !number.startsWith('x.')).length === 301, 'the list has its 301 numbers');
ok(new Set(numbers).size === numbers.length, 'each of them once');

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
ok(execFileSync(process.execPath, [here('make-cases.mjs')]).equals(fs.readFileSync(here('cases.json'))), 'cases.json is what make-cases.mjs writes');

const right = await play(Echo, { sections: SMALL });
ok(right.every((result) => result.ok), `a right server passes (${right.length} cases)`, showFailed(right));

async function tryWrong(Kind, sections, wanted, mode) {
    const results = await play(Kind, { sections, modes: [mode], limitMs: 1500 });
    const caught = results.filter((result) => !result.ok).map((result) => result.case);
    const missed = wanted.filter((number) => !caught.includes(number)), surplus = caught.filter((number) => !wanted.includes(number));
    const notes = [`caught by ${caught.length}: ${caught.slice(0, 12).join(' ')}${caught.length > 12 ? ' ...' : ''}`];
    if (missed.length)
        notes.push(`not caught by ${missed.join(' ')}`);
    for (const number of surplus)
        notes.push(`failed ${number} too: ${JSON.stringify(results.find((result) => result.case === number).faults)}`);
    return { isGood: missed.length + surplus.length === 0, notes };
}

// Side by side: most of the time goes by waiting for what a wrong server does not say.
const tries = SERVERS.flatMap(([name, Kind, sections, wanted]) => ['whole', 'bytes', 'cuts'].map((mode) =>
    ({ name: `the wrong server ${name} is caught, ${mode}`, outcome: tryWrong(Kind, sections, wanted.split(' '), mode) })));
for (const { name, outcome } of tries) {
    const { isGood, notes } = await outcome;
    ok(isGood, name, notes);
}
done();
