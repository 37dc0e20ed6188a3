/* utf8: strict UTF-8 (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF) and what the chat rules ask of text. */
#ifndef SANGDAM_BASE_UTF8_H
#define SANGDAM_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when all n bytes are whole, valid UTF-8. NUL is valid here: callers that refuse it look for it. */
bool utf8_is_valid(const char *s, size_t n);
/* Checking as bytes arrive (WebSocket text messages cut anywhere). Start with {0}. */
struct utf8_state { uint32_t state; };
/* False at the first byte that can't continue valid text (RFC 6455 8.1: fail fast). */
bool utf8_feed(struct utf8_state *u, const char *s, size_t n);
/* True when no character is left half done. */
bool utf8_is_whole(const struct utf8_state *u);
/* The code point at s (valid UTF-8, n > 0 bytes); *len_r is its size in bytes, 1..4. */
uint32_t utf8_decode(const char *s, size_t n, size_t *len_r);
/* Code points in valid UTF-8. */
size_t utf8_count(const char *s, size_t n);
/* Bytes of the longest start of s that has at most max_points code points. */
size_t utf8_cut(const char *s, size_t n, size_t max_points);
/* Blank by contract.md: only White_Space, Cf, U+3164, U+115F, U+1160, U+FFA0, U+2800, or empty. */
bool utf8_is_blank(const char *s, size_t n);
/* Writes a code point (1..4 bytes) to out; returns the size. */
size_t utf8_encode(uint32_t cp, char out[4]);

#endif
