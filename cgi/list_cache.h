/* list_cache: the waiting list as JSON, kept for whoever asks for the same page of it in the same language: agents' programs and consoles all ask for
 * it again and again. One per process, thread-safe. A page is given again only while the queue's mark (session_queue_mark()) is the same, so that a chat
 * that came or went is never missed, and for LIST_CACHE_FRESH_MS: what else changes of a waiting chat (a name, a title) is at most so old. */
#ifndef SANGDAM_CGI_LIST_CACHE_H
#define SANGDAM_CGI_LIST_CACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/chat/session.h"

#define LIST_CACHE_FRESH_MS 1000

struct list_cache_key {
    enum lang lang;
    int limit;
    int64_t cursor;
    bool is_brief;
    struct session_queue_mark mark;
};

/* Appends the page's rows, a JSON array, to out; *next_r is the cursor of the page behind it or 0. False: there is none; nothing was appended.
 * now_ms: the monotonic clock. */
bool list_cache_read(const struct list_cache_key *key, int64_t now_ms, struct buf *out, int64_t *next_r);
/* Keeps a copy of rows that were read from the database at now_ms, after the mark; rows that failed, or find no memory, are not kept. */
void list_cache_keep(const struct list_cache_key *key, int64_t now_ms, const struct buf *rows, int64_t next);

#endif
