/* ws_frame: the server's half of WebSocket (RFC 6455) as a pure codec: bytes in, events out, and frame heads for what goes
 * out. It owns no descriptor and knows nothing of STOMP. An idle `struct ws` holds no memory: a message that lies whole in
 * the caller's input is unmasked in place and handed on without a copy; only one that spans reads or fragments is gathered.
 * Left out on purpose: extensions (permessage-deflate costs tens of kB a connection) and the client's half. */
#ifndef SANGDAM_PUSHD_WS_FRAME_H
#define SANGDAM_PUSHD_WS_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"

/* ---- handshake (RFC 6455 4.2) ---- */

#define WS_ACCEPT_SIZE 29 /* 28 characters and the NUL */

/* True when the value of Sec-WebSocket-Key is base64 of exactly 16 bytes (22 characters and "=="). NULL is false. */
bool ws_key_is_valid(const char *key);
/* The value of Sec-WebSocket-Accept for a key, NUL-terminated. */
void ws_accept_key(const char *key, char accept_r[WS_ACCEPT_SIZE]);
/* True when a comma-separated header value (Connection, Upgrade) holds the token, without regard to case. NULL is false. */
bool ws_list_has_token(const char *value, const char *token);
/* The subprotocol to answer to an offer (Sec-WebSocket-Protocol; several such headers are joined by a comma):
 * v12.stomp before v11.stomp before v10.stomp, by exact case. NULL when none of them, or nothing, was offered. Static. */
const char *ws_choose_subprotocol(const char *offered);

/* ---- frames ---- */

enum ws_opcode {
    WS_OP_CONTINUATION = 0x0,
    WS_OP_TEXT = 0x1,
    WS_OP_BINARY = 0x2,
    WS_OP_CLOSE = 0x8,
    WS_OP_PING = 0x9,
    WS_OP_PONG = 0xa
};

/* Close codes that we send (RFC 6455 7.4.1, IANA; 4000-4999 are private). */
enum ws_close {
    WS_CLOSE_NORMAL = 1000,
    WS_CLOSE_GOING_AWAY = 1001,
    WS_CLOSE_PROTOCOL = 1002,
    WS_CLOSE_NO_CODE = 1005,   /* never on the wire: the peer's close frame was empty */
    WS_CLOSE_BAD_UTF8 = 1007,
    WS_CLOSE_POLICY = 1008,
    WS_CLOSE_TOO_BIG = 1009,
    WS_CLOSE_SERVER_ERROR = 1011,
    WS_CLOSE_SLOW_READER = 4008
};

struct ws_limits {
    uint64_t message_max;   /* bytes of a whole message; more is 1009, said before any memory is taken */
    uint32_t fragments_max; /* frames of one message, empty ones too; more is 1008. 0: no ceiling */
};

/* The decoder of one connection. Start with {0}; free with ws_free. Its members are ws_frame.c's own business. */
struct ws {
    struct buf gather;       /* message bytes of earlier reads and frames, then those of an unfinished control frame */
    uint64_t frame_left;     /* payload bytes of the current frame still to come */
    uint32_t fragments;      /* frames of the open message */
    struct utf8_state utf8;  /* of the open text message */
    unsigned char head[14];  /* the frame's head as far as it came */
    uint8_t head_len;
    uint8_t head_need;       /* size of the whole head, known from its second byte */
    uint8_t message_opcode;  /* WS_OP_TEXT or WS_OP_BINARY while a message is open, else 0 */
    uint8_t control_len;     /* bytes of a control frame at the end of `gather` */
    uint8_t mask_at;         /* which mask byte the next payload byte meets, 0..3 */
    bool in_payload;
    bool is_given;           /* the last event's bytes lie in `gather`; the next call lets go of them */
    bool is_done;            /* after a close or an error: the rest is swallowed */
    bool has_closed;         /* a close frame of the peer came whole, a wrong one too */
};

enum ws_result {
    WS_MORE,    /* the input is used up */
    WS_MESSAGE, /* a whole text or binary message: is_text, data, len */
    WS_PING,    /* data, len (<= 125): answer with a pong of the same bytes */
    WS_PONG,    /* data, len */
    WS_CLOSE,   /* the peer closes: code (WS_CLOSE_NO_CODE: none given), data and len are its reason (UTF-8); echo the code */
    WS_BAD      /* the peer broke the protocol or a limit: close with `code`, `why` is a static English text */
};

struct ws_event {
    char *data; /* not NUL-terminated when it lies in the input; may be changed in place; valid until the next call */
    size_t len;
    const char *why;
    uint16_t code;
    bool is_text;
};

/* Takes up to n bytes, which it unmasks in place, and gives at most one event; *used_r is how many bytes it took. Call it
 * again with the rest until it says WS_MORE (then all was taken), also when n is 0: that call releases the last event.
 * Text is checked for UTF-8 as it comes: 1007 at the first piece that can't be valid. After WS_CLOSE or WS_BAD further
 * input is taken and ignored (RFC 6455 1.4), so that a caller can drain. The outcome does not depend on how the input was cut.
 * Out of memory is WS_BAD with 1011. Time is linear in n. */
enum ws_result ws_feed(struct ws *w, const struct ws_limits *limits, char *bytes, size_t n, size_t *used_r,
                       struct ws_event *event_r);
/* For the time behind our own close frame: takes all n bytes, keeps none of them, checks nothing and only follows the heads
 * of the frames. True from when a close frame of the peer has come whole (RFC 6455 7.1.1: then nothing more comes, and the
 * server ends the connection). ws_feed gives no events any more. Behind bytes that were no frames it may never be true: the
 * caller needs a clock. */
bool ws_skip(struct ws *w, const char *bytes, size_t n);
/* True while a frame or a message has begun and not ended (for frame_timeout). */
bool ws_is_unfinished(const struct ws *w);
/* Releases the memory; the struct is as new. */
void ws_free(struct ws *w);

/* ---- what goes out: never masked (RFC 6455 5.1) ---- */

#define WS_HEAD_MAX 10
#define WS_CONTROL_MAX 127 /* the largest control frame: 2 + 125 bytes */

/* Writes the head of a frame with len payload bytes; returns its size: 2, 4 or 10. */
size_t ws_encode_head(enum ws_opcode opcode, bool is_final, uint64_t len, unsigned char head_r[WS_HEAD_MAX]);
/* Writes a whole ping or pong; n <= 125, more is cut. Returns its size. */
size_t ws_encode_control(enum ws_opcode opcode, const void *bytes, size_t n, unsigned char frame_r[WS_CONTROL_MAX]);
/* Writes a close frame. A code that may not be sent (0, WS_CLOSE_NO_CODE) gives an empty one. The reason (UTF-8, may be
 * NULL) is cut at a character's edge to the 123 bytes that fit. Returns its size. */
size_t ws_encode_close(uint16_t code, const char *reason, unsigned char frame_r[WS_CONTROL_MAX]);
/* True for the codes that may stand in a close frame (RFC 6455 7.4.2): 1000-1003, 1007-1014, 3000-4999. */
bool ws_close_code_is_valid(unsigned code);
/* XORs n bytes with the mask; `at` (0..3) is the mask byte that the first one meets. Returns `at` for the byte behind. */
unsigned ws_unmask(char *bytes, size_t n, const unsigned char mask[4], unsigned at);

#endif
