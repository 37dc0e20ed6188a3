/* session_hold: see session_hold.h. */
#include "lib/chat/session_hold.h"

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/session_priv.h"

/* step->number: for how long. */
static enum outcome step_hold(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    enum outcome outcome = session_need(step, RIGHT_HOLD, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has ended.");
    if (s->status_id == STATUS_WAITING)
        return refuse(refusal_r, 409, CODE_RULE, "This chat is waiting: accept it.");
    if (step->number < HOLD_LEAST_MS || step->number > HOLD_MOST_MS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A chat is on hold for a minute to a day.", "minutes");
    if (s->hold_since_ms < 0)
        s->hold_since_ms = step->now_ms;
    s->hold_until_ms = step->now_ms + step->number;
    c->what = CHANGE_HELD;
    c->side = 'A';
    return OUTCOME_DONE;
}

static enum outcome end_hold(const struct step *step, struct session *s, struct change *c)
{
    if (s->hold_since_ms < 0)
        return OUTCOME_SAME;
    session_end_hold(s, step->now_ms);
    c->what = CHANGE_HELD;
    c->side = step->who ? 'A' : 0;
    return OUTCOME_DONE;
}

static enum outcome step_resume(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    enum outcome outcome = session_need(step, RIGHT_HOLD, s, refusal_r);

    return outcome == OUTCOME_DONE ? end_hold(step, s, c) : outcome;
}

static enum outcome step_wake(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    (void)refusal_r;
    return s->hold_until_ms >= 0 && s->hold_until_ms <= step->now_ms ? end_hold(step, s, c) : OUTCOME_SAME;
}

static enum outcome run(struct db *db, const struct principal *who, const char *session_id, session_step step, int64_t number, struct change *change_r,
                        struct refusal *refusal_r)
{
    const struct step arg = {.who = who, .now_ms = clock_wall_ms(), .number = number};

    if (!code_refresh(db)) {
        change_init(change_r);
        return OUTCOME_AWAY;
    }
    return session_run(db, session_id, 0, step, &arg, change_r, refusal_r);
}

enum outcome session_hold(struct db *db, const struct principal *who, const char *session_id, int64_t length_ms, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_hold, length_ms, change_r, refusal_r);
}

enum outcome session_resume(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_resume, 0, change_r, refusal_r);
}

enum outcome session_wake(struct db *db, int64_t session_no, int64_t now_ms, struct change *change_r)
{
    const struct step arg = {.now_ms = now_ms};

    return session_run(db, NULL, session_no, step_wake, &arg, change_r, NULL);
}
