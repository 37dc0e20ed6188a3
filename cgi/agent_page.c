/* agent_page: see agent_page.h. */
#include "cgi/agent_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/agent_lists.h"
#include "cgi/answer.h"
#include "cgi/canned_page.h"
#include "cgi/desk_page.h"
#include "cgi/entry_part.h"
#include "cgi/identity_part.h"
#include "cgi/note_api.h"
#include "cgi/note_rows.h"
#include "cgi/offer_page.h"
#include "cgi/page.h"
#include "cgi/revise_api.h"
#include "cgi/route.h"
#include "cgi/session_door.h"
#include "cgi/template.h"
#include "cgi/thread_rows.h"
#include "lib/chat/code.h"
#include "lib/chat/right.h"
#include "lib/chat/routing.h"
#include "lib/chat/session.h"

#define BASE "/agent/chat"
#define PAST_ROWS 10
#define PREVIOUS_ROWS 30 /* of the chat that this one goes on with */

enum { Q_LIST, Q_LOST };
const struct field agent_page_query[] = {
    [Q_LIST] = {"list", FIELD_TEXT, false, 0, 10},
    [Q_LOST] = {"lost", FIELD_TEXT, false, 0, 40},
    {0},
};

/* ---- the lists alone ---- */

static void send_home(struct request *q, int status, bool is_all, const char *error)
{
    struct json_object *data = page_data(q);
    const struct agent_lists lists = {.is_all = is_all};
    char epoch[UUID_TEXT_SIZE];
    if (!agent_lists_fill(q, data, &lists) || !offer_page_put_offers(q, data)) {
        json_object_put(data);
        return;
    }
    page_bool(data, "atAgent", true);
    page_str(data, "epoch", message_epoch(q->db, epoch) ? epoch : "");
    page_str(data, "error", error);
    page_int(data, "refresh", 20);
    page_send(q, status, "agent", data);
}

void agent_page_home(struct request *q)
{
    bool is_all = strcmp(q->query[Q_LIST].s, "all") == 0;
    if (q->query[Q_LIST].len > 0 && !is_all) {
        answer_refuse(q, 400, CODE_INPUT, "There is no such choice.", "list");
        return;
    }
    if (is_all && !role_is_chief(q->who.role)) {
        answer_refuse(q, 403, CODE_RIGHT, "You are not allowed to do this.", NULL);
        return;
    }
    send_home(q, 200, is_all, q->query[Q_LOST].is_given ? answer_text(q, "Another agent has already accepted this chat.") : NULL);
}

void agent_page_dialogs(struct request *q)
{
    page_send(q, 200, "staff_dialogs", page_data(q));
}

/* ---- one chat ---- */

static struct json_object *past_row(const struct session *s, enum lang lang)
{
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    char name[401];
    buf_printf(&url, "/history/%s", s->session_id);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_str(row, "title", s->title);
    code_name(s->category_id, lang, name, sizeof name);
    page_str(row, "categoryName", name);
    page_str(row, "adminName", s->admin_name);
    page_time(row, "cdate", s->cdate_ms);
    return row;
}

/* Earlier chats of the same customer that this reader may open. */
static bool put_past(struct request *q, struct json_object *chat, const struct session *s)
{
    const struct session_filter filter = {.kind = LIST_OF_MEMBER, .member_id = s->member_id, .from_ms = -1, .to_ms = -1, .limit = PAST_ROWS + 1};
    struct session *list = NULL;
    size_t n = 0;
    int64_t next;
    if (!answer_outcome(q, session_list(q->db, &filter, &list, &n, &next, NULL), NULL))
        return false;
    struct json_object *past = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        if (list[i].session_no != s->session_no && list[i].status_id == STATUS_COMPLETED && right_may(&q->who, RIGHT_READ, &list[i]))
            page_push(past, past_row(&list[i], q->lang));
    free(list);
    page_bool(chat, "hasPast", json_object_array_length(past) > 0);
    page_put(chat, "past", past);
    return true;
}

static bool may_send(const struct request *q, const struct session *s)
{
    return (s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED) && right_side(&q->who, s) == 'A' && right_may(&q->who, RIGHT_SEND, s);
}

/* previous {past_row()'s, rows}: the chat that this one goes on with, so that nobody has to ask again. */
static bool put_previous(struct request *q, struct json_object *chat, const struct session *s)
{
    struct session previous;
    struct message *rows = NULL;
    struct refusal refusal;
    size_t n = 0;
    page_put(chat, "previous", NULL);
    if (!s->previous_session_id[0])
        return true;
    enum outcome outcome = session_find(q->db, &q->who, s->previous_session_id, &previous, &refusal);
    if (outcome == OUTCOME_REFUSED) /* gone, or not this reader's */
        return true;
    if (outcome == OUTCOME_DONE)
        outcome = message_list(q->db, previous.session_no, -1, -1, PREVIOUS_ROWS, &rows, &n);
    if (!answer_outcome(q, outcome, NULL))
        return false;
    const struct thread_view view = {.lang = q->lang, .own_side = 'A', .other_read_seq = previous.member_read_seq};
    struct json_object *o = past_row(&previous, q->lang);
    page_put(o, "rows", thread_rows(rows, n, &view));
    page_put(chat, "previous", o);
    message_free_list(&rows, n);
    return true;
}

static void put_rights(struct request *q, struct json_object *chat, const struct session *s)
{
    char side = right_side(&q->who, s);
    bool is_waiting = s->status_id == STATUS_WAITING, is_talking = s->status_id == STATUS_ACTIVE || s->status_id == STATUS_DISCONNECTED;
    page_bool(chat, "isActive", s->status_id == STATUS_ACTIVE);
    page_bool(chat, "isAway", s->status_id == STATUS_DISCONNECTED);
    page_bool(chat, "isMine", side == 'A');
    page_bool(chat, "canAccept", is_waiting && right_may(&q->who, RIGHT_ACCEPT, s));
    page_bool(chat, "canTakeOver", is_talking && side == 'S');
    page_bool(chat, "canTransfer", is_talking && right_may(&q->who, RIGHT_OFFER, s));
    page_bool(chat, "canHold", is_talking && right_may(&q->who, RIGHT_HOLD, s));
    page_bool(chat, "canEnd", is_talking && right_may(&q->who, RIGHT_END, s));
    page_bool(chat, "canSend", may_send(q, s));
}

static struct json_object *chat_data(struct request *q, const struct session *s)
{
    struct json_object *chat = json_object_new_object();
    struct code status;
    char name[401];
    page_str(chat, "sessionId", s->session_id);
    page_str(chat, "name", s->member_name);
    page_str(chat, "email", s->member_email);
    code_name(s->category_id, q->lang, name, sizeof name);
    page_str(chat, "category", name);
    page_str(chat, "title", s->title);
    page_time(chat, "cdate", s->cdate_ms);
    page_str(chat, "status", code_by_id(s->status_id, &status) ? status.code : "");
    code_name(s->status_id, q->lang, name, sizeof name);
    page_str(chat, "statusName", name);
    page_str(chat, "adminName", s->admin_name);
    page_int(chat, "waitS", s->accept_ms >= s->cdate_ms ? (s->accept_ms - s->cdate_ms) / 1000 : 0);
    page_int(chat, "otherReadSeq", s->member_read_seq);
    page_bool(chat, "isOffline", s->offline);
    put_rights(q, chat, s);
    if (s->member_grace_ms >= 0) {
        struct json_object *away = json_object_new_object();
        page_time(away, "until", s->member_grace_ms);
        page_put(chat, "away", away);
    } else {
        page_put(chat, "away", NULL);
    }
    if (identity_part_put(q, chat, s->member_id) && entry_part_put(q, chat, s) && put_past(q, chat, s) && put_previous(q, chat, s) && offer_page_put_state(q, chat, s) &&
        desk_page_put(q, chat, s))
        return chat;
    json_object_put(chat);
    return NULL;
}

static void send_thread(struct request *q, int status, const struct session *s, const struct thread_page *p)
{
    struct json_object *data = page_data(q), *chat;
    const struct agent_lists lists = {.current_id = s->session_id};
    page_bool(data, "atAgent", true);
    if (!agent_lists_fill(q, data, &lists) || !offer_page_put_offers(q, data) || !thread_page_fill(q, data, s, p) || !note_rows_put(q, data, s))
        goto drop;
    chat = chat_data(q, s);
    if (!chat)
        goto drop;
    struct json_object *earlier;
    page_put(chat, "earlierUrl", json_object_object_get_ex(data, "earlierUrl", &earlier) ? json_object_get(earlier) : NULL);
    page_put(data, "chat", chat);
    if (q->route->body == note_page_body)
        page_str(data, "noteDraft", q->form[0].s);
    if (p->is_writing && may_send(q, s) && !canned_page_put(q, data, s))
        goto drop;
    page_send(q, status, "agent", data);
    return;
drop:
    json_object_put(data);
}

static const struct thread_kind kind = {'A', BASE, session_door_find, send_thread};

void agent_page_thread(struct request *q)
{
    thread_page_show(q, &kind);
}

void agent_page_refresh(struct request *q)
{
    thread_page_refresh(q, &kind);
}

void agent_page_send(struct request *q)
{
    thread_page_post(q, &kind);
}

void agent_page_note(struct request *q)
{
    struct note note;
    struct session s;
    struct refusal refusal = {0};
    enum outcome outcome = note_api_add(q, &note, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status != 404) {
        const struct thread_page p = {.side = 'A', .base = BASE, .error = answer_text(q, refusal.message), .is_writing = true};
        if (session_door_find(q, &s))
            send_thread(q, refusal.status, &s, &p);
    } else if (answer_outcome(q, outcome, &refusal)) {
        answer_redirectf(q, BASE "/%s", note.session_id);
    }
    note_clear(&note);
}

void agent_page_lost(struct request *q, const struct refusal *refusal)
{
    struct json_object *args = json_object_new_object();
    struct buf error = BUF_INIT;
    page_str(args, "name", refusal->admin_name);
    template_fill(&error, answer_text(q, refusal->admin_id ? "{name} accepted this chat first." : refusal->message), args);
    json_object_put(args);
    send_home(q, 409, false, buf_str(&error));
    buf_free(&error);
}

void agent_page_accept(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    enum outcome outcome = routing_accept(q->db, q->config, &q->who, q->arg[0], &change, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 409)
        agent_page_lost(q, &refusal);
    else if (session_door_changed(q, outcome, &change, &refusal))
        answer_redirectf(q, BASE "/%s", change.session.session_id);
    change_clear(&change);
}

void agent_page_take_over(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    change_init(&change);
    enum outcome outcome = session_take_over(q->db, &q->who, q->arg[0], &change, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 409)
        agent_page_lost(q, &refusal);
    else if (session_door_changed(q, outcome, &change, &refusal))
        answer_redirectf(q, BASE "/%s", change.session.session_id);
    change_clear(&change);
}

/* After a step that takes the chat away: back to the lists. */
static void finish_step(struct request *q, enum outcome outcome, struct change *change, const struct refusal *refusal)
{
    if (session_door_changed(q, outcome, change, refusal))
        answer_redirect(q, "/agent");
    change_clear(change);
}

void agent_page_message(struct request *q)
{
    revise_page_show(q, &kind);
}

void agent_page_message_edit(struct request *q)
{
    revise_page_edit(q, &kind);
}

void agent_page_message_delete(struct request *q)
{
    revise_page_delete(q, &kind);
}

void agent_page_end_form(struct request *q)
{
    thread_page_form(q, "end", BASE);
}

void agent_page_end(struct request *q)
{
    struct change change;
    struct refusal refusal = {0};
    int32_t reason_id;
    if (!session_door_code(q, GROUP_EXIT, &q->form[0], "exitReasonId", &reason_id))
        return;
    change_init(&change);
    finish_step(q, session_end(q->db, &q->who, q->arg[0], reason_id, &change, &refusal), &change, &refusal);
}
