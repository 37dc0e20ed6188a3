// WebSocket frames on the client's side, by RFC 6455 5.2: writes masked ones (wrong ones too, when asked), and reads a server's with no mercy.

export const OPCODES = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 };
const NAMES = Object.fromEntries(Object.entries(OPCODES).map(([name, code]) => [code, name]));

// The bytes that a case names: text, {hex}, or {fill | fillhex, size}: repeated to that size, filled up with `*` lest a character is cut.
export function bytesOf(data, sizeMax = Infinity) {
    if (typeof data === 'string')
        return Buffer.from(data);
    if (data.hex !== undefined)
        return Buffer.from(data.hex, 'hex');
    const unit = data.fillhex === undefined ? Buffer.from(data.fill) : Buffer.from(data.fillhex, 'hex');
    const size = Math.min(data.size, sizeMax), whole = size - size % unit.length;
    const bytes = Buffer.alloc(size, '*');
    if (whole)
        bytes.fill(unit, 0, whole);
    return bytes;
}

function lengthBytes(length, form) {
    if (form === 64 || (!form && length > 65535)) {
        const bytes = Buffer.alloc(9, 127);
        bytes.writeBigUInt64BE(BigInt(length), 1);
        return bytes;
    }
    if (form === 16 || (!form && length > 125)) {
        const bytes = Buffer.alloc(3, 126);
        bytes.writeUInt16BE(length, 1);
        return bytes;
    }
    return Buffer.from([length]);
}

// One frame to a server. frame: op (a name or a number), fin, rsv, mask (false: none), key (hex), form (16, 64: of the length). newKey() makes a mask.
export function encodeFrame(frame, payload, newKey) {
    const opcode = OPCODES[frame.op] ?? frame.op;
    const length = lengthBytes(payload.length, frame.form);
    const masked = frame.mask !== false, key = frame.key ? Buffer.from(frame.key, 'hex') : newKey();
    const head = Buffer.from([(frame.fin === false ? 0 : 0x80) | (frame.rsv ?? 0) << 4 | opcode, ...length, ...(masked ? key : [])]);
    head[1] |= masked ? 0x80 : 0;
    const body = Buffer.from(payload);
    for (let i = 0; masked && i < body.length; i++)
        body[i] ^= key[i & 3];
    return { head, body };
}

// Reads what a server sends. feed(bytes) gives whole messages and control frames as {op, data}; it throws when the server breaks a rule.
export class FrameReader {
    #held = Buffer.alloc(0);
    #chunks = [];
    #size = 0;
    #wanted = 2; // no frame can be whole before so many bytes have come
    #message = null;

    feed(bytes) {
        this.#chunks.push(bytes);
        this.#size += bytes.length;
        if (this.#held.length + this.#size < this.#wanted)
            return [];
        this.#held = Buffer.concat([this.#held, ...this.#chunks]);
        this.#chunks = [];
        this.#size = 0;
        const events = [];
        for (let event = this.#takeFrame(); event !== undefined; event = this.#takeFrame())
            if (event)
                events.push(event);
        return events;
    }

    // undefined: not whole; null: taken, but its message goes on
    #takeFrame() {
        const held = this.#held;
        this.#wanted = 2;
        if (held.length < 2)
            return undefined;
        const short = held[1] & 0x7f, headSize = short < 126 ? 2 : short === 126 ? 4 : 10;
        this.#checkHead(held[0], held[1]);
        this.#wanted = headSize;
        if (held.length < headSize)
            return undefined;
        const length = short < 126 ? short : short === 126 ? held.readUInt16BE(2) : Number(held.readBigUInt64BE(2));
        if (short === 126 && length < 126 || short === 127 && length < 65536)
            throw new Error(`the server wrote a length of ${length} in too many bytes`);
        this.#wanted = headSize + length;
        if (held.length < headSize + length)
            return undefined;
        this.#held = held.subarray(headSize + length);
        return this.#take(held[0], held.subarray(headSize, headSize + length));
    }

    #checkHead(first, second) {
        const op = NAMES[first & 0x0f];
        if (first & 0x70)
            throw new Error('the server set a reserved bit');
        if (!op)
            throw new Error(`the server sent opcode ${first & 0x0f}`);
        if (second & 0x80)
            throw new Error('the server masked a frame');
        if (OPCODES[op] >= 8 && (!(first & 0x80) || (second & 0x7f) > 125))
            throw new Error(`the server sent a fragmented or long ${op}`);
        if (op === 'more' && !this.#message)
            throw new Error('the server sent a continuation of nothing');
        if ((op === 'text' || op === 'binary') && this.#message)
            throw new Error('the server began a message inside another');
    }

    #take(first, payload) {
        const op = NAMES[first & 0x0f];
        if (OPCODES[op] >= 8)
            return { op, data: payload };
        this.#message ??= { op, parts: [] };
        this.#message.parts.push(payload);
        if (!(first & 0x80))
            return null;
        const message = { op: this.#message.op, data: Buffer.concat(this.#message.parts) };
        this.#message = null;
        return message;
    }
}
