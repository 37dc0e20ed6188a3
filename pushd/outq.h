/* outq: what waits for one reader. A list of pieces, each a small head of its own and, for messages, a body that many queues share
 * (STOMP MESSAGE: only the head differs between receivers). Written once a turn, gathered. Empty queues hold no memory. */
#ifndef SANGDAM_PUSHD_OUTQ_H
#define SANGDAM_PUSHD_OUTQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* Shared bytes, freed by the last queue. For one thread: counts are plain. */
struct body {
    uint32_t refs;
    uint32_t len;
    uint32_t headers_len;
    bool is_binary; /* not UTF-8: goes out as a binary message. False from birth */
    char bytes[]; /* len bytes and one NUL, which ends a STOMP frame; then headers_len bytes: the sender's own headers, each a name, NUL, a value, NUL */
};
/* Copies n bytes; refs is 1. NULL when memory is out. */
struct body *body_new(const char *bytes, size_t n);
/* The same with headers, for destinations that carry what their senders want. */
struct body *body_new_with_headers(const char *bytes, size_t n, const char *headers, size_t headers_len);
static inline const char *body_headers(const struct body *body) { return body->bytes + body->len + 1; }
void body_drop(struct body **body); /* gives up one reference; NULL is fine */

struct out_piece;
struct outq {
    struct out_piece *head, *tail;
    size_t bytes;      /* that wait */
    uint32_t sent;     /* of the head piece */
    int64_t moved_ms;  /* when the reader last took a byte, or the first byte came into an empty queue */
};

/* Copies the head (a and b one behind the other); takes a reference of body (may be NULL), whose NUL goes out too. A short body is copied as well: that costs
 * less than its reference and one more piece for the kernel to gather. False when memory is out. */
#define BODY_COPIED_MAX 192
bool outq_add(struct outq *q, const void *a, size_t a_len, const void *b, size_t b_len, struct body *body, int64_t now_ms);

enum outq_state { OUTQ_EMPTY, OUTQ_WAITING /* more room is needed: wait for EPOLLOUT */, OUTQ_MORE /* enough for one turn */, OUTQ_GONE /* the reader is gone */ };
/* Writes what the socket takes, at most about 256 KiB. Adds the bytes written to *written_r. */
enum outq_state outq_write(struct outq *q, int fd, int64_t now_ms, size_t *written_r);
/* Moves the unsent bytes of the first piece to the end of out; false when there is none. For readers that are no sockets. */
bool outq_take(struct outq *q, struct buf *out, int64_t now_ms);
/* True when bytes wait and the reader took none for age_ms. */
bool outq_is_stuck(const struct outq *q, int64_t now_ms, int64_t age_ms);
/* Drops all but a piece that went out in part: a frame may not be cut. */
void outq_drop_unsent(struct outq *q);
void outq_free(struct outq *q);

#endif
