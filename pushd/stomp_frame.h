/* stomp_frame: STOMP 1.0, 1.1 and 1.2 as a pure codec. To the parser the WebSocket messages of a connection are one byte
 * stream: a frame may span many of them and one may hold many frames. A frame that lies whole in the caller's input is
 * parsed where it lies; only an unfinished one is gathered, so an idle parser holds no memory. Every byte is looked at
 * once, and an error is said at the first byte that contradicts a frame. */
#ifndef SANGDAM_PUSHD_STOMP_FRAME_H
#define SANGDAM_PUSHD_STOMP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

enum stomp_version {
    STOMP_NO_VERSION, /* before CONNECT was answered; none in common */
    STOMP_1_0,
    STOMP_1_1,
    STOMP_1_2
};

/* What clients may send; anything else is an error. */
enum stomp_command {
    STOMP_NO_COMMAND,
    STOMP_CONNECT, /* also the command STOMP of 1.1 and 1.2 */
    STOMP_SEND,
    STOMP_SUBSCRIBE,
    STOMP_UNSUBSCRIBE,
    STOMP_ACK,
    STOMP_NACK,
    STOMP_BEGIN,
    STOMP_COMMIT,
    STOMP_ABORT,
    STOMP_DISCONNECT
};

enum stomp_error {
    STOMP_OK,
    STOMP_E_COMMAND,         /* unknown command, or bytes between frames that are no EOL */
    STOMP_E_NUL_IN_HEAD,     /* a NUL before the empty line */
    STOMP_E_CR,              /* a CR that no LF follows */
    STOMP_E_LINE_TOO_LONG,
    STOMP_E_NO_COLON,
    STOMP_E_EMPTY_NAME,
    STOMP_E_TOO_MANY_HEADERS,
    STOMP_E_ESCAPE,          /* an escape that this version does not define */
    STOMP_E_UTF8,            /* a header that is not UTF-8 */
    STOMP_E_CONTENT_LENGTH,  /* not digits alone, or twice and different */
    STOMP_E_BODY_END,        /* the byte behind content-length bytes is not NUL */
    STOMP_E_TOO_BIG,
    STOMP_E_MEMORY
};

/* A static English sentence for the `message` header of the ERROR frame. */
const char *stomp_error_text(enum stomp_error error);

#define STOMP_HEADERS_MAX 64

struct stomp_limits {
    uint32_t headers_max; /* of a frame, 1..STOMP_HEADERS_MAX */
    uint32_t line_max;    /* bytes of a header line without its EOL */
    uint32_t frame_max;   /* bytes of a frame, from its command to its NUL */
};

#define STOMP_LIMITS_DEFAULT {.headers_max = 32, .line_max = 1024, .frame_max = 65536}

/* The parser of one connection. Start with {0}; free with stomp_free. But for `version` its members are stomp_frame.c's own
 * business. */
struct stomp_parser {
    struct buf gather;    /* the bytes of an unfinished frame */
    uint32_t seen;        /* bytes of the frame that were looked at */
    uint32_t line;        /* where the current line starts */
    uint32_t body;        /* where the body starts */
    uint32_t body_len;    /* from content-length, when has_length */
    uint8_t version;      /* enum stomp_version: set it when CONNECT was answered; it decides which escapes are known */
    uint8_t command;      /* enum stomp_command */
    uint8_t state;
    uint8_t header_count;
    uint8_t error;        /* enum stomp_error: sticky */
    bool has_length;
    bool is_given;        /* the last frame lies in `gather`; the next call frees it */
};

struct stomp_pair {
    const char *name;
    const char *value;
};

/* A frame from a client. All pointers are valid until the next stomp_feed or stomp_free; names and values are unescaped,
 * hold no NUL and are UTF-8. The body is NUL-terminated behind body_len and was not checked. */
struct stomp_frame {
    enum stomp_command command;
    size_t header_count;
    struct stomp_pair headers[STOMP_HEADERS_MAX]; /* as they came, repeated ones too */
    char *body;                                   /* never NULL; the caller may change it in place */
    size_t body_len;
};

enum stomp_result {
    STOMP_MORE,      /* the input is used up */
    STOMP_FRAME,     /* a whole frame is in *frame_r */
    STOMP_HEARTBEAT, /* EOLs between frames, any number of them */
    STOMP_BAD        /* parser->error says why; the connection must be closed, every later call says the same */
};

/* Takes up to n bytes, which it may change in place, and gives at most one thing; *used_r is how many bytes it took. Call it
 * again with the rest until it says STOMP_MORE, also when n is 0: that call releases the last frame. Frames do not depend
 * on how the input was cut, and an error is found at the latest with the byte that shows it (escapes, UTF-8: with the
 * frame's end, by the version that is set then). Whoever stops in the middle (while CONNECT waits for the
 * database, say) keeps the rest of the input himself. Headers of CONNECT are never unescaped. CRLF ends a line in all versions. */
enum stomp_result stomp_feed(struct stomp_parser *p, const struct stomp_limits *limits, char *bytes, size_t n,
                             size_t *used_r, struct stomp_frame *frame_r);
/* True while a frame has begun and not ended (for frame_timeout). */
bool stomp_is_unfinished(const struct stomp_parser *p);
/* Releases the memory; the struct is as new, the version forgotten. */
void stomp_free(struct stomp_parser *p);
/* The value of the first header of that name (STOMP 1.2 "Repeated Header Entries"), or NULL. */
const char *stomp_header(const struct stomp_frame *frame, const char *name);
/* The command's name, for logs and ERROR bodies. Static. */
const char *stomp_command_name(enum stomp_command command);

/* ---- CONNECT ---- */

/* The highest common version. NULL (the header is missing) means 1.0; nothing in common is STOMP_NO_VERSION. */
enum stomp_version stomp_negotiate(const char *accept_version);
/* "1.0", "1.1", "1.2". Static. */
const char *stomp_version_name(enum stomp_version version);
#define STOMP_VERSIONS "1.0,1.1,1.2" /* for the `version` header of the ERROR when nothing is in common */

/* Reads heart-beat "cx,cy": milliseconds, decimal digits alone; what passes 32 bits is UINT32_MAX. NULL (missing) is 0,0.
 * False when malformed. */
bool stomp_heartbeat_parse(const char *value, uint32_t *cx_r, uint32_t *cy_r);
/* What a heart-beat wish becomes: 0 stays none, all else is brought into 10,000..60,000 ms. */
uint32_t stomp_heartbeat_clamp(uint32_t ms);

/* ---- frames to clients: appended to a buf, whose failure is sticky ----
 * Values are escaped for the version: 1.1 knows no \r, 1.0 and CONNECTED no escapes at all; what can't be
 * escaped and would end the line becomes a blank, so no value can start a header of its own. NULL values leave the header out. */

/* One header line. */
void stomp_encode_header(struct buf *b, enum stomp_version version, const char *name, const char *value);

struct stomp_connected {
    enum stomp_version version;
    uint32_t sx, sy; /* heart-beat, ms */
    const char *session;
    const char *server;
    const char *user_name;
    const struct stomp_pair *extra; /* more headers (epoch), or NULL */
    size_t extra_count;
};
void stomp_encode_connected(struct buf *b, const struct stomp_connected *c);
void stomp_encode_receipt(struct buf *b, enum stomp_version version, const char *receipt_id);

struct stomp_error_frame {
    const char *message;    /* one short English line */
    const char *receipt_id; /* of the frame at fault, or NULL */
    const char *body;       /* text/plain; NULL: the message again */
    const struct stomp_pair *extra;
    size_t extra_count;
};
void stomp_encode_error(struct buf *b, enum stomp_version version, const struct stomp_error_frame *e);

struct stomp_message {
    const char *destination;
    const char *subscription; /* NULL for a 1.0 client that gave no id */
    const char *message_id;
    const char *content_type; /* usually STOMP_JSON */
    const struct stomp_pair *extra;
    size_t extra_count;
};
#define STOMP_JSON "application/json;charset=UTF-8"
/* All of a MESSAGE up to its body: the caller appends body_len bytes, which many receivers may share, and one NUL. The
 * frame's size is head + body_len + 1. */
void stomp_encode_message_head(struct buf *b, enum stomp_version version, const struct stomp_message *m, size_t body_len);
/* The same with the body and the NUL. */
void stomp_encode_message(struct buf *b, enum stomp_version version, const struct stomp_message *m, const void *body,
                          size_t body_len);

#endif
