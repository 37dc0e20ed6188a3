/* routing_api: see routing_api.h. */
#include "cgi/routing_api.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "lib/base/json.h"
#include "lib/chat/code.h"
#include "lib/chat/routing.h"

enum { R_MODE, R_PRIORITY };
const struct field routing_api_body[] = {
    [R_MODE] = {"mode", FIELD_TEXT, false, 0, 20},
    [R_PRIORITY] = {"priority", FIELD_INT, false, -1000000, 1000000},
    {0},
};

/* {categoryId, categoryName, mode (null: as configured), priority} */
static void write_rule(struct request *q, struct json_writer *w, const char *key, const struct routing_rule *rule)
{
    char name[401];
    code_name(rule->category_id, q->lang, name, sizeof name);
    if (key)
        jw_object_key(w, key);
    else
        jw_object(w);
    jw_int(w, "categoryId", rule->category_id);
    jw_str(w, "categoryName", name);
    jw_str(w, "mode", rule->mode == ROUTING_MODE_TOTAL ? NULL : routing_mode_name(rule->mode));
    jw_int(w, "priority", rule->priority);
    jw_object_end(w);
}

void routing_api_list(struct request *q)
{
    struct routing_rule *list = NULL;
    struct json_writer w;
    size_t n = 0;
    if (!answer_outcome(q, code_refresh(q->db) ? routing_rules(q->db, &list, &n) : OUTCOME_AWAY, NULL))
        return;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        write_rule(q, &w, NULL, &list[i]);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    free(list);
}

static enum outcome set_rule(struct request *q, struct routing_rule *rule, struct refusal *refusal_r)
{
    struct code topic;
    if (!code_refresh(q->db))
        return OUTCOME_AWAY;
    if (!code_resolve(GROUP_CATEGORY, q->arg[0], &topic))
        return refuse(refusal_r, 404, CODE_ABSENT, "There is no such topic.");
    if (q->form[R_MODE].is_given && !routing_mode_from_name(q->form[R_MODE].s, &rule->mode))
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "mode");
    rule->category_id = topic.code_id;
    return routing_set_rule(q->db, &q->who, rule, refusal_r);
}

void routing_api_put(struct request *q)
{
    struct routing_rule rule = {.mode = ROUTING_MODE_TOTAL, .priority = (int32_t)q->form[R_PRIORITY].i};
    struct refusal refusal = {0};
    struct json_writer w;
    if (!answer_outcome(q, set_rule(q, &rule, &refusal), &refusal))
        return;
    answer_envelope(q, 200, &w);
    write_rule(q, &w, "data", &rule);
    answer_envelope_end(q, &w);
}
