/* agent_state: reading and writing out; agent_state_move.c changes. */
#include "lib/chat/agent_state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/chat/agent_state_priv.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

static const char *const names[AGENT_PRESENCE_TOTAL] = {
    [AGENT_ONLINE] = "ONLINE", [AGENT_AWAY] = "AWAY", [AGENT_NO_NEW_CHATS] = "NO_NEW_CHATS", [AGENT_OFFLINE] = "OFFLINE"};
static const char *const texts[AGENT_PRESENCE_TOTAL] = {
    [AGENT_ONLINE] = "Taking chats", [AGENT_AWAY] = "Away", [AGENT_NO_NEW_CHATS] = "No new chats", [AGENT_OFFLINE] = "Off duty"};

const char *agent_presence_name(enum agent_presence presence)
{
    return names[presence];
}

const char *agent_presence_text(enum agent_presence presence)
{
    return texts[presence];
}

bool agent_presence_from_name(const char *name, enum agent_presence *presence_r)
{
    for (int i = 0; i < AGENT_PRESENCE_TOTAL; i++)
        if (strcmp(names[i], name) == 0) {
            *presence_r = (enum agent_presence)i;
            return true;
        }
    return false;
}

/* ---- rows ---- */

int32_t agent_state_shown_reason(enum agent_presence state, enum agent_presence chosen, int32_t reason_id)
{
    return state != AGENT_AWAY ? 0 : chosen == AGENT_AWAY ? reason_id : AWAY_IDLE;
}

#define COLUMNS "m.member_id, m.nickname, m.gubun, a.chosen, a.state, a.reason_id, a.since, a.version, a.chats_max, a.note"
#define CHATS ", (SELECT COUNT(*) FROM chat_session s WHERE s.admin_id = m.member_id AND s.status_id IN (2, 4))"
#define FROM " FROM member m LEFT JOIN agent_state a ON a.member_id = m.member_id"

static void read_row(const struct config *config, const struct db_rows *rows, size_t row, struct agent_state *a)
{
    const char *chosen = db_cell(rows, row, 3, NULL), *state = db_cell(rows, row, 4, NULL);

    *a = (struct agent_state){.member_id = db_cell_int(rows, row, 0), .role = role_from_gubun((int)db_cell_int(rows, row, 2))};
    snprintf(a->nickname, sizeof a->nickname, "%s", db_cell(rows, row, 1, NULL));
    if (!chosen || !agent_presence_from_name(chosen, &a->chosen))
        a->chosen = AGENT_ONLINE;
    if (!state || !agent_presence_from_name(state, &a->state))
        a->state = AGENT_ONLINE;
    a->reason_id = agent_state_shown_reason(a->state, a->chosen, (int32_t)db_cell_int(rows, row, 5));
    a->since_ms = db_cell_time(rows, row, 6);
    a->version = db_cell_int(rows, row, 7);
    a->own_max = db_cell_is_null(rows, row, 8) ? -1 : (int32_t)db_cell_int(rows, row, 8);
    if (config) {
        a->chats_max = a->own_max < 0 ? (int32_t)config->chats_max : a->own_max;
        a->chats = (int32_t)db_cell_int(rows, row, 10);
    }
    snprintf(a->note, sizeof a->note, "%s", db_cell_is_null(rows, row, 9) ? "" : db_cell(rows, row, 9, NULL));
}

enum outcome agent_state_of(struct db *db, const struct config *config, int64_t member_id, struct agent_state *state_r, struct refusal *refusal_r)
{
    struct db_rows *rows = db_query(db, "SELECT " COLUMNS CHATS FROM " WHERE m.member_id = ? AND m.gubun IN (2, 3, 5) AND m.status = 1", DB_ARGS(db_int(member_id)));
    bool is_found = db_rows_count(rows) == 1;

    if (!rows)
        return OUTCOME_AWAY;
    if (is_found)
        read_row(config, rows, 0, state_r);
    db_rows_free(&rows);
    return is_found ? OUTCOME_DONE : refuse(refusal_r, 404, CODE_ABSENT, "There is no such member.");
}

static enum outcome take_list(const struct config *config, struct db_rows *rows, struct agent_state **list_r, size_t *n_r)
{
    size_t n = db_rows_count(rows);

    *list_r = rows ? calloc(n + 1, sizeof **list_r) : NULL;
    *n_r = *list_r ? n : 0;
    for (size_t i = 0; i < *n_r; i++)
        read_row(config, rows, i, &(*list_r)[i]);
    db_rows_free(&rows);
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* Who never had a state was never here: they are shown as off duty. */
enum outcome agent_state_list(struct db *db, const struct config *config, struct agent_state **list_r, size_t *n_r)
{
    enum outcome outcome = take_list(config,
                                     db_query(db, "SELECT " COLUMNS CHATS FROM " WHERE m.gubun IN (2, 3, 5) AND m.status = 1 ORDER BY m.nickname, m.member_id",
                                              NULL, 0),
                                     list_r, n_r);

    for (size_t i = 0; i < *n_r; i++)
        if (!(*list_r)[i].version)
            (*list_r)[i].state = AGENT_OFFLINE;
    return outcome;
}

enum outcome agent_state_versions(struct db *db, struct agent_state **list_r, size_t *n_r)
{
    return take_list(NULL, db_query(db, "SELECT " COLUMNS " FROM agent_state a JOIN member m ON m.member_id = a.member_id", NULL, 0), list_r, n_r);
}

/* ---- writing ---- */

static void write_state(struct json_writer *w, const struct agent_state *a)
{
    jw_int(w, "memberId", a->member_id);
    jw_str(w, "nickname", a->nickname);
    jw_str(w, "state", names[a->state]);
}

static void write_reason(struct json_writer *w, const struct agent_state *a)
{
    struct code code = {0};

    if (a->reason_id)
        jw_int(w, "reasonId", a->reason_id);
    else
        jw_null(w, "reasonId");
    jw_str(w, "reason", a->reason_id && code_by_id(a->reason_id, &code) ? code.code : NULL);
}

void agent_state_write_json(struct json_writer *w, const char *key, const struct agent_state *a, enum lang lang)
{
    char reason[401];

    if (key)
        jw_object_key(w, key);
    else
        jw_object(w);
    write_state(w, a);
    jw_str(w, "chosen", names[a->chosen]);
    write_reason(w, a);
    code_name(a->reason_id, lang, reason, sizeof reason);
    jw_str(w, "reasonName", a->reason_id ? reason : NULL);
    jw_time(w, "since", a->since_ms);
    jw_int(w, "chats", a->chats);
    if (a->chats_max)
        jw_int(w, "chatsMax", a->chats_max);
    else
        jw_null(w, "chatsMax");
    jw_object_end(w);
}

void agent_state_write_news(struct json_writer *w, const struct agent_state *a)
{
    jw_object(w);
    jw_str(w, "kind", "STAFF");
    write_state(w, a);
    write_reason(w, a);
    jw_time(w, "since", a->since_ms);
    jw_object_end(w);
}
