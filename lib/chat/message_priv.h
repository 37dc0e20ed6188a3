/* What the message and session families share of rows; not for others. */
#ifndef SANGDAM_CHAT_MESSAGE_PRIV_H
#define SANGDAM_CHAT_MESSAGE_PRIV_H

#include "lib/chat/change.h"
#include "lib/chat/db.h"

/* Inserts m as it is (m->seq set by the caller, s->session_no, s->session_id taken from s); sets message_id. False: see db_last_error(). */
bool message_insert(struct db *db, const struct session *s, struct message *m);
/* The row of a clientMessageId. DONE: *m_r is filled (message_clear it); REFUSED: there is none; AWAY. */
enum outcome message_by_client_id(struct db *db, int64_t session_no, int64_t sender_id, const char *client_message_id, struct message *m_r);
/* Next free row of a change, zeroed, with session, seq (head + 1, and the head grows), time; NULL when the change is full. */
struct message *change_add_row(struct change *c, struct session *s, enum message_kind kind, int64_t now_ms);

#endif
