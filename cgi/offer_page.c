/* offer_page: see offer_page.h. */
#include "cgi/offer_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/agent_page.h"
#include "cgi/answer.h"
#include "cgi/offer_api.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/online.h"
#include "lib/chat/right.h"
#include "lib/chat/session_hold.h"

#define BASE "/agent/chat"

enum { B_TO, B_NOTE };
const struct field offer_page_body[] = {
    [B_TO] = {"to", FIELD_TEXT, false, 0, 40}, /* absent: the queue */
    [B_NOTE] = {"note", FIELD_TEXT, false, 0, 0},
    {0},
};
const struct field offer_page_hold_body[] = {
    {"minutes", FIELD_INT, true, 0, 100000},
    {0},
};

/* ---- the form ---- */

static struct json_object *agent_rows(const struct session *s, const struct online_member *list, size_t n)
{
    struct json_object *rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        if (list[i].member_id == s->admin_id)
            continue;
        struct json_object *row = json_object_new_object();
        page_int(row, "memberId", list[i].member_id);
        page_str(row, "name", list[i].nickname);
        page_int(row, "chats", list[i].chats);
        page_int(row, "max", list[i].chats_max);
        page_bool(row, "isFull", online_is_full(&list[i]));
        page_push(rows, row);
    }
    return rows;
}

/* What transfer_form.html wants. False: the answer stands. */
static bool put_targets(struct request *q, struct json_object *data, const struct session *s)
{
    struct online_member *list = NULL;
    struct code *codes = NULL;
    struct json_object *rows, *topics = json_object_new_array();
    size_t n = 0, ncodes;
    if (online_list(q->db, q->config, clock_wall_ms(), &list, &n) != OUTCOME_DONE) {
        json_object_put(topics);
        answer_away(q);
        return false;
    }
    rows = agent_rows(s, list, n);
    free(list);
    ncodes = code_list(GROUP_CATEGORY, &codes);
    for (size_t i = 0; i < ncodes; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "categoryId", codes[i].code_id);
        page_str(row, "label", codes[i].name[q->lang]);
        page_push(topics, row);
    }
    free(codes);
    page_bool(data, "hasAgents", json_object_array_length(rows) > 0);
    page_put(data, "targetAgents", rows);
    page_put(data, "targetTopics", topics);
    page_int(data, "transferS", q->config->transfer_timeout / 1000);
    return true;
}

static void send_form(struct request *q, int status, const struct session *s, const char *error)
{
    struct json_object *data = page_data(q);
    struct buf url = BUF_INIT;
    buf_printf(&url, BASE "/%s", s->session_id);
    page_str(data, "threadUrl", buf_str(&url));
    buf_free(&url);
    page_str(data, "error", error);
    if (error)
        page_str(data, "transferNote", q->form[B_NOTE].s);
    if (put_targets(q, data, s))
        page_send(q, status, "transfer", data);
    else
        json_object_put(data);
}

void offer_page_form(struct request *q)
{
    struct session s;
    if (!session_door_find(q, &s))
        return;
    session_door_touch(q, &s);
    send_form(q, 200, &s, NULL);
}

/* "member:12" as a draft; false: no such form sends this. */
static bool read_to(const char *to, struct offer_draft *draft)
{
    const char *number = strchr(to, ':');
    char *end;
    long long id;
    if (*to == '\0' || strcmp(to, "queue") == 0)
        return true;
    if (!number || number[1] < '1' || number[1] > '9')
        return false;
    id = strtoll(number + 1, &end, 10);
    if (*end || id > JSON_MAX_INT)
        return false;
    if (strncmp(to, "member:", 7) == 0)
        draft->to_member_id = id;
    else if (strncmp(to, "category:", 9) == 0 && id <= INT32_MAX)
        draft->category_id = (int32_t)id;
    else
        return false;
    return true;
}

void offer_page_transfer(struct request *q)
{
    struct offer_draft draft = {.note = q->form[B_NOTE].s, .note_len = q->form[B_NOTE].len};
    struct change change;
    struct refusal refusal = {0};
    struct session s;
    if (!read_to(q->form[B_TO].s, &draft)) {
        answer_refuse(q, 400, CODE_INPUT, "There is no such choice.", "to");
        return;
    }
    enum outcome outcome = offer_api_hand_on(q, &draft, &change, &refusal);
    if (outcome == OUTCOME_REFUSED && (refusal.status == 409 || refusal.status == 422)) {
        if (session_door_find(q, &s))
            send_form(q, refusal.status, &s, answer_text(q, refusal.message));
    } else if (answer_outcome(q, outcome, &refusal)) {
        if (draft.to_member_id || draft.category_id)
            answer_redirectf(q, BASE "/%s", change.session.session_id);
        else
            answer_redirect(q, "/agent");
    }
    change_clear(&change);
}

/* ---- steps that lead to the chat, or to the lists ---- */

static void finish(struct request *q, enum outcome outcome, struct change *change, const struct refusal *refusal, bool is_thread)
{
    if (session_door_changed(q, outcome, change, refusal)) {
        if (is_thread)
            answer_redirectf(q, BASE "/%s", q->arg[0]);
        else
            answer_redirect(q, "/agent");
    }
    change_clear(change);
}

void offer_page_withdraw(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome = session_withdraw_offer(q->db, &q->who, q->arg[0], &change, &refusal);
    finish(q, outcome, &change, &refusal, true);
}

void offer_page_accept(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome = session_take_offer(q->db, q->config, &q->who, q->arg[0], &change, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 409) {
        agent_page_lost(q, &refusal);
        change_clear(&change);
    } else {
        finish(q, outcome, &change, &refusal, true);
    }
}

void offer_page_refuse(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome = session_refuse_offer(q->db, &q->who, q->arg[0], &change, &refusal);
    finish(q, outcome, &change, &refusal, false);
}

/* ---- hold ---- */

void offer_page_hold_form(struct request *q)
{
    thread_page_form(q, "hold", BASE);
}

void offer_page_hold(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome = session_hold(q->db, &q->who, q->arg[0], q->form[0].i * 60000, &change, &refusal);
    finish(q, outcome, &change, &refusal, true);
}

void offer_page_resume(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome = session_resume(q->db, &q->who, q->arg[0], &change, &refusal);
    finish(q, outcome, &change, &refusal, true);
}

/* ---- on other pages ---- */

static struct json_object *offer_row(struct request *q, const struct offer_look *look)
{
    struct json_object *row = json_object_new_object();
    const struct session *s = &look->session;
    char name[401];
    page_str(row, "sessionId", s->session_id);
    page_str(row, "name", s->member_name);
    code_name(s->category_id, q->lang, name, sizeof name);
    page_str(row, "category", name);
    page_str(row, "title", s->title);
    page_str(row, "from", look->from_name);
    page_str(row, "note", look->note);
    page_bool(row, "isToAll", s->offer_admin_id == 0);
    page_time(row, "until", s->offer_ms);
    return row;
}

bool offer_page_put_offers(struct request *q, struct json_object *data)
{
    struct offer_look *list = NULL;
    struct json_object *rows;
    size_t n = 0;
    if (!answer_outcome(q, session_offers_to(q->db, &q->who, clock_wall_ms(), &list, &n), NULL))
        return false;
    rows = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        page_push(rows, offer_row(q, &list[i]));
    session_offers_free(&list, n);
    page_put(data, "offers", rows);
    return true;
}

bool offer_page_put_state(struct request *q, struct json_object *chat, const struct session *s)
{
    struct json_object *offer = NULL, *hold = NULL;
    struct principal to = {0};
    char topic[401];
    if (s->offer_ms > clock_wall_ms() && right_may(&q->who, RIGHT_OFFER, s)) {
        enum outcome outcome = s->offer_admin_id ? auth_by_member(q->db, s->offer_admin_id, &to) : OUTCOME_DONE;
        if (outcome != OUTCOME_REFUSED && !answer_outcome(q, outcome, NULL))
            return false;
        code_name(s->offer_category_id, q->lang, topic, sizeof topic);
        offer = json_object_new_object();
        page_str(offer, "to", s->offer_admin_id ? to.nickname : topic);
        page_time(offer, "until", s->offer_ms);
    }
    if (s->hold_since_ms >= 0) {
        hold = json_object_new_object();
        page_time(hold, "until", s->hold_until_ms);
    }
    page_put(chat, "offer", offer);
    page_put(chat, "hold", hold);
    return true;
}
