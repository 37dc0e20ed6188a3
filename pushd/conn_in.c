/* conn_in: bytes of the socket become WebSocket messages, become STOMP frames, become verbs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "pushd/conn_priv.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/sockjs_frame.h"
#include "pushd/verb.h"

#define ECHO_MESSAGE_MAX 16777216
#define SWALLOW_MAX 4194304 /* behind our close; who sends more is cut */

static void hold(struct buf *to, struct conn *conn, const char *bytes, size_t n)
{
    buf_add(to, bytes, n);
    if (buf_failed(to))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
}

static struct held *held_of(struct conn *conn)
{
    if (!conn->held)
        conn->held = calloc(1, sizeof *conn->held);
    if (!conn->held)
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    return conn->held;
}

static enum metric metric_of_fault(enum stomp_error error)
{
    switch (error) {
    case STOMP_E_TOO_BIG:
        return METRIC_limit_frame;
    case STOMP_E_TOO_MANY_HEADERS:
    case STOMP_E_LINE_TOO_LONG:
        return METRIC_limit_headers;
    default:
        return METRIC_protocol_errors;
    }
}

static enum metric metric_of_code(uint16_t ws_close_code)
{
    return ws_close_code == WS_CLOSE_TOO_BIG ? METRIC_limit_message : ws_close_code == WS_CLOSE_POLICY ? METRIC_limit_fragments : METRIC_protocol_errors;
}

static void take_stomp(struct conn *conn, char *bytes, size_t n)
{
    const struct config *config = push_config(conn->push);
    const struct stomp_limits limits = {
        .headers_max = (uint32_t)config->headers_max, .line_max = (uint32_t)config->header_max, .frame_max = (uint32_t)config->frame_max};

    for (;;) {
        struct stomp_frame frame;
        size_t used = 0;
        enum stomp_result result = stomp_feed(&conn->stomp, &limits, bytes, n, &used, &frame);

        bytes = used ? bytes + used : bytes; /* NULL with n 0 is fine */
        n -= used;
        if (result == STOMP_MORE)
            return;
        if (result == STOMP_BAD) {
            metric_add(push_metrics(conn->push), metric_of_fault((enum stomp_error)conn->stomp.error), 1);
            conn_error(conn, WS_CLOSE_PROTOCOL, stomp_error_text((enum stomp_error)conn->stomp.error), NULL, NULL);
            return;
        }
        if (result == STOMP_FRAME) {
            metric_add(push_metrics(conn->push), METRIC_frames_received, 1);
            verb_run(conn, &frame);
        }
        if (!conn_is_up(conn))
            return;
        if (conn->is_paused) {
            struct held *held = held_of(conn);
            if (held)
                hold(&held->stomp, conn, bytes, n);
            return;
        }
    }
}

static void note_unfinished(struct conn *conn);

bool conn_take_sockjs(struct conn *conn, const char *text, size_t n)
{
    struct buf stomp = BUF_INIT;
    bool is_good = sockjs_decode(text, n, &stomp);

    if (is_good && conn->is_paused) {
        /* Only over HTTP: a paused WebSocket is not read. */
        struct held *held = held_of(conn);
        if (held)
            hold(&held->stomp, conn, stomp.p, stomp.len);
        if (held && held->stomp.len > (size_t)push_config(conn->push)->out_queue_max)
            conn_doom(conn, WS_CLOSE_POLICY);
    } else if (is_good) {
        take_stomp(conn, stomp.p, stomp.len);
        if (conn_is_up(conn))
            note_unfinished(conn);
    } else {
        metric_add(push_metrics(conn->push), METRIC_protocol_errors, 1);
        conn_close(conn, WS_CLOSE_PROTOCOL, "Broken framing.");
    }
    buf_free(&stomp);
    return is_good;
}

static void echo(struct conn *conn, const struct ws_event *event)
{
    unsigned char head[WS_HEAD_MAX];
    size_t n = ws_encode_head(event->is_text ? WS_OP_TEXT : WS_OP_BINARY, true, event->len, head);

    if (!outq_add(&conn->out, head, n, event->data, event->len, NULL, loop_now(push_loop(conn->push))))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    conn_want_flush(conn);
}

static void pong(struct conn *conn, const struct ws_event *event)
{
    unsigned char frame[WS_CONTROL_MAX];
    size_t n = ws_encode_control(WS_OP_PONG, event->data, event->len, frame);

    if (!outq_add(&conn->out, frame, n, NULL, 0, NULL, loop_now(push_loop(conn->push))))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else if (conn->out.bytes > (size_t)push_config(conn->push)->out_queue_max && !conn->is_echo)
        conn_doom(conn, WS_CLOSE_SLOW_READER);
    conn_want_flush(conn);
}

static void take_event(struct conn *conn, enum ws_result result, const struct ws_event *event)
{
    switch (result) {
    case WS_MESSAGE:
        if (conn->is_echo)
            echo(conn, event);
        else if (conn->is_sockjs)
            conn_take_sockjs(conn, event->data, event->len);
        else
            take_stomp(conn, event->data, event->len);
        break;
    case WS_PING:
        pong(conn, event);
        break;
    case WS_CLOSE:
        conn_close(conn, event->code, NULL);
        break;
    case WS_BAD:
        metric_add(push_metrics(conn->push), metric_of_code(event->code), 1);
        conn_close(conn, event->code, event->why);
        break;
    case WS_PONG:
    case WS_MORE:
        break;
    }
}

/* Since when a frame or message is unfinished. */
static void note_unfinished(struct conn *conn)
{
    bool is_unfinished = !conn->is_echo && (ws_is_unfinished(&conn->ws) || stomp_is_unfinished(&conn->stomp));

    if (!is_unfinished) {
        conn->unfinished_ms = 0;
    } else if (!conn->unfinished_ms) {
        conn->unfinished_ms = loop_now(push_loop(conn->push));
        conn_set_timer(conn);
    }
}

void conn_take(struct conn *conn, char *bytes, size_t n)
{
    const struct config *config = push_config(conn->push);
    /* JSON writes a NUL in six bytes. */
    uint64_t message_max = (uint64_t)config->message_max * (conn->is_sockjs ? 4 : 1);
    const struct ws_limits limits = {.message_max = conn->is_echo ? ECHO_MESSAGE_MAX : message_max,
                                     .fragments_max = conn->is_echo ? 0 : (uint32_t)config->fragments_max};

    while (conn_is_up(conn)) {
        struct ws_event event = {0};
        size_t used = 0;
        enum ws_result result;

        if (conn->is_paused) {
            struct held *held = n ? held_of(conn) : NULL;
            if (held)
                hold(&held->raw, conn, bytes, n);
            return;
        }
        result = ws_feed(&conn->ws, &limits, bytes, n, &used, &event);
        bytes += used;
        n -= used;
        if (result == WS_MORE)
            break;
        take_event(conn, result, &event);
    }
    if (conn_is_up(conn))
        note_unfinished(conn);
    else if (conn->state != CONN_DEAD)
        conn_swallow(conn, bytes, n);
}

void conn_pause(struct conn *conn)
{
    if (conn->is_paused)
        return;
    conn->is_paused = true; /* the socket is left alone only when more comes: most wait for our answer */
}

/* Takes what was held while the input was paused; it may be paused again on the way. */
static void take_held(struct conn *conn)
{
    while (conn->held && !conn->is_paused && conn_is_up(conn)) {
        struct buf *from = conn->held->stomp.len ? &conn->held->stomp : &conn->held->raw;
        struct buf bytes = *from;
        bool is_stomp = from == &conn->held->stomp;

        *from = (struct buf)BUF_INIT;
        if (!bytes.len) {
            buf_free(&bytes);
            buf_free(&conn->held->stomp);
            free(conn->held);
            conn->held = NULL;
            break;
        }
        if (is_stomp)
            take_stomp(conn, bytes.p, bytes.len);
        else
            conn_take(conn, bytes.p, bytes.len);
        buf_free(&bytes);
    }
}

void conn_resume(struct conn *conn)
{
    if (!conn->is_paused || conn->state >= CONN_CLOSING)
        return;
    conn->is_paused = false;
    /* The frame at which the input stopped is released, and with it the memory it may lie in. */
    take_stomp(conn, NULL, 0);
    take_held(conn);
    if (conn_is_up(conn) && !conn->is_paused)
        note_unfinished(conn);
    if (conn->state < CONN_CLOSING)
        conn_update(conn);
}

void conn_send_done(struct conn *conn)
{
    conn->sends--;
    if (conn->state == CONN_LEAVING && !conn->sends) {
        conn_send_receipt(conn, conn->leave_receipt);
        conn_close(conn, conn->leave_code ? conn->leave_code : WS_CLOSE_NORMAL, NULL);
    } else if (conn->state == CONN_LIVE && conn->sends == CONN_SENDS_MAX / 2 && conn->is_paused && !conn->is_checking) {
        conn_resume(conn);
    }
}

void conn_swallow(struct conn *conn, const char *bytes, size_t n)
{
    conn->swallowed += (uint32_t)n;
    ws_skip(&conn->ws, bytes, n);
}

/* Swallows what still comes behind our close frame. */
static void drain(struct conn *conn)
{
    size_t size;
    char *bytes = push_read_buffer(conn->push, &size);
    ssize_t n = read(conn->fd, bytes, size);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n > 0) {
        metric_add(push_metrics(conn->push), METRIC_bytes_received, n);
        conn_swallow(conn, bytes, (size_t)n);
    }
    if (n <= 0 || conn->swallowed > SWALLOW_MAX)
        conn_kill(conn);
    else if (conn->state == CONN_PARTING && conn->ws.has_closed)
        conn_shut(conn);
}

static void take_input(struct conn *conn)
{
    size_t size;
    char *bytes = push_read_buffer(conn->push, &size);
    ssize_t n = read(conn->fd, bytes, size);

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        conn_kill(conn);
        return;
    }
    metric_add(push_metrics(conn->push), METRIC_bytes_received, n);
    conn->heard_ms = loop_now(push_loop(conn->push));
    conn_take(conn, bytes, (size_t)n);
}

void conn_on_ready(struct loop_io *io, uint32_t events)
{
    struct conn *conn = (struct conn *)io;

    if (conn->state == CONN_DEAD)
        return;
    if (events & EPOLLOUT)
        conn_want_flush(conn);
    if (conn->state >= CONN_CLOSING) {
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
            drain(conn);
        return;
    }
    if (conn->is_paused && (events & (EPOLLHUP | EPOLLERR)))
        conn_kill(conn);
    else if (conn->is_paused)
        conn_update(conn);
    else if (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
        take_input(conn);
}
