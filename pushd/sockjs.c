/* sockjs: see sockjs.h. */
#include "pushd/sockjs.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

#include "lib/base/token.h"
#include "lib/chat/table.h"
#include "pushd/conn.h"
#include "pushd/door.h"
#include "pushd/push.h"
#include "pushd/roster.h"
#include "pushd/sockjs_frame.h"

#define KEEP_MS 5000           /* without a receiver */
#define STREAM_BYTES 131072    /* of one streaming response: browsers keep it all in memory */
#define PRELUDE_BYTES 2048     /* some browsers show nothing before */

struct sockjs_receiver {
    struct loop_io io;              /* first: while suspended, whether the peer goes */
    struct sockjs_session *session; /* NULL: it ended, what is in `ready` goes out still */
    struct push *push;
    struct MHD_Connection *http;
    struct buf ready;
    size_t at, total;
    enum sockjs_kind kind;
    int fd; /* libmicrohttpd's, while suspended */
    bool is_suspended, is_full;
    bool is_gone; /* the peer is, or memory was out: the answer is cut, and the session with it */
};

struct sockjs_session {
    struct loop_timer timer; /* first: without a receiver */
    UT_hash_handle hh;
    struct sockjs_table *table;
    struct conn *conn; /* NULL: closed; the session stays to say so */
    struct sockjs_receiver *receiver;
    bool is_cut; /* a receiver did not get all of it */
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
    if (r->fd >= 0)
        loop_del(push_loop(r->push), r->fd);
    MHD_resume_connection(r->http);
    if (push_door(r->push))
        door_wake(push_door(r->push));
}

/* libmicrohttpd does not look after a suspended request: a peer that went would be noticed with the next heart-beat at the earliest. */
static void on_peer_gone(struct loop_io *io, uint32_t events)
{
    struct sockjs_receiver *r = (struct sockjs_receiver *)io;

    (void)events;
    r->is_gone = true;
    wake(r);
}

static void suspend(struct sockjs_receiver *r)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(r->http, MHD_CONNECTION_INFO_CONNECTION_FD);

    r->fd = info ? info->connect_fd : -1;
    if (r->fd >= 0 && !loop_add(push_loop(r->push), r->fd, &r->io, EPOLLRDHUP))
        r->fd = -1;
    r->is_suspended = true;
    MHD_suspend_connection(r->http);
}

static void drop_conn(struct sockjs_session *s)
{
    struct conn *conn = s->conn;

    if (!conn)
        return;
    s->conn = NULL;
    conn->session = NULL;
    conn_kill(conn);
}

static void session_free(struct sockjs_session *s)
{
    struct sockjs_table *t = s->table;

    drop_conn(s);
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
    if (!table_has(s)) {
        roster_address_drop(push_roster(t->push), &start->address);
        free(s);
        return NULL;
    }
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

bool sockjs_is_cut(const struct sockjs_session *s)
{
    return s->is_cut;
}

bool sockjs_take(struct sockjs_session *s, const char *text, size_t n)
{
    if (!s->conn || !conn_is_up(s->conn))
        return true;
    s->conn->heard_ms = loop_now(push_loop(s->table->push));
    return conn_take_sockjs(s->conn, text, n);
}

/* ---- receivers ---- */

void sockjs_add_start(enum sockjs_kind kind, struct buf *to)
{
    if (kind == SOCKJS_XHR_STREAMING) {
        for (int i = 0; i < PRELUDE_BYTES; i++)
            buf_add_char(to, 'h');
        buf_add_char(to, '\n');
    } else if (kind == SOCKJS_EVENTSOURCE) {
        buf_add(to, "\r\n", 2);
    }
}

void sockjs_add_frame(enum sockjs_kind kind, const char *frame, size_t n, struct buf *to)
{
    if (kind == SOCKJS_EVENTSOURCE) {
        sockjs_encode_event(to, frame, n);
    } else {
        buf_add(to, frame, n);
        buf_add_char(to, '\n');
    }
}

struct sockjs_receiver *sockjs_receive(struct sockjs_session *s, enum sockjs_kind kind, struct MHD_Connection *http)
{
    struct sockjs_receiver *r = s->receiver ? NULL : calloc(1, sizeof *r);

    if (!r)
        return NULL;
    r->io.on_ready = on_peer_gone;
    r->session = s;
    r->push = s->table->push;
    r->http = http;
    r->kind = kind;
    s->receiver = r;
    loop_clear_timer(push_loop(s->table->push), &s->timer);
    if (s->conn)
        s->conn->heard_ms = loop_now(push_loop(s->table->push));
    sockjs_add_start(kind, &r->ready);
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
    outq_take(&conn->out, &frame, loop_now(push_loop(conn->push)));
    if (!buf_failed(&frame))
        sockjs_add_frame(r->kind, frame.p, frame.len, to);
    if (buf_failed(&frame) || buf_failed(to)) { /* it left the queue and goes nowhere: what follows must not go out either */
        r->is_gone = true;
        buf_free(&frame);
        return false;
    }
    buf_free(&frame);
    conn->spoke_ms = conn->heard_ms = loop_now(push_loop(conn->push));
    r->total += to->len - before;
    return true;
}

/* What a session that is over says to each receiver. */
static void add_close(struct sockjs_receiver *r)
{
    const char *frame = r->session->is_cut ? "c[1002,\"Connection interrupted\"]" : "c[3000,\"Go away!\"]";

    sockjs_add_frame(r->kind, frame, strlen(frame), &r->ready);
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
        add_close(r);
        r->is_full = true;
    }
    if (r->ready.len && r->kind == SOCKJS_XHR)
        r->is_full = true; /* a poll is one answer */
    if (r->total >= STREAM_BYTES)
        r->is_full = true;
    if (s->conn)
        conn_want_flush(s->conn); /* a replay may go on; a closing connection may be done */
}

long sockjs_read(struct sockjs_receiver *r, char *to, size_t max)
{
    size_t n;

    if (r->is_gone)
        return SOCKJS_GONE;
    fill(r);
    if (r->is_gone || buf_failed(&r->ready))
        return SOCKJS_GONE;
    n = r->ready.len - r->at;
    if (!n && (r->is_full || !r->session))
        return SOCKJS_END;
    if (!n) {
        suspend(r);
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
        /* Cut in the middle: bytes of the STOMP stream are lost, so the connection is, too. The session stays to say so; the client comes back
         * with another one and `after`. */
        if (!was_whole) {
            s->is_cut = true;
            drop_conn(s);
        }
        keep_for_a_while(s);
    }
    if (r->is_suspended && r->fd >= 0)
        loop_del(push_loop(r->push), r->fd);
    buf_free(&r->ready);
    loop_bury(push_loop(r->push), r);
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
