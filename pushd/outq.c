/* outq: see outq.h. */
#include "pushd/outq.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#define PIECES_AT_ONCE 64
#define BYTES_A_TURN 262144

struct out_piece {
    struct out_piece *next;
    struct body *body;
    uint32_t head_len;
    char head[];
};

struct body *body_new_with_headers(const char *bytes, size_t n, const char *headers, size_t headers_len)
{
    struct body *body = n < UINT32_MAX && headers_len < UINT32_MAX ? malloc(sizeof *body + n + 1 + headers_len) : NULL;

    if (!body)
        return NULL;
    body->refs = 1;
    body->len = (uint32_t)n;
    body->is_binary = false;
    memcpy(body->bytes, bytes, n);
    body->bytes[n] = '\0';
    body->headers_len = (uint32_t)headers_len;
    if (headers_len)
        memcpy(body->bytes + n + 1, headers, headers_len);
    return body;
}

struct body *body_new(const char *bytes, size_t n)
{
    return body_new_with_headers(bytes, n, NULL, 0);
}

void body_drop(struct body **body)
{
    if (*body && --(*body)->refs == 0)
        free(*body);
    *body = NULL;
}

static size_t piece_size(const struct out_piece *p)
{
    return p->head_len + (p->body ? (size_t)p->body->len + 1 : 0);
}

bool outq_add(struct outq *q, const void *a, size_t a_len, const void *b, size_t b_len, struct body *body, int64_t now_ms)
{
    size_t copied = body && body->len <= BODY_COPIED_MAX ? (size_t)body->len + 1 : 0;
    struct out_piece *p = malloc(sizeof *p + a_len + b_len + copied);

    if (!p)
        return false;
    p->next = NULL;
    p->body = copied ? NULL : body;
    if (p->body)
        body->refs++;
    p->head_len = (uint32_t)(a_len + b_len + copied);
    memcpy(p->head, a, a_len);
    if (b_len)
        memcpy(p->head + a_len, b, b_len);
    if (copied)
        memcpy(p->head + a_len + b_len, body->bytes, copied);
    if (q->tail)
        q->tail->next = p;
    else
        q->head = p;
    q->tail = p;
    if (!q->bytes)
        q->moved_ms = now_ms;
    q->bytes += piece_size(p);
    return true;
}

static void drop_first(struct outq *q)
{
    struct out_piece *p = q->head;

    q->head = p->next;
    if (!q->head)
        q->tail = NULL;
    q->sent = 0;
    body_drop(&p->body);
    free(p);
}

static void took(struct outq *q, size_t n)
{
    q->bytes -= n;
    while (n) {
        size_t left = piece_size(q->head) - q->sent;
        if (n < left) {
            q->sent += (uint32_t)n;
            return;
        }
        n -= left;
        drop_first(q);
    }
}

/* The unsent part of the first pieces. Returns how many. */
static int gather(const struct outq *q, struct iovec *iov)
{
    size_t skip = q->sent;
    int n = 0;

    for (struct out_piece *p = q->head; p && n + 2 <= PIECES_AT_ONCE * 2; p = p->next) {
        if (skip < p->head_len) {
            iov[n].iov_base = p->head + skip;
            iov[n++].iov_len = p->head_len - skip;
            skip = 0;
        } else {
            skip -= p->head_len;
        }
        if (p->body) {
            iov[n].iov_base = p->body->bytes + skip;
            iov[n++].iov_len = (size_t)p->body->len + 1 - skip;
        }
        skip = 0;
    }
    return n;
}

enum outq_state outq_write(struct outq *q, int fd, int64_t now_ms, size_t *written_r)
{
    size_t turn = 0;

    while (q->head) {
        struct iovec iov[PIECES_AT_ONCE * 2];
        struct msghdr msg = {.msg_iov = iov, .msg_iovlen = (size_t)gather(q, iov)};
        ssize_t n = sendmsg(fd, &msg, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS ? OUTQ_WAITING : OUTQ_GONE;
        took(q, (size_t)n);
        q->moved_ms = now_ms;
        *written_r += (size_t)n;
        turn += (size_t)n;
        if (turn >= BYTES_A_TURN && q->head)
            return OUTQ_MORE;
    }
    return OUTQ_EMPTY;
}

bool outq_take(struct outq *q, struct buf *out, int64_t now_ms)
{
    const struct out_piece *p = q->head;

    if (!p)
        return false;
    if (q->sent < p->head_len)
        buf_add(out, p->head + q->sent, p->head_len - q->sent);
    if (p->body) {
        size_t skip = q->sent > p->head_len ? q->sent - p->head_len : 0;
        buf_add(out, p->body->bytes + skip, (size_t)p->body->len + 1 - skip);
    }
    took(q, piece_size(p) - q->sent);
    q->moved_ms = now_ms;
    return true;
}

bool outq_is_stuck(const struct outq *q, int64_t now_ms, int64_t age_ms)
{
    return q->bytes && now_ms - q->moved_ms >= age_ms;
}

void outq_drop_unsent(struct outq *q)
{
    struct out_piece *keep = q->sent ? q->head : NULL;
    struct out_piece *p = keep ? keep->next : q->head;

    while (p) {
        struct out_piece *next = p->next;
        body_drop(&p->body);
        free(p);
        p = next;
    }
    q->head = q->tail = keep;
    q->bytes = 0;
    if (keep) {
        keep->next = NULL;
        q->bytes = piece_size(keep) - q->sent;
    }
}

void outq_free(struct outq *q)
{
    q->sent = 0;
    outq_drop_unsent(q);
}
