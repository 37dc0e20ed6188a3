/* web_push: agents whose pages are all closed are told of a waiting chat through their browser's push service. A chat that comes into the queue is marked once
 * over all nodes (push_told); each subscription of the staff of its topic who are not connected gets a row of push_outbox, which pushd's thread sends. */
#ifndef SANGDAM_CHAT_WEB_PUSH_H
#define SANGDAM_CHAT_WEB_PUSH_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

#define PUSH_SUBSCRIPTIONS_MAX 20 /* of one member: the oldest goes */

/* True when the keys are configured, and the build has libcurl and OpenSSL. */
bool web_push_is_on(const struct config *config);

struct push_draft {
    const char *endpoint, *p256dh, *auth; /* as PushSubscription.toJSON() has them */
    bool with_line;                       /* the customer's first line may be in it */
    enum lang lang;
};
/* Keeps a subscription; a known endpoint becomes this member's. REFUSED: 422 with field endpoint, p256dh or auth; 409 when web_push_is_on() is not. Blocks. */
enum outcome push_subscription_add(struct db *db, const struct config *config, const struct principal *who, const struct push_draft *draft, int64_t *id_r,
                                   struct refusal *refusal_r);
/* DONE also when there is none of that number; another member's is left alone. Blocks. */
enum outcome push_subscription_remove(struct db *db, const struct principal *who, int64_t id);

/* Rows for chats that came into the queue, then what is due is sent, at most `most`. Those of chats that wait no more are dropped. 404 and 410 end a
 * subscription; 429 and 5xx put all of it off, by Retry-After or 2, 4, 8 ... s. *stop, once set, ends it within a second. AWAY: the database failed. Blocks;
 * never within a transaction. */
enum outcome web_push_run(struct db *db, const struct config *config, unsigned most, const atomic_bool *stop);
/* Marks older than a day go. Idempotent. */
enum outcome web_push_sweep(struct db *db);

#endif
