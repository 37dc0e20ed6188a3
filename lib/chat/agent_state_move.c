/* agent_state_move: changes of state, each a transaction under the lock of the member's row. Who holds a chat's row may lock this one, never the other way
 * round, and nobody locks two of these. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/agent_state_priv.h"
#include "lib/chat/audit.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/online.h"
#include "lib/base/utf8.h"

#define IS_ONLINE "(m.gubun IN (2, 3, 5) AND m.status = 1 AND " ONLINE_IS ")"
#define NOTE_POINTS 100
#define CLOCK_ID 1 /* the system's member */

struct desk { /* an agent_state row */
    enum agent_presence chosen, state;
    int32_t reason_id, chats_max; /* chats_max -1: as configured */
    int64_t active_ms, since_ms, version; /* version 0: there is no row yet */
    char note[AGENT_NOTE_SIZE];
};

struct move {
    const struct config *config;
    int64_t member_id, by_id, now_ms;
    bool is_audited;
    bool is_choice, is_limit; /* what is asked for; neither: look again, unless the row is newer than version */
    enum agent_presence chosen;
    int32_t reason_id, chats_max;
    const char *note;
    int64_t version;
};

static const struct desk no_desk = {.chosen = AGENT_ONLINE, .state = AGENT_OFFLINE, .chats_max = -1, .active_ms = -1, .since_ms = -1};

static void read_desk(const struct db_rows *rows, size_t row, unsigned col, struct desk *d)
{
    const char *chosen = db_cell(rows, row, col, NULL), *state = db_cell(rows, row, col + 1, NULL);

    *d = no_desk;
    if (!chosen || !state)
        return;
    agent_presence_from_name(chosen, &d->chosen);
    agent_presence_from_name(state, &d->state);
    d->reason_id = (int32_t)db_cell_int(rows, row, col + 2);
    d->active_ms = db_cell_time(rows, row, col + 3);
    d->version = db_cell_int(rows, row, col + 4);
    d->chats_max = db_cell_is_null(rows, row, col + 5) ? -1 : (int32_t)db_cell_int(rows, row, col + 5);
    d->since_ms = db_cell_time(rows, row, col + 6);
    snprintf(d->note, sizeof d->note, "%s", db_cell(rows, row, col + 7, NULL));
}
#define DESK_COLUMNS "a.chosen, a.state, a.reason_id, a.active, a.version, a.chats_max, a.since, a.note"

/* What holds of who chose so. A sign of the person is a sign of being here, whatever they use. */
static enum agent_presence presence_of(const struct config *config, const struct desk *d, bool is_online, int64_t now_ms)
{
    bool is_here = is_online || (d->active_ms >= 0 && now_ms - d->active_ms < ONLINE_USED_MS);
    bool is_idle = config->agent_idle && d->active_ms >= 0 && now_ms - d->active_ms >= config->agent_idle;

    if (!is_here)
        return AGENT_OFFLINE;
    return is_idle && (d->chosen == AGENT_ONLINE || d->chosen == AGENT_NO_NEW_CHATS) ? AGENT_AWAY : d->chosen;
}

static bool lock_desk(struct db *db, int64_t member_id, struct desk *d_r)
{
    struct db_rows *rows = db_query(db, "SELECT " DESK_COLUMNS " FROM agent_state a WHERE a.member_id = ? FOR UPDATE", DB_ARGS(db_int(member_id)));

    if (!rows)
        return false;
    *d_r = no_desk;
    if (db_rows_count(rows) == 1)
        read_desk(rows, 0, 0, d_r);
    db_rows_free(&rows);
    return true;
}

static bool is_member_online(struct db *db, const struct config *config, int64_t member_id, int64_t now_ms, bool *online_r)
{
    struct db_rows *rows = db_query(db, "SELECT 1 FROM member m WHERE m.member_id = ? AND " IS_ONLINE, DB_ARGS(db_int(member_id), ONLINE_ARGS(config, now_ms)));

    if (!rows)
        return false;
    *online_r = db_rows_count(rows) == 1;
    db_rows_free(&rows);
    return true;
}

static bool store_desk(struct db *db, int64_t member_id, const struct desk *d)
{
    const struct db_arg limit = d->chats_max < 0 ? db_null() : db_int(d->chats_max);

    if (!d->version)
        return db_exec(db, "INSERT INTO agent_state (member_id, chosen, state, reason_id, since, active, chats_max, note) VALUES (?,?,?,?,?,?,?,?)",
                       DB_ARGS(db_int(member_id), db_text(agent_presence_name(d->chosen)), db_text(agent_presence_name(d->state)), db_id(d->reason_id),
                               db_time(d->since_ms), db_time(d->active_ms), limit, db_text(d->note)),
                       NULL);
    return db_exec(db, "UPDATE agent_state SET chosen=?, state=?, reason_id=?, since=?, active=?, chats_max=?, note=?, version=version+1 WHERE member_id=?",
                   DB_ARGS(db_text(agent_presence_name(d->chosen)), db_text(agent_presence_name(d->state)), db_id(d->reason_id), db_time(d->since_ms),
                           db_time(d->active_ms), limit, db_text(d->note), db_int(member_id)),
                   NULL);
}

/* The stretch that ends, and the one that begins. */
static bool log_stretch(struct db *db, const struct move *m, const struct desk *d)
{
    return db_exec(db, "UPDATE agent_state_log SET end_time = ? WHERE member_id = ? AND end_time IS NULL", DB_ARGS(db_time(m->now_ms), db_int(m->member_id)), NULL) &&
           db_exec(db, "INSERT INTO agent_state_log (member_id, state, reason_id, start_time, by_id) VALUES (?,?,?,?,?)",
                   DB_ARGS(db_int(m->member_id), db_text(agent_presence_name(d->state)), db_id(agent_state_shown_reason(d->state, d->chosen, d->reason_id)),
                           db_time(m->now_ms), db_int(m->by_id)),
                   NULL);
}

/* As the board says them. */
static const char *const words[AGENT_PRESENCE_TOTAL] = {
    [AGENT_ONLINE] = "here", [AGENT_AWAY] = "away", [AGENT_NO_NEW_CHATS] = "no-new", [AGENT_OFFLINE] = "off-duty"};

static bool audit(struct db *db, const struct move *m, const struct desk *before, const struct desk *after)
{
    char target[64], detail[AGENT_NOTE_SIZE + 64];

    if (!m->is_audited)
        return true;
    snprintf(target, sizeof target, "member %lld", (long long)m->member_id);
    if (m->is_limit) {
        snprintf(detail, sizeof detail, "%d -> %d", before->chats_max, after->chats_max);
        return audit_add(db, m->by_id, "agent.limit", target, detail);
    }
    snprintf(detail, sizeof detail, "%s -> %s%s%s", words[before->chosen], words[after->chosen], *after->note ? ", " : "", after->note);
    return audit_add(db, m->by_id, "agent.state", target, detail);
}

static void take_wish(const struct move *m, struct desk *d)
{
    if (m->is_choice) {
        d->chosen = m->chosen;
        d->reason_id = m->chosen == AGENT_AWAY ? m->reason_id : 0;
        snprintf(d->note, sizeof d->note, "%s", m->note);
    }
    if (m->is_limit)
        d->chats_max = m->chats_max;
    if (m->by_id == m->member_id || d->active_ms < 0)
        d->active_ms = m->now_ms;
}

static enum outcome move_once(struct db *db, const struct move *m)
{
    struct desk before, after;
    bool is_online, is_wish = m->is_choice || m->is_limit, is_moved;

    if (!db_begin(db) || !lock_desk(db, m->member_id, &before) || !is_member_online(db, m->config, m->member_id, m->now_ms, &is_online))
        return OUTCOME_AWAY;
    if (!is_wish && before.version != m->version)
        return OUTCOME_SAME;
    after = before;
    take_wish(m, &after);
    /* A first state is that of somebody who just came: a limit set before that makes nobody online. */
    after.state = before.version || is_online || m->by_id == m->member_id ? presence_of(m->config, &after, is_online || m->by_id == m->member_id, m->now_ms)
                                                                          : AGENT_OFFLINE;
    is_moved = !before.version || after.state != before.state ||
               agent_state_shown_reason(after.state, after.chosen, after.reason_id) != agent_state_shown_reason(before.state, before.chosen, before.reason_id);
    if (!is_moved && after.chosen == before.chosen && after.reason_id == before.reason_id && after.chats_max == before.chats_max &&
        strcmp(after.note, before.note) == 0)
        return OUTCOME_SAME;
    if (is_moved)
        after.since_ms = m->now_ms;
    if (!store_desk(db, m->member_id, &after) || (is_moved && !log_stretch(db, m, &after)) || (is_wish && !audit(db, m, &before, &after)))
        return OUTCOME_AWAY;
    return db_commit(db) ? OUTCOME_DONE : db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

static enum outcome move(struct db *db, const struct move *m)
{
    for (int tries = 1;; tries++) {
        enum outcome outcome = move_once(db, m);
        bool is_worth_it = outcome == OUTCOME_AWAY && (db_last_error(db) == DB_BUSY || db_last_error(db) == DB_DUPLICATE); /* the first row: two at once */

        if (db_in_transaction(db))
            db_rollback(db);
        if (!is_worth_it || tries == DB_TRIES)
            return outcome;
    }
}

/* ---- wishes ---- */

static enum outcome check(const struct principal *who, int64_t member_id, struct refusal *refusal_r)
{
    if (!role_is_staff(who->role) || (member_id != who->member_id && !role_is_chief(who->role)))
        return refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
    return OUTCOME_DONE;
}

static enum outcome check_reason(struct db *db, enum agent_presence chosen, int32_t reason_id, struct refusal *refusal_r)
{
    struct code code;

    if (!reason_id)
        return OUTCOME_DONE;
    if (!code_refresh(db))
        return OUTCOME_AWAY;
    if (chosen != AGENT_AWAY || reason_id == AWAY_IDLE || !code_by_id(reason_id, &code) || strcmp(code.gcode, GROUP_AWAY) != 0 || !code.is_used)
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "reason");
    return OUTCOME_DONE;
}

static enum outcome check_note(const char *note, struct refusal *refusal_r)
{
    size_t n = strlen(note);

    for (const char *p = note; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return refuse_field(refusal_r, 422, CODE_INPUT, "The text holds control characters.", "reason");
    if (!utf8_is_valid(note, n) || utf8_count(note, n) > NOTE_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The text is longer than 100 characters.", "reason");
    return OUTCOME_DONE;
}

static enum outcome wish(struct db *db, struct move *m, const struct principal *who, struct agent_state *state_r, struct refusal *refusal_r)
{
    enum outcome outcome = agent_state_of(db, m->config, m->member_id, state_r, refusal_r), read;

    if (outcome != OUTCOME_DONE)
        return outcome;
    m->by_id = who->member_id;
    m->now_ms = clock_wall_ms();
    m->is_audited = who->member_id != m->member_id || m->is_limit;
    outcome = move(db, m);
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_SAME)
        return outcome;
    read = agent_state_of(db, m->config, m->member_id, state_r, refusal_r);
    return read == OUTCOME_DONE ? outcome : read;
}

enum outcome agent_state_set(struct db *db, const struct config *config, const struct principal *who, int64_t member_id, enum agent_presence chosen,
                             int32_t reason_id, const char *note, struct agent_state *state_r, struct refusal *refusal_r)
{
    struct move m = {.config = config, .member_id = member_id, .is_choice = true, .chosen = chosen, .reason_id = reason_id, .note = note ? note : ""};
    enum outcome outcome = check(who, member_id, refusal_r);

    if (outcome == OUTCOME_DONE)
        outcome = check_reason(db, chosen, reason_id, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = check_note(m.note, refusal_r);
    return outcome == OUTCOME_DONE ? wish(db, &m, who, state_r, refusal_r) : outcome;
}

enum outcome agent_state_set_limit(struct db *db, const struct config *config, const struct principal *who, int64_t member_id, int32_t chats_max,
                                   struct agent_state *state_r, struct refusal *refusal_r)
{
    struct move m = {.config = config, .member_id = member_id, .is_limit = true, .chats_max = chats_max < 0 ? -1 : chats_max};

    if (!role_is_chief(who->role))
        return refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
    if (chats_max > 10000)
        return refuse_field(refusal_r, 422, CODE_INPUT, "This number is too large.", "chatsMax");
    return wish(db, &m, who, state_r, refusal_r);
}

enum outcome agent_state_active(struct db *db, int64_t member_id)
{
    return db_exec(db, "UPDATE agent_state SET active = ? WHERE member_id = ?", DB_ARGS(db_time(clock_wall_ms()), db_int(member_id)), NULL) ? OUTCOME_DONE
                                                                                                                                         : OUTCOME_AWAY;
}

/* ---- the clock ---- */

enum outcome agent_state_settle(struct db *db, const struct config *config, int64_t now_ms, unsigned *changed_r)
{
    struct db_rows *rows = db_query(db, "SELECT m.member_id, " IS_ONLINE ", " DESK_COLUMNS " FROM member m LEFT JOIN agent_state a ON a.member_id = m.member_id"
                                        " WHERE m.gubun IN (2, 3, 5)", DB_ARGS(ONLINE_ARGS(config, now_ms)));
    size_t n = db_rows_count(rows);
    enum outcome outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;

    *changed_r = 0;
    for (size_t i = 0; i < n && outcome != OUTCOME_AWAY; i++) {
        struct move m = {.config = config, .member_id = db_cell_int(rows, i, 0), .by_id = CLOCK_ID, .now_ms = now_ms};
        bool is_online = db_cell_int(rows, i, 1) != 0;
        struct desk d;

        read_desk(rows, i, 2, &d);
        if (d.version ? presence_of(config, &d, is_online, now_ms) == d.state : !is_online)
            continue;
        m.version = d.version;
        outcome = move(db, &m);
        *changed_r += outcome == OUTCOME_DONE;
    }
    db_rows_free(&rows);
    return outcome == OUTCOME_AWAY ? OUTCOME_AWAY : OUTCOME_DONE;
}
