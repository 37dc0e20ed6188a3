/* desk_api: see desk_api.h. */
#include "cgi/desk_api.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/base/json.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/code.h"

enum { S_STATE, S_REASON, S_REASON_ID };
const struct field desk_api_state_body[] = {
    [S_STATE] = {"state", FIELD_TEXT, true, 0, 20},
    [S_REASON] = {"reason", FIELD_CODE, false, 0, 0},
    [S_REASON_ID] = {"reasonId", FIELD_CODE, false, 0, 0},
    {0},
};
const struct field desk_api_limit_body[] = {
    {"chatsMax", FIELD_INT, false, 0, 10000},
    {0},
};
const struct field desk_page_body[] = {
    {"back", FIELD_TEXT, false, 0, 200},
    {0},
};

static int64_t member_of(const struct request *q)
{
    char *end;
    long long id = q->arg[0][0] >= '1' && q->arg[0][0] <= '9' ? strtoll(q->arg[0], &end, 10) : 0;
    return id > 0 && id <= JSON_MAX_INT && !*end ? id : 0;
}

static void answer_state(struct request *q, enum outcome outcome, const struct agent_state *state, const struct refusal *refusal)
{
    struct json_writer w;
    if (!answer_outcome(q, outcome, refusal))
        return;
    answer_envelope(q, 200, &w);
    agent_state_write_json(&w, "data", state, q->lang);
    answer_envelope_end(q, &w);
}

void desk_api_get(struct request *q)
{
    struct agent_state state;
    struct refusal refusal = {0};
    enum outcome outcome = code_refresh(q->db) ? agent_state_of(q->db, q->config, q->who.member_id, &state, &refusal) : OUTCOME_AWAY;
    answer_state(q, outcome, &state, &refusal);
}

/* What the body wishes. REFUSED: it names nothing that there is. */
static enum outcome read_wish(struct request *q, enum agent_presence *chosen_r, int32_t *reason_id_r, struct refusal *refusal_r)
{
    const struct value *reason = &q->form[q->form[S_REASON].is_given ? S_REASON : S_REASON_ID];
    struct code code = {0};
    if (!agent_presence_from_name(q->form[S_STATE].s, chosen_r))
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "state");
    if (!code_refresh(q->db))
        return OUTCOME_AWAY;
    if (reason->is_given && !code_resolve(GROUP_AWAY, reason->s, &code))
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "reason");
    *reason_id_r = code.code_id;
    return OUTCOME_DONE;
}

static void put_state(struct request *q, int64_t member_id)
{
    struct agent_state state;
    struct refusal refusal = {0};
    enum agent_presence chosen = AGENT_ONLINE;
    int32_t reason_id = 0;
    enum outcome outcome = read_wish(q, &chosen, &reason_id, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = agent_state_set(q->db, q->config, &q->who, member_id, chosen, reason_id, NULL, &state, &refusal);
    answer_state(q, outcome, &state, &refusal);
}

void desk_api_put(struct request *q) { put_state(q, q->who.member_id); }

void desk_api_put_other(struct request *q) { put_state(q, member_of(q)); }

void desk_api_put_limit(struct request *q)
{
    struct agent_state state;
    struct refusal refusal = {0};
    int32_t chats_max = q->form[0].is_given ? (int32_t)q->form[0].i : -1;
    enum outcome outcome = code_refresh(q->db)
                               ? agent_state_set_limit(q->db, q->config, &q->who, member_of(q), chats_max, &state, &refusal)
                               : OUTCOME_AWAY;
    answer_state(q, outcome, &state, &refusal);
}

void desk_api_active(struct request *q)
{
    if (answer_outcome(q, agent_state_active(q->db, q->who.member_id), NULL))
        answer_done(q);
}

void desk_api_list(struct request *q)
{
    struct agent_state *list = NULL;
    struct json_writer w;
    size_t n = 0;
    if (!answer_outcome(q, code_refresh(q->db) ? agent_state_list(q->db, q->config, &list, &n) : OUTCOME_AWAY, NULL))
        return;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        agent_state_write_json(&w, NULL, &list[i], q->lang);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    free(list);
}

/* ---- the top bar ---- */

/* One button, one choice: a state's name, or why one is away. */
static bool read_choice(const char *text, enum agent_presence *chosen_r, int32_t *reason_id_r)
{
    struct code code;
    *reason_id_r = 0;
    if (agent_presence_from_name(text, chosen_r))
        return true;
    if (!code_resolve(GROUP_AWAY, text, &code))
        return false;
    *chosen_r = AGENT_AWAY;
    *reason_id_r = code.code_id;
    return true;
}

/* Where the form leads back to: the lists, or the chat that was open. */
static bool is_console(const char *path)
{
    static const char chat[] = "/agent/chat/";
    return strncmp(path, chat, sizeof chat - 1) == 0 && uuid_is_valid(path + sizeof chat - 1);
}

void desk_page_choose(struct request *q)
{
    struct agent_state state;
    struct refusal refusal = {0};
    enum agent_presence chosen = AGENT_ONLINE;
    int32_t reason_id = 0;
    enum outcome outcome = OUTCOME_AWAY;
    if (code_refresh(q->db))
        outcome = read_choice(q->arg[0], &chosen, &reason_id)
                      ? agent_state_set(q->db, q->config, &q->who, q->who.member_id, chosen, reason_id, NULL, &state, &refusal)
                      : refuse_field(&refusal, 422, CODE_INPUT, "There is no such choice.", NULL);
    if (answer_outcome(q, outcome, &refusal))
        answer_redirect(q, is_console(q->form[0].s) ? q->form[0].s : "/agent");
}

static void add_choice(struct json_object *choices, const char *value, const char *label, bool is_reason, bool is_current)
{
    struct json_object *o = json_object_new_object();
    page_str(o, "value", value);
    page_str(o, "label", label);
    page_bool(o, "isReason", is_reason);
    page_bool(o, "current", is_current);
    page_push(choices, o);
}

static struct json_object *desk_choices(struct request *q, const struct agent_state *state)
{
    static const enum agent_presence plain[] = {AGENT_ONLINE, AGENT_NO_NEW_CHATS, AGENT_OFFLINE};
    struct json_object *choices = json_object_new_array();
    struct code *reasons = NULL;
    size_t n = code_list(GROUP_AWAY, &reasons);
    for (size_t i = 0; i < 2; i++)
        add_choice(choices, agent_presence_name(plain[i]), answer_text(q, agent_presence_text(plain[i])), false, state->chosen == plain[i]);
    for (size_t i = 0; i < n; i++) {
        struct buf label = BUF_INIT;
        if (reasons[i].code_id == AWAY_IDLE)
            continue; /* nobody chooses that */
        buf_printf(&label, "%s: %s", answer_text(q, agent_presence_text(AGENT_AWAY)), reasons[i].name[q->lang]);
        add_choice(choices, reasons[i].code, buf_str(&label), true, state->chosen == AGENT_AWAY && state->reason_id == reasons[i].code_id);
        buf_free(&label);
    }
    free(reasons);
    add_choice(choices, agent_presence_name(plain[2]), answer_text(q, agent_presence_text(plain[2])), false, state->chosen == plain[2]);
    return choices;
}

/* "3/8", or "3" where there is no limit. */
static void put_load(struct json_object *desk, const struct agent_state *state)
{
    struct buf load = BUF_INIT;
    buf_printf(&load, "%d", state->chats);
    if (state->chats_max)
        buf_printf(&load, "/%d", state->chats_max);
    page_str(desk, "load", buf_str(&load));
    page_int(desk, "max", state->chats_max);
    buf_free(&load);
}

bool desk_page_fill(struct request *q, struct json_object *data)
{
    struct agent_state state;
    struct refusal refusal = {0};
    char reason[401];
    if (!answer_outcome(q, code_refresh(q->db) ? agent_state_of(q->db, q->config, q->who.member_id, &state, &refusal) : OUTCOME_AWAY, &refusal))
        return false;
    struct json_object *desk = json_object_new_object();
    if (state.state == AGENT_OFFLINE && state.chosen != AGENT_OFFLINE)
        state.state = state.chosen; /* who reads this is here: the clock has not seen it yet */
    page_str(desk, "state", agent_presence_name(state.state));
    page_bool(desk, "isFree", state.state == AGENT_ONLINE);
    page_str(desk, "text", answer_text(q, agent_presence_text(state.state)));
    code_name(state.reason_id, q->lang, reason, sizeof reason);
    page_str(desk, "reason", state.state == AGENT_AWAY && state.reason_id ? reason : NULL);
    put_load(desk, &state);
    page_put(desk, "choices", desk_choices(q, &state));
    page_put(data, "desk", desk);
    return true;
}
