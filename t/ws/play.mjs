// Plays one case against a server and judges the answers. A case is what cases.json holds, see README.
import { bytesOf, encodeFrame } from './frames.mjs';
import { Connection } from './connection.mjs';

const NONE = 1005;          // a close without a code
const BYTEWISE_MAX = 2048;  // longer ones go in cuts, but for their first and last bytes
const EDGE = 40;
const CUTS_MAX = 48;
const EARLY_MAX = 600; // bytes that go with the request in early mode

// mulberry32: small, and the same run again from the same seed
export function randomFrom(seed) {
    let state = seed >>> 0;
    return () => {
        state = (state + 0x6d2b79f5) >>> 0;
        let x = Math.imul(state ^ (state >>> 15), state | 1);
        x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
        return ((x ^ (x >>> 14)) >>> 0) / 4294967296;
    };
}

function show(data) {
    const part = data.subarray(0, 24);
    return `${data.length} bytes${data.length ? `: ${part.toString('hex')}${data.length > 24 ? '...' : ''}` : ''}`;
}

const showEvent = (event) => `${event.op} of ${show(event.data)}`;

// ---- what is sent: a list of {bytes: [each frame's]} and {step} ----

function framesOf(item, context) {
    if (item.raw !== undefined)
        return [{ head: Buffer.from(item.raw, 'hex'), body: Buffer.alloc(0) }];
    const data = bytesOf(item.data, context.sizeMax), size = item.fragment;
    if (!size)
        return [encodeFrame(item, data, context.newKey)];
    const frames = [];
    for (let at = 0; at < data.length; at += size)
        frames.push(encodeFrame({ op: at ? 'more' : item.op, fin: at + size >= data.length }, data.subarray(at, at + size), context.newKey));
    return frames;
}

function stepsOf(list, context) {
    const steps = [];
    const add = (bytes) => {
        if (!steps.at(-1)?.bytes)
            steps.push({ bytes: [] });
        steps.at(-1).bytes.push(bytes);
    };
    for (const item of list) {
        if (item.step) {
            steps.push(item);
            continue;
        }
        for (const { head, body } of framesOf(item, context)) {
            const [first, second] = item.cut ?? [];
            add(item.cut ? Buffer.concat([head, body.subarray(0, first)]) : Buffer.concat([head, body]));
            if (!item.cut)
                continue;
            steps.push({ step: 'quiet' });
            add(body.subarray(first, second));
            steps.push({ step: 'failed' });
            add(body.subarray(second));
        }
    }
    return steps;
}

// ---- how it is cut ----

function chop(bytes, size) {
    const pieces = [];
    for (let at = 0; at < bytes.length; at += size)
        pieces.push(bytes.subarray(at, at + size));
    return pieces;
}

function cutAtRandom(bytes, random) {
    const count = Math.min(bytes.length, 1 + Math.floor(random() * CUTS_MAX));
    const places = new Set(Array.from({ length: count }, () => Math.floor(random() * bytes.length)));
    const sorted = [0, ...[...places].filter((at) => at > 0).sort((a, b) => a - b), bytes.length];
    return sorted.slice(1).map((end, i) => bytes.subarray(sorted[i], end));
}

function piecesOf(frames, wantedChop, mode, random) {
    const bytes = Buffer.concat(frames);
    if (mode === 'bytes' && bytes.length <= BYTEWISE_MAX)
        return chop(bytes, 1);
    if (mode === 'bytes')
        return [...chop(bytes.subarray(0, EDGE), 1), ...cutAtRandom(bytes.subarray(EDGE, -EDGE), random), ...chop(bytes.subarray(-EDGE), 1)];
    if (mode === 'cuts')
        return cutAtRandom(bytes, random);
    if (wantedChop === 'frame')
        return frames;
    return wantedChop ? chop(bytes, wantedChop) : [bytes];
}

// ---- what must come ----

class Judge {
    #wanted;
    #codes;
    #weClose;
    fault = null;
    seen = 0;
    code = null; // of the server's close

    constructor(wanted, codes, weClose) {
        this.#wanted = wanted;
        this.#codes = codes;
        this.#weClose = weClose;
    }

    // Looks at what came since the last time; the first fault stays.
    look(connection) {
        for (; this.seen < connection.events.length && !this.fault; this.seen++)
            this.fault = this.#judge(connection.events[this.seen], this.#wanted[this.seen]);
        this.fault ??= connection.trouble;
        return this.fault !== null || this.code !== null || connection.ended;
    }

    #judge(event, wanted) {
        if (this.code !== null)
            return `${showEvent(event)} behind the close`;
        if (event.op === 'close')
            return this.#judgeClose(event, wanted);
        if (!wanted)
            return `unwanted ${showEvent(event)}`;
        if (event.op !== wanted.op || !event.data.equals(wanted.data))
            return `${showEvent(event)} instead of ${showEvent(wanted)}`;
        return null;
    }

    #judgeClose(event, wanted) {
        this.code = event.data.length === 0 ? NONE : event.data.length === 1 ? 0 : event.data.readUInt16BE(0);
        if (wanted)
            return `close ${this.code} instead of ${showEvent(wanted)}`;
        if (this.#weClose && !this.mayClose)
            return `close ${this.code}, but the connection should have stayed open`;
        return this.#codes.includes(this.code) ? null : `close ${this.code} instead of ${this.#codes.join(' or ')}`;
    }

    hasAll() {
        return this.seen >= this.#wanted.length;
    }

    missing() {
        return this.hasAll() ? `close ${this.#codes.join(' or ')}` : showEvent(this.#wanted[this.seen]);
    }
}

class Player {
    constructor(one, options) {
        const random = randomFrom(options.seed);
        const newKey = () => Buffer.from(Array.from({ length: 4 }, () => random() * 256));
        this.one = one;
        this.options = options;
        this.random = random;
        this.context = { newKey, sizeMax: options.sizeMax };
        const rounds = one.rounds ? Math.min(one.rounds, options.roundsMax) : 1;
        this.rounds = rounds;
        const wanted = one.want.map((item) => ({ op: item.op, data: bytesOf(item.data, options.sizeMax) }));
        this.judge = new Judge(Array.from({ length: rounds }, () => wanted).flat(), one.close ?? [1000], !one.close);
        this.perRound = wanted.length;
    }

    // Waits for test(), a fault or the end; a server that is silent for too long is at fault.
    async #until(test) {
        const met = await this.connection.until(() => this.judge.look(this.connection) || test(), this.options.limitMs);
        this.judge.look(this.connection);
        if (!met)
            this.judge.fault ??= `nothing came for ${this.options.limitMs / 1000} s; wanted: ${this.judge.missing()}`;
        return this.judge.fault === null;
    }

    async #quiet() {
        await this.connection.until(() => this.judge.look(this.connection), this.options.quietMs);
        this.judge.look(this.connection);
        if (!this.judge.fault && (this.judge.code !== null || this.connection.ended))
            this.judge.fault = 'ended too early, at bytes which may still become valid';
    }

    async #failed() {
        const met = await this.connection.until(() => this.judge.look(this.connection), this.options.failFastMs);
        this.judge.look(this.connection);
        if (!met)
            this.lateBy = 'did not fail fast: no close at the first bytes that can\'t be valid';
    }

    async #send(steps) {
        for (const item of steps) {
            if (this.judge.fault || this.connection.trouble)
                return;
            if (item.bytes)
                await this.connection.write(piecesOf(item.bytes, this.one.chop, this.options.mode, this.random));
            else if (item.step === 'quiet')
                await this.#quiet();
            else if (item.step === 'await')
                await this.#until(() => this.judge.seen >= item.count);
            else if (item.step === 'failed')
                await this.#failed();
        }
    }

    async #sendClose(code) {
        const payload = Buffer.alloc(code === NONE ? 0 : 2);
        if (code !== NONE)
            payload.writeUInt16BE(code);
        const { head, body } = encodeFrame({ op: 'close' }, payload, this.context.newKey);
        await this.connection.write([Buffer.concat([head, body])]);
    }

    async #finish() {
        const { judge, connection, one } = this;
        if (!await this.#until(() => one.close ? judge.code !== null : judge.hasAll()))
            return;
        if (!one.close) {
            judge.mayClose = true;
            await this.#sendClose(1000);
            if (!await this.#until(() => judge.code !== null))
                return;
        }
        if (judge.code === null) {
            judge.fault = `dropped without a close; wanted: ${judge.missing()}`;
            return;
        }
        if (one.close && !one.send.some((item) => item.op === 'close'))
            await this.#sendClose(judge.code);
        if (!await connection.until(() => judge.look(connection) && judge.fault !== null, this.options.limitMs))
            judge.fault = 'the server left the connection open behind its close';
        judge.look(connection);
    }

    // In early mode the first bytes leave with the request, the rest when its answer has come.
    #takeEarly(steps) {
        if (this.options.mode !== 'early' || !steps[0]?.bytes)
            return Buffer.alloc(0);
        const bytes = Buffer.concat(steps[0].bytes);
        steps[0].bytes = [bytes.subarray(EARLY_MAX)];
        return bytes.subarray(0, EARLY_MAX);
    }

    async play() {
        const first = stepsOf(this.one.send, this.context);
        this.connection = new Connection(this.options.target, this.random, this.#takeEarly(first));
        try {
            if (await this.#until(() => this.connection.isOpen) && this.connection.isOpen) {
                for (let round = 0; round < this.rounds && !this.judge.fault; round++) {
                    await this.#send(round ? stepsOf(this.one.send, this.context) : first);
                    if (round + 1 < this.rounds)
                        await this.#until(() => this.judge.seen >= (round + 1) * this.perRound);
                }
                if (!this.judge.fault)
                    await this.#finish();
            }
            return this.judge.fault ?? this.lateBy ?? (this.connection.isOpen ? null : 'the server ended before it answered the handshake');
        } finally {
            this.connection.end();
            this.connection.destroy();
        }
    }
}

// Plays a case. options: target, mode (whole, bytes, cuts, early), seed, sizeMax, roundsMax, limitMs, quietMs, failFastMs.
// Resolves to null when all was as wanted, else to what was not.
export function playCase(one, options) {
    return new Player(one, options).play();
}
