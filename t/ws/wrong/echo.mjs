// A right echo server over node:net, small enough to read at a sitting. It proves that run.mjs lets a right server pass; each wrong one beside it
// spoils one of its methods, and run.mjs must notice. By hand: node t/ws/wrong/echo.mjs prints the URL and serves until it is ended.
import { createHash } from 'node:crypto';
import net from 'node:net';
import { pathToFileURL } from 'node:url';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const MESSAGE_MAX = 16 * 1024 * 1024;

// UTF-8 as it comes, by table 3-7 of the Unicode Standard.
export class Utf8 {
    #need = 0;
    #low = 0x80;
    #high = 0xbf;

    // false at the first byte that can't be valid
    feed(bytes) {
        for (const byte of bytes) {
            if (this.#need) {
                if (byte < this.#low || byte > this.#high)
                    return false;
                this.#need--;
                [this.#low, this.#high] = [0x80, 0xbf];
            } else if (byte >= 0x80) {
                if (byte < 0xc2 || byte > 0xf4)
                    return false;
                this.#need = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
                this.#low = byte === 0xe0 ? 0xa0 : byte === 0xf0 ? 0x90 : 0x80;
                this.#high = byte === 0xed ? 0x9f : byte === 0xf4 ? 0x8f : 0xbf;
            }
        }
        return true;
    }

    get isWhole() {
        return this.#need === 0;
    }
}

export class Echo {
    input = Buffer.alloc(0);
    frame = null;   // whose payload comes: {opcode, isFinal, key, at, left, parts}
    open = null;    // the message under way: {op, parts, utf8}
    isDone = false; // closed: what still comes is let go

    constructor(socket) {
        this.socket = socket;
    }

    // ---- what a wrong server spoils ----

    headFault(first, second) {
        const opcode = first & 15, isControl = opcode >= 8;
        if (first & 0x70 || ![0, 1, 2, 8, 9, 10].includes(opcode) || !(second & 0x80))
            return 1002;
        if (isControl && (!(first & 0x80) || (second & 0x7f) > 125))
            return 1002;
        if (!isControl && (opcode === 0) !== (this.open !== null))
            return 1002;
        return 0;
    }

    lengthFault(length, size) {
        if (length >= 2n ** 63n || (size === 8 && length < 65536n) || (size === 2 && length < 126n))
            return 1002;
        return length > MESSAGE_MAX ? 1009 : 0;
    }

    // the bytes of a text as they come; isLast: the message is whole
    textFault(bytes, isLast) {
        const { utf8 } = this.open;
        return utf8.feed(bytes) && (!isLast || utf8.isWhole) ? 0 : 1007;
    }

    pongOf(data) {
        return data;
    }

    // 0: may be sent; else what to close with
    closeFault(data) {
        if (data.length === 1)
            return 1002;
        const code = data.length ? data.readUInt16BE(0) : 1000, utf8 = new Utf8();
        const isGood = code >= 1000 && code <= 1003 || code >= 1007 && code <= 1014 || code >= 3000 && code <= 4999;
        return isGood && utf8.feed(data.subarray(2)) && utf8.isWhole ? 0 : 1002;
    }

    // a control frame stood between two fragments
    onInterruption() {
    }

    // ---- the rest ----

    send(opcode, data) {
        const size = data.length;
        const length = size < 126 ? [size] : size < 65536 ? [126, size >> 8, size & 255] : [127, 0, 0, 0, 0, size >>> 24, size >> 16 & 255, size >> 8 & 255, size & 255];
        this.socket.write(Buffer.from([0x80 | opcode, ...length]));
        this.socket.write(data);
    }

    close(code) {
        const data = Buffer.alloc(code ? 2 : 0);
        if (code)
            data.writeUInt16BE(code);
        this.send(8, data);
        this.isDone = true;
        this.socket.end();
    }

    feed(bytes) {
        this.input = this.input.length ? Buffer.concat([this.input, bytes]) : bytes;
        while (!this.isDone && (this.frame ? this.#takePayload() : this.#takeHead()));
        if (this.isDone)
            this.input = Buffer.alloc(0);
    }

    // true when there may be more to do
    #takeHead() {
        const { input } = this;
        const fault = input.length ? this.headFault(input[0], input[1] ?? 0x80) : 0;
        if (fault)
            return this.close(fault);
        const short = input[1] & 127, size = short === 126 ? 2 : short === 127 ? 8 : 0, isMasked = (input[1] & 0x80) !== 0;
        if (input.length < 2 || input.length < 2 + size)
            return false;
        const length = size ? BigInt(`0x${input.subarray(2, 2 + size).toString('hex')}`) : BigInt(short);
        const tooLong = this.lengthFault(length, size), head = 2 + size + (isMasked ? 4 : 0);
        if (tooLong)
            return this.close(tooLong);
        if (input.length < head)
            return false;
        const key = isMasked ? input.subarray(head - 4, head) : Buffer.alloc(4);
        this.frame = { opcode: input[0] & 15, isFinal: (input[0] & 0x80) !== 0, key, at: 0, left: Number(length), parts: [] };
        this.input = input.subarray(head);
        if (this.frame.opcode && this.frame.opcode < 8)
            this.open = { op: this.frame.opcode, parts: [], utf8: new Utf8() };
        return true;
    }

    #takePayload() {
        const { frame } = this, bytes = Buffer.from(this.input.subarray(0, frame.left));
        if (!bytes.length && frame.left)
            return false;
        for (let i = 0; i < bytes.length; i++)
            bytes[i] ^= frame.key[frame.at++ & 3];
        this.input = this.input.subarray(bytes.length);
        frame.left -= bytes.length;
        frame.parts.push(bytes);
        const isData = frame.opcode < 8, isLast = frame.left === 0;
        const fault = isData && this.open.op === 1 ? this.textFault(bytes, isLast && frame.isFinal) : 0;
        if (fault)
            return this.close(fault);
        if (isLast) {
            this.frame = null;
            if (isData)
                this.#takeData(frame);
            else
                this.#takeControl(frame.opcode, Buffer.concat(frame.parts));
        }
        return isLast;
    }

    #takeData(frame) {
        this.open.parts.push(...frame.parts);
        if (!frame.isFinal)
            return;
        this.send(this.open.op, Buffer.concat(this.open.parts));
        this.open = null;
    }

    #takeControl(opcode, payload) {
        if (this.open)
            this.onInterruption();
        if (opcode === 9)
            this.send(10, this.pongOf(payload));
        if (opcode === 8)
            this.close(this.closeFault(payload) || (payload.length > 1 ? payload.readUInt16BE(0) : 0));
    }
}

function handshake(socket, Kind) {
    let head = '';
    const onData = (bytes) => {
        head += bytes.toString('latin1');
        const end = head.indexOf('\r\n\r\n');
        if (end < 0)
            return;
        const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
        socket.off('data', onData);
        socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n' +
            `Sec-WebSocket-Accept: ${createHash('sha1').update(key + GUID).digest('base64')}\r\n\r\n`);
        const echo = new Kind(socket);
        socket.on('data', (more) => echo.feed(more));
        echo.feed(Buffer.from(head.slice(end + 4), 'latin1'));
    };
    socket.on('data', onData).on('error', () => socket.destroy());
}

// Resolves to {url, stop()}.
export function serve(Kind) {
    const server = net.createServer({ noDelay: true }, (socket) => handshake(socket, Kind));
    return new Promise((resolve) => server.listen(0, '127.0.0.1', () =>
        resolve({ url: `ws://127.0.0.1:${server.address().port}/`, stop: () => server.close() })));
}

// At the end of each server's file: serves when the file is the program.
export async function serveIfMain(url, Kind) {
    if (process.argv[1] && url === pathToFileURL(process.argv[1]).href)
        process.stdout.write(`${(await serve(Kind)).url}\n`);
}

await serveIfMain(import.meta.url, Echo);
