/* agent_api: see agent_api.h. */
#include "cgi/agent_api.h"

#include <json-c/json.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/session_door.h"
#include "lib/chat/code.h"
#include "lib/chat/routing.h"
#include "lib/chat/session.h"

#define COUNTS_MAX 200

enum { S_ID, S_NAME };
const struct field agent_api_status_body[] = {
    [S_ID] = {"statusId", FIELD_CODE, false, 0, 0},
    [S_NAME] = {"status", FIELD_CODE, false, 0, 0},
    {0},
};

const struct field agent_api_counts_body[] = {
    {"", FIELD_LIST, true, 0, 0},
    {0},
};

void agent_api_statistics(struct request *q)
{
    struct session_counts counts;
    struct json_writer w;
    if (!answer_outcome(q, session_count(q->db, &counts), NULL))
        return;
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_int(&w, "waiting", counts.waiting);
    jw_int(&w, "active", counts.active);
    jw_int(&w, "completed", counts.completed);
    jw_int(&w, "totalMessages", counts.total_messages);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

void agent_api_status_code(struct request *q)
{
    struct json_writer w;
    bool is_active = strcmp(q->arg[0], "active") == 0;
    if (!is_active && strcmp(q->arg[0], "completed") != 0) {
        answer_refuse(q, 404, CODE_ABSENT, "There is nothing at this address.", NULL);
        return;
    }
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_int(&w, "statusId", is_active ? STATUS_ACTIVE : STATUS_COMPLETED);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

void agent_api_message_count(struct request *q)
{
    struct session s;
    struct json_writer w;
    if (!session_door_find(q, &s))
        return;
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_int(&w, "messageCount", s.message_count);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

/* Fills counts (one per id, -1: not for this reader). False: the answer stands. */
static bool count_messages(struct request *q, struct json_object *ids, size_t n, int32_t *counts)
{
    for (size_t i = 0; i < n; i++) {
        struct json_object *id = json_object_array_get_idx(ids, i);
        struct session s;
        struct refusal refusal = {0};
        if (!json_object_is_type(id, json_type_string)) {
            answer_refuse(q, 400, CODE_INPUT, "The body must be a list of session ids.", NULL);
            return false;
        }
        enum outcome outcome = session_find(q->db, &q->who, json_object_get_string(id), &s, &refusal);
        bool is_hidden = outcome == OUTCOME_REFUSED && refusal.status == 404;
        if (!is_hidden && !answer_outcome(q, outcome, &refusal))
            return false;
        counts[i] = is_hidden ? -1 : s.message_count;
    }
    return true;
}

void agent_api_message_counts(struct request *q)
{
    struct json_object *ids = q->form[0].json;
    int32_t counts[COUNTS_MAX];
    struct json_writer w;
    size_t n = json_object_array_length(ids);
    if (n > COUNTS_MAX) {
        answer_refuse(q, 422, CODE_INPUT, "At most 200 chats at once.", NULL);
        return;
    }
    if (!count_messages(q, ids, n, counts))
        return;
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    jw_object_key(&w, "messageCounts");
    for (size_t i = 0; i < n; i++) {
        const char *id = json_object_get_string(json_object_array_get_idx(ids, i));
        bool is_repeated = false;
        for (size_t k = 0; k < i; k++)
            is_repeated = is_repeated || strcmp(id, json_object_get_string(json_object_array_get_idx(ids, k))) == 0;
        if (counts[i] >= 0 && !is_repeated)
            jw_int(&w, id, counts[i]);
    }
    jw_object_end(&w);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

/* ---- steps ---- */

static void answer_step(struct request *q, enum outcome outcome, struct change *change, const struct refusal *refusal)
{
    if (session_door_changed(q, outcome, change, refusal))
        session_door_answer(q, 200, &change->session);
    change_clear(change);
}

void agent_api_accept(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    answer_step(q, routing_accept(q->db, q->config, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}

void agent_api_take_over(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    answer_step(q, session_take_over(q->db, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}

static void transfer(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    answer_step(q, session_transfer(q->db, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}

static void end_chat(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    answer_step(q, session_end(q->db, &q->who, q->arg[0], 0, &change, &refusal), &change, &refusal);
}

void agent_api_put_status(struct request *q)
{
    int field = q->form[S_ID].is_given ? S_ID : S_NAME;
    int32_t status_id;
    if (!session_door_code(q, GROUP_STATUS, &q->form[field], agent_api_status_body[field].name, &status_id))
        return;
    switch (status_id) {
    case STATUS_ACTIVE:
        agent_api_accept(q);
        break;
    case STATUS_COMPLETED:
        end_chat(q);
        break;
    case STATUS_WAITING:
        transfer(q);
        break;
    case 0:
        answer_refuse(q, 400, CODE_INPUT, "A field is missing.", "statusId");
        break;
    default: /* an absence happens, nobody sets it */
        answer_refuse(q, 422, CODE_INPUT, "This state can't be set.", agent_api_status_body[field].name);
    }
}
