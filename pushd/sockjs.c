/* sockjs: see sockjs.h. */
#include "pushd/sockjs.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "lib/base/token.h"
#include "pushd/conn.h"
#include "pushd/door.h"
#include "pushd/push.h"
#include "pushd/roster.h"
#include "pushd/sockjs_frame.h"

#define KEEP_MS 5000           /* without a receiver */
#define STREAM_BYTES 131072    /* of one streaming response: browsers keep it all in memory */
#define PRELUDE_BYTES 2048     /* some browsers show nothing before */

struct sockjs_receiver {
    struct sockjs_session *session; /* NULL: it ended, what is in `ready` goes out still */
    struct push *push;
    struct MHD_Connection *http;
    struct buf ready;
    size_t at, total;
    enum sockjs_kind kind;
    bool is_suspended, is_full;
};

struct sockjs_session {
    struct loop_timer timer; /* first: without a receiver */
    UT_hash_handle hh;
    struct sockjs_table *table;
    struct conn *conn; /* NULL: closed; the session stays to say so */
    struct sockjs_receiver *receiver;
    char cookie[TOKEN_TEXT_SIZE];
    char id[];
};

struct sockjs_table {
    struct push *push;
    struct sockjs_session *sessions;
};

struct sockjs_table *sockjs_table_new(struct push *push)
{
    struct sockjs_table *t = calloc(1, sizeof *t);

    if (t)
        t->push = push;
    return t;
}

static void wake(struct sockjs_receiver *r)
{
    if (!r->is_suspended)
        return;
    r->is_suspended = false;
    MHD_resume_connection(r->http);
    if (push_door(r->push))
        door_wake(push_door(r->push));
}

static void session_free(struct sockjs_session *s)
{
    struct sockjs_table *t = s->table;

    if (s->conn) {
        struct conn *conn = s->conn;
        s->conn = NULL;
        conn->session = NULL;
        conn_kill(conn);
    }
    if (s->receiver) {
        s->receiver->session = NULL;
        wake(s->receiver);
    }
    loop_clear_timer(push_loop(t->push), &s->timer);
    HASH_DEL(t->sessions, s);
    free(s);
}

void sockjs_table_free(struct sockjs_table **t)
{
    if (!*t)
        return;
    while ((*t)->sessions)
        session_free((*t)->sessions);
    free(*t);
    *t = NULL;
}

static struct sockjs_session *find(struct sockjs_table *t, const char *id, size_t n)
{
    struct sockjs_session *s;

    HASH_FIND(hh, t->sessions, id, n, s);
    return s;
}

bool sockjs_is_taken(struct sockjs_table *t, const char *id, size_t n)
{
    return find(t, id, n);
}

struct sockjs_session *sockjs_find(struct sockjs_table *t, const char *id, size_t n, const char *cookie)
{
    struct sockjs_session *s = find(t, id, n);

    return s && token_equal(s->cookie, cookie) ? s : NULL;
}

static void on_alone(struct loop_timer *t)
{
    session_free((struct sockjs_session *)t);
}

static void keep_for_a_while(struct sockjs_session *s)
{
    struct loop *loop = push_loop(s->table->push);

    loop_set_timer(loop, &s->timer, loop_now(loop) + KEEP_MS);
}

struct sockjs_session *sockjs_open(struct sockjs_table *t, const char *id, size_t n, const char *cookie, struct conn_start *start)
{
    struct sockjs_session *s = calloc(1, sizeof *s + n + 1);

    if (!s) {
        roster_address_drop(push_roster(t->push), &start->address);
        return NULL;
    }
    s->timer.on_due = on_alone;
    s->table = t;
    memcpy(s->id, id, n);
    memcpy(s->cookie, cookie, strnlen(cookie, sizeof s->cookie - 1));
    HASH_ADD(hh, t->sessions, id[0], n, s);
    keep_for_a_while(s);
    start->fd = -1;
    start->session = s;
    start->is_sockjs = true;
    s->conn = conn_open(t->push, start);
    if (!s->conn) {
        session_free(s);
        return NULL;
    }
    return s;
}

bool sockjs_take(struct sockjs_session *s, const char *text, size_t n)
{
    if (!s->conn || !conn_is_up(s->conn))
        return true;
    s->conn->heard_ms = loop_now(push_loop(s->table->push));
    return conn_take_sockjs(s->conn, text, n);
}

/* ---- receivers ---- */

struct sockjs_receiver *sockjs_receive(struct sockjs_session *s, enum sockjs_kind kind, struct MHD_Connection *http)
{
    struct sockjs_receiver *r = s->receiver ? NULL : calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->session = s;
    r->push = s->table->push;
    r->http = http;
    r->kind = kind;
    s->receiver = r;
    loop_clear_timer(push_loop(s->table->push), &s->timer);
    if (s->conn)
        s->conn->heard_ms = loop_now(push_loop(s->table->push));
    if (kind == SOCKJS_XHR_STREAMING) {
        for (int i = 0; i < PRELUDE_BYTES; i++)
            buf_add_char(&r->ready, 'h');
        buf_add_char(&r->ready, '\n');
    } else if (kind == SOCKJS_EVENTSOURCE) {
        buf_add(&r->ready, "\r\n", 2);
    }
    return r;
}

/* One frame as the transport writes it. False when none waits. */
static bool take_frame(struct sockjs_receiver *r)
{
    struct conn *conn = r->session->conn;
    struct buf *to = &r->ready, frame = BUF_INIT;
    size_t before = to->len;

    if (!conn || !conn->out.head)
        return false;
    if (r->kind == SOCKJS_EVENTSOURCE) {
        outq_take(&conn->out, &frame, loop_now(push_loop(conn->push)));
        if (buf_failed(&frame))
            to->failed = true;
        else
            sockjs_encode_event(to, frame.p, frame.len);
        buf_free(&frame);
    } else {
        outq_take(&conn->out, to, loop_now(push_loop(conn->push)));
        buf_add_char(to, '\n');
    }
    conn->spoke_ms = conn->heard_ms = loop_now(push_loop(conn->push));
    r->total += to->len - before;
    return true;
}

/* Fills `ready` from the queue, not more than the response may hold: what the reader does not take stays in the queue, whose ceilings count it. */
static void fill(struct sockjs_receiver *r)
{
    struct sockjs_session *s = r->session;
    size_t most = r->kind == SOCKJS_XHR ? STREAM_BYTES : 16384;

    if (r->at < r->ready.len || !s || r->is_full)
        return;
    buf_reset(&r->ready);
    r->at = 0;
    while (r->ready.len < most && take_frame(r))
        ;
    if (!r->ready.len && !s->conn) {
        buf_add_str(&r->ready, r->kind == SOCKJS_EVENTSOURCE ? "data: c[3000,\"Go away!\"]\r\n\r\n" : "c[3000,\"Go away!\"]\n");
        r->is_full = true;
    }
    if (r->ready.len && r->kind == SOCKJS_XHR)
        r->is_full = true; /* a poll is one answer */
    if (r->total >= STREAM_BYTES)
        r->is_full = true;
    if (s->conn)
        conn_want_flush(s->conn); /* a replay may go on; a closing connection may be done */
}

bool sockjs_is_ready(struct sockjs_receiver *r)
{
    fill(r);
    return r->at < r->ready.len || r->is_full || !r->session;
}

long sockjs_read(struct sockjs_receiver *r, char *to, size_t max)
{
    size_t n;

    fill(r);
    n = r->ready.len - r->at;
    if (!n && (r->is_full || !r->session || buf_failed(&r->ready)))
        return -1;
    if (!n) {
        r->is_suspended = true;
        MHD_suspend_connection(r->http);
        return 0;
    }
    if (n > max)
        n = max;
    memcpy(to, r->ready.p + r->at, n);
    r->at += n;
    return (long)n;
}

void sockjs_receiver_end(struct sockjs_receiver **r_p, bool was_whole)
{
    struct sockjs_receiver *r = *r_p;
    struct sockjs_session *s;

    if (!r)
        return;
    s = r->session;
    if (s) {
        s->receiver = NULL;
        /* Cut in the middle: bytes of the STOMP stream are lost, so the session is, too. The client comes back with `after`. */
        if (was_whole)
            keep_for_a_while(s);
        else
            session_free(s);
    }
    buf_free(&r->ready);
    free(r);
    *r_p = NULL;
}

/* ---- for conn.c ---- */

void sockjs_flush(struct sockjs_session *s)
{
    struct conn *conn = s->conn;

    if (!conn)
        return;
    if (conn->out.head && s->receiver)
        wake(s->receiver);
    else if (!conn->out.head && conn->state >= CONN_CLOSING)
        conn_kill(conn);
}

void sockjs_conn_gone(struct sockjs_session *s)
{
    s->conn = NULL;
    if (s->receiver)
        wake(s->receiver);
    else
        keep_for_a_while(s);
}
