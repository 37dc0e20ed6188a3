/* sockjs_frame: the framing of SockJS 0.3.3 as a pure codec: what clients send is a JSON array of strings (or one string), what they get are frames
 * o, h, a["..."], c[code,"reason"]. The strings are pieces of the STOMP stream. */
#ifndef SANGDAM_PUSHD_SOCKJS_FRAME_H
#define SANGDAM_PUSHD_SOCKJS_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"

/* Appends the strings of a client's message, unescaped and joined, to out. False (out is then of no use) when it is not a JSON array of strings or a
 * string, holds a lone surrogate, or memory is out. The n bytes are valid UTF-8. An empty message is nothing, and true. */
bool sockjs_decode(const char *text, size_t n, struct buf *out);

/* Appends a["..."] with the bytes (valid UTF-8) of a and b one behind the other as one string. Escaped beside what JSON asks: U+200C-200F, U+2028-202F,
 * U+2060-206F, U+FFF0-FFFF, which some transports lose. */
void sockjs_encode_message(struct buf *out, const char *a, size_t a_len, const char *b, size_t b_len);
/* Appends a frame as one event of EventSource. sockjs-client takes what comes through decodeURI(): a plain % would be an escape there, or an error. */
void sockjs_encode_event(struct buf *out, const char *frame, size_t n);
/* Appends c[code,"reason"]. */
void sockjs_encode_close(struct buf *out, unsigned code, const char *reason);

/* Is path (behind "/ws/") SERVER/SESSION/transport, with SERVER and SESSION not empty and without dots? *session_r and *session_len_r point into path;
 * *transport_r is its end. */
bool sockjs_parse_path(const char *path, const char **session_r, size_t *session_len_r, const char **transport_r);

#endif
