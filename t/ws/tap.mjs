// TAP for the tests in this folder: one line a test, notes below it.
let count = 0, failed = 0;

export function ok(isGood, name, notes = []) {
    process.stdout.write(`${isGood ? 'ok' : 'not ok'} ${++count} - ${name}\n${notes.map((note) => `# ${note}\n`).join('')}`);
    failed += isGood ? 0 : 1;
}

export function skip(name, why) {
    process.stdout.write(`ok ${++count} - ${name} # SKIP ${why}\n`);
}

// Prints the plan; what is still open does not hold the process.
export function done() {
    process.stdout.write(`1..${count}\n`);
    process.exit(failed ? 1 : 0);
}

export const showFailed = (results) => results.filter((result) => !result.ok).map(({ case: number, faults }) => `${number}: ${JSON.stringify(faults)}`);
