/* conn: one peer after the upgrade: its descriptor, decoders, out queue, time-outs and place in the STOMP dialogue.
 *
 * Reading never writes to the socket: whatever answers goes into the out queue, and conn_flush_all() writes once a turn. A connection that must
 * end because of what was sent to it (slow reader) is only marked and ended there too, so that lists of subscribers do not change under those
 * who walk them.
 *
 * Input stops (CONN_PAUSED) while a CONNECT or SUBSCRIBE is checked by a worker, so that frames keep their order; bytes that were read
 * already wait in `held`. SENDs do not stop it: they are in flight to the writers, which keep the order of a chat.
 *
 * The struct lives until its last job came back (jobs == 0); its descriptor and memory go at once. */
#ifndef SANGDAM_PUSHD_CONN_H
#define SANGDAM_PUSHD_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "pushd/account.h"
#include "pushd/loop.h"
#include "pushd/outq.h"
#include "pushd/stomp_frame.h"
#include "pushd/sub.h"
#include "pushd/ws_frame.h"

struct push;
struct refusal;
struct sockjs_session;
struct transaction;

enum conn_state {
    CONN_OPEN,     /* waits for CONNECT */
    CONN_CHECKING, /* CONNECT is with a worker */
    CONN_LIVE,
    CONN_LEAVING,  /* DISCONNECT came, or pushd stops; the receipt and the close wait for the answers to earlier SENDs */
    CONN_CLOSING,  /* the close frame is in the queue */
    CONN_PARTING,  /* it is out; waits for the peer's own close frame and swallows what else comes: whoever is still writing through a proxy
                    * would be reset by our end and never read why (RFC 6455 7.1.1) */
    CONN_DRAINING, /* both have closed, our half is shut; waits for the peer's end, so that no reset destroys our last words */
    CONN_DEAD      /* no descriptor; waits for its jobs */
};

/* Bytes that were read while the input is paused. */
struct held {
    struct buf stomp; /* unmasked already, comes first */
    struct buf raw;
};

/* Why somebody is who they are; checked again when rights change. */
enum credential { CREDENTIAL_NONE, CREDENTIAL_COOKIE, CREDENTIAL_BEARER, CREDENTIAL_PASSWORD };

struct conn {
    struct loop_io io; /* first */
    struct loop_timer timer;
    struct push *push;
    struct conn *prev, *next;         /* all connections */
    struct conn *flush_next;
    struct conn *account_prev, *account_next;
    struct account *account;          /* from CONNECTED on */
    struct address *address;
    struct sub *subs;
    struct transaction *transactions; /* BEGIN without COMMIT or ABORT */
    struct held *held;
    struct sockjs_session *session;   /* SockJS over plain HTTP requests: there is no descriptor then */
    char *cookie, *bearer;            /* of the handshake, then the one that counted; owned */
    char *leave_receipt;              /* of DISCONNECT */
    struct outq out;
    struct ws ws;
    struct stomp_parser stomp;
    int64_t heard_ms, spoke_ms, pinged_ms, state_ms; /* last byte in, last byte out, last ping, entry into the state */
    int64_t unfinished_ms;            /* since when a frame is unfinished; 0: none is */
    int64_t leave_ms;                 /* pushd stops: when this one is told, and then how long its SENDs are waited for; 0: it does not */
    uint32_t beat_ms;                 /* our STOMP heart-beat; 0: none */
    uint32_t jobs;                    /* that will come back */
    uint32_t sends;                   /* in flight to a writer */
    uint32_t serial;                  /* of message-id */
    uint32_t sub_count;
    uint32_t swallowed;               /* bytes that came behind our close frame */
    int fd;
    uint16_t replays;                 /* subscriptions that read the log */
    uint16_t leave_code;              /* what CONN_LEAVING ends with; 0: WS_CLOSE_NORMAL */
    uint16_t doom;                    /* close with this code at the end of the turn; 0: no */
    uint16_t events;                  /* that epoll was asked for */
    uint8_t state;                    /* enum conn_state */
    uint8_t credential;
    bool is_paused;
    bool wants_room;                  /* the socket took less than all: EPOLLOUT */
    bool is_in_flush;
    bool is_echo;                     /* debug_echo_path */
    bool is_sockjs;                   /* what goes in and out are SockJS frames */
    bool is_checking;                 /* a SUBSCRIBE or CONNECT is with a worker: it alone ends the pause */
};

/* What a handshake brought. Texts are borrowed. */
struct conn_start {
    int fd;              /* taken over, non-blocking; -1 with session */
    struct sockjs_session *session; /* NULL: a WebSocket */
    const char *cookie;  /* NULL: none */
    const char *bearer;  /* NULL: none */
    struct address *address; /* taken over */
    bool is_echo;
    bool is_sockjs;
    const char *first;   /* bytes that came with the handshake */
    size_t first_len;
};
/* Never fails to own start->fd and address: on lack of memory they are let go and NULL is returned. */
struct conn *conn_open(struct push *push, const struct conn_start *start);

/* The same for another loop, `to`: handed over, and opened there soon. from: the caller's own loop; it is opened there when memory is out. */
void conn_open_on(struct push *to, struct push *from, const struct conn_start *start);

/* ---- frames to the client: nothing is written before the end of the turn; all do nothing once the connection is closing ---- */
void conn_send_raw(struct conn *conn, const void *stomp_bytes, size_t n); /* a STOMP frame, or an EOL */
/* A MESSAGE for sub. extra: more headers, NULL and 0 for none. */
void conn_send_message(struct conn *conn, const struct sub *sub, struct body *body, const struct stomp_pair *extra, size_t extra_count);
/* The same with the destination that the message was for: the subscription's own is a pattern. */
void conn_send_message_at(struct conn *conn, const struct sub *sub, const char *destination, struct body *body);
void conn_send_receipt(struct conn *conn, const char *receipt_id); /* NULL: nothing to do */
/* ERROR, then the close with code. */
void conn_error(struct conn *conn, uint16_t code, const char *message, const char *receipt_id, const char *body);
/* The close frame behind what waits in the queue; subscriptions and account are left at once. */
void conn_close(struct conn *conn, uint16_t code, const char *reason);
/* Close at the end of the turn: for use while lists are walked. */
void conn_doom(struct conn *conn, uint16_t code);

/* Takes no more frames, and closes with code when the SENDs in flight are answered, at the latest after close_timeout: what is stored should be said. */
void conn_leave(struct conn *conn, uint16_t code);
/* pushd stops: all connections leave with 1001, one after the other within stop_spread, so that not all come back in the same instant. */
void conn_leave_all(struct push *push);

/* ---- input ---- */
void conn_pause(struct conn *conn);
/* Goes on with what is held, then with the socket. */
void conn_resume(struct conn *conn);
/* Takes one SockJS message; closes the connection and is false when its framing is broken. */
bool conn_take_sockjs(struct conn *conn, const char *text, size_t n);
/* Takes bytes of the WebSocket as they came. */
void conn_take(struct conn *conn, char *bytes, size_t n);
/* SENDs in flight changed: answers DISCONNECT, or lets a flood go on. */
void conn_send_done(struct conn *conn);
/* More SENDs than this in flight pause the input. */
#define CONN_SENDS_MAX 512

static inline bool conn_is_up(const struct conn *conn) { return conn->state < CONN_CLOSING && !conn->doom; }
enum lang conn_lang(const struct conn *conn);

/* ---- jobs ---- */
/* A job that knows this connection begins; and has come back: then conn may be gone. */
void conn_hold(struct conn *conn);
void conn_release(struct conn *conn);

/* Writes all that waits; for the loop's hook. */
void conn_flush_all(struct push *push);
/* Looks after the socket's events again. */
void conn_update(struct conn *conn);
/* Something waits in the queue: write at the end of this turn. */
void conn_want_flush(struct conn *conn);
/* At once, without a word. */
void conn_kill(struct conn *conn);

#endif
