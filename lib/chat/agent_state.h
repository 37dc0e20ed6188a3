/* agent_state: whether one of the staff takes chats. They choose a state, or a supervisor does for them; the clock adds what it sees: who is not here is
 * OFFLINE, who gave no sign for agent_idle is AWAY, and both end by themselves. Each stretch stays in agent_state_log. All block.
 *
 *   ONLINE        is offered chats             AWAY     is offered none, with a reason
 *   NO_NEW_CHATS  goes on with those they have OFFLINE  chosen, or not here */
#ifndef SANGDAM_CHAT_AGENT_STATE_H
#define SANGDAM_CHAT_AGENT_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct config;
struct db;
struct json_writer;

enum agent_presence { AGENT_ONLINE, AGENT_AWAY, AGENT_NO_NEW_CHATS, AGENT_OFFLINE, AGENT_PRESENCE_TOTAL };
const char *agent_presence_name(enum agent_presence presence);
bool agent_presence_from_name(const char *name, enum agent_presence *presence_r);
/* What people read; an English msgid. */
const char *agent_presence_text(enum agent_presence presence);

#define AGENT_NOTE_SIZE 401
struct agent_state {
    int64_t member_id;
    char nickname[NICKNAME_SIZE];
    enum role role;
    enum agent_presence chosen, state;
    int32_t reason_id;          /* of AWAY as it holds; 0: none */
    char note[AGENT_NOTE_SIZE]; /* the reason in the words of who set it */
    int64_t since_ms;           /* of state; -1: never was any */
    int64_t version;            /* 0: never was any */
    int32_t chats, chats_max;   /* open chats of theirs; 0: no limit */
    int32_t own_max;            /* what was set for them; -1: nothing, as configured */
};

/* Of one member; who never had a state is ONLINE. REFUSED (404): no such member of the staff. */
enum outcome agent_state_of(struct db *db, const struct config *config, int64_t member_id, struct agent_state *state_r, struct refusal *refusal_r);
/* All of the staff who may sign in, by name; *list_r is free()'s. For the supervisor's board. */
enum outcome agent_state_list(struct db *db, const struct config *config, struct agent_state **list_r, size_t *n_r);

/* who sets the state of member_id: their own, or, as a supervisor or admin, another's (audit_log: agent.state, in the same transaction). reason_id: of AWAY,
 * one of GROUP_AWAY but AWAY_IDLE (422); 0: none. note: why, in words, at most 100 characters; NULL: none. SAME: it was so. 403, 404, 422. */
enum outcome agent_state_set(struct db *db, const struct config *config, const struct principal *who, int64_t member_id, enum agent_presence chosen,
                             int32_t reason_id, const char *note, struct agent_state *state_r, struct refusal *refusal_r);
/* How many chats the member may have at once, for supervisors and admins (audited); -1: as configured; 0: no limit. */
enum outcome agent_state_set_limit(struct db *db, const struct config *config, const struct principal *who, int64_t member_id, int32_t chats_max,
                                   struct agent_state *state_r, struct refusal *refusal_r);
/* A sign of the person: pages say so while keys and pointer move. */
enum outcome agent_state_active(struct db *db, int64_t member_id);

/* The clock: who came, went, or became idle. *changed_r: how many. Several may run at once: each change is a compare-and-set. */
enum outcome agent_state_settle(struct db *db, const struct config *config, int64_t now_ms, unsigned *changed_r);

/* {member_id, version, state ...} of all who ever had a state, for pushd, which tells what is new; as agent_state_list() without chats. */
enum outcome agent_state_versions(struct db *db, struct agent_state **list_r, size_t *n_r);

/* {memberId, nickname, state, chosen, reasonId, reason, reasonName, since, chats, chatsMax (null: no limit)} */
void agent_state_write_json(struct json_writer *w, const char *key, const struct agent_state *a, enum lang lang);
/* As told on /topic/chat/presence: {kind:"STAFF", memberId, nickname, state, reasonId, reason, since}. */
void agent_state_write_news(struct json_writer *w, const struct agent_state *a);

#endif
