// One connection to an echo endpoint: the handshake, writes in pieces of a chosen size, and what has come back so far.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { FrameReader } from './frames.mjs';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

export class Connection {
    events = [];        // {op, data}, in the order they came
    ended = false;      // the server has said all it will
    trouble = null;     // why there is no point in going on
    #socket;
    #reader = new FrameReader();
    #wakers = new Set();
    #head = '';
    #open = false;
    #accept;

    // target: address, for net.connect; request, the path; host, the header; resetOk: behind a close a reset is as good as an end
    // early: bytes that go in one write with the request
    constructor(target, random, early = Buffer.alloc(0)) {
        const key = Buffer.from(Array.from({ length: 16 }, () => random() * 256)).toString('base64');
        this.#accept = createHash('sha1').update(key + GUID).digest('base64');
        this.#socket = net.connect({ ...target.address, allowHalfOpen: true, noDelay: true });
        this.#socket.on('data', (bytes) => this.#onData(bytes));
        this.#socket.on('end', () => this.#finish());
        this.#socket.on('close', () => this.#finish());
        this.#socket.on('error', (error) => {
            // behind the server's end our own late writes may fail
            if (!this.ended && !(target.resetOk && this.events.at(-1)?.op === 'close'))
                this.trouble ??= `connection broke: ${error.code}`;
            this.#finish();
        });
        const request = `GET ${target.request} HTTP/1.1\r\nHost: ${target.host}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`;
        this.#socket.write(Buffer.concat([Buffer.from(request), early]));
    }

    #finish() {
        this.ended = true;
        this.#wake();
    }

    #wake() {
        for (const waker of [...this.#wakers])
            waker();
    }

    #onData(bytes) {
        try {
            const rest = this.#open ? bytes : this.#takeHead(bytes);
            if (this.#open && rest.length)
                // a server's own ping is no answer; any byte of ours shows it that we live
                this.events.push(...this.#reader.feed(rest).filter(({ op }) => op !== 'ping'));
        } catch (error) {
            this.trouble ??= error.message;
        }
        this.#wake();
    }

    #takeHead(bytes) {
        this.#head += bytes.toString('latin1');
        const end = this.#head.indexOf('\r\n\r\n');
        if (end < 0)
            return Buffer.alloc(0);
        const head = this.#head.slice(0, end);
        if (!head.startsWith('HTTP/1.1 101 '))
            throw new Error(`no upgrade: ${head.split('\r\n')[0]}`);
        if (/^sec-websocket-accept: *(.*?) *$/im.exec(head)?.[1] !== this.#accept)
            throw new Error('wrong Sec-WebSocket-Accept');
        if (/^sec-websocket-(extensions|protocol):/im.test(head))
            throw new Error('the server chose an extension or a subprotocol that was not offered');
        this.#open = true;
        return Buffer.from(this.#head.slice(end + 4), 'latin1');
    }

    get isOpen() {
        return this.#open;
    }

    // Resolves when test() is true, there is trouble or the server has ended; false when ms went by before any of that.
    until(test, ms) {
        const met = () => test() || this.trouble !== null || this.ended;
        if (met())
            return Promise.resolve(true);
        return new Promise((resolve) => {
            const done = (answer) => {
                clearTimeout(timer);
                this.#wakers.delete(check);
                resolve(answer);
            };
            const check = () => met() && done(true);
            const timer = setTimeout(() => done(false), ms);
            this.#wakers.add(check);
        });
    }

    // Writes piece by piece; between two of them the event loop turns, so that each is a packet of its own as far as a sender can see to it.
    async write(pieces) {
        for (const piece of pieces) {
            if (this.#socket.destroyed || this.#socket.writableEnded)
                return;
            if (!this.#socket.write(piece))
                await new Promise((resolve) => {
                    const go = () => {
                        this.#socket.off('drain', go).off('close', go);
                        resolve();
                    };
                    this.#socket.on('drain', go).on('close', go);
                });
            await new Promise(setImmediate);
        }
    }

    end() {
        this.#socket.end();
    }

    destroy() {
        this.#socket.destroy();
    }
}
