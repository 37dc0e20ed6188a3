/* session_door: see session_door.h. */
#include "cgi/session_door.h"

#include "cgi/answer.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/notify.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

#define SEEN_STEP_MS 3000 /* a poll every second need not write every second */

bool session_door_find(struct request *q, struct session *s_r)
{
    struct refusal refusal = {0};
    return answer_outcome(q, session_find(q->db, &q->who, q->arg[0], s_r, &refusal), &refusal);
}

void session_door_touch(struct request *q, struct session *s)
{
    char side = right_side(&q->who, s);
    if ((side != 'M' && side != 'A') || s->status_id == STATUS_COMPLETED)
        return;
    int64_t seen_ms = side == 'M' ? s->member_last_seen_ms : s->admin_last_seen_ms;
    int64_t grace_ms = side == 'M' ? s->member_grace_ms : s->admin_grace_ms;
    if (grace_ms < 0 && seen_ms + SEEN_STEP_MS > clock_wall_ms())
        return;
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    enum outcome outcome = session_present(q->db, &q->who, s->session_id, false, &change, &refusal);
    if (outcome == OUTCOME_DONE) {
        notify_change(&change);
        *s = change.session;
    } else if (outcome != OUTCOME_SAME) {
        log_warn("touch_failed session=%s outcome=%d", s->session_id, (int)outcome);
    }
    change_clear(&change);
}

bool session_door_changed(struct request *q, enum outcome outcome, const struct change *change, const struct refusal *refusal)
{
    if (outcome == OUTCOME_DONE)
        notify_change(change);
    return answer_outcome(q, outcome, refusal);
}

void session_door_answer(struct request *q, int status, const struct session *s)
{
    struct json_writer w;
    answer_envelope(q, status, &w);
    wire_session(&w, "data", s, q->lang, role_is_staff(q->who.role));
    answer_envelope_end(q, &w);
}

bool session_door_code(struct request *q, const char *group, const struct value *v, const char *field, int32_t *code_id_r)
{
    struct code code;
    *code_id_r = 0;
    if (!v->is_given)
        return true;
    if (!code_resolve(group, v->s, &code) || !code.is_used) {
        answer_refuse(q, 422, CODE_INPUT, "There is no such choice.", field);
        return false;
    }
    *code_id_r = code.code_id;
    return true;
}
