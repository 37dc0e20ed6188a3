/* load_proto: STOMP 1.2 and MQTT 3.1.1 (QoS 0) as a client speaks them, and plain text, which has no verbs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "t/bench/load.h"

enum { OP_TEXT = 1, OP_BINARY = 2 };

/* What this connection subscribes to: the publisher of a fan-out, and who feeds stalled readers, only send. */
static size_t subs_of(const struct load *l, const struct conn *c)
{
    bool only_sends = (l->o.mode == MODE_FANOUT || l->o.mode == MODE_STALL) && c->role == ROLE_AGENT;

    return only_sends ? 0 : l->o.roles[c->role].subs.count;
}

static void subscribed_one(struct load *l, struct conn *c)
{
    if (c->state == STATE_SUBSCRIBING && --c->subs_left == 0)
        conn_ready(l, c);
}

/* ---- STOMP ---- */

static void stomp_login(struct load *l, struct conn *c)
{
    const struct role_options *role = &l->o.roles[c->role];
    char text[4096];
    struct buf b = BUF_INIT;

    buf_printf(&b, "CONNECT\naccept-version:1.1,1.2\nheart-beat:%ld,%ld\nhost:%s\n", l->o.heartbeat_ms, l->o.heartbeat_ms, role->vhost);
    if (role->login) {
        fill(l, c, role->login, text, sizeof text);
        buf_printf(&b, "login:%s\n", text);
    }
    if (role->passcode) {
        fill(l, c, role->passcode, text, sizeof text);
        buf_printf(&b, "passcode:%s\n", text);
    }
    for (size_t i = 0; i < role->connect_headers.count; i++) {
        fill(l, c, role->connect_headers.at[i], text, sizeof text);
        buf_printf(&b, "%s\n", text);
    }
    buf_add(&b, "\n", 2); /* with its NUL */
    ws_put(l, c, OP_TEXT, b.p, b.len);
    buf_free(&b);
}

static void stomp_subscribe(struct load *l, struct conn *c)
{
    const struct role_options *role = &l->o.roles[c->role];
    char dest[2048], frame[2300];

    c->state = STATE_SUBSCRIBING;
    c->subs_left = (unsigned)subs_of(l, c);
    for (size_t i = 0; i < subs_of(l, c); i++) {
        char receipt[32] = "";
        int n;

        fill(l, c, role->subs.at[i], dest, sizeof dest);
        if (!l->o.no_receipt)
            snprintf(receipt, sizeof receipt, "receipt:r%zu\n", i);
        n = snprintf(frame, sizeof frame, "SUBSCRIBE\nid:s%zu\ndestination:%s\nack:auto\n%s\n", i, dest, receipt);
        ws_put(l, c, OP_TEXT, frame, (size_t)n + 1);
    }
    if (c->subs_left == 0 || l->o.no_receipt)
        conn_ready(l, c);
}

/* "SEND", its destination, and "content-length:", which is the same for all messages of a connection. */
static const char *send_head(struct load *l, struct conn *c)
{
    char dest[2048];
    struct buf b = BUF_INIT;

    if (!c->send_head || l->o.mode == MODE_STALL) {
        free(c->send_head);
        fill(l, c, l->o.roles[c->role].dest, dest, sizeof dest);
        buf_printf(&b, "SEND\ndestination:%s\ncontent-length:", dest);
        c->send_head = buf_take(&b);
    }
    return c->send_head;
}

static void stomp_send(struct load *l, struct conn *c, const char *body, size_t n)
{
    const struct role_options *role = &l->o.roles[c->role];
    static struct buf frame;
    char text[1024];

    buf_reset(&frame);
    buf_add_str(&frame, send_head(l, c));
    buf_add(&frame, text, (size_t)snprintf(text, sizeof text, "%zu\n", n));
    for (size_t i = 0; i < role->send_headers.count; i++) {
        buf_add(&frame, text, fill(l, c, role->send_headers.at[i], text, sizeof text - 1));
        buf_add_char(&frame, '\n');
    }
    if (l->o.send_receipt)
        buf_add(&frame, text, (size_t)snprintf(text, sizeof text, "receipt:m%x\n", c->seq_sent));
    buf_add_char(&frame, '\n');
    buf_add(&frame, body, n);
    buf_add(&frame, "", 1);
    ws_put(l, c, OP_TEXT, frame.p, frame.len);
}

/* The end of a frame's head (behind its empty line), NULL while it is not there; *length_r is content-length's, -1 without. */
static const char *stomp_head_end(const char *p, const char *end, long *length_r)
{
    *length_r = -1;
    while (p < end) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));

        if (!nl)
            return NULL;
        if (nl == p || (nl == p + 1 && *p == '\r'))
            return nl + 1;
        if (*length_r < 0 && nl - p > 15 && strncasecmp(p, "content-length:", 15) == 0)
            *length_r = strtol(p + 15, NULL, 10);
        p = nl + 1;
    }
    return NULL;
}

static void on_stomp_frame(struct load *l, struct conn *c, const char *frame, const char *body, size_t n)
{
    if (*frame == 'E') {
        l->errors.frames++;
        if (c->state != STATE_READY)
            c->was_refused = true;
        else
            complain("%.*s", (int)(body + n - frame > 400 ? 400 : body + n - frame), frame);
        return;
    }
    c->was_served = true;
    if (*frame == 'M') {
        run_body(l, c, body, n);
    } else if (*frame == 'C' && c->state == STATE_LOGIN) {
        stomp_subscribe(l, c);
    } else if (*frame == 'R' && c->state == STATE_READY) {
        l->now.acked++;
        l->total.acked++;
    } else if (*frame == 'R') {
        subscribed_one(l, c);
    }
}

static long stomp_take(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    const char *p = bytes, *end = bytes + n;

    for (;;) {
        const char *body, *last;
        long length;

        while (p < end && (*p == '\n' || *p == '\r')) /* heart-beats */
            p++;
        body = stomp_head_end(p, end, &length);
        if (!body)
            return p - bytes;
        if (length >= 0)
            last = end - body > length ? body + length : NULL;
        else
            last = memchr(body, '\0', (size_t)(end - body));
        if (!last)
            return p - bytes;
        on_stomp_frame(l, c, p, body, (size_t)(last - body));
        if (c->state == STATE_DEAD)
            return -1;
        p = last + 1;
    }
}

/* ---- MQTT ---- */

static size_t mqtt_length(unsigned char *out, size_t n)
{
    size_t i = 0;

    do {
        out[i] = (unsigned char)((n & 127) | (n > 127 ? 128 : 0));
        n >>= 7;
        i++;
    } while (n);
    return i;
}

static void mqtt_login(struct load *l, struct conn *c)
{
    char frame[64] = "\x10" "\0" "\0\4MQTT\4\2\0\0\0"; /* clean session, no keep-alive; the client's id follows */
    int n = snprintf(frame + 14, sizeof frame - 14, "sd%d-%u%c", (int)getpid(), c->id, c->role == ROLE_AGENT ? 'a' : 'c');

    frame[1] = (char)(12 + n);
    frame[13] = (char)n;
    ws_put(l, c, OP_BINARY, frame, 14 + (size_t)n);
}

static void mqtt_subscribe(struct load *l, struct conn *c)
{
    char topic[2048], frame[2100];

    c->state = STATE_SUBSCRIBING;
    c->subs_left = (unsigned)subs_of(l, c);
    for (size_t i = 0; i < subs_of(l, c); i++) {
        size_t len = fill(l, c, l->o.roles[c->role].subs.at[i], topic, sizeof topic), n = 1;

        frame[0] = (char)0x82;
        n += mqtt_length((unsigned char *)frame + n, 5 + len);
        frame[n++] = 0;
        frame[n++] = (char)(i + 1);
        frame[n++] = (char)(len >> 8);
        frame[n++] = (char)len;
        memcpy(frame + n, topic, len);
        n += len;
        frame[n++] = 0;
        ws_put(l, c, OP_BINARY, frame, n);
    }
    if (c->subs_left == 0)
        conn_ready(l, c);
}

static void mqtt_send(struct load *l, struct conn *c, const char *body, size_t n)
{
    static struct buf frame;
    char topic[2048];
    unsigned char head[8];
    size_t len = fill(l, c, l->o.roles[c->role].dest, topic, sizeof topic), head_len = 1;

    head[0] = 0x30;
    head_len += mqtt_length(head + 1, 2 + len + n);
    head[head_len++] = (unsigned char)(len >> 8);
    head[head_len++] = (unsigned char)len;
    buf_reset(&frame);
    buf_add(&frame, head, head_len);
    buf_add(&frame, topic, len);
    buf_add(&frame, body, n);
    ws_put(l, c, OP_BINARY, frame.p, frame.len);
}

static bool on_mqtt_packet(struct load *l, struct conn *c, const unsigned char *packet, const unsigned char *p, size_t n)
{
    switch (packet[0] >> 4) {
    case 2: /* CONNACK */
        if (n < 2 || p[1]) {
            l->errors.frames++;
            c->was_refused = true;
            return false;
        }
        mqtt_subscribe(l, c);
        break;
    case 3: /* PUBLISH, QoS 0 */
        if (n >= 2 && n >= 2u + (size_t)(p[0] << 8 | p[1]))
            run_body(l, c, (const char *)p + 2 + (p[0] << 8 | p[1]), n - 2 - (size_t)(p[0] << 8 | p[1]));
        break;
    case 9: /* SUBACK */
        subscribed_one(l, c);
        break;
    }
    return c->state != STATE_DEAD;
}

static long mqtt_take(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    const unsigned char *p = (const unsigned char *)bytes;
    size_t used = 0;

    for (;;) {
        size_t len = 0, head = 1;

        do {
            if (used + head >= n)
                return (long)used;
            len |= (size_t)(p[used + head] & 127) << 7 * (head - 1);
        } while (p[used + head++] & 128 && head < 5);
        if (n - used < head + len)
            return (long)used;
        if (!on_mqtt_packet(l, c, p + used, p + used + head, len))
            return -1;
        used += head + len;
    }
}

/* ---- plain text ---- */

static void raw_send(struct load *l, struct conn *c, const char *body, size_t n)
{
    ws_put(l, c, OP_TEXT, body, n);
}

const struct protocol *load_protocol(const struct load *l)
{
    static const struct protocol protocols[] = {
        [PROTO_STOMP] = {stomp_login, stomp_send, stomp_take},
        [PROTO_RAW] = {NULL, raw_send, NULL},
        [PROTO_MQTT] = {mqtt_login, mqtt_send, mqtt_take},
    };

    return &protocols[l->o.proto];
}
