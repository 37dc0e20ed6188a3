/* chat_page: the page of one chat and its forms. See chat_page.h. */
#include "cgi/chat_page.h"

#include <stdio.h>

#include "cgi/answer.h"
#include "cgi/hours_text.h"
#include "cgi/page.h"
#include "cgi/rating_api.h"
#include "cgi/revise_api.h"
#include "cgi/session_door.h"
#include "cgi/transcript_page.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/entry.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"

#define BASE "/chat"

static struct json_object *session_data(const struct session *s, enum lang lang)
{
    struct json_object *o = json_object_new_object();
    struct code status;
    char name[401];
    page_str(o, "sessionId", s->session_id);
    page_str(o, "status", code_by_id(s->status_id, &status) ? status.code : "");
    code_name(s->category_id, lang, name, sizeof name);
    page_str(o, "categoryName", name);
    page_str(o, "title", s->title);
    page_time(o, "cdate", s->cdate_ms);
    return o;
}

/* away {isAgent, until}: the agent's absence matters more to a customer than their own. */
static void put_away(struct json_object *data, const struct session *s)
{
    bool is_agent = s->admin_grace_ms >= 0;
    page_bool(data, "awayAgent", is_agent);
    if (s->status_id != STATUS_DISCONNECTED || (!is_agent && s->member_grace_ms < 0))
        return;
    struct json_object *away = json_object_new_object();
    page_bool(away, "isAgent", is_agent);
    page_time(away, "until", is_agent ? s->admin_grace_ms : s->member_grace_ms);
    page_put(data, "away", away);
}

static bool put_queue(struct request *q, struct json_object *data, const struct session *s)
{
    int64_t place = 0, estimate_s = -1;
    if (!answer_outcome(q, session_queue_place(q->db, s, &place, &estimate_s), NULL))
        return false;
    struct json_object *queue = json_object_new_object();
    page_int(queue, "place", place > 0 ? place : 1);
    page_int(queue, "ahead", place > 1 ? place - 1 : 0);
    page_int(queue, "minutes", estimate_s < 0 ? 0 : (estimate_s + 59) / 60);
    page_put(data, "queue", queue);
    return true;
}

/* left {email, closedText}: an offline chat that nobody has accepted yet. */
static bool put_left(struct request *q, struct json_object *data, const struct session *s)
{
    struct entry_look look;
    struct entry_form form;
    struct buf closed = BUF_INIT;
    enum outcome outcome = entry_look_at(q->db, s->session_no, &look);
    if (outcome == OUTCOME_DONE) {
        outcome = entry_form_load(q->db, q->config, &form);
        if (outcome == OUTCOME_DONE)
            hours_text_closed(&closed, q->lang, &form.hours, &form.state);
        entry_form_free(&form);
    }
    if (!answer_outcome(q, outcome, NULL))
        return false;
    struct json_object *left = json_object_new_object();
    page_str(left, "email", look.reply_email);
    page_str(left, "closedText", buf_str(&closed));
    page_put(data, "left", left);
    buf_free(&closed);
    return true;
}

/* What may still be done with a chat that is over. */
static bool put_ended(struct request *q, struct json_object *data, const struct session *s, const struct thread_page *p)
{
    if (s->status_id != STATUS_COMPLETED)
        return true;
    page_bool(data, "canReopen", entry_may_reopen(q->config, s, clock_wall_ms()));
    return !s->admin_id || rating_put_form(q, data, s, p->rating_tried);
}

static void send_thread(struct request *q, int status, const struct session *s, const struct thread_page *p)
{
    struct json_object *data = page_data(q);
    bool is_waiting = s->status_id == STATUS_WAITING;
    page_put(data, "session", session_data(s, q->lang));
    page_bool(data, "isWaiting", is_waiting);
    page_bool(data, "inQueue", is_waiting && !s->offline);
    page_bool(data, "isOpen", s->status_id != STATUS_COMPLETED);
    page_bool(data, "isCompleted", s->status_id == STATUS_COMPLETED);
    page_bool(data, "canChange", s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED);
    if (s->previous_session_id[0]) {
        char url[64];
        snprintf(url, sizeof url, BASE "/%s", s->previous_session_id);
        page_str(data, "previousUrl", url);
    }
    if (s->admin_id) {
        struct json_object *agent = json_object_new_object();
        page_str(agent, "name", s->admin_name);
        page_put(data, "agent", agent);
    }
    page_int(data, "ownReadSeq", s->member_read_seq);
    put_away(data, s);
    if ((is_waiting && !(s->offline ? put_left(q, data, s) : put_queue(q, data, s))) || !put_ended(q, data, s, p) ||
        !thread_page_fill(q, data, s, p)) {
        json_object_put(data);
        return;
    }
    page_send(q, status, "chat", data);
}

/* The chat for its customer's page. Staff has a page of its own. False: the answer stands. */
static bool find_own(struct request *q, struct session *s_r)
{
    if (!session_door_find(q, s_r))
        return false;
    if (right_side(&q->who, s_r) == 'M')
        return true;
    answer_redirectf(q, "%s/%s", s_r->status_id == STATUS_COMPLETED ? "/history" : "/agent/chat", s_r->session_id);
    return false;
}

static const struct thread_kind kind = {'M', BASE, find_own, send_thread};

void chat_page_thread(struct request *q)
{
    thread_page_show(q, &kind);
}

void chat_page_refresh(struct request *q)
{
    thread_page_refresh(q, &kind);
}

void chat_page_send(struct request *q)
{
    thread_page_post(q, &kind);
}

void chat_page_message(struct request *q)
{
    revise_page_show(q, &kind);
}

void chat_page_message_edit(struct request *q)
{
    revise_page_edit(q, &kind);
}

void chat_page_message_delete(struct request *q)
{
    revise_page_delete(q, &kind);
}

void chat_page_end_form(struct request *q)
{
    thread_page_form(q, "end", BASE);
}

/* Runs after a step: back to the chat, or the refusal. */
static void finish_step(struct request *q, enum outcome outcome, struct change *change, const struct refusal *refusal)
{
    if (session_door_changed(q, outcome, change, refusal))
        answer_redirectf(q, BASE "/%s", change->session.session_id);
    change_clear(change);
}

void chat_page_end(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    int32_t reason_id;
    if (!session_door_code(q, GROUP_EXIT, &q->form[0], "exitReasonId", &reason_id))
        return;
    change_init(&change);
    finish_step(q, session_end(q->db, &q->who, q->arg[0], reason_id, &change, &refusal), &change, &refusal);
}

void chat_page_cancel(struct request *q)
{
    struct session s;
    struct change change;
    struct refusal refusal = {0};
    if (!find_own(q, &s))
        return;
    if (s.status_id != STATUS_WAITING) { /* accepted while the button was pressed: a request is cancelled, not a talk */
        answer_redirectf(q, BASE "/%s", s.session_id);
        return;
    }
    change_init(&change);
    finish_step(q, session_end(q->db, &q->who, s.session_id, 0, &change, &refusal), &change, &refusal);
}

void chat_page_transfer_form(struct request *q)
{
    thread_page_form(q, "change", BASE);
}

void chat_page_transfer(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    finish_step(q, session_transfer(q->db, &q->who, q->arg[0], &change, &refusal), &change, &refusal);
}

void chat_page_rate(struct request *q)
{
    struct session s;
    struct rating rating;
    struct refusal refusal = {0};
    const struct rating_tried tried = {.score = q->form[0].i, .comment = q->form[1].s, .refusal = &refusal};
    if (!find_own(q, &s))
        return;
    enum outcome outcome = rating_give(q->db, q->config, &q->who, s.session_id, q->form[0].i, q->form[1].s, q->form[1].len, &rating, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status != 404) { /* the page again, with what was typed */
        const struct thread_page p = {.side = 'M', .base = BASE, .rating_tried = &tried, .error = refusal.field ? NULL : answer_text(q, refusal.message)};
        send_thread(q, refusal.status, &s, &p);
    } else if (answer_outcome(q, outcome, &refusal)) {
        answer_redirectf(q, BASE "/%s#ended", s.session_id);
    }
}

void chat_page_reopen(struct request *q)
{
    struct session s;
    struct change change;
    struct refusal refusal = {0};
    if (!find_own(q, &s))
        return;
    change_init(&change);
    enum outcome outcome = entry_reopen(q->db, q->config, &q->who, s.session_id, q->lang, &change, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 409) {
        const struct thread_page p = {.side = 'M', .base = BASE, .error = answer_text(q, refusal.message)};
        send_thread(q, refusal.status, &s, &p);
        change_clear(&change);
    } else {
        finish_step(q, outcome, &change, &refusal);
    }
}

static const struct transcript_kind transcript = {.base = BASE, .find = find_own, .has_mail = true};

void chat_page_transcript_text(struct request *q)
{
    transcript_page_text(q, &transcript);
}

void chat_page_transcript(struct request *q)
{
    transcript_page_html(q, &transcript);
}

void chat_page_transcript_mail(struct request *q)
{
    transcript_page_mail(q, &transcript);
}
