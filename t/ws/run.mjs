#!/usr/bin/env node
// run.mjs URL: plays cases.json against a WebSocket echo endpoint and prints TAP, or a report with --json. README tells more.
import fs from 'node:fs';
import { parseArgs } from 'node:util';
import { fileURLToPath } from 'node:url';
import { playCase } from './play.mjs';

const USAGE = `usage: run.mjs [--unix SOCKET] [--sections 1,6.4,...] [--mode whole,bytes,cuts,early] [--seed N] [--full] [--limit SECONDS] [--json]
       [--reset-ok | --reset-in CASE,...] URL

URL: ws://HOST:PORT/PATH. With --unix the connection goes to that socket; URL gives the Host and the path.
--mode early: the first bytes leave in one write with the request; not a client's right, but our servers take them.
--full: section 9 in its full sizes, up to 16 MiB; else to 256 KiB and 50 rounds.
--reset-ok: a server may reset the connection behind its close, as some libraries do; --reset-in: in these cases alone.
`;
const DEFAULT_MODES = ['whole', 'bytes', 'cuts'];
const MODES = [...DEFAULT_MODES, 'early'];
const SIZE_MAX = 256 * 1024;
const ROUNDS_MAX = 50;

export function readCases() {
    return JSON.parse(fs.readFileSync(fileURLToPath(new URL('cases.json', import.meta.url)), 'utf8')).cases;
}

// `6.4` chooses 6.4.1 and so on, `6` all of section 6
const chosen = (number, sections) => !sections || sections.some((section) => number === section || number.startsWith(`${section}.`));

export function targetOf(url, unix, resetOk = false) {
    const { hostname, port, host, pathname, search, protocol } = new URL(url);
    if (protocol !== 'ws:')
        throw new Error(`${url}: ws://HOST:PORT/PATH is wanted`);
    return { address: unix ? { path: unix } : { host: hostname.replace(/[[\]]/g, ''), port: Number(port || 80) }, host, request: pathname + search,
        resetOk };
}

// Plays the chosen cases one after the other; calls onResult for each: {case, says, ok, faults: {mode: why}, ms}.
export async function playAll({ target, sections, modes = DEFAULT_MODES, seed = 1, full = false, limitMs = 5000, resetIn = [], onResult = () => {} }) {
    const results = [];
    for (const one of readCases().filter(({ case: number }) => chosen(number, sections))) {
        const faults = {}, began = performance.now();
        for (const mode of modes) {
            const isLarge = one.case.startsWith('9.');
            const resetOk = target.resetOk || resetIn.includes(one.case);
            const why = await playCase(one, { target: { ...target, resetOk }, mode, seed: seed + results.length, limitMs: full ? limitMs * 4 : limitMs, quietMs: 40,
                failFastMs: Math.min(limitMs, 2500),
                sizeMax: full || !isLarge ? Infinity : SIZE_MAX, roundsMax: full ? Infinity : ROUNDS_MAX });
            if (why)
                faults[mode] = why;
        }
        const result = { case: one.case, says: one.says, ok: Object.keys(faults).length === 0, faults, ms: Math.round(performance.now() - began) };
        results.push(result);
        onResult(result);
    }
    return results;
}

function options() {
    const { values, positionals } = parseArgs({ allowPositionals: true, options: { unix: { type: 'string' }, sections: { type: 'string' },
        mode: { type: 'string' }, seed: { type: 'string' }, full: { type: 'boolean' }, limit: { type: 'string' }, json: { type: 'boolean' },
        'reset-ok': { type: 'boolean' }, 'reset-in': { type: 'string' }, help: { type: 'boolean', short: 'h' } } });
    if (values.help) {
        process.stdout.write(USAGE);
        process.exit(0);
    }
    const modes = values.mode?.split(',') ?? DEFAULT_MODES, seed = Number(values.seed ?? Date.now() % 1000000), limit = Number(values.limit ?? 5);
    if (positionals.length !== 1 || !modes.every((mode) => MODES.includes(mode)) || !Number.isInteger(seed) || !(limit > 0))
        throw new Error('see --help');
    return { target: targetOf(positionals[0], values.unix, values['reset-ok']), sections: values.sections?.split(','), modes, seed, full: values.full,
        limitMs: limit * 1000, resetIn: values['reset-in']?.split(','), json: values.json, url: positionals[0] };
}

async function main() {
    let given;
    try {
        given = options();
    } catch (error) {
        process.stderr.write(`run.mjs: ${error.message}\n`);
        return 64;
    }
    let n = 0;
    const onResult = ({ case: number, says, ok, faults }) => {
        if (given.json)
            return;
        process.stdout.write(`${ok ? 'ok' : 'not ok'} ${++n} - ${number} ${says.replaceAll('#', '\\#')}\n`);
        for (const [mode, why] of Object.entries(faults))
            process.stdout.write(`# ${mode}: ${why}\n`);
    };
    if (!given.json)
        process.stdout.write(`# seed ${given.seed}, ${given.modes.join(', ')}${given.full ? ', in full' : ''}\n`);
    const began = performance.now(), results = await playAll({ ...given, onResult });
    const failed = results.filter(({ ok }) => !ok).length, ms = Math.round(performance.now() - began);
    if (given.json)
        process.stdout.write(`${JSON.stringify({ url: given.url, seed: given.seed, modes: given.modes, full: Boolean(given.full), ms, cases: results.length,
            failed, results }, null, 1)}\n`);
    else
        process.stdout.write(`1..${n}\n# ${(ms / 1000).toFixed(1)} s\n`);
    return failed || results.length === 0 ? 1 : 0;
}

if (process.argv[1] && fs.realpathSync(process.argv[1]) === fileURLToPath(import.meta.url))
    process.exitCode = await main();
