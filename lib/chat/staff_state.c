/* staff_state: see staff_state.h. What the board says of a state in its own words; agent_state.h keeps it. */
#include "lib/chat/staff_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chat/agent_state.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/online.h"

static const char *const names[STAFF_STATE_TOTAL] = {"here", "no-new", "away"};
static const enum agent_presence presences[STAFF_STATE_TOTAL] = {AGENT_ONLINE, AGENT_NO_NEW_CHATS, AGENT_AWAY};

const char *staff_state_name(enum staff_state state)
{
    return names[state];
}

bool staff_state_from_name(const char *name, enum staff_state *state_r)
{
    for (int i = 0; i < STAFF_STATE_TOTAL; i++)
        if (strcmp(names[i], name) == 0) {
            *state_r = (enum staff_state)i;
            return true;
        }
    return false;
}

enum outcome staff_state_set(struct db *db, const struct principal *who, int64_t member_id, enum staff_state state, const char *reason, struct refusal *refusal_r)
{
    struct agent_state now;

    return agent_state_set(db, db_config(db), who, member_id, presences[state], 0, state == STAFF_HERE ? NULL : reason, &now, refusal_r);
}

/* ---- looking ---- */

/* Who is gone is told by is_online, what they chose stays; who is idle, or off duty, is away. */
static enum staff_state state_of(const char *chosen, const char *state)
{
    if (!chosen || !state)
        return STAFF_HERE;
    if (strcmp(state, agent_presence_name(AGENT_AWAY)) == 0)
        return STAFF_AWAY;
    for (int i = 0; i < STAFF_STATE_TOTAL; i++)
        if (strcmp(chosen, agent_presence_name(presences[i])) == 0)
            return (enum staff_state)i;
    return STAFF_AWAY;
}

static void read_look(const struct db_rows *rows, size_t row, struct staff_look *s)
{
    s->member_id = db_cell_int(rows, row, 0);
    snprintf(s->nickname, sizeof s->nickname, "%s", db_cell(rows, row, 1, NULL));
    s->role = role_from_gubun((int)db_cell_int(rows, row, 2));
    s->is_online = db_cell_int(rows, row, 3) != 0;
    s->state = state_of(db_cell(rows, row, 4, NULL), db_cell(rows, row, 5, NULL));
    snprintf(s->reason, sizeof s->reason, "%s", db_cell(rows, row, 6, NULL));
    s->since_ms = db_cell_time(rows, row, 7);
    s->chats = (int32_t)db_cell_int(rows, row, 8);
    s->chats_max = db_cell_is_null(rows, row, 9) ? -1 : (int32_t)db_cell_int(rows, row, 9);
    s->reason_id = s->state == STAFF_AWAY ? (int32_t)db_cell_int(rows, row, 10) : 0;
}

enum outcome staff_look(struct db *db, const struct config *config, int64_t now_ms, struct staff_look **list_r, size_t *n_r)
{
    static const char sql[] = "SELECT m.member_id, m.nickname, m.gubun, " ONLINE_IS " AS online, t.chosen, t.state, COALESCE(t.note, ''), t.since,"
                              " (SELECT COUNT(*) FROM chat_session c WHERE c.admin_id = m.member_id AND c.status_id IN (2, 4)), t.chats_max,"
                              " IF(t.state = 'AWAY' AND t.chosen <> 'AWAY', 185, t.reason_id)"
                              " FROM member m LEFT JOIN agent_state t ON t.member_id = m.member_id WHERE m.gubun IN (2, 3, 5) AND m.status = 1"
                              " ORDER BY online DESC, m.nickname, m.member_id LIMIT 500";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(ONLINE_ARGS(config, now_ms)));

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    *list_r = calloc(db_rows_count(rows) + 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < db_rows_count(rows); i++) {
        read_look(rows, i, &(*list_r)[i]);
        if ((*list_r)[i].chats_max < 0)
            (*list_r)[i].chats_max = (int32_t)config->chats_max;
        (*n_r)++;
    }
    db_rows_free(&rows);
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}
