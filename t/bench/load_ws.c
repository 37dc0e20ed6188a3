/* load_ws: a WebSocket client's side (RFC 6455), lax in what it takes: the server is measured, not judged. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "t/bench/load.h"

#define SERVER_FRAME_MAX (64u << 20)
#define ANSWER_MAX 16384

enum { OP_TEXT = 1, OP_BINARY = 2, OP_CLOSE = 8, OP_PING = 9, OP_PONG = 10 };

void ws_put_request(struct load *l, struct conn *c)
{
    const struct role_options *role = &l->o.roles[c->role];
    char text[4096];
    struct buf b = BUF_INIT;

    fill(l, c, role->path, text, sizeof text);
    buf_printf(&b, "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", text, role->host);
    if (l->o.subprotocol[0])
        buf_printf(&b, "Sec-WebSocket-Protocol: %s\r\n", l->o.subprotocol);
    for (size_t i = 0; i < role->headers.count; i++) {
        fill(l, c, role->headers.at[i], text, sizeof text);
        buf_printf(&b, "%s\r\n", text);
    }
    buf_add_str(&b, "\r\n");
    conn_put(l, c, b.p, b.len);
    buf_free(&b);
}

long ws_take_answer(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    const char *end = memmem(bytes, n, "\r\n\r\n", 4);

    if (!end)
        return n > ANSWER_MAX ? -1 : 0;
    if (n < 12 || strncmp(bytes + 9, "101", 3) != 0) {
        l->errors.http++;
        c->was_refused = true;
        complain("upgrade refused: %.*s", (int)(n > 200 ? 200 : n), bytes);
        return -1;
    }
    c->state = STATE_LOGIN;
    if (load_protocol(l)->login)
        load_protocol(l)->login(l, c);
    else
        conn_ready(l, c);
    return end + 4 - bytes;
}

static void mask(char *out, const char *bytes, size_t n, uint32_t key)
{
    uint64_t wide = (uint64_t)key << 32 | key, word;
    size_t i = 0;

    for (; i + 8 <= n; i += 8) {
        memcpy(&word, bytes + i, 8);
        word ^= wide;
        memcpy(out + i, &word, 8);
    }
    for (; i < n; i++)
        out[i] = (char)(bytes[i] ^ (char)(key >> 8 * (i & 3)));
}

void ws_put(struct load *l, struct conn *c, unsigned op, const char *bytes, size_t n)
{
    static char frame[FRAME_MAX + 16];
    static uint32_t key = 0x9e3779b9;
    size_t head = 2;

    if (n > FRAME_MAX) {
        complain("a message is too large");
        exit(2);
    }
    key ^= key << 13;
    key ^= key >> 17;
    key ^= key << 5;
    frame[0] = (char)(0x80 | op);
    if (n < 126) {
        frame[1] = (char)(0x80 | n);
    } else if (n < 65536) {
        frame[1] = (char)(0x80 | 126);
        frame[2] = (char)(n >> 8);
        frame[3] = (char)n;
        head = 4;
    } else {
        frame[1] = (char)(0x80 | 127);
        for (int i = 0; i < 8; i++)
            frame[2 + i] = (char)((uint64_t)n >> (56 - 8 * i));
        head = 10;
    }
    memcpy(frame + head, &key, 4);
    head += 4;
    mask(frame + head, bytes, n, key);
    conn_put(l, c, frame, head + n);
}

static bool on_close(struct load *l, struct conn *c, const unsigned char *payload, size_t n)
{
    unsigned code = n >= 2 ? (unsigned)(payload[0] << 8 | payload[1]) : 1005;

    count_code(l, code);
    l->errors.closed++;
    if (c->state != STATE_READY)
        c->was_refused = true;
    else if (l->o.mode != MODE_STALL)
        complain("close %u: %.*s", code, n > 2 ? (int)n - 2 : 0, payload + 2);
    return false;
}

/* A message, or a piece of one. For STOMP and MQTT it is a piece of a stream. */
static bool on_data(struct load *l, struct conn *c, bool is_last, const char *bytes, size_t n)
{
    const struct protocol *protocol = load_protocol(l);
    long used;

    if (!protocol->take && is_last && c->message.len == 0) {
        run_body(l, c, bytes, n);
        return c->state != STATE_DEAD;
    }
    if (!protocol->take || c->message.len) {
        buf_add(&c->message, bytes, n);
        bytes = c->message.p;
        n = c->message.len;
    }
    if (!protocol->take) {
        if (is_last)
            run_body(l, c, bytes, n);
        if (c->state != STATE_DEAD && is_last)
            buf_reset(&c->message);
        return c->state != STATE_DEAD;
    }
    used = protocol->take(l, c, bytes, n);
    if (used < 0 || c->state == STATE_DEAD)
        return false;
    if (c->message.len)
        buf_consume(&c->message, (size_t)used);
    else if ((size_t)used < n)
        buf_add(&c->message, bytes + used, n - (size_t)used);
    return true;
}

/* The length of a frame's head, 0 while it is not there. */
static size_t read_head(const unsigned char *p, size_t n, uint64_t *len_r)
{
    size_t head = 2;

    if (n < 2)
        return 0;
    *len_r = p[1] & 127;
    if (*len_r == 126)
        head = 4;
    else if (*len_r == 127)
        head = 10;
    if (n < head)
        return 0;
    if (head > 2)
        *len_r = 0;
    for (size_t i = 2; i < head; i++)
        *len_r = *len_r << 8 | p[i];
    return head;
}

long ws_take(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    uint64_t len = 0;
    size_t used = 0, head;

    while ((head = read_head(p + used, n - used, &len)) > 0) {
        const unsigned char *frame = p + used;
        unsigned op = frame[0] & 15;
        bool goes_on = true;

        if ((frame[1] & 0x80) || len > SERVER_FRAME_MAX) {
            l->errors.protocol++;
            complain("a bad frame of %" PRIu64 " bytes", len);
            return -1;
        }
        if (n - used < head + len)
            break;
        if (op == OP_CLOSE)
            goes_on = on_close(l, c, frame + head, len);
        else if (op == OP_PING)
            ws_put(l, c, OP_PONG, (const char *)frame + head, len);
        else if (op <= OP_BINARY)
            goes_on = on_data(l, c, frame[0] >> 7, (const char *)frame + head, len);
        if (!goes_on)
            return -1;
        used += head + len;
    }
    return (long)used;
}
