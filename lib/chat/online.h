/* online: which of the staff are there now. pushd notes who is connected to it; the rest is read from sign-ins and open chats. All block. */
#ifndef SANGDAM_CHAT_ONLINE_H
#define SANGDAM_CHAT_ONLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

#define ONLINE_NOTE_MS 20000  /* how often pushd notes a connection anew */
#define ONLINE_FRESH_MS 60000 /* a note counts this long: a pushd that died leaves nobody online for longer */
#define ONLINE_USED_MS 120000 /* a sign-in used within this time counts; pages without script ask every 20 s, and its use is written once a minute */

/* These members are connected at now_ms (wall). */
enum outcome online_note(struct db *db, const int64_t *member_ids, size_t n, int64_t now_ms);
/* Their last connection here ended. A node that still has one notes it again within ONLINE_NOTE_MS. */
enum outcome online_forget(struct db *db, int64_t member_id);
/* Agents, supervisors and admins who have a push connection, used a sign-in within ONLINE_USED_MS, or were seen in an open chat of their own within
 * rest_idle and are not away from it. */
enum outcome online_count(struct db *db, const struct config *config, int64_t now_ms, int64_t *count_r);
/* As online_count(), without who is away or takes no new chats (staff_state.h): whether a customer who comes now finds somebody. */
enum outcome online_count_here(struct db *db, const struct config *config, int64_t now_ms, int64_t *count_r);

/* The same as a condition on member m, for statements of others, and its arguments in their order. Use db.h and config.h with it. */
#define ONLINE_IS                                                                                                  \
    "(EXISTS (SELECT 1 FROM staff_online o WHERE o.member_id = m.member_id AND o.seen >= ?)"                       \
    " OR EXISTS (SELECT 1 FROM login_session l WHERE l.member_id = m.member_id AND l.last_used >= ? AND l.expires > ?)" \
    " OR EXISTS (SELECT 1 FROM chat_session s WHERE s.admin_id = m.member_id AND s.status_id IN (2, 4) AND s.admin_grace_until IS NULL" \
    " AND s.admin_last_seen >= ?))"
#define ONLINE_ARGS(config, now_ms) \
    db_time((now_ms) - ONLINE_FRESH_MS), db_time((now_ms) - ONLINE_USED_MS), db_time(now_ms), db_time((now_ms) - (config)->rest_idle)

/* One of them, with how many chats are open with them. */
struct online_member {
    int64_t member_id;
    int32_t gubun, chats;
    int32_t load; /* chats, and those that are offered to them */
    int32_t chats_max; /* their own limit, else as configured; 0: none */
    char nickname[NICKNAME_SIZE];
};
/* Those whom online_count_here() counts, who has the fewest chats first; *list_r is free()'s. */
enum outcome online_list(struct db *db, const struct config *config, int64_t now_ms, struct online_member **list_r, size_t *n_r);
/* Has, or is offered, as many chats as they may have. Pure. */
bool online_is_full(const struct online_member *m);

#endif
