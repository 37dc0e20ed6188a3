/* load_run: who sends when, and what an arriving body means. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>

#include "t/bench/load.h"

#define EVENTS 512
#define TURN_MAX_NS 100000000 /* a turn waits no longer, to see signals and heart-beats */
#define BACKLOG_MAX (1u << 20) /* bytes that wait for a server which does not read: no more is sent to it */

static volatile sig_atomic_t is_stopped;

static void on_signal(int number)
{
    (void)number;
    is_stopped = 1;
}

void run_catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};

    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

bool run_was_stopped(void)
{
    return is_stopped;
}

/* ---- messages ---- */

static char *hex(char *out, uint64_t v)
{
    static const char digits[] = "0123456789abcdef";
    int shift = 60;

    while (shift > 0 && !(v >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        *out++ = digits[v >> shift & 15];
    return out;
}

static uint64_t from_hex(const char **p, const char *end)
{
    uint64_t v = 0;

    for (; *p < end; (*p)++) {
        char ch = **p;

        if (ch >= '0' && ch <= '9')
            v = v << 4 | (uint64_t)(ch - '0');
        else if (ch >= 'a' && ch <= 'f')
            v = v << 4 | (uint64_t)(ch - 'a' + 10);
        else
            break;
    }
    return v;
}

void run_send(struct load *l, struct conn *c, uint64_t due_ns)
{
    static char payload[PAYLOAD_MAX], body[FRAME_MAX / 2];
    struct holes holes = {&l->vars, c->id, c->role == ROLE_AGENT ? 'a' : 'c', payload, 0};
    char *p = payload;

    if (c->state != STATE_READY || c->out.len > BACKLOG_MAX)
        return;
    *p++ = '@';
    *p++ = '@';
    *p++ = c->role == ROLE_AGENT ? 'A' : 'C';
    p = hex(p, c->id);
    *p++ = '.';
    p = hex(p, ++c->seq_sent);
    *p++ = '.';
    p = hex(p, due_ns);
    *p++ = '@';
    *p++ = '@';
    holes.payload_len = (size_t)(p - payload);
    if (holes.payload_len < (size_t)l->o.size) {
        memcpy(p, l->padding, (size_t)l->o.size - holes.payload_len);
        holes.payload_len = (size_t)l->o.size;
    }
    l->now.sent++;
    l->total.sent++;
    if (strcmp(l->o.body, "%s") == 0)
        load_protocol(l)->send(l, c, payload, holes.payload_len);
    else
        load_protocol(l)->send(l, c, body, template_fill(body, sizeof body, l->o.body, &holes));
}

struct marker {
    bool is_agents;
    uint64_t pair, seq, sent_ns;
};

static bool find_marker(const char *body, size_t n, struct marker *m)
{
    const char *p = memmem(body, n, "@@", 2), *end = body + n;

    if (!p || end - p < 8)
        return false; /* not ours: a notice, an answer to a publisher */
    m->is_agents = p[2] == 'A';
    p += 3;
    m->pair = from_hex(&p, end);
    if (p == end || *p++ != '.')
        return false;
    m->seq = from_hex(&p, end);
    if (p == end || *p++ != '.')
        return false;
    m->sent_ns = from_hex(&p, end);
    return p < end && *p == '@';
}

static void count(uint64_t *now, uint64_t *total)
{
    ++*now;
    ++*total;
}

void run_body(struct load *l, struct conn *c, const char *body, size_t n)
{
    struct marker m;

    l->now.bytes += n;
    if (!find_marker(body, n, &m))
        return;
    if (m.is_agents == (c->role == ROLE_AGENT)) {
        count(&l->now.echoes, &l->total.echoes);
        return;
    }
    if (l->o.mode == MODE_PAIR && m.pair != c->id) {
        l->errors.protocol++;
        complain("pair %u got a message of pair %llu", c->id, (unsigned long long)m.pair);
        return;
    }
    if (m.seq != c->seq_got + 1)
        count(&l->now.disorder, &l->total.disorder);
    if (m.seq > c->seq_got)
        c->seq_got = (uint32_t)m.seq;
    count(&l->now.delivered, &l->total.delivered);
    hist_add(&l->times, l->turn_ns > m.sent_ns ? l->turn_ns - m.sent_ns : 0);
    if (l->o.mode == MODE_PAIR && l->is_sending && l->o.rate <= 0)
        run_send(l, c, l->turn_ns);
}

/* Closed-loop fan-out: the next broadcast may start when fewer than `window` are unfinished. */
static void pump_fanout(struct load *l)
{
    uint64_t subs = l->ready > 1 ? l->ready - 1 : 0;

    while (l->is_sending && l->o.rate <= 0 && subs && l->conns[0].state == STATE_READY && l->conns[0].out.len < BACKLOG_MAX &&
           l->total.sent * subs < l->total.delivered + (uint64_t)l->o.window * subs)
        run_send(l, &l->conns[0], now_ns());
}

/* The k-th message of an open loop. */
static void send_scheduled(struct load *l, uint64_t k, uint64_t due_ns)
{
    unsigned pairs = l->count / 2;
    struct conn *c = &l->conns[0];

    if (l->o.mode == MODE_PAIR)
        c = &l->conns[2 * (k % pairs) + (k / pairs & 1)];
    else if (l->o.mode == MODE_STALL)
        c->id = 1 + (unsigned)(k % (l->count - 1)); /* feed this reader */
    run_send(l, c, due_ns);
}

/* Sends what is due and returns when the next one is. */
static uint64_t keep_schedule(struct load *l, uint64_t now, uint64_t end_ns)
{
    uint64_t due;

    if (!l->is_sending || l->o.rate <= 0)
        return end_ns;
    if (!l->began_ns)
        l->began_ns = now;
    while ((due = l->began_ns + (uint64_t)((double)l->scheduled * 1e9 / l->o.rate)) <= now) {
        send_scheduled(l, l->scheduled, due);
        if ((++l->scheduled & 63) == 0)
            now = now_ns();
    }
    conn_flush_all(l);
    return due < end_ns ? due : end_ns;
}

void run_begin(struct load *l)
{
    l->is_sending = true;
    if (is_http(l))
        for (unsigned i = 0; i < l->count; i++)
            if (l->conns[i].state == STATE_READY)
                post_put(l, &l->conns[i]);
    if (l->o.mode == MODE_PAIR && l->o.rate <= 0)
        for (long w = 0; w < l->o.window; w++)
            for (unsigned i = 0; i < l->count; i += 2)
                run_send(l, &l->conns[i], now_ns());
    if (l->o.mode == MODE_FANOUT)
        pump_fanout(l);
    conn_flush_all(l);
}

/* ---- turns ---- */

static void turn(struct load *l, uint64_t wait_ns)
{
    struct timespec wait = {.tv_sec = (time_t)(wait_ns / 1000000000), .tv_nsec = (long)(wait_ns % 1000000000)};
    struct epoll_event events[EVENTS];
    int n = epoll_pwait2(l->epoll, events, EVENTS, &wait, NULL);

    for (int i = 0; i < n; i++)
        conn_on_event(l, events[i].data.ptr, events[i].events);
    if (l->o.mode == MODE_FANOUT)
        pump_fanout(l);
    conn_flush_all(l);
}

static void beat(struct load *l)
{
    static uint64_t last_ns;
    uint64_t now = now_ns();

    if (!l->o.heartbeat_ms || l->o.proto != PROTO_STOMP || now - last_ns < (uint64_t)l->o.heartbeat_ms * 800000)
        return;
    last_ns = now;
    for (unsigned i = 0; i < l->count; i++)
        if (l->conns[i].state == STATE_READY)
            ws_put(l, &l->conns[i], 1, "\n", 1);
    conn_flush_all(l);
}

void run_until(struct load *l, uint64_t end_ns)
{
    uint64_t now;

    while (!is_stopped && (now = now_ns()) < end_ns) {
        uint64_t wake = keep_schedule(l, now, end_ns);

        beat(l);
        now = now_ns();
        turn(l, wake <= now ? 0 : wake - now < TURN_MAX_NS ? wake - now : TURN_MAX_NS);
    }
}

double run_connect(struct load *l)
{
    uint64_t began = now_ns(), moved = began;
    unsigned before = 0;

    for (;;) {
        unsigned done = l->ready + l->failed + l->refused + l->lost;

        if (is_stopped || done == l->count)
            break;
        if (done != before)
            moved = now_ns();
        before = done;
        if ((double)(now_ns() - moved) > l->o.connect_timeout_s * 1e9) {
            complain("opening stands still at %u of %u", l->ready, l->count);
            break;
        }
        while (l->next_open < l->count && l->opening < (unsigned)l->o.inflight)
            conn_open(l, &l->conns[l->next_open++]);
        turn(l, TURN_MAX_NS);
    }
    return (double)(now_ns() - began) / 1e9;
}
