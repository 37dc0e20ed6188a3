/* writer: the threads that change chats for the loops: messages in batches, JOIN, LEAVE and presence one by one between them. A chat belongs to
 * one writer at a time, so its changes keep the order in which they came. */
#ifndef SANGDAM_PUSHD_WRITER_H
#define SANGDAM_PUSHD_WRITER_H

#include <stdbool.h>

#include "lib/chat/session.h"
#include "pushd/loop.h"

struct conn;
struct fleet;
struct hand_in;
struct push;

enum write_kind { WRITE_MESSAGE, WRITE_JOIN, WRITE_LEAVE, WRITE_PRESENT };

/* One change that is wanted. Made by write_new(), comes back through task.on_done, freed by write_free(). */
struct write {
    struct task task; /* first */
    struct push *push;
    struct conn *conn; /* held by whoever asked; NULL: nobody waits */
    enum write_kind kind;
    struct principal who;
    char secret[TOKEN_TEXT_SIZE]; /* not "": the writer finds out who this is, and takes the message from their rate */
    bool secret_is_bearer;
    struct hand_in *hand_in; /* of a message that was handed over (hand_in.h) */
    uint32_t hand_in_number;
    int64_t until_ms; /* monotonic: later it is left alone; 0: writer_wait_max decides */
    char session_id[UUID_TEXT_SIZE];
    char client_message_id[UUID_TEXT_SIZE]; /* "" none */
    int32_t quote_seq; /* 0 none */
    char *content; /* owned */
    size_t content_len;
    char *receipt;           /* owned, NULL: none */
    const char *destination; /* static */
    int64_t added_ms;        /* monotonic, by writer_add() */
    /* what came of it; AWAY from birth */
    enum outcome outcome;
    struct refusal refusal;
    struct change *change; /* a share (spread.h), to be read only; filled when DONE or SAME */
};

struct write *write_new(struct push *push, enum write_kind kind, const char *session_id);
void write_free(struct write *w);

struct writer_pool;
/* As config->writer says: `batch`, all that waits in one transaction, one after the other as long as they are quick, and up to push_writers
 * side by side when they take longer, so that several flushes of a slow disk are under way; `plain`, 8 threads with a transaction a
 * message, the same checks and statements: what the other is measured by. A database that is too slow is answered for: what waits is bounded in number
 * (writer_queue_max) and in time (writer_wait_max), and what is over comes back AWAY, untried. NULL: no thread, no memory. */
struct writer_pool *writer_pool_start(struct fleet *fleet);
/* Ends the threads when they have written what waits; everything has been posted back then. */
void writer_pool_stop(struct writer_pool **pool);
/* False, and w is still the caller's, when too much waits already. */
bool writer_add(struct writer_pool *pool, struct write *w);
/* How long, by their pace, what waits now will take the writers: for a refusal's retryAfterMs. */
int64_t writer_backlog_ms(const struct writer_pool *pool);

#endif
