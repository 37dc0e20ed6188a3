/* notify: the hint from a FastCGI program to pushd (contract.md, Notify). A UNIX SEQPACKET socket, one JSON object a message, at most
 * NOTIFY_MAX bytes: {"v":1,"n":COUNTER,"what":"ROWS",...,"session":{...},"rows":[...]}. Messages are numbered per connection; a gap or a lost
 * connection makes pushd sweep. A row above the size travels without content. Hints decide nothing: the sequence and the database do. */
#ifndef SANGDAM_CHAT_NOTIFY_H
#define SANGDAM_CHAT_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/chat/change.h"

#define NOTIFY_VERSION 2
#define NOTIFY_MAX 8192

struct config;

/* Sending: one per process, thread-safe, connects when needed (at most one try a second), never blocks, never fails the request: drops are counted. */
void notify_open(const struct config *config);
void notify_change(const struct change *c);
void notify_close(void);

/* The codec, both ends. number: of this connection, from 1. False when c can't be said in NOTIFY_MAX even without contents. */
bool notify_encode(const struct change *c, uint64_t number, struct buf *out);
/* Strict; unknown fields are skipped. A row that came without content has content NULL: read it from the database. False: not a message of this version. */
bool notify_decode(const char *text, size_t n, struct change *c_r, uint64_t *number_r);

#endif
