/* routing: who is offered a waiting chat. A mode for each topic (category_routing), else `routing` of the configuration:
 *
 *   PULL         nobody: agents take chats themselves, as ever
 *   LEAST_BUSY   who has the fewest chats
 *   ROUND_ROBIN  who was offered one longest ago
 *   LAST_AGENT   who served this customer last, then who has the fewest
 *
 * among agents who are ONLINE, answer the topic (staff_category: no row, all topics; a topic's parent holds for it; supervisors and admins only where a row names
 * them) and have fewer chats than they may, counting what is offered to them. Topics of higher priority first, then as the queue is. An offer stands for
 * offer_timeout; then it is another's turn, and each is asked once before anybody is asked again. Who was not asked still sees the chat waiting and may take it.
 *
 * An offer is route_admin_id and route_until of chat_session, written under the lock of the chat and then of the agent's row: any number of nodes may run this
 * at once, and a chat has one offer, an agent no more than they may. All block. */
#ifndef SANGDAM_CHAT_ROUTING_H
#define SANGDAM_CHAT_ROUTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

enum routing_mode { ROUTING_PULL, ROUTING_LEAST_BUSY, ROUTING_ROUND_ROBIN, ROUTING_LAST_AGENT, ROUTING_MODE_TOTAL };
/* "pull", "least-busy", "round-robin", "last-agent". */
const char *routing_mode_name(enum routing_mode mode);
bool routing_mode_from_name(const char *name, enum routing_mode *mode_r);

/* One turn of the clock: offers at most ROUTING_AT_ONCE waiting chats; tell gets each change (CHANGE_ROUTED, without rows) and may keep a copy. Costs one look at
 * the rules while all topics are PULL. */
#define ROUTING_AT_ONCE 100
enum outcome routing_run(struct db *db, const struct config *config, int64_t now_ms, void (*tell)(struct change *change, void *arg), void *arg);

/* As session_accept(), and counts: with accept_over_limit = off, who has as many chats as they may is refused (409) unless this one is offered to them. */
enum outcome routing_accept(struct db *db, const struct config *config, const struct principal *who, const char *session_id, struct change *change_r,
                            struct refusal *refusal_r);

/* A topic's rule, for supervisors and admins (audited). mode ROUTING_MODE_TOTAL: as configured. 403; 422 with field categoryId or priority. */
struct routing_rule {
    int32_t category_id;
    enum routing_mode mode; /* ROUTING_MODE_TOTAL: as configured */
    int32_t priority;       /* -100..100; 0 where nothing was set */
};
enum outcome routing_set_rule(struct db *db, const struct principal *who, const struct routing_rule *rule, struct refusal *refusal_r);
/* Of all used topics, in their order; *list_r is free()'s. */
enum outcome routing_rules(struct db *db, struct routing_rule **list_r, size_t *n_r);

/* What holds for a topic, hidden ones too: its rule, where priority is its main topic's while it has none of its own; and the mode without one of its own (of its
 * main topic, else as configured). In the topics' order; *list_r is free()'s. */
struct routing_look {
    struct routing_rule rule;
    enum routing_mode otherwise;
};
enum outcome routing_looks(struct db *db, const struct config *config, struct routing_look **list_r, size_t *n_r);

#endif
