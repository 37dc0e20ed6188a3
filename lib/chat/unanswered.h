/* unanswered: chats that nobody takes are told to the staff by mail, for those who have no page of ours open. */
#ifndef SANGDAM_CHAT_UNANSWERED_H
#define SANGDAM_CHAT_UNANSWERED_H

#include "lib/chat/outcome.h"

struct config;
struct db;

/* Letters for chats that have stood in the queue for unanswered_mail_after without an agent: once a chat over all nodes, to unanswered_mail_to or, when that is
 * empty, to the active staff of the chat's topic (those without topics have all). Into the outbox (mail.h). Messages left (offline chats) are no such chats:
 * nobody waits. For timers; AWAY: the database failed, what is missing comes with the next call. Blocks. */
enum outcome unanswered_mail(struct db *db, const struct config *config, unsigned *queued_r);

#endif
