/* writer: the threads that change chats for the loops: messages in batches, JOIN, LEAVE and presence one by one between them. A chat always goes to
 * the same writer, so its changes keep the order in which they came. */
#ifndef SANGDAM_PUSHD_WRITER_H
#define SANGDAM_PUSHD_WRITER_H

#include <stdbool.h>

#include "lib/chat/session.h"
#include "pushd/loop.h"

struct conn;
struct fleet;
struct push;

enum write_kind { WRITE_MESSAGE, WRITE_JOIN, WRITE_LEAVE, WRITE_PRESENT };

/* One change that is wanted. Made by write_new(), comes back through task.on_done, freed by write_free(). */
struct write {
    struct task task; /* first */
    struct push *push;
    struct conn *conn; /* held by whoever asked; NULL: nobody waits */
    enum write_kind kind;
    struct principal who;
    char session_id[UUID_TEXT_SIZE];
    char client_message_id[UUID_TEXT_SIZE]; /* "" none */
    char *content; /* owned */
    size_t content_len;
    char *receipt;           /* owned, NULL: none */
    const char *destination; /* static */
    /* what came of it; AWAY from birth */
    enum outcome outcome;
    struct refusal refusal;
    struct change *change; /* a share (spread.h), to be read only; filled when DONE or SAME */
};

struct write *write_new(struct push *push, enum write_kind kind, const char *session_id);
void write_free(struct write *w);

struct writer_pool;
struct writer_pool *writer_pool_start(struct fleet *fleet, int threads);
/* Ends the threads when they have written what waits; everything has been posted back then. */
void writer_pool_stop(struct writer_pool **pool);
/* False, and w is still the caller's, when too much waits already. */
bool writer_add(struct writer_pool *pool, struct write *w);

#endif
