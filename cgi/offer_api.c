/* offer_api: see offer_api.h. */
#include "cgi/offer_api.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/note.h"
#include "lib/chat/notify.h"
#include "lib/chat/online.h"
#include "lib/chat/right.h"
#include "lib/chat/session_hold.h"

enum { B_MEMBER, B_CATEGORY, B_NOTE };
const struct field offer_api_body[] = {
    [B_MEMBER] = {"toMemberId", FIELD_INT, false, 1, JSON_MAX_INT},
    [B_CATEGORY] = {"toCategoryId", FIELD_CODE, false, 0, 0},
    [B_NOTE] = {"note", FIELD_TEXT, false, 0, 0},
    {0},
};
const struct field offer_api_hold_body[] = {
    {"minutes", FIELD_INT, true, 0, 100000},
    {0},
};

static void answer_step(struct request *q, enum outcome outcome, struct change *change, const struct refusal *refusal)
{
    if (session_door_changed(q, outcome, change, refusal))
        session_door_answer(q, 200, &change->session);
    change_clear(change);
}

/* ---- handing on ---- */

/* A note that goes with a chat on its way back into the queue. */
static enum outcome leave_note(struct request *q, const struct offer_draft *draft, struct refusal *refusal_r)
{
    struct note note;
    struct change change;
    enum outcome outcome = note_add(q->db, &q->who, q->arg[0], draft->note, draft->note_len, NULL, &note, &change, refusal_r);
    if (outcome == OUTCOME_DONE)
        notify_change(&change);
    else if (outcome == OUTCOME_REFUSED)
        refusal_r->field = "note";
    change_clear(&change);
    note_clear(&note);
    return outcome;
}

enum outcome offer_api_hand_on(struct request *q, const struct offer_draft *draft, struct change *change_r, struct refusal *refusal_r)
{
    enum outcome outcome = OUTCOME_DONE;
    change_init(change_r);
    if (draft->to_member_id || draft->category_id) {
        outcome = session_offer(q->db, q->config, &q->who, q->arg[0], draft, change_r, refusal_r);
    } else {
        if (draft->note_len > 0)
            outcome = leave_note(q, draft, refusal_r);
        if (outcome == OUTCOME_DONE)
            outcome = session_transfer(q->db, &q->who, q->arg[0], change_r, refusal_r);
    }
    if (outcome == OUTCOME_DONE)
        notify_change(change_r);
    return outcome;
}

void offer_api_transfer(struct request *q)
{
    const struct value *note = &q->form[B_NOTE];
    struct offer_draft draft = {.to_member_id = q->form[B_MEMBER].i, .note = note->s, .note_len = note->len};
    struct change change;
    struct refusal refusal = {0};
    if (!code_refresh(q->db)) {
        answer_away(q);
        return;
    }
    if (!session_door_code(q, GROUP_CATEGORY, &q->form[B_CATEGORY], "toCategoryId", &draft.category_id))
        return;
    if (draft.to_member_id && draft.category_id) {
        answer_refuse(q, 422, CODE_INPUT, "Choose a colleague or a topic.", "toMemberId");
        return;
    }
    if (answer_outcome(q, offer_api_hand_on(q, &draft, &change, &refusal), &refusal))
        session_door_answer(q, 200, &change.session);
    change_clear(&change);
}

void offer_api_withdraw(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    answer_step(q, session_withdraw_offer(q->db, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}

void offer_api_accept(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    answer_step(q, session_take_offer(q->db, q->config, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}

/* Who refused may not read the chat: data is null. */
void offer_api_refuse(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    if (session_door_changed(q, session_refuse_offer(q->db, &q->who, q->arg[0], &change, &refusal), &change, &refusal))
        answer_done(q);
    change_clear(&change);
}

/* ---- to whom ---- */

static void write_agents(struct json_writer *w, const struct session *s, const struct online_member *list, size_t n)
{
    jw_array_key(w, "agents");
    for (size_t i = 0; i < n; i++) {
        if (list[i].member_id == s->admin_id)
            continue;
        jw_object(w);
        jw_int(w, "memberId", list[i].member_id);
        jw_str(w, "name", list[i].nickname);
        jw_int(w, "chats", list[i].chats);
        jw_int(w, "max", list[i].chats_max);
        jw_bool(w, "isFull", online_is_full(&list[i]));
        jw_object_end(w);
    }
    jw_array_end(w);
}

static void write_categories(struct request *q, struct json_writer *w)
{
    struct code *codes = NULL;
    size_t n = code_list(GROUP_CATEGORY, &codes);
    jw_array_key(w, "categories");
    for (size_t i = 0; i < n; i++) {
        jw_object(w);
        jw_int(w, "categoryId", codes[i].code_id);
        jw_str(w, "label", codes[i].name[q->lang]);
        jw_object_end(w);
    }
    jw_array_end(w);
    free(codes);
}

void offer_api_targets(struct request *q)
{
    struct session s;
    struct online_member *list = NULL;
    struct json_writer w;
    size_t n = 0;
    if (!session_door_find(q, &s))
        return;
    if (!right_may(&q->who, RIGHT_OFFER, &s)) {
        answer_refuse(q, 403, CODE_RIGHT, "You may not do this in this chat.", NULL);
        return;
    }
    if (!code_refresh(q->db) || online_list(q->db, q->config, clock_wall_ms(), &list, &n) != OUTCOME_DONE) {
        answer_away(q);
        return;
    }
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    write_agents(&w, &s, list, n);
    write_categories(q, &w);
    jw_int(&w, "timeoutS", q->config->transfer_timeout / 1000);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
    free(list);
}

/* ---- what is offered to the reader ---- */

static void write_offer(struct request *q, struct json_writer *w, const struct offer_look *look)
{
    const struct session *s = &look->session;
    char name[401];
    jw_object(w);
    jw_str(w, "sessionId", s->session_id);
    jw_str(w, "memberName", s->member_name);
    code_name(s->category_id, q->lang, name, sizeof name);
    jw_str(w, "categoryName", name);
    jw_str(w, "title", s->title[0] ? s->title : NULL);
    jw_str(w, "fromName", look->from_name);
    jw_str(w, "note", look->note[0] ? look->note : NULL);
    jw_bool(w, "isToAll", s->offer_admin_id == 0);
    code_name(s->offer_category_id, q->lang, name, sizeof name);
    jw_str(w, "toCategoryName", s->offer_category_id ? name : NULL);
    jw_time(w, "until", s->offer_ms);
    jw_object_end(w);
}

void offer_api_list(struct request *q)
{
    struct offer_look *list = NULL;
    struct json_writer w;
    size_t n = 0;
    if (!code_refresh(q->db) || session_offers_to(q->db, &q->who, clock_wall_ms(), &list, &n) != OUTCOME_DONE) {
        answer_away(q);
        return;
    }
    answer_envelope(q, 200, &w);
    jw_array_key(&w, "data");
    for (size_t i = 0; i < n; i++)
        write_offer(q, &w, &list[i]);
    jw_array_end(&w);
    answer_envelope_end(q, &w);
    session_offers_free(&list, n);
}

/* ---- hold ---- */

void offer_api_hold(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    answer_step(q, session_hold(q->db, &q->who, q->arg[0], q->form[0].i * 60000, &change, &refusal), &change, &refusal);
}

void offer_api_resume(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    answer_step(q, session_resume(q->db, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}
