/* session_api: see session_api.h. */
#include "cgi/session_api.h"

#include <string.h>

#include "cgi/answer.h"
#include "cgi/session_door.h"
#include "lib/chat/code.h"
#include "lib/chat/entry.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

enum { A_CATEGORY, A_TITLE, A_FIELD1, A_FIELD2, A_CONSENT, A_OFFLINE, A_MESSAGE, A_EMAIL };
const struct field session_api_request_body[] = {
    [A_CATEGORY] = {"categoryId", FIELD_CODE, true, 0, 0},
    [A_TITLE] = {"title", FIELD_TEXT, false, 0, 0},
    [A_FIELD1] = {"field1", FIELD_TEXT, false, 0, 0},
    [A_FIELD2] = {"field2", FIELD_TEXT, false, 0, 0},
    [A_CONSENT] = {"consentVersion", FIELD_INT, false, 0, 2147483647},
    [A_OFFLINE] = {"offline", FIELD_BOOL, false, 0, 0},
    [A_MESSAGE] = {"message", FIELD_TEXT, false, 0, 0},
    [A_EMAIL] = {"email", FIELD_TEXT, false, 0, 0},
    {0},
};
const struct field session_api_popup_body[] = {
    [A_CATEGORY] = {"category", FIELD_CODE, true, 0, 0},
    [A_TITLE] = {"title", FIELD_TEXT, false, 0, 0},
    [A_FIELD1] = {"field1", FIELD_TEXT, false, 0, 0},
    [A_FIELD2] = {"field2", FIELD_TEXT, false, 0, 0},
    [A_CONSENT] = {"consentVersion", FIELD_INT, false, 0, 2147483647},
    [A_OFFLINE] = {"offline", FIELD_BOOL, false, 0, 0},
    [A_MESSAGE] = {"message", FIELD_TEXT, false, 0, 0},
    [A_EMAIL] = {"email", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { P_STATE, P_REASON, P_GRACE };
const struct field session_api_presence_body[] = {
    [P_STATE] = {"state", FIELD_TEXT, true, 0, 20},
    [P_REASON] = {"reason", FIELD_CODE, false, 0, 0},
    [P_GRACE] = {"graceSeconds", FIELD_INT, false, 0, 86400},
    {0},
};

enum { D_REASON, D_GRACE };
const struct field session_api_disconnect_body[] = {
    [D_REASON] = {"disconnectReasonId", FIELD_CODE, false, 0, 0},
    [D_GRACE] = {"graceMinutes", FIELD_INT, false, 0, 1440},
    {0},
};

enum { E_REASON_ID, E_REASON };
const struct field session_api_end_body[] = {
    [E_REASON_ID] = {"exitReasonId", FIELD_CODE, false, 0, 0},
    [E_REASON] = {"exitReason", FIELD_CODE, false, 0, 0},
    {0},
};

/* Answers with the session as a step left it. */
static void answer_step(struct request *q, enum outcome outcome, struct change *change, const struct refusal *refusal, int done_status)
{
    if (session_door_changed(q, outcome, change, refusal))
        session_door_answer(q, outcome == OUTCOME_DONE ? done_status : 200, &change->session);
    change_clear(change);
}

static void request_chat(struct request *q, const char *field)
{
    int32_t category_id;
    struct change change;
    struct refusal refusal = {0};
    if (!session_door_code(q, GROUP_CATEGORY, &q->form[A_CATEGORY], field, &category_id))
        return;
    change_init(&change);
    const struct entry_given given = {.category_id = category_id, .title = q->form[A_TITLE].is_given ? q->form[A_TITLE].s : NULL,
                                      .fields = {q->form[A_FIELD1].s, q->form[A_FIELD2].s}, .consent_version = (int32_t)q->form[A_CONSENT].i,
                                      .wants_offline = q->form[A_OFFLINE].i != 0, .message = q->form[A_MESSAGE].s, .email = q->form[A_EMAIL].s, .lang = q->lang};
    enum outcome outcome = entry_request(q->db, q->config, &q->who, &given, &change, &refusal);
    answer_step(q, outcome, &change, &refusal, 201);
}

void session_api_request(struct request *q) { request_chat(q, "categoryId"); }

void session_api_popup(struct request *q) { request_chat(q, "category"); }

void session_api_reopen(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    enum outcome outcome = entry_reopen(q->db, q->config, &q->who, q->arg[0], q->lang, &change, &refusal);
    answer_step(q, outcome, &change, &refusal, 201);
}

void session_api_resumable(struct request *q)
{
    struct session s;
    struct refusal refusal = {0};
    struct json_writer w;
    enum outcome outcome = session_find_open(q->db, q->who.member_id, &s, &refusal);
    bool is_none = outcome == OUTCOME_REFUSED && refusal.status == 404;
    if (!is_none && !answer_outcome(q, outcome, &refusal))
        return;
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    if (!is_none)
        wire_session(&w, NULL, &s, q->lang, role_is_staff(q->who.role));
    jw_array_end(&w);
    answer_envelope_end(q, &w);
}

void session_api_get(struct request *q)
{
    struct session s;
    struct json_writer w;
    int64_t place = 0, estimate_s = -1;
    if (!session_door_find(q, &s))
        return;
    session_door_touch(q, &s);
    if (s.status_id == STATUS_WAITING && !answer_outcome(q, session_queue_place(q->db, &s, &place, &estimate_s), NULL))
        return;
    answer_envelope(q, 200, &w);
    wire_session(&w, "data", &s, q->lang, role_is_staff(q->who.role));
    if (place > 0)
        wire_queue(&w, "queue", place, estimate_s);
    answer_envelope_end(q, &w);
}

static void go_away(struct request *q, int32_t reason_id, int64_t grace_ms)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    enum outcome outcome = session_away(q->db, q->config, &q->who, q->arg[0], reason_id, grace_ms, &change, &refusal);
    answer_step(q, outcome, &change, &refusal, 200);
}

void session_api_present(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    enum outcome outcome = session_present(q->db, &q->who, q->arg[0], false, &change, &refusal);
    answer_step(q, outcome, &change, &refusal, 200);
}

void session_api_presence(struct request *q)
{
    int32_t reason_id;
    const char *state = q->form[P_STATE].s;
    bool is_active = strcmp(state, "ACTIVE") == 0;
    if (!is_active && strcmp(state, "INACTIVE") != 0) {
        answer_refuse(q, 400, CODE_INPUT, "The state is ACTIVE or INACTIVE.", "state");
        return;
    }
    if (!session_door_code(q, GROUP_LEAVE, &q->form[P_REASON], "reason", &reason_id))
        return;
    if (is_active)
        session_api_present(q);
    else
        go_away(q, reason_id, q->form[P_GRACE].i * 1000);
}

void session_api_disconnect(struct request *q)
{
    int32_t reason_id;
    if (session_door_code(q, GROUP_LEAVE, &q->form[D_REASON], "disconnectReasonId", &reason_id))
        go_away(q, reason_id, q->form[D_GRACE].i * 60000);
}

void session_api_end(struct request *q)
{
    int32_t reason_id;
    struct change change;
    struct refusal refusal = {0};
    int field = q->form[E_REASON_ID].is_given ? E_REASON_ID : E_REASON;
    if (!session_door_code(q, GROUP_EXIT, &q->form[field], session_api_end_body[field].name, &reason_id))
        return;
    change_init(&change);
    enum outcome outcome = session_end(q->db, &q->who, q->arg[0], reason_id, &change, &refusal);
    answer_step(q, outcome, &change, &refusal, 200);
}
