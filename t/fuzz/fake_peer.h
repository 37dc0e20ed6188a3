/* fake_peer: a client at the other end of a connection, which believes nothing: it takes what pushd sends apart byte by byte and aborts when a promise is broken:
 *   each WebSocket frame is whole, unmasked, as short as it may be, text is UTF-8, nothing follows a close; each message is one STOMP frame (or one of SockJS)
 *   that is well formed, nothing but the close follows ERROR
 *   a receipt is answered no more often than it was asked for, and never without; of SENDs outside of a transaction exactly as often, by the end
 *   the rows of a chat come strictly one behind the other on one subscription */
#ifndef SANGDAM_T_FAKE_PEER_H
#define SANGDAM_T_FAKE_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

struct conn;
struct push;
struct stomp_frame;

#define PEER_NAMES 64

/* A receipt or subscription that the client named; ids of letters and digits alone are looked at, since versions escape others differently. */
struct name {
    char *id; /* owned */
    unsigned asked, must, answered; /* of a receipt */
    unsigned subscribed;            /* of a subscription: how often */
    bool is_pattern;
};

/* What a subscription got of a chat. */
struct heard {
    char *key; /* owned: its id, a blank, the chat's */
    int32_t last;
    unsigned restarts; /* how often a new subscription of the same id began anew */
};

struct peer {
    int fd;            /* -1: none; our end */
    struct conn *conn; /* NULL: it is gone */
    bool is_sockjs, is_connected, has_error, has_close, has_end;
    struct buf in;
    struct name names[PEER_NAMES];
    struct heard heard[PEER_NAMES];
};

/* A connection on that loop with the member's cookie (NULL: none). */
void peer_open(struct peer *p, struct push *push, const char *cookie, bool is_sockjs);
void peer_close(struct peer *p);
/* Bytes as they are; what finds no room is lost. */
void peer_put(struct peer *p, const void *bytes, size_t n);
/* STOMP text in one masked WebSocket message, in SockJS's framing where that is spoken. */
void peer_say(struct peer *p, const char *text, size_t n);
/* Takes at most n bytes from the socket and looks at them. True when there were any. */
bool peer_read(struct peer *p, size_t n);
/* pushd reads this frame on the peer's connection now. */
void peer_note_frame(struct peer *p, const struct stomp_frame *frame);
/* The end of a connection that lives: all that had to be answered was. */
void peer_check_answers(const struct peer *p);
/* The seq of the last row that the subscription got of the chat; 0: none. */
int32_t peer_last(const struct peer *p, const char *sub_id, const char *session_id);

#endif
