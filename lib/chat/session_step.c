/* session_step: the steps of a consultation's life, pure: a locked session and a change go in, the next state and its system rows come out.
 * System rows are stored in Korean with args, from which pages write them in the reader's language (contract.md, STOMP). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/session_priv.h"

#define SYSTEM_MEMBER 1

bool session_say(struct change *c, struct session *s, int64_t now_ms, enum message_kind kind, const char *content, const char *args)
{
    struct message *m = change_add_row(c, s, kind, now_ms);

    if (!m)
        return false;
    m->sender_id = SYSTEM_MEMBER;
    m->sender_type = 'S';
    snprintf(m->sender_name, sizeof(m->sender_name), "SYSTEM");
    m->message_type_id = TYPE_SYSTEM;
    m->content = content ? strdup(content) : NULL;
    m->content_len = m->content ? strlen(m->content) : 0;
    m->args = args ? strdup(args) : NULL;
    if (args && !m->args) {
        free(m->content);
        m->content = NULL; /* not stored without what pages make its text from */
        m->content_len = 0;
    }
    return true;
}

/* The same, from buffers, which are freed. */
static bool say_built(struct change *c, struct session *s, int64_t now_ms, enum message_kind kind, struct buf *text, struct buf *args)
{
    const bool is_whole = !buf_failed(text) && !buf_failed(args);
    const bool ok = session_say(c, s, now_ms, kind, is_whole ? buf_str(text) : NULL, buf_str(args));

    buf_free(args);
    buf_free(text);
    return ok;
}

/* {"key":"value"...}: pairs of key and value, NULL-terminated; values are escaped. */
static void args_json(struct buf *b, const char *const *pairs)
{
    struct json_writer w = JSON_WRITER(b);

    jw_object(&w);
    for (; *pairs; pairs += 2)
        jw_str(&w, pairs[0], pairs[1]);
    jw_object_end(&w);
}

bool session_say_named(struct change *c, struct session *s, int64_t now_ms, enum message_kind kind, const char *before, const char *name, const char *behind)
{
    bool is_given = kind == KIND_START || kind == KIND_TRANSFER; /* the statistics read in these rows who has the chat from now on */
    struct buf args = BUF_INIT, text = BUF_INIT;
    char id[24];

    snprintf(id, sizeof(id), "%lld", (long long)s->admin_id);
    buf_add_str(&text, before);
    buf_add_str(&text, name);
    buf_add_str(&text, behind);
    args_json(&args, (const char *const[]){"name", name, is_given ? "adminId" : NULL, id, NULL});
    return say_built(c, s, now_ms, kind, &text, &args);
}

/* A system row that names a code: reason in both languages. */
static bool say_reason(struct change *c, struct session *s, int64_t now_ms, enum message_kind kind, const char *before, int32_t reason_id, const char *behind,
                       char by)
{
    struct code code = {0};
    struct buf args = BUF_INIT, text = BUF_INIT;
    const char by_text[2] = {by, '\0'};

    code_by_id(reason_id, &code);
    buf_printf(&text, "%s%s%s", before, code.name[LANG_KO], behind);
    args_json(&args, (const char *const[]){"by", by_text, "reason", code.code, "ko", code.name[LANG_KO], "en", code.name[LANG_EN], NULL});
    return say_built(c, s, now_ms, kind, &text, &args);
}

static enum outcome log_full(struct refusal *r)
{
    return refuse(r, 409, CODE_RULE, "This chat has reached its largest number of messages.");
}

enum outcome session_need(const struct step *step, enum right right, const struct session *s, struct refusal *r)
{
    if (right_may(step->who, right, s))
        return OUTCOME_DONE;
    if (!right_may(step->who, RIGHT_READ, s))
        return refuse_absent(r);
    return refuse(r, 403, CODE_RIGHT, "You may not do this in this chat.");
}

void session_set_open_status(struct session *s)
{
    if (s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED)
        s->status_id = s->member_grace_ms >= 0 || s->admin_grace_ms >= 0 ? STATUS_DISCONNECTED : STATUS_ACTIVE;
}

static bool say_away(struct change *c, struct session *s, char side, int32_t reason_id, int64_t now_ms)
{
    if (side == 'M')
        return say_reason(c, s, now_ms, KIND_AWAY, "고객이 일시적으로 이탈했습니다. (이탈 사유: ", reason_id, ")", 'M');
    return session_say(c, s, now_ms, KIND_AWAY, "상담사의 연결이 끊겼습니다.", "{\"by\":\"A\"}");
}

bool session_come_back(struct change *c, struct session *s, char side, int64_t now_ms)
{
    int64_t *grace = side == 'M' ? &s->member_grace_ms : &s->admin_grace_ms;

    if (side == 'M')
        s->member_last_seen_ms = now_ms;
    else
        s->admin_last_seen_ms = now_ms;
    if (*grace < 0 || s->status_id == STATUS_COMPLETED)
        return false;
    *grace = -1;
    c->what = CHANGE_BACK;
    c->side = side;
    if (s->status_id == STATUS_WAITING) /* nobody was told of the absence by a row: nobody is told of its end */
        return true;
    session_set_open_status(s);
    s->disconnect_reason_id = 0;
    session_say(c, s, now_ms, KIND_BACK, side == 'M' ? "고객이 다시 접속했습니다." : "상담사가 다시 접속했습니다.", side == 'M' ? "{\"by\":\"M\"}" : "{\"by\":\"A\"}");
    return true;
}

void session_drop_offer(struct session *s)
{
    s->offer_admin_id = s->offer_note_id = 0;
    s->offer_category_id = 0;
    s->offer_ms = -1;
}

void session_end_hold(struct session *s, int64_t now_ms)
{
    if (s->hold_since_ms >= 0 && s->hold_since_ms < now_ms)
        s->hold_ms += now_ms - s->hold_since_ms;
    s->hold_since_ms = s->hold_until_ms = -1;
}

void session_give_to(struct session *s, const struct principal *who, int64_t now_ms)
{
    s->admin_id = who->member_id;
    snprintf(s->admin_name, sizeof(s->admin_name), "%s", who->nickname);
    if (s->accept_ms < 0)
        s->accept_ms = now_ms;
    s->admin_last_seen_ms = now_ms;
    s->admin_grace_ms = -1;
    s->admin_pushed = s->admin_joined = false;
    session_drop_offer(s);
    session_end_hold(s, now_ms);
}

enum outcome step_accept(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    if (!role_is_staff(step->who->role))
        return right_may(step->who, RIGHT_READ, s) ? refuse(refusal_r, 403, CODE_RIGHT, "Only agents accept chats.") : refuse_absent(refusal_r);
    if (s->admin_id == step->who->member_id && (s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED))
        return OUTCOME_SAME;
    if (s->status_id == STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has ended.");
    if (s->status_id != STATUS_WAITING) {
        refuse(refusal_r, 409, CODE_RULE, "Another agent has already accepted this chat.");
        refusal_r->admin_id = s->admin_id;
        snprintf(refusal_r->admin_name, sizeof(refusal_r->admin_name), "%s", s->admin_name);
        return OUTCOME_REFUSED;
    }
    s->status_id = STATUS_ACTIVE;
    session_give_to(s, step->who, step->now_ms);
    s->queue_front = false;
    c->what = CHANGE_TAKEN;
    c->side = 'A';
    if (!session_say_named(c, s, step->now_ms, KIND_START, "상담이 시작되었습니다. 상담사: ", step->who->nickname, ""))
        return log_full(refusal_r);
    if (s->member_grace_ms >= 0) { /* its customer is away already: the agent should know */
        session_set_open_status(s);
        say_away(c, s, 'M', s->disconnect_reason_id ? s->disconnect_reason_id : LEAVE_UNKNOWN, step->now_ms);
    }
    return OUTCOME_DONE;
}

enum outcome step_take_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    if (!role_is_chief(step->who->role))
        return right_may(step->who, RIGHT_READ, s) ? refuse(refusal_r, 403, CODE_RIGHT, "Only supervisors take chats over.") : refuse_absent(refusal_r);
    if (s->status_id == STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has ended.");
    if (s->status_id == STATUS_WAITING)
        return refuse(refusal_r, 409, CODE_RULE, "This chat is waiting: accept it.");
    if (s->admin_id == step->who->member_id)
        return OUTCOME_SAME;
    c->what = CHANGE_TAKEN;
    c->side = 'A';
    c->old_admin_id = s->admin_id;
    session_give_to(s, step->who, step->now_ms);
    session_set_open_status(s);
    s->member_joined = false; /* a TRANSFER row ends the stretch of both */
    return session_say_named(c, s, step->now_ms, KIND_TRANSFER, "상담사가 변경됩니다. 상담사: ", step->who->nickname, "") ? OUTCOME_DONE : log_full(refusal_r);
}

void session_finish(struct change *c, struct session *s, char ended_by, int32_t exit_reason_id, int64_t now_ms)
{
    const bool never_accepted = s->accept_ms < 0;

    if (ended_by == 'M' && s->status_id == STATUS_WAITING) {
        c->what = CHANGE_CANCELLED;
        session_say(c, s, now_ms, KIND_CANCEL, "고객이 상담 요청을 취소했습니다.", "{\"by\":\"M\"}");
    } else {
        c->what = never_accepted ? CHANGE_CANCELLED : CHANGE_ENDED;
        say_reason(c, s, now_ms, KIND_END, "상담이 종료되었습니다. (종료 사유: ", exit_reason_id, ")", ended_by);
    }
    s->status_id = STATUS_COMPLETED;
    s->end_ms = now_ms;
    s->ended_by = ended_by;
    s->exit_reason_id = exit_reason_id;
    s->member_grace_ms = s->admin_grace_ms = -1;
    s->member_joined = s->admin_joined = s->queue_front = false;
    session_drop_offer(s);
    session_end_hold(s, now_ms);
}

enum outcome step_end(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = right_side(step->who, s);
    enum outcome outcome = s->status_id == STATUS_WAITING && !side && role_is_staff(step->who->role)
                               ? refuse(refusal_r, 409, CODE_RULE, "Accept the chat first.")
                               : session_need(step, RIGHT_END, s, refusal_r);
    int32_t reason = step->reason_id;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    if (!reason)
        reason = s->status_id == STATUS_WAITING && side == 'M' ? EXIT_CANCELLED : side == 'M' ? EXIT_JUST_EXIT : EXIT_SOLVED;
    s->abandoned = side == 'M' && s->accept_ms < 0;
    session_finish(c, s, side == 'M' ? 'M' : 'A', reason, step->now_ms);
    return c->nrows ? OUTCOME_DONE : log_full(refusal_r);
}

/* Back into the queue with its age; front: its agent was lost. */
static bool return_to_queue(struct change *c, struct session *s, bool front, int64_t now_ms)
{
    c->what = CHANGE_RETURNED;
    c->old_admin_id = s->admin_id;
    s->status_id = STATUS_WAITING;
    s->admin_id = 0;
    s->admin_name[0] = '\0';
    s->admin_grace_ms = s->admin_last_seen_ms = -1;
    s->admin_pushed = s->admin_joined = false;
    s->member_joined = false; /* a TRANSFER row ends the stretch of both */
    s->queue_front = front;
    s->queue_entered_ms = now_ms;
    session_drop_offer(s);
    session_end_hold(s, now_ms);
    return session_say(c, s, now_ms, KIND_TRANSFER, "상담사가 변경됩니다.", front ? "{\"lost\":\"A\"}" : NULL);
}

enum outcome step_transfer(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    enum outcome outcome = session_need(step, RIGHT_TRANSFER, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has ended.");
    if (s->status_id == STATUS_WAITING)
        return refuse(refusal_r, 409, CODE_RULE, "This chat is waiting for an agent already.");
    return return_to_queue(c, s, false, step->now_ms) ? OUTCOME_DONE : log_full(refusal_r);
}

enum outcome step_join(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = right_side(step->who, s);
    bool *joined = side == 'M' ? &s->member_joined : &s->admin_joined;
    enum outcome outcome = session_need(step, RIGHT_SEND, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    session_come_back(c, s, side, step->now_ms);
    if (*joined)
        return c->what == CHANGE_BACK ? OUTCOME_DONE : OUTCOME_SAME;
    *joined = true;
    return session_say_named(c, s, step->now_ms, KIND_JOIN, "", step->who->nickname, "님이 상담에 참가했습니다.") ? OUTCOME_DONE : log_full(refusal_r);
}

enum outcome step_leave(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = right_side(step->who, s);
    bool *joined = side == 'M' ? &s->member_joined : &s->admin_joined;
    enum outcome outcome = session_need(step, RIGHT_SEND, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED || !*joined)
        return OUTCOME_SAME;
    *joined = false;
    return session_say_named(c, s, step->now_ms, KIND_LEAVE, "", step->who->nickname, "님이 상담에서 나갔습니다.") ? OUTCOME_DONE : log_full(refusal_r);
}

/* Sets the grace of a side; the AWAY row where there is somebody to read it. False when that side is away already. */
static bool go_away(struct change *c, struct session *s, char side, int32_t reason_id, int64_t grace_length_ms, int64_t now_ms)
{
    int64_t *grace = side == 'M' ? &s->member_grace_ms : &s->admin_grace_ms;

    if (*grace >= 0)
        return false;
    *grace = now_ms + grace_length_ms;
    if (side == 'M')
        s->member_joined = false;
    else
        s->admin_joined = false;
    s->disconnect_reason_id = reason_id;
    c->what = CHANGE_AWAY;
    c->side = side;
    c->reason_id = reason_id;
    c->grace_ms = *grace;
    if (s->status_id == STATUS_WAITING)
        return true;
    s->status_id = STATUS_DISCONNECTED;
    say_away(c, s, side, reason_id, now_ms);
    return true;
}

bool session_is_customer_excused(const struct session *s)
{
    return s->offline && (s->accept_ms < 0 || s->member_last_seen_ms < s->accept_ms);
}

static int64_t longest_grace(const struct config *config, char side)
{
    return side == 'M' ? config->grace_customer : config->grace_agent;
}

/* step->number: the grace wished for in ms, 0 for the configured one, which it can't pass. */
enum outcome step_away(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = right_side(step->who, s);
    enum outcome outcome = session_need(step, RIGHT_SEND, s, refusal_r);
    int64_t length = longest_grace(step->config, side);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED || (side == 'M' && session_is_customer_excused(s)))
        return OUTCOME_SAME;
    if (step->number > 0 && step->number < length)
        length = step->number;
    return go_away(c, s, side, step->reason_id ? step->reason_id : LEAVE_UNKNOWN, length, step->now_ms) ? OUTCOME_DONE : OUTCOME_SAME;
}

enum outcome step_present(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = right_side(step->who, s);
    enum outcome outcome = session_need(step, RIGHT_READ, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if ((side != 'M' && side != 'A') || s->status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    if (step->pushed && side == 'M')
        s->member_pushed = true;
    if (step->pushed && side == 'A')
        s->admin_pushed = true;
    session_come_back(c, s, side, step->now_ms);
    return OUTCOME_DONE;
}

/* step->number: seen at or after this wall time means not lost. */
enum outcome step_side_lost(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = step->side == SIDE_MEMBER ? 'M' : 'A';
    const int64_t seen = side == 'M' ? s->member_last_seen_ms : s->admin_last_seen_ms;

    (void)refusal_r;
    if (s->status_id == STATUS_COMPLETED || seen >= step->number || (side == 'A' && (!s->admin_id || s->status_id == STATUS_WAITING)))
        return OUTCOME_SAME;
    if (side == 'M' && session_is_customer_excused(s))
        return OUTCOME_SAME;
    return go_away(c, s, side, step->reason_id ? step->reason_id : LEAVE_UNKNOWN, longest_grace(step->config, side), step->now_ms) ? OUTCOME_DONE
                                                                                                                                  : OUTCOME_SAME;
}

enum outcome step_grace_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    (void)refusal_r;
    if (s->status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    if (s->member_grace_ms >= 0 && s->member_grace_ms <= step->now_ms) {
        s->abandoned = s->accept_ms < 0;
        session_finish(c, s, 'S', EXIT_TIMEOUT, step->now_ms);
        return OUTCOME_DONE;
    }
    if (s->admin_grace_ms >= 0 && s->admin_grace_ms <= step->now_ms && s->status_id != STATUS_WAITING)
        return return_to_queue(c, s, true, step->now_ms) ? OUTCOME_DONE : OUTCOME_SAME;
    return OUTCOME_SAME;
}

/* step->number: the longest wait in ms. */
enum outcome step_queue_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    (void)refusal_r;
    if (s->status_id != STATUS_WAITING || s->offline || s->queue_entered_ms + step->number > step->now_ms)
        return OUTCOME_SAME;
    session_finish(c, s, 'S', EXIT_TIMEOUT, step->now_ms);
    return OUTCOME_DONE;
}
