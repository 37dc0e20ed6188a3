// The least of TAP, for tests of the pages' modules: no system, no browser, no packages.
let n = 0, failed = 0;

export function is(got, want, what) {
  const a = JSON.stringify(got), b = JSON.stringify(want);
  const good = a === b;
  console.log(`${good ? 'ok' : 'not ok'} ${++n} - ${what}`);
  if (!good) { failed++; console.log(`#    got: ${a}\n#   want: ${b}`); }
}

export function done() {
  console.log(`1..${n}`);
  process.exitCode = failed ? 1 : 0;
}
