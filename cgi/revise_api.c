/* revise_api: see revise_api.h. */
#include "cgi/revise_api.h"

#include <stdlib.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/notify.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

const struct field revise_api_body[] = {
    {"content", FIELD_TEXT, true, 0, 0},
    {0},
};

/* The number in the path; 0 when it is none, which no message has. */
static int32_t path_seq(const struct request *q)
{
    char *end;
    long n = q->arg[1][0] >= '1' && q->arg[1][0] <= '9' ? strtol(q->arg[1], &end, 10) : 0;

    return n > 0 && n <= SEQ_MAX && !*end ? (int32_t)n : 0;
}

/* The message as it reads now. False: the answer stands. */
static bool find_message(struct request *q, const struct session *s, struct message **rows_r, size_t *n_r)
{
    int32_t seq = path_seq(q);

    *rows_r = NULL;
    *n_r = 0;
    if (seq > 0 && !answer_outcome(q, message_list(q->db, s->session_no, seq - 1, -1, 1, rows_r, n_r), NULL))
        return false;
    if (*n_r == 1 && (*rows_r)[0].seq == seq && ((*rows_r)[0].kind == KIND_TEXT || (*rows_r)[0].kind == KIND_FILE))
        return true;
    message_free_list(rows_r, *n_r);
    answer_refuse(q, 404, CODE_ABSENT, "There is no such message.", NULL);
    return false;
}

/* True for DONE and SAME; change_r is the caller's to clear either way. */
static bool revise(struct request *q, bool is_delete, struct change *change_r, enum outcome *outcome_r, struct refusal *refusal_r)
{
    const struct value *content = &q->form[0];

    *outcome_r = message_revise(q->db, q->config, &q->who, q->arg[0], path_seq(q), is_delete ? NULL : content->s, is_delete ? 0 : content->len, change_r, refusal_r);
    if (*outcome_r == OUTCOME_DONE)
        notify_change(change_r);
    return *outcome_r == OUTCOME_DONE || *outcome_r == OUTCOME_SAME;
}

/* ---- REST ---- */

static void answer_message(struct request *q, const struct message *m)
{
    struct json_writer w;

    answer_envelope(q, 200, &w);
    wire_message(&w, "data", m);
    answer_envelope_end(q, &w);
}

static void answer_revision(struct request *q, bool is_delete)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome;
    struct message *rows;
    size_t n;

    if (!revise(q, is_delete, &change, &outcome, &refusal)) {
        answer_outcome(q, outcome, &refusal);
    } else if (change.nrows > 0) {
        answer_message(q, &change.rows[change.nrows - 1]);
    } else if (find_message(q, &change.session, &rows, &n)) {
        answer_message(q, &rows[0]);
        message_free_list(&rows, n);
    }
    change_clear(&change);
}

void revise_api_edit(struct request *q)
{
    answer_revision(q, false);
}

void revise_api_delete(struct request *q)
{
    answer_revision(q, true);
}

/* ---- pages ---- */

static void send_page(struct request *q, int status, const struct thread_kind *kind, const struct session *s, const struct message *m, const char *error)
{
    struct json_object *data = page_data(q);
    struct buf url = BUF_INIT;
    bool is_own = m->sender_id == q->who.member_id, is_open = s->status_id != STATUS_COMPLETED;
    bool is_fresh = clock_wall_ms() - m->cdate_ms <= q->config->revise_window;

    buf_printf(&url, "%s/%s", kind->base, s->session_id);
    page_str(data, "threadUrl", buf_str(&url));
    buf_free(&url);
    page_int(data, "seq", m->seq);
    page_str(data, "senderName", m->sender_name);
    page_time(data, "timestamp", m->cdate_ms);
    page_str(data, "content", q->form[0].is_given ? q->form[0].s : m->content);
    page_bool(data, "redacted", m->revision == REVISION_REDACTED);
    page_bool(data, "canEdit", is_own && is_fresh && m->kind == KIND_TEXT && m->revision != REVISION_REDACTED);
    page_bool(data, "canDelete", ((is_own && is_fresh) || role_is_chief(q->who.role)) && m->revision != REVISION_REDACTED);
    page_bool(data, "canQuote", is_open && m->revision != REVISION_REDACTED);
    page_str(data, "error", error);
    page_send(q, status, "message", data);
}

static void show(struct request *q, int status, const struct thread_kind *kind, const char *error)
{
    struct session s;
    struct message *rows;
    size_t n;

    if (!kind->find(q, &s) || !find_message(q, &s, &rows, &n))
        return;
    send_page(q, status, kind, &s, &rows[0], error);
    message_free_list(&rows, n);
}

void revise_page_show(struct request *q, const struct thread_kind *kind)
{
    show(q, 200, kind, NULL);
}

static void post(struct request *q, const struct thread_kind *kind, bool is_delete)
{
    struct change change;
    struct refusal refusal = {0};
    enum outcome outcome;

    if (revise(q, is_delete, &change, &outcome, &refusal))
        answer_redirectf(q, "%s/%s", kind->base, change.session.session_id);
    else if (outcome == OUTCOME_REFUSED && refusal.status != 404)
        show(q, refusal.status, kind, answer_text(q, refusal.message));
    else
        answer_outcome(q, outcome, &refusal);
    change_clear(&change);
}

void revise_page_edit(struct request *q, const struct thread_kind *kind)
{
    post(q, kind, false);
}

void revise_page_delete(struct request *q, const struct thread_kind *kind)
{
    post(q, kind, true);
}
