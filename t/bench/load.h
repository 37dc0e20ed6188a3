/* load: the load generator for chat push servers: STOMP, MQTT 3.1.1 or plain text over WebSocket, and POST by HTTP. One thread, one epoll.
 *
 * Each message carries a marker "@@<role><pair>.<seq>.<ns>@@" (hex) somewhere in its body, so that a server may wrap or re-encode the body as long
 * as it keeps that text. A delivery is counted when the other side of the pair gets it; what comes back to its sender is counted apart. Output is
 * gathered: all that a turn of the loop has for a connection goes out in one write, as a good client or proxy does it.
 *
 * One JSON object on stdout at the end; the line `ready N` and complaints on stderr. */
#ifndef SANGDAM_BENCH_LOAD_H
#define SANGDAM_BENCH_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "lib/base/buf.h"
#include "t/bench/load_hist.h"
#include "t/bench/load_option.h"
#include "t/bench/load_proc.h"
#include "t/bench/load_template.h"

#define PAYLOAD_MAX (512 * 1024)
#define FRAME_MAX (1024 * 1024)
#define CODES_MAX 16

enum state { STATE_NEW, STATE_TCP, STATE_HTTP, STATE_LOGIN, STATE_SUBSCRIBING, STATE_READY, STATE_DEAD };

struct conn {
    int fd;
    unsigned id; /* number of the pair, in other modes of the connection */
    uint8_t state, role;
    bool wants_out, is_dirty, is_stalled;
    bool was_served, was_refused; /* something but an ERROR came; the server said no */
    unsigned subs_left;
    uint32_t seq_sent, seq_got;
    uint64_t began_ns;
    struct conn *next_dirty;
    struct buf in, message, out; /* half a frame, half a STOMP frame, what is not written */
    char *send_head;             /* STOMP: SEND up to the content-length, made once */
    unsigned posts;              /* POST: sent on this connection's behalf */
};

struct tally {
    uint64_t sent, delivered, echoes, disorder, bytes, acked;
};

struct errors {
    uint64_t tcp, http, frames, protocol, closed;
};

struct load {
    struct options o;
    struct vars vars;
    union {
        struct sockaddr any;
        struct sockaddr_un un;
        struct sockaddr_storage storage;
    } address;
    socklen_t address_len;
    struct sockaddr_un agent_address; /* of a UNIX socket, for agents */
    struct conn *conns, *dirty;
    unsigned count, next_open, opening, ready, failed, refused, lost;
    int epoll;
    bool is_sending;
    uint64_t turn_ns; /* when this turn's bytes were read */
    uint64_t began_ns, scheduled; /* open loop: its start and how many were due */
    struct tally now, total;      /* now: since the warm-up */
    struct errors errors;
    struct hist times, opening_times;
    struct {
        unsigned code;
        uint64_t count;
    } codes[CODES_MAX]; /* of closes, or of HTTP answers */
    char *padding;
};

uint64_t now_ns(void);
/* The first few troubles only. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
void count_code(struct load *l, unsigned code);
size_t fill(const struct load *l, const struct conn *c, const char *text, char *out, size_t size);

/* ---- load_conn: sockets ---- */
/* Begins the next connection. */
void conn_open(struct load *l, struct conn *c);
void conn_on_event(struct load *l, struct conn *c, uint32_t events);
/* Puts bytes behind what waits; they go out at the end of the turn. */
void conn_put(struct load *l, struct conn *c, const void *bytes, size_t n);
void conn_flush_all(struct load *l);
/* Reads no more from it; what comes fills the server's queue. */
void conn_stall(struct load *l, struct conn *c);
void conn_ready(struct load *l, struct conn *c);
void conn_end(struct load *l, struct conn *c);

/* ---- load_ws: WebSocket. Each take returns the bytes used, -1 when the connection must end ---- */
void ws_put_request(struct load *l, struct conn *c);
long ws_take_answer(struct load *l, struct conn *c, const char *bytes, size_t n);
long ws_take(struct load *l, struct conn *c, const char *bytes, size_t n);
void ws_put(struct load *l, struct conn *c, unsigned op, const char *bytes, size_t n);

/* ---- load_proto: what is spoken inside ---- */
struct protocol {
    void (*login)(struct load *l, struct conn *c);
    void (*send)(struct load *l, struct conn *c, const char *body, size_t n);
    long (*take)(struct load *l, struct conn *c, const char *bytes, size_t n); /* NULL: a message is a body */
};
const struct protocol *load_protocol(const struct load *l);

/* ---- load_post: HTTP ---- */
static inline bool is_http(const struct load *l)
{
    return l->o.mode == MODE_POST || l->o.mode == MODE_GET;
}
void post_put(struct load *l, struct conn *c);
long post_take(struct load *l, struct conn *c, const char *bytes, size_t n);

/* ---- load_run: messages and phases ---- */
void run_send(struct load *l, struct conn *c, uint64_t due_ns);
void run_body(struct load *l, struct conn *c, const char *body, size_t n);
/* Opens all; returns when each is ready or has failed, or nothing moves any more. */
double run_connect(struct load *l);
/* Turns the loop until then, or until a signal. */
void run_until(struct load *l, uint64_t end_ns);
/* Puts the first messages under way. */
void run_begin(struct load *l);
bool run_was_stopped(void);
void run_catch_signals(void);

/* ---- load_result ---- */
struct phase {
    double connect_s, seconds, load_cpu_s;
    unsigned opened;
    struct proc_use before, connected, start, end; /* of the server */
    long peak_kb;
};
void result_print(const struct load *l, const struct phase *p);

#endif
