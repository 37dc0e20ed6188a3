/* buf: a growing byte buffer. It is always NUL-terminated behind `len`, and a failed growth is sticky: later appends do
 * nothing and buf_failed() says so once, at the edge, so that callers need not test each append.
 * Invariant: p == NULL when cap == 0, else p[len] == '\0' and len < cap. */
#ifndef SANGDAM_BASE_BUF_H
#define SANGDAM_BASE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
    char *p;
    size_t len;
    size_t cap;
    bool failed;
};

#define BUF_INIT {0}

/* Frees the bytes and leaves an empty, usable buffer. */
void buf_free(struct buf *b);
/* Forgets the bytes, keeps the memory, clears a failure. */
void buf_reset(struct buf *b);
/* Makes room for `more` bytes behind len; false when memory is out. */
bool buf_reserve(struct buf *b, size_t more);
void buf_add(struct buf *b, const void *bytes, size_t n);
void buf_add_str(struct buf *b, const char *s);
void buf_add_char(struct buf *b, char c);
void buf_add_int(struct buf *b, int64_t v); /* in decimal */
void buf_printf(struct buf *b, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buf_vprintf(struct buf *b, const char *format, va_list ap) __attribute__((format(printf, 2, 0)));
/* Drops the first n bytes (n <= len). */
void buf_consume(struct buf *b, size_t n);
static inline bool buf_failed(const struct buf *b) { return b->failed; }
/* The text, never NULL. Valid until the next change. */
static inline const char *buf_str(const struct buf *b) { return b->p ? b->p : ""; }
/* Moves ownership of the bytes (malloc'd, NUL-terminated, never NULL but when memory is out) to the caller. */
char *buf_take(struct buf *b);

#endif
