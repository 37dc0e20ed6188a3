/* thread_page: see thread_page.h. */
#include "cgi/thread_page.h"

#include <stdio.h>
#include <stdlib.h>

#include "cgi/answer.h"
#include "cgi/message_api.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "cgi/thread_rows.h"
#include "lib/chat/code.h"
#include "lib/chat/notify.h"
#include "lib/chat/session.h"

#define ROWS_SHOWN 100
#define REFRESH_S 20 /* contract.md, Life: a reload without script is life */

enum { Q_BEFORE, Q_WRITE, Q_QUOTE };
const struct field thread_page_query[] = {
    [Q_BEFORE] = {"before", FIELD_INT, false, 2, INT32_MAX},
    [Q_WRITE] = {"write", FIELD_INT, false, 0, 1},
    [Q_QUOTE] = {"quote", FIELD_INT, false, 1, SEQ_MAX},
    {0},
};

enum { B_CONTENT, B_CLIENT_ID, B_QUOTE };
const struct field thread_page_send_body[] = {
    [B_CONTENT] = {"content", FIELD_TEXT, true, 0, 0},
    [B_CLIENT_ID] = {"clientMessageId", FIELD_TEXT, false, 0, 0},
    [B_QUOTE] = {"quoteSeq", FIELD_INT, false, 0, SEQ_MAX}, /* 0: none */
    {0},
};

const struct field thread_page_end_body[] = {
    {"exitReasonId", FIELD_CODE, false, 0, 0},
    {0},
};

static void from_query(const struct request *q, struct thread_page *p)
{
    p->before = (int32_t)q->query[Q_BEFORE].i;
    p->is_writing = q->query[Q_WRITE].i == 1 || q->query[Q_QUOTE].is_given;
    p->quote_seq = (int32_t)q->query[Q_QUOTE].i;
}

static void from_form(const struct request *q, struct thread_page *p)
{
    p->draft = q->form[B_CONTENT].s;
    p->message_id = uuid_is_valid(q->form[B_CLIENT_ID].s) ? q->form[B_CLIENT_ID].s : NULL;
    p->is_writing = true;
    p->quote_seq = (int32_t)q->form[B_QUOTE].i;
}

struct json_object *thread_page_exit_reasons(struct request *q)
{
    struct code *list = NULL;
    size_t n = code_list(GROUP_EXIT, &list);
    struct json_object *reasons = json_object_new_array();
    for (size_t i = 0; reasons && i < n; i++) {
        int32_t id = list[i].code_id;
        if (id == EXIT_WINDOW_CLOSED || id == EXIT_CANCELLED || id == EXIT_TIMEOUT || id == EXIT_TRANSFERRED)
            continue;
        struct json_object *row = json_object_new_object();
        page_int(row, "codeId", id);
        page_str(row, "label", list[i].name[q->lang]);
        page_bool(row, "checked", id == EXIT_SOLVED);
        page_push(reasons, row);
    }
    free(list);
    return reasons;
}

static void put_url(struct json_object *data, const char *key, const char *base, const char *session_id, int32_t before)
{
    struct buf url = BUF_INIT;
    buf_printf(&url, "%s/%s", base, session_id);
    if (before > 0)
        buf_printf(&url, "?before=%d", (int)before);
    page_str(data, key, buf_str(&url));
    buf_free(&url);
}

/* quote {seq, name, text} of the row that is being answered, as far as it is among those shown. */
static void put_quote(struct json_object *data, const struct thread_page *p, const struct message *rows, size_t n)
{
    if (p->quote_seq > 0)
        page_put(data, "quote", thread_quote(rows, n, p->quote_seq));
}

static void put_composer(struct json_object *data, const struct thread_page *p)
{
    char fresh[UUID_TEXT_SIZE];
    uuid_new(fresh);
    page_str(data, "clientMessageId", p->message_id ? p->message_id : fresh);
    uuid_new(fresh);
    page_str(data, "fileMessageId", fresh);
    page_str(data, "draft", p->draft);
    page_bool(data, "write", p->is_writing);
    page_str(data, "error", p->error);
}

bool thread_page_fill(struct request *q, struct json_object *data, const struct session *s, const struct thread_page *p)
{
    struct message *rows = NULL;
    size_t n = 0;
    char epoch[UUID_TEXT_SIZE];
    char url[64];
    snprintf(url, sizeof url, "%s/%s", p->base, s->session_id);
    const struct thread_view view = {.lang = q->lang, .own_side = p->side, .other_read_seq = p->side == 'M' ? s->admin_read_seq : s->member_read_seq,
                                     .thread_url = url};
    if (!message_epoch(q->db, epoch)) {
        answer_away(q);
        return false;
    }
    int32_t before = p->before > 0 ? p->before : INT32_MAX;
    if (!answer_outcome(q, message_list(q->db, s->session_no, -1, before, ROWS_SHOWN, &rows, &n), NULL))
        return false;
    page_put(data, "messages", thread_rows(rows, n, &view));
    put_quote(data, p, rows, n);
    put_url(data, "threadUrl", p->base, s->session_id, 0);
    if (n > 0 && rows[0].seq > 1)
        put_url(data, "earlierUrl", p->base, s->session_id, rows[0].seq);
    message_free_list(&rows, n);
    page_str(data, "epoch", epoch);
    page_int(data, "otherReadSeq", view.other_read_seq);
    page_put(data, "exitReasons", thread_page_exit_reasons(q));
    put_composer(data, p);
    if (!p->is_writing && p->before == 0 && s->status_id != STATUS_COMPLETED)
        page_int(data, "refresh", REFRESH_S);
    return true;
}

static bool send_posted(struct request *q, struct refusal *refusal_r)
{
    const struct value *id = &q->form[B_CLIENT_ID];
    const struct message_draft draft = {
        .session_id = q->arg[0],
        .content = q->form[B_CONTENT].s,
        .content_len = q->form[B_CONTENT].len,
        .client_message_id = id->is_given && id->len > 0 ? id->s : NULL,
        .quote_seq = (int32_t)q->form[B_QUOTE].i,
    };
    struct change change;
    enum outcome outcome;
    bool is_stored = message_api_send(q, &draft, &change, &outcome, refusal_r);
    change_clear(&change);
    if (is_stored) { /* who answers has read: without script nothing else says so */
        struct refusal ignored = {0};
        change_init(&change);
        if (session_mark_read(q->db, &q->who, q->arg[0], 0, &change, &ignored) == OUTCOME_DONE)
            notify_change(&change);
        change_clear(&change);
    }
    return is_stored;
}

static void show(struct request *q, const struct thread_kind *kind, void (*read_page)(const struct request *q, struct thread_page *p))
{
    struct session s;
    struct thread_page p = {.side = kind->side, .base = kind->base};
    if (!kind->find(q, &s))
        return;
    session_door_touch(q, &s);
    read_page(q, &p);
    kind->send(q, 200, &s, &p);
}

void thread_page_show(struct request *q, const struct thread_kind *kind)
{
    show(q, kind, from_query);
}

void thread_page_refresh(struct request *q, const struct thread_kind *kind)
{
    show(q, kind, from_form);
}

void thread_page_post(struct request *q, const struct thread_kind *kind)
{
    struct session s;
    struct refusal refusal = {0};
    if (!kind->find(q, &s))
        return;
    if (send_posted(q, &refusal)) {
        answer_redirectf(q, "%s/%s", kind->base, s.session_id);
        return;
    }
    struct thread_page p = {.side = kind->side, .base = kind->base, .error = answer_text(q, refusal.message)};
    if (refusal.status == 503 || refusal.status == 404) {
        answer_refusal(q, &refusal);
        return;
    }
    if (session_door_find(q, &s)) { /* anew: it may have ended meanwhile */
        from_form(q, &p);
        kind->send(q, refusal.status, &s, &p);
    }
}

void thread_page_form(struct request *q, const char *template_name, const char *base)
{
    struct session s;
    if (!session_door_find(q, &s))
        return;
    session_door_touch(q, &s);
    struct json_object *data = page_data(q);
    put_url(data, "threadUrl", base, s.session_id, 0);
    page_put(data, "exitReasons", thread_page_exit_reasons(q));
    page_send(q, 200, template_name, data);
}
