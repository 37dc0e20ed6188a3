/* conn_out: frames to the client. Each STOMP frame is one WebSocket text message (a legacy client garbles Korean in binary ones). */
#include <stdlib.h>
#include <string.h>

#include "lib/base/bug.h"
#include "lib/chat/config.h"
#include "pushd/conn_priv.h"
#include "pushd/hub.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/sockjs_frame.h"

void conn_send_text(struct conn *conn, const char *text, size_t n)
{
    unsigned char head[WS_HEAD_MAX];
    size_t head_len = conn->session ? 0 : ws_encode_head(WS_OP_TEXT, true, n, head);

    if (!outq_add(&conn->out, head, head_len, text, n, NULL, loop_now(push_loop(conn->push))))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else if (conn->out.bytes > (size_t)push_config(conn->push)->out_queue_max)
        conn_doom(conn, WS_CLOSE_SLOW_READER);
    conn_want_flush(conn);
}

void conn_send_sockjs_close(struct conn *conn, uint16_t code, const char *reason)
{
    struct buf b = BUF_INIT;

    sockjs_encode_close(&b, code, reason ? reason : "");
    if (!buf_failed(&b))
        conn_send_text(conn, b.p, b.len);
    buf_free(&b);
}

/* The frame as one string of a SockJS array. The body is not shared then: SockJS clients pay with a copy each. */
static void add_sockjs_frame(struct conn *conn, const char *bytes, size_t n, const struct body *body)
{
    struct buf b = BUF_INIT;

    if (body && body->is_binary)
        return; /* SockJS carries text alone */
    sockjs_encode_message(&b, bytes, n, body ? body->bytes : "", body ? (size_t)body->len + 1 : 0);
    if (buf_failed(&b))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else
        conn_send_text(conn, b.p, b.len);
    buf_free(&b);
}

/* STOMP bytes behind a WebSocket head; body as in outq_add. */
static void add_frame(struct conn *conn, const char *bytes, size_t n, struct body *body)
{
    unsigned char head[WS_HEAD_MAX];
    bool is_text = !body || !body->is_binary;
    size_t whole = n + (body ? (size_t)body->len + 1 : 0);
    size_t head_len = ws_encode_head(is_text ? WS_OP_TEXT : WS_OP_BINARY, true, whole, head);

    if (conn->is_sockjs) {
        add_sockjs_frame(conn, bytes, n, body);
        return;
    }
    if (BUG(drop_slow_reader) && conn->out.bytes + whole > (size_t)push_config(conn->push)->out_queue_max)
        return;
    if (!outq_add(&conn->out, head, head_len, bytes, n, body, loop_now(push_loop(conn->push))))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else if (conn->out.bytes > (size_t)push_config(conn->push)->out_queue_max)
        conn_doom(conn, WS_CLOSE_SLOW_READER);
    conn_want_flush(conn);
}

void conn_send_raw(struct conn *conn, const void *stomp_bytes, size_t n)
{
    if (conn_is_up(conn))
        add_frame(conn, stomp_bytes, n, NULL);
}

/* A STOMP frame out of the scratch buffer. */
static void send_scratch(struct conn *conn, const struct buf *b)
{
    if (buf_failed(b))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else
        conn_send_raw(conn, b->p, b->len);
}

/* The number in decimal, at the end of digits. This runs once a receiver of each message. */
static const char *decimal(uint32_t v, char digits[12])
{
    char *p = digits + 11;

    *p = '\0';
    do
        *--p = (char)('0' + v % 10);
    while ((v /= 10) > 0);
    return p;
}

/* What the sender said of an unstored message. */
static size_t own_headers(const struct body *body, struct stomp_pair *pairs, size_t most)
{
    const char *at = body_headers(body), *end = at + body->headers_len;
    size_t n = 0;

    while (at < end && n < most) {
        pairs[n].name = at;
        pairs[n].value = at + strlen(at) + 1;
        at = pairs[n].value + strlen(pairs[n].value) + 1;
        n++;
    }
    return n;
}

static void send_message(struct conn *conn, const struct sub *sub, const char *destination, struct body *body, const struct stomp_pair *extra, size_t extra_count)
{
    bool is_open = sub->kind == SUB_OPEN || sub->kind == SUB_OPEN_PATTERN;
    struct buf *head = push_scratch(conn->push);
    char digits[12];
    const char *id = decimal(++conn->serial, digits);
    struct stomp_pair pairs[STOMP_HEADERS_MAX + 1];
    struct stomp_message m = {.subscription = sub->id[0] ? sub->id : NULL, .message_id = id, .content_type = is_open ? NULL : STOMP_JSON, .extra = pairs,
                              .destination = destination};

    for (; m.extra_count < extra_count && m.extra_count < 3; m.extra_count++)
        pairs[m.extra_count] = extra[m.extra_count];
    if (is_open && body->headers_len)
        m.extra_count = own_headers(body, pairs, STOMP_HEADERS_MAX);
    if (sub->wants_ack && conn->stomp.version == STOMP_1_2)
        pairs[m.extra_count++] = (struct stomp_pair){"ack", id};
    stomp_encode_message_head(head, (enum stomp_version)conn->stomp.version, &m, body->len);
    if (buf_failed(head))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else
        add_frame(conn, head->p, head->len, body);
    metric_add(push_metrics(conn->push), METRIC_frames_sent, 1);
}

void conn_send_message(struct conn *conn, const struct sub *sub, struct body *body, const struct stomp_pair *extra, size_t extra_count)
{
    char destination[128];

    if (!conn_is_up(conn))
        return;
    if (sub->kind != SUB_OPEN)
        sub_destination(sub, destination, sizeof destination);
    send_message(conn, sub, sub->kind == SUB_OPEN ? hub_open_name(sub->open) : destination, body, extra, extra_count);
}

void conn_send_message_at(struct conn *conn, const struct sub *sub, const char *destination, struct body *body)
{
    if (conn_is_up(conn))
        send_message(conn, sub, destination, body, NULL, 0);
}

void conn_send_receipt(struct conn *conn, const char *receipt_id)
{
    struct buf *b;

    if (!receipt_id || !conn_is_up(conn))
        return;
    b = push_scratch(conn->push);
    stomp_encode_receipt(b, (enum stomp_version)conn->stomp.version, receipt_id);
    send_scratch(conn, b);
}

void conn_error(struct conn *conn, uint16_t code, const char *message, const char *receipt_id, const char *body)
{
    struct buf *b;
    struct stomp_pair versions = {"version", STOMP_VERSIONS};
    struct stomp_error_frame e = {.message = message, .receipt_id = receipt_id, .body = body, .extra = &versions, .extra_count = conn->state <= CONN_CHECKING};

    if (!conn_is_up(conn))
        return;
    if (!conn->is_echo) {
        b = push_scratch(conn->push);
        stomp_encode_error(b, (enum stomp_version)conn->stomp.version, &e);
        send_scratch(conn, b);
    }
    conn_close(conn, code, message);
}

void conn_pump_replays(struct conn *conn)
{
    struct sub *next;

    for (struct sub *sub = conn->subs; sub; sub = next) {
        next = sub->conn_next;
        if (sub->is_replaying)
            hub_pump(push_hub(conn->push), sub);
    }
}
