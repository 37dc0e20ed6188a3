/* What the message and session families share of rows; not for others. */
#ifndef SANGDAM_CHAT_MESSAGE_PRIV_H
#define SANGDAM_CHAT_MESSAGE_PRIV_H

#include "lib/chat/change.h"
#include "lib/chat/db.h"

/* Inserts m as it is, as change_add_row() began it. False: see db_last_error(), or m is without content since memory was out. */
bool message_insert(struct db *db, const struct message *m);
/* The same for many, in their order, by array binding. False: as of message_insert(); the transaction is of no use then. */
bool message_insert_all(struct db *db, const struct message *const *rows, size_t n);

/* The same for the one row of a transaction that writes nothing but this row and its chat's head, and the COMMIT with it: one round trip. Times that are not
 * to be written are -1. False: see db_last_error(), as of db_exec_commit(). */
struct message_head {
    int64_t member_last_seen_ms, admin_last_seen_ms, first_response_ms;
};
bool message_insert_commit(struct db *db, const struct message *m, const struct message_head *head);

struct message_key {
    int64_t session_no, sender_id;
    const char *client_message_id;
};
/* The rows of many clientMessageIds, in no order; fewer than keys when some are not there. DONE or AWAY. *rows_r is malloc'd: message_free_list(). */
enum outcome message_by_keys(struct db *db, const struct message_key *keys, size_t n, struct message **rows_r, size_t *n_r);

/* Next free row of a change, zeroed, with session, seq (head + 1, and the head grows), time; NULL when the change is full. */
struct message *change_add_row(struct change *c, struct session *s, enum message_kind kind, int64_t now_ms);

#endif
