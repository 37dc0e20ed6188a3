/* carry_over: a guest turns out to be somebody, by signing in or by their site's signed word: the chat that they are in goes with them. */
#ifndef SANGDAM_CHAT_CARRY_OVER_H
#define SANGDAM_CHAT_CARRY_OVER_H

#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct db;

/* The open chat of the member `from` becomes that of the member `to`, with what they wrote and uploaded in it, so that a message that is sent again is still known by
 * its clientMessageId. One transaction, under the chat's row lock; a note in right_change tells pushd that `from` may read it no more. The caller knows, by the
 * request's own credentials, that both are one person. site_id: only a chat that began in that site's page; 0: any.
 * DONE: carried (CHANGE_MEMBER). SAME: there is none (any more), or `to` has an open chat, which stays theirs as the other's stays the other's.
 * AWAY, UNKNOWN as ever. Blocks. */
enum outcome carry_over(struct db *db, int64_t from, int64_t to, int32_t site_id, struct change *change_r);

#endif
