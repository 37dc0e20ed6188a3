/* staff_state: what a member of the staff is ready for: here, here but for no new chats, away. Apart from being connected (online.h): who is away may well have the
 * console open. For whom nothing is kept is here. The board's words for what agent_state.h keeps. Customers are told that somebody is there when one is online and here. All block. */
#ifndef SANGDAM_CHAT_STAFF_STATE_H
#define SANGDAM_CHAT_STAFF_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

enum staff_state { STAFF_HERE, STAFF_NO_NEW, STAFF_AWAY, STAFF_STATE_TOTAL }; /* as the column has them */
#define STAFF_REASON_SIZE 401

const char *staff_state_name(enum staff_state state); /* "here", "no-new", "away" */
bool staff_state_from_name(const char *name, enum staff_state *state_r);

/* One's own, or, for supervisors and admins, anybody's of the staff; somebody else's stands in audit_log. 403; 404; 422 field reason. SAME: it was so. */
enum outcome staff_state_set(struct db *db, const struct principal *who, int64_t member_id, enum staff_state state, const char *reason, struct refusal *refusal_r);

/* Every active member of the staff, for the board: online ones first, then by name; at most 500. */
struct staff_look {
    int64_t member_id;
    char nickname[NICKNAME_SIZE];
    enum role role;
    bool is_online;
    enum staff_state state;
    char reason[STAFF_REASON_SIZE];
    int64_t since_ms; /* of the state; -1: none was ever set */
    int32_t chats;    /* open ones */
    int32_t chats_max; /* 0: no limit */
    int32_t reason_id; /* of being away; 0: none */
};
enum outcome staff_look(struct db *db, const struct config *config, int64_t now_ms, struct staff_look **list_r, size_t *n_r);

#endif
