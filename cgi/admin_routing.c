/* admin_routing: see admin_routing.h. */
#include "cgi/admin_routing.h"

#include <stdio.h>
#include <string.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/routing.h"

enum { R_MODE, R_PRIORITY };
const struct field admin_routing_body[] = {
    [R_MODE] = {"mode", FIELD_TEXT, false, 0, 0},
    [R_PRIORITY] = {"priority", FIELD_TEXT, false, 0, 0},
    {0},
};

const struct field admin_routing_limit_body[] = {{"chatsMax", FIELD_TEXT, false, 0, 0}, {0}};

/* ---- topics ---- */

static const char *const labels[ROUTING_MODE_TOTAL] = {
    [ROUTING_PULL] = N_("Nobody: agents take chats themselves"),
    [ROUTING_LEAST_BUSY] = N_("Who has the fewest chats"),
    [ROUTING_ROUND_ROBIN] = N_("In turn"),
    [ROUTING_LAST_AGENT] = N_("Who served the customer last"),
};

static const struct routing_look *look_of(const struct routing_look *list, size_t n, int32_t category_id)
{
    static const struct routing_look none = {.rule = {.mode = ROUTING_MODE_TOTAL}};
    for (size_t i = 0; i < n; i++)
        if (list[i].rule.category_id == category_id)
            return &list[i];
    return &none;
}

bool admin_routing_load(struct request *q, struct routing_look **list_r, size_t *n_r)
{
    return answer_outcome(q, routing_looks(q->db, q->config, list_r, n_r), NULL);
}

void admin_routing_put_row(const struct request *q, struct json_object *row, const struct routing_look *list, size_t n, int32_t category_id)
{
    const struct routing_look *look = look_of(list, n, category_id);
    page_str(row, "offering", answer_text(q, labels[look->rule.mode == ROUTING_MODE_TOTAL ? look->otherwise : look->rule.mode]));
    page_int(row, "priority", look->rule.priority);
}

static struct json_object *mode_choice(const char *value, const char *label, const char *chosen)
{
    struct json_object *row = json_object_new_object();
    page_str(row, "value", value);
    page_str(row, "label", label);
    page_bool(row, "selected", strcmp(value, chosen) == 0);
    return row;
}

void admin_routing_put_form(const struct request *q, struct json_object *data, const struct routing_look *list, size_t n, int32_t category_id, bool is_typed)
{
    const struct routing_look *look = look_of(list, n, category_id);
    const char *chosen = is_typed ? q->form[R_MODE].s : look->rule.mode == ROUTING_MODE_TOTAL ? "" : routing_mode_name(look->rule.mode);
    struct json_object *modes = json_object_new_array();
    char priority[16];
    for (int i = 0; i < ROUTING_MODE_TOTAL; i++)
        page_push(modes, mode_choice(routing_mode_name((enum routing_mode)i), answer_text(q, labels[i]), chosen));
    snprintf(priority, sizeof priority, "%d", (int)look->rule.priority);
    page_put(data, "modes", modes);
    page_bool(data, "isPreset", !*chosen);
    page_str(data, "preset", answer_text(q, labels[look->otherwise]));
    page_str(data, "priority", is_typed ? q->form[R_PRIORITY].s : priority);
}

enum outcome admin_routing_set(struct request *q, int32_t category_id, struct refusal *refusal_r)
{
    struct routing_rule rule = {.category_id = category_id, .mode = ROUTING_MODE_TOTAL};
    if (q->form[R_MODE].len > 0 && !routing_mode_from_name(q->form[R_MODE].s, &rule.mode))
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "mode");
    if (!admin_frame_number(q->form[R_PRIORITY].s, &rule.priority))
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not a whole number.", "priority");
    return routing_set_rule(q->db, &q->who, &rule, refusal_r);
}

/* ---- members ---- */

bool admin_routing_put_limit(struct request *q, struct json_object *data, int64_t member_id, bool is_typed)
{
    struct agent_state state;
    struct refusal refusal = {0};
    struct json_object *limit;
    char own[16] = "";
    if (!answer_outcome(q, agent_state_of(q->db, q->config, member_id, &state, &refusal), &refusal))
        return false;
    if (state.own_max >= 0)
        snprintf(own, sizeof own, "%d", (int)state.own_max);
    limit = json_object_new_object();
    page_str(limit, "value", is_typed ? q->form[0].s : own);
    page_int(limit, "preset", q->config->chats_max);
    page_put(data, "limit", limit);
    return true;
}

enum outcome admin_routing_set_limit(struct request *q, int64_t member_id, struct refusal *refusal_r)
{
    struct agent_state state;
    int32_t chats_max = -1;
    if (q->form[0].len > 0 && (!admin_frame_number(q->form[0].s, &chats_max) || chats_max < 0))
        return refuse_field(refusal_r, 422, CODE_INPUT, "This is not a whole number.", "chatsMax");
    return code_refresh(q->db) ? agent_state_set_limit(q->db, q->config, &q->who, member_id, chats_max, &state, refusal_r) : OUTCOME_AWAY;
}
