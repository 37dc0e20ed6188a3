// A server that prints its URL as its first line: starts it, waits for the line, ends it.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

// Resolves to {url, stop()}; rejects when the program ends before it says a URL.
export function startServer(program, args = []) {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    const gone = new Promise((resolve) => child.once('close', resolve).once('error', resolve));
    const stop = async () => {
        child.kill();
        await gone;
    };
    return new Promise((resolve, reject) => {
        createInterface(child.stdout).once('line', (url) => resolve({ url, stop }));
        gone.then(() => reject(new Error(`${program} ended at once`)));
    });
}
