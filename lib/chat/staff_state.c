/* staff_state: see staff_state.h. */
#include "lib/chat/staff_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/audit.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/online.h"

static const char *const names[STAFF_STATE_TOTAL] = {"here", "no-new", "away"};

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

/* ---- changing ---- */

static enum outcome check_reason(const char *reason, struct refusal *r)
{
    size_t n = strlen(reason);

    for (const char *p = reason; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return refuse_field(r, 422, CODE_INPUT, "The text holds control characters.", "reason");
    return utf8_is_valid(reason, n) && utf8_count(reason, n) <= STAFF_REASON_POINTS ? OUTCOME_DONE
                                                                                     : refuse_field(r, 422, CODE_INPUT, "The text is longer than 100 characters.", "reason");
}

/* In a transaction: the member, locked, and the state that is kept. */
static enum outcome read_state(struct db *db, int64_t member_id, enum staff_state *state_r, char reason_r[STAFF_REASON_SIZE], struct refusal *r)
{
    static const char sql[] = "SELECT COALESCE(s.state, 0), COALESCE(s.reason, '') FROM member m LEFT JOIN staff_state s ON s.member_id = m.member_id"
                              " WHERE m.member_id = ? AND m.gubun IN (2, 3, 5) AND m.status = 1 FOR UPDATE";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(member_id)));
    bool is_there;

    if (!rows)
        return OUTCOME_AWAY;
    is_there = db_rows_count(rows) == 1;
    if (is_there) {
        *state_r = (enum staff_state)db_cell_int(rows, 0, 0);
        snprintf(reason_r, STAFF_REASON_SIZE, "%s", db_cell(rows, 0, 1, NULL));
    }
    db_rows_free(&rows);
    return is_there ? OUTCOME_DONE : refuse(r, 404, CODE_ABSENT, "There is no such member.");
}

static enum outcome set_once(struct db *db, const struct principal *who, int64_t member_id, enum staff_state state, const char *reason, struct refusal *r)
{
    static const char sql[] = "REPLACE INTO staff_state (member_id, state, reason, since, by_member_id) VALUES (?, ?, ?, ?, ?)";
    enum staff_state was = STAFF_HERE;
    char reason_was[STAFF_REASON_SIZE], target[64], detail[STAFF_REASON_SIZE + 64];
    enum outcome outcome;

    if (!db_begin(db))
        return OUTCOME_AWAY;
    outcome = read_state(db, member_id, &was, reason_was, r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (was == state && strcmp(reason, reason_was) == 0)
        return OUTCOME_SAME;
    if (!db_exec(db, sql, DB_ARGS(db_int(member_id), db_int(state), db_text(reason), db_time(clock_wall_ms()), db_int(who->member_id)), NULL))
        return OUTCOME_AWAY;
    snprintf(target, sizeof target, "member %lld", (long long)member_id);
    snprintf(detail, sizeof detail, "%s -> %s%s%s", names[was], names[state], *reason ? ", " : "", reason);
    if (who->member_id != member_id && !audit_add(db, who->member_id, "agent.state", target, detail))
        return OUTCOME_AWAY;
    if (db_commit(db))
        return OUTCOME_DONE;
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

enum outcome staff_state_set(struct db *db, const struct principal *who, int64_t member_id, enum staff_state state, const char *reason, struct refusal *refusal_r)
{
    enum outcome outcome;

    if (!role_is_chief(who->role) && !(role_is_staff(who->role) && who->member_id == member_id))
        return refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
    if (state == STAFF_HERE)
        reason = "";
    outcome = check_reason(reason, refusal_r);
    for (int tries = 1; outcome == OUTCOME_DONE; tries++) {
        enum outcome done = set_once(db, who, member_id, state, reason, refusal_r);
        if (done != OUTCOME_DONE && db_in_transaction(db))
            db_rollback(db);
        if (done != OUTCOME_AWAY || db_last_error(db) != DB_BUSY || tries == DB_TRIES)
            return done;
    }
    return outcome;
}

/* ---- looking ---- */

static void read_look(const struct db_rows *rows, size_t row, struct staff_look *s)
{
    s->member_id = db_cell_int(rows, row, 0);
    snprintf(s->nickname, sizeof s->nickname, "%s", db_cell(rows, row, 1, NULL));
    s->role = role_from_gubun((int)db_cell_int(rows, row, 2));
    s->is_online = db_cell_int(rows, row, 3) != 0;
    s->state = (enum staff_state)db_cell_int(rows, row, 4);
    snprintf(s->reason, sizeof s->reason, "%s", db_cell(rows, row, 5, NULL));
    s->since_ms = db_cell_time(rows, row, 6);
    s->chats = (int32_t)db_cell_int(rows, row, 7);
}

enum outcome staff_look(struct db *db, const struct config *config, int64_t now_ms, struct staff_look **list_r, size_t *n_r)
{
    static const char sql[] = "SELECT m.member_id, m.nickname, m.gubun, " ONLINE_IS " AS online, COALESCE(t.state, 0), COALESCE(t.reason, ''), t.since,"
                              " (SELECT COUNT(*) FROM chat_session c WHERE c.admin_id = m.member_id AND c.status_id IN (2, 4))"
                              " FROM member m LEFT JOIN staff_state t ON t.member_id = m.member_id WHERE m.gubun IN (2, 3, 5) AND m.status = 1"
                              " ORDER BY online DESC, m.nickname, m.member_id LIMIT 500";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(ONLINE_ARGS(config, now_ms)));

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    *list_r = calloc(db_rows_count(rows) + 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < db_rows_count(rows); i++)
        read_look(rows, i, &(*list_r)[(*n_r)++]);
    db_rows_free(&rows);
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}
