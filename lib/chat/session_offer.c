/* session_offer: see session_offer.h. */
#include "lib/chat/session_offer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/agent_load.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/online.h"
#include "lib/chat/session_priv.h"

#define OFFERS_MAX 50

static bool is_talking(const struct session *s)
{
    return s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED;
}

static enum outcome ended(struct refusal *r)
{
    return refuse(r, 409, CODE_RULE, "This chat has ended.");
}

/* ---- to offer ---- */

static bool insert_note(const struct step *step, struct session *s)
{
    if (!step->content)
        return true;
    if (!db_exec(step->db, "INSERT INTO internal_note (session_no, member_id, content, after_seq, cdate) VALUES (?,?,?,?,?)",
                 DB_ARGS(db_int(s->session_no), db_int(step->who->member_id), db_textn(step->content, step->content_len), db_int(s->message_count),
                         db_time(step->now_ms)),
                 NULL))
        return false;
    s->offer_note_id = db_insert_id(step->db);
    return true;
}

static enum outcome full(struct refusal *r)
{
    return refuse_field(r, 409, CODE_RULE, "This colleague has as many chats as one may have.", "toMemberId");
}

/* Two chats may be handed on to a colleague at once: who has room is looked at under the lock. */
static enum outcome check_room(const struct step *step, const struct session *s, struct refusal *refusal_r)
{
    struct agent_load load;

    if (!step->to_admin_id)
        return OUTCOME_DONE;
    if (agent_load_lock(step->db, step->config, step->to_admin_id, s->session_no, step->now_ms, &load) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    return load.has_room ? OUTCOME_DONE : full(refusal_r);
}

/* step->to_admin_id or reason_id: to whom; number: how long. */
static enum outcome step_offer(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    enum outcome outcome = session_need(step, RIGHT_OFFER, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (s->status_id == STATUS_COMPLETED)
        return ended(refusal_r);
    if (!is_talking(s))
        return refuse(refusal_r, 409, CODE_RULE, "This chat is waiting for an agent already.");
    if (step->to_admin_id == s->admin_id)
        return refuse_field(refusal_r, 422, CODE_INPUT, "It is this agent's chat already.", "toMemberId");
    if (s->offer_ms > step->now_ms)
        return s->offer_admin_id == step->to_admin_id && s->offer_category_id == step->reason_id
                   ? OUTCOME_SAME
                   : refuse(refusal_r, 409, CODE_RULE, "This chat is being handed on already.");
    outcome = check_room(step, s, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    s->offer_admin_id = step->to_admin_id;
    s->offer_category_id = step->reason_id;
    s->offer_note_id = 0;
    s->offer_ms = step->now_ms + step->number;
    c->what = CHANGE_OFFERED;
    return insert_note(step, s) ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* The colleague is there and has room. */
static enum outcome check_colleague(struct db *db, const struct config *config, int64_t member_id, struct refusal *refusal_r)
{
    struct online_member *list;
    size_t n, i;
    bool is_there = false, is_full = false;
    enum outcome outcome = online_list(db, config, clock_wall_ms(), &list, &n);

    if (outcome != OUTCOME_DONE)
        return outcome;
    for (i = 0; i < n && !is_there; i++) {
        is_there = list[i].member_id == member_id;
        is_full = is_there && online_is_full(&list[i]);
    }
    free(list);
    if (is_there && !is_full)
        return OUTCOME_DONE;
    return is_full ? full(refusal_r) : refuse_field(refusal_r, 409, CODE_RULE, "This colleague is not there now.", "toMemberId");
}

static enum outcome check_topic(int32_t category_id, struct refusal *refusal_r)
{
    struct code category;

    if (code_by_id(category_id, &category) && strcmp(category.gcode, GROUP_CATEGORY) == 0 && category.is_used)
        return OUTCOME_DONE;
    return refuse_field(refusal_r, 422, CODE_INPUT, "Choose one of the categories.", "toCategoryId");
}

enum outcome session_offer(struct db *db, const struct config *config, const struct principal *who, const char *session_id, const struct offer_draft *draft,
                           struct change *change_r, struct refusal *refusal_r)
{
    struct step arg = {.config = config, .who = who, .now_ms = clock_wall_ms(), .number = config->transfer_timeout, .to_admin_id = draft->to_member_id,
                       .reason_id = draft->category_id, .db = db};
    enum outcome outcome;
    char *note = NULL;

    change_init(change_r);
    if (!code_refresh(db))
        return OUTCOME_AWAY;
    if (!draft->to_member_id == !draft->category_id)
        return refuse_field(refusal_r, 422, CODE_INPUT, "Choose a colleague or a topic.", "toMemberId");
    outcome = session_find(db, who, session_id, &change_r->session, refusal_r); /* a stranger does not learn who is there */
    if (outcome == OUTCOME_DONE)
        outcome = session_need(&arg, RIGHT_OFFER, &change_r->session, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = draft->to_member_id ? check_colleague(db, config, draft->to_member_id, refusal_r) : check_topic(draft->category_id, refusal_r);
    if (outcome == OUTCOME_DONE && draft->note_len > 0) {
        outcome = message_check(draft->note, draft->note_len, NULL, &note, &arg.content_len, refusal_r);
        if (outcome == OUTCOME_REFUSED)
            refusal_r->field = "note";
        arg.content = note;
    }
    if (outcome == OUTCOME_DONE)
        outcome = session_run(db, session_id, 0, step_offer, &arg, change_r, refusal_r);
    free(note);
    return outcome;
}

/* ---- to take ---- */

static enum outcome step_take_offer(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    if (!role_is_staff(step->who->role))
        return right_may(step->who, RIGHT_READ, s) ? refuse(refusal_r, 403, CODE_RIGHT, "Only agents accept chats.") : refuse_absent(refusal_r);
    if (s->status_id == STATUS_COMPLETED)
        return ended(refusal_r);
    if (is_talking(s) && s->admin_id == step->who->member_id)
        return OUTCOME_SAME;
    if (s->offer_ms <= step->now_ms || !right_may(step->who, RIGHT_TAKE_OFFER, s)) {
        refuse(refusal_r, 409, CODE_RULE, "This chat is no longer offered to you.");
        refusal_r->admin_id = s->admin_id;
        snprintf(refusal_r->admin_name, sizeof(refusal_r->admin_name), "%s", s->admin_name);
        return OUTCOME_REFUSED;
    }
    if (!step->config->accept_over_limit) {
        struct agent_load load;

        if (agent_load_lock(step->db, step->config, step->who->member_id, s->session_no, step->now_ms, &load) != OUTCOME_DONE)
            return OUTCOME_AWAY;
        if (!load.has_room)
            return refuse(refusal_r, 409, CODE_RULE, "You have as many chats as you may have. End one first.");
    }
    c->what = CHANGE_TAKEN;
    c->side = 'A';
    c->old_admin_id = s->admin_id;
    if (s->offer_category_id)
        s->category_id = s->offer_category_id;
    session_give_to(s, step->who, step->now_ms);
    session_set_open_status(s);
    s->member_joined = false; /* a TRANSFER row ends the stretch of both */
    return session_say_named(c, s, step->now_ms, KIND_TRANSFER, "상담사가 변경됩니다. 상담사: ", step->who->nickname, "")
               ? OUTCOME_DONE
               : refuse(refusal_r, 409, CODE_RULE, "This chat has reached its largest number of messages.");
}

/* ---- not to take ---- */

static enum outcome drop(struct session *s, struct change *c, enum offer_end end)
{
    c->what = CHANGE_OFFER_OVER;
    c->offer_admin_id = s->offer_admin_id;
    c->offer_end = end;
    session_drop_offer(s);
    return OUTCOME_DONE;
}

static enum outcome step_refuse_offer(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    if (!right_may(step->who, RIGHT_TAKE_OFFER, s))
        return right_may(step->who, RIGHT_READ, s) ? OUTCOME_SAME : refuse_absent(refusal_r);
    return s->offer_admin_id ? drop(s, c, OFFER_REFUSED) : OUTCOME_SAME;
}

static enum outcome step_withdraw_offer(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    enum outcome outcome = session_need(step, RIGHT_OFFER, s, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    return s->offer_ms >= 0 ? drop(s, c, OFFER_WITHDRAWN) : OUTCOME_SAME;
}

static enum outcome step_offer_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    (void)refusal_r;
    return s->offer_ms >= 0 && s->offer_ms <= step->now_ms ? drop(s, c, OFFER_TIMED_OUT) : OUTCOME_SAME;
}

static enum outcome run(struct db *db, const struct config *config, const struct principal *who, const char *session_id, session_step step, struct change *change_r,
                        struct refusal *refusal_r)
{
    const struct step arg = {.config = config, .who = who, .now_ms = clock_wall_ms(), .db = db};

    if (!code_refresh(db)) {
        change_init(change_r);
        return OUTCOME_AWAY;
    }
    return session_run(db, session_id, 0, step, &arg, change_r, refusal_r);
}

enum outcome session_take_offer(struct db *db, const struct config *config, const struct principal *who, const char *session_id, struct change *change_r,
                                struct refusal *refusal_r)
{
    return run(db, config, who, session_id, step_take_offer, change_r, refusal_r);
}

enum outcome session_refuse_offer(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, NULL, who, session_id, step_refuse_offer, change_r, refusal_r);
}

enum outcome session_withdraw_offer(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, NULL, who, session_id, step_withdraw_offer, change_r, refusal_r);
}

enum outcome session_offer_over(struct db *db, int64_t session_no, int64_t now_ms, struct change *change_r)
{
    const struct step arg = {.now_ms = now_ms};

    return session_run(db, NULL, session_no, step_offer_over, &arg, change_r, NULL);
}

/* ---- what is offered to somebody ---- */

void session_offers_free(struct offer_look **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++)
        free((*list)[i].note);
    free(*list);
    *list = NULL;
}

static bool read_look(const struct db_rows *rows, size_t row, struct offer_look *look_r)
{
    const char *note = db_cell(rows, row, SESSION_COLUMN_TOTAL + 3, NULL), *from = db_cell(rows, row, SESSION_COLUMN_TOTAL + 4, NULL);

    session_read_row(rows, row, &look_r->session);
    snprintf(look_r->from_name, sizeof look_r->from_name, "%s", from ? from : look_r->session.admin_name);
    look_r->note = strdup(note ? note : "");
    return look_r->note != NULL;
}

enum outcome session_offers_to(struct db *db, const struct principal *who, int64_t now_ms, struct offer_look **list_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db,
                                    "SELECT " SESSION_COLUMNS ", m.nickname, m.email, a.nickname, n.content, f.nickname FROM chat_session s"
                                    " JOIN member m ON m.member_id = s.member_id JOIN member a ON a.member_id = s.admin_id"
                                    " LEFT JOIN internal_note n ON n.note_id = s.offer_note_id LEFT JOIN member f ON f.member_id = n.member_id"
                                    " WHERE s.status_id IN (2, 4) AND s.offer_until > ? AND (s.offer_admin_id = ? OR (s.offer_admin_id IS NULL AND s.admin_id <> ?"
                                    " AND (NOT EXISTS (SELECT 1 FROM staff_category t WHERE t.member_id = ?) OR EXISTS (SELECT 1 FROM staff_category t"
                                    " JOIN code c ON c.code_id = s.offer_category_id WHERE t.member_id = ? AND t.category_id IN (c.code_id, c.pcode)))))"
                                    " ORDER BY s.offer_until, s.session_no LIMIT ?",
                                    DB_ARGS(db_time(now_ms), db_int(who->member_id), db_int(who->member_id), db_int(who->member_id), db_int(who->member_id), db_int(OFFERS_MAX)));
    struct offer_look *list;
    size_t n = db_rows_count(rows), i, kept = 0;
    bool ok;

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    list = calloc(n + 1, sizeof *list);
    ok = list != NULL;
    for (i = 0; ok && i < n; i++) {
        ok = read_look(rows, i, &list[kept]);
        if (ok && right_may(who, RIGHT_TAKE_OFFER, &list[kept].session))
            kept++;
        else
            free(list[kept].note);
    }
    db_rows_free(&rows);
    if (!ok) {
        session_offers_free(&list, kept);
        return OUTCOME_AWAY;
    }
    *list_r = list;
    *n_r = kept;
    return OUTCOME_DONE;
}
