/* load_conn: one connection's socket. Everything that is sent is gathered and written at the end of the turn. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "t/bench/load.h"

#define READ_SIZE (256 * 1024)
#define READS_A_TURN 4
#define KEEP_SIZE 65536 /* larger buffers are given back when they are empty */

void conn_end(struct load *l, struct conn *c)
{
    if (c->state == STATE_DEAD)
        return;
    if (c->state == STATE_READY) {
        l->ready--;
        l->lost++;
    } else {
        l->opening--;
        if (c->was_refused)
            l->refused++;
        else
            l->failed++;
    }
    c->state = STATE_DEAD;
    if (c->fd >= 0)
        close(c->fd);
    c->fd = -1;
    buf_free(&c->in);
    buf_free(&c->message);
    buf_free(&c->out);
    free(c->send_head);
    c->send_head = NULL;
}

void conn_ready(struct load *l, struct conn *c)
{
    c->state = STATE_READY;
    l->opening--;
    l->ready++;
    hist_add(&l->opening_times, now_ns() - c->began_ns);
}

static void watch(struct load *l, struct conn *c, bool wants_out)
{
    struct epoll_event event = {.events = (c->is_stalled ? 0 : EPOLLIN) | (wants_out ? EPOLLOUT : 0), .data.ptr = c};

    c->wants_out = wants_out;
    epoll_ctl(l->epoll, EPOLL_CTL_MOD, c->fd, &event);
}

void conn_stall(struct load *l, struct conn *c)
{
    c->is_stalled = true;
    watch(l, c, c->wants_out);
}

/* ---- out ---- */

static void conn_flush(struct load *l, struct conn *c)
{
    size_t sent = 0;

    while (sent < c->out.len) {
        ssize_t n = send(c->fd, c->out.p + sent, c->out.len - sent, MSG_NOSIGNAL);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            break;
        if (n < 0) {
            l->errors.closed++;
            complain("write: %s", strerror(errno));
            conn_end(l, c);
            return;
        }
        sent += (size_t)n;
    }
    if (sent == c->out.len && c->out.cap > KEEP_SIZE)
        buf_free(&c->out);
    else
        buf_consume(&c->out, sent);
    if (c->wants_out != (c->out.len > 0))
        watch(l, c, c->out.len > 0);
}

void conn_flush_all(struct load *l)
{
    while (l->dirty) {
        struct conn *c = l->dirty;

        l->dirty = c->next_dirty;
        c->is_dirty = false;
        if (c->state > STATE_TCP && c->state != STATE_DEAD && !c->wants_out)
            conn_flush(l, c);
    }
}

void conn_put(struct load *l, struct conn *c, const void *bytes, size_t n)
{
    if (c->state == STATE_DEAD)
        return;
    buf_add(&c->out, bytes, n);
    if (buf_failed(&c->out)) {
        complain("out of memory");
        exit(2);
    }
    if (!c->is_dirty) {
        c->is_dirty = true;
        c->next_dirty = l->dirty;
        l->dirty = c;
    }
}

/* ---- in ---- */

/* Bytes used, or -1. */
static long take(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    long used = 0, more;

    if (is_http(l))
        return post_take(l, c, bytes, n);
    if (c->state == STATE_HTTP) {
        used = ws_take_answer(l, c, bytes, n);
        if (used <= 0)
            return used;
    }
    more = ws_take(l, c, bytes + used, n - (size_t)used);
    return more < 0 ? -1 : used + more;
}

static bool take_all(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    long used;

    if (c->in.len == 0) {
        used = take(l, c, bytes, n);
        if (used >= 0 && c->state != STATE_DEAD)
            buf_add(&c->in, bytes + used, n - (size_t)used);
    } else {
        buf_add(&c->in, bytes, n);
        used = take(l, c, c->in.p, c->in.len);
        if (used >= 0 && c->state != STATE_DEAD)
            buf_consume(&c->in, (size_t)used);
    }
    if (used >= 0 && c->state != STATE_DEAD && c->in.len == 0 && c->in.cap > KEEP_SIZE)
        buf_free(&c->in);
    return used >= 0;
}

/* nginx ends a kept connection after so many requests: that is no fault. */
static bool reopen(struct load *l, struct conn *c)
{
    if (!is_http(l) || c->state != STATE_READY || c->in.len > 0)
        return false;
    close(c->fd);
    c->fd = -1;
    l->ready--;
    conn_open(l, c);
    return true;
}

static void on_readable(struct load *l, struct conn *c)
{
    static char bytes[READ_SIZE];

    for (int i = 0; i < READS_A_TURN; i++) {
        ssize_t n = read(c->fd, bytes, sizeof bytes);

        if (n < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (n <= 0) {
            if (reopen(l, c))
                return;
            l->errors.closed++;
            if (!c->was_refused)
                complain("connection %u, state %d: %s", c->id, c->state, n ? strerror(errno) : "closed by the server");
            conn_end(l, c);
            return;
        }
        l->turn_ns = now_ns();
        if (!take_all(l, c, bytes, (size_t)n))
            conn_end(l, c);
        if (c->state == STATE_DEAD || n < (ssize_t)sizeof bytes)
            return;
    }
}

/* ---- opening ---- */

static void fail_open(struct load *l, struct conn *c, const char *what)
{
    l->errors.tcp++;
    complain("%s: %s", what, strerror(errno));
    conn_end(l, c);
}

/* TCP: no Nagle; several loopback addresses as the source, so that ports don't run out. */
static void set_tcp(const struct load *l, const struct conn *c)
{
    struct sockaddr_in source = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + c->id % (unsigned)l->o.spread)};
    int on = 1;

    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (l->o.spread < 2)
        return;
    setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    if (bind(c->fd, (struct sockaddr *)&source, sizeof source) != 0)
        complain("bind: %s", strerror(errno));
}

void conn_open(struct load *l, struct conn *c)
{
    bool is_unix = l->address.any.sa_family == AF_UNIX;
    const struct sockaddr *to = is_unix && c->role == ROLE_AGENT ? (const struct sockaddr *)&l->agent_address : &l->address.any;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};

    l->opening++;
    c->began_ns = now_ns();
    c->state = STATE_TCP;
    c->wants_out = true;
    /* a full backlog of a UNIX socket is EAGAIN: wait in connect() instead */
    c->fd = socket(l->address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | (is_unix ? 0 : SOCK_NONBLOCK), 0);
    if (c->fd < 0) {
        fail_open(l, c, "socket");
        return;
    }
    if (!is_unix)
        set_tcp(l, c);
    if (connect(c->fd, to, l->address_len) != 0 && errno != EINPROGRESS) {
        fail_open(l, c, "connect");
        return;
    }
    if (is_unix)
        fcntl(c->fd, F_SETFL, O_NONBLOCK);
    if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, c->fd, &event) != 0)
        fail_open(l, c, "epoll_ctl");
}

static void on_connected(struct load *l, struct conn *c)
{
    socklen_t size = sizeof errno;
    int error = 0;

    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        errno = error;
        fail_open(l, c, "connect");
        return;
    }
    c->wants_out = false;
    if (is_http(l)) {
        conn_ready(l, c);
        if (l->is_sending)
            post_put(l, c);
    } else {
        c->state = STATE_HTTP;
        ws_put_request(l, c);
    }
    conn_flush(l, c);
    if (c->state != STATE_DEAD && !c->wants_out)
        watch(l, c, false);
}

void conn_on_event(struct load *l, struct conn *c, uint32_t events)
{
    if (c->state == STATE_DEAD || c->state == STATE_NEW)
        return;
    if (c->state == STATE_TCP) {
        if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
            on_connected(l, c);
        return;
    }
    if (c->is_stalled && (events & (EPOLLERR | EPOLLHUP)))
        c->is_stalled = false; /* the server gave it up: read what it said */
    if (events & EPOLLOUT)
        conn_flush(l, c);
    if (c->state != STATE_DEAD && (events & (EPOLLIN | EPOLLERR | EPOLLHUP)))
        on_readable(l, c);
}
