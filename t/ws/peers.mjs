// Plays the cases against servers by others. Where they differ is written in README (`differs NAME: numbers`); `sometimes` are numbers that
// turn on whether a reset overtakes the close. A server that is not installed is skipped by name.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playAll, targetOf } from './run.mjs';
import { startServer } from './server.mjs';
import { done, ok, showFailed, skip } from './tap.mjs';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const README = fs.readFileSync(here('README'), 'utf8');
const SECTIONS = ['1', '2', '3', '4', '5', '6', '7', '10', 'x'];

const said = (kind, name) => (new RegExp(`^ *${kind} ${name}: (.*)$`, 'm').exec(README)?.[1] ?? '').split(' ').filter(Boolean);

function hasModule(name) {
    return spawnSync(process.execPath, ['--input-type=module', '-e', `await import('${name}')`], { cwd: here('.') }).status === 0;
}

// Debian's own Python, where another may come first in PATH
const python = ['/usr/bin/python3', 'python3'].find((program) => spawnSync(program, ['-c', 'import autobahn.asyncio.websocket']).status === 0);
const PEERS = [
    { name: 'ws', why: 'npm\'s ws is not installed in t/node_modules', start: hasModule('ws') && [process.execPath, [here('peers/ws.mjs')]] },
    { name: 'python3-autobahn', why: 'the package is not installed', start: python && [python, ['-B', here('peers/python3-autobahn.py')]], resetOk: true },
];

for (const { name, why, start, resetOk } of PEERS) {
    if (!start) {
        skip(`${name} differs where README says`, why);
        continue;
    }
    const server = await startServer(...start), seed = Date.now() % 1000000;
    const results = await playAll({ target: targetOf(server.url, undefined, resetOk), sections: SECTIONS, modes: ['whole', 'cuts'], seed, limitMs: 2000 });
    await server.stop();
    const differs = results.filter((result) => !result.ok).map((result) => result.case), known = said('differs', name);
    const wrong = [...known.filter((number) => !differs.includes(number)),
        ...differs.filter((number) => !known.includes(number) && !said('sometimes', name).includes(number))];
    ok(wrong.length === 0, `${name} differs where README says`, [`seed ${seed}`, `it differs in ${differs.join(' ') || 'none'}`,
        ...(wrong.length ? [`README is wrong about ${wrong.join(' ')}`, ...showFailed(results)] : [])]);
}
done();
