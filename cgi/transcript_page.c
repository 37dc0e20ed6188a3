/* transcript_page: see transcript_page.h. */
#include "cgi/transcript_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/template_format.h"
#include "cgi/thread_rows.h"
#include "cgi/transcript_text.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/mail.h"
#include "lib/chat/message.h"
#include "lib/chat/transcript.h"

#define ROWS_AT_ONCE 500
#define PAGE_ROWS 2000 /* of a page; the file has all of them */

enum { Q_SENT };
const struct field transcript_page_query[] = {
    [Q_SENT] = {"sent", FIELD_INT, false, 1, 1},
    {0},
};
enum { M_EMAIL };
const struct field transcript_page_mail_body[] = {
    [M_EMAIL] = {"email", FIELD_TEXT, false, 0, 0},
    {0},
};
enum { L_SECRET };
const struct field transcript_page_link_body[] = {
    [L_SECRET] = {"secret", FIELD_TEXT, false, 0, 200},
    {0},
};

/* ---- as text ---- */

/* Called with each piece; false ends the walk. */
typedef bool on_piece(void *context, struct buf *piece);

/* Every piece of the talk, from the beginning. AWAY: the database failed in between. */
static enum outcome walk_text(struct request *q, const struct session *s, on_piece *on, void *context)
{
    struct buf piece = BUF_INIT;
    int64_t last_ms = -1;
    int32_t after = 0;
    enum outcome outcome = OUTCOME_DONE;
    bool goes_on = true;
    transcript_text_head(&piece, q->config, q->lang, s);
    while (goes_on) {
        struct message *rows = NULL;
        size_t n = 0;
        outcome = message_list(q->db, s->session_no, after, -1, ROWS_AT_ONCE, &rows, &n);
        if (outcome != OUTCOME_DONE)
            break;
        transcript_text_rows(&piece, q->lang, rows, n, &last_ms);
        after = n ? rows[n - 1].seq : after;
        message_free_list(&rows, n);
        if (buf_failed(&piece)) {
            outcome = OUTCOME_AWAY;
            break;
        }
        goes_on = on(context, &piece) && n == ROWS_AT_ONCE;
        buf_reset(&piece);
    }
    buf_free(&piece);
    return outcome;
}

static bool on_file_piece(void *context, struct buf *piece)
{
    struct request *q = context;
    return (q->answer.is_streamed || answer_stream(q, -1)) && !q->is_head && answer_write(q, piece->p, piece->len);
}

void transcript_page_text(struct request *q, const struct transcript_kind *kind)
{
    struct session s;
    if (!kind->find(q, &s))
        return;
    struct buf day = BUF_INIT;
    struct json_object *time = json_object_new_int64(s.cdate_ms);
    value_format_write(&day, FORMAT_DATE, time, q->lang);
    json_object_put(time);
    answer_type(q, "text/plain; charset=utf-8");
    answer_header(q, "Content-Disposition", "attachment; filename=\"chat-%s.txt\"", buf_str(&day));
    buf_free(&day);
    if (walk_text(q, &s, on_file_piece, q) == OUTCOME_DONE)
        return;
    if (q->answer.is_streamed) { /* a file that ends too soon must not look whole */
        answer_cut(q);
        return;
    }
    answer_reset(q);
    answer_away(q);
}

static bool on_letter_piece(void *context, struct buf *piece)
{
    struct buf *text = context;
    buf_add(text, piece->p, piece->len);
    return text->len <= TRANSCRIPT_MAIL_BYTES;
}

/* ---- as a page ---- */

static struct json_object *chat_data(struct request *q, const struct session *s)
{
    struct json_object *chat = json_object_new_object();
    char topic[401];
    code_name(s->category_id, q->lang, topic, sizeof topic);
    page_str(chat, "sessionId", s->session_id);
    page_str(chat, "categoryName", topic);
    page_str(chat, "title", s->title);
    page_str(chat, "memberName", s->member_name);
    page_str(chat, "adminName", s->admin_name);
    page_time(chat, "cdate", s->cdate_ms);
    page_time(chat, "endTime", s->end_ms);
    return chat;
}

/* The last PAGE_ROWS rows, drawn in pieces. */
static enum outcome load_rows(struct request *q, const struct session *s, struct message **rows_r, size_t *n_r)
{
    struct message *all = calloc(PAGE_ROWS, sizeof *all);
    int32_t after = s->message_count > PAGE_ROWS ? s->message_count - PAGE_ROWS : 0;
    enum outcome outcome = all ? OUTCOME_DONE : OUTCOME_AWAY;
    size_t total = 0, n = ROWS_AT_ONCE;
    while (outcome == OUTCOME_DONE && n == ROWS_AT_ONCE && total < PAGE_ROWS) {
        struct message *rows = NULL;
        size_t left = PAGE_ROWS - total;
        outcome = message_list(q->db, s->session_no, after, -1, (int)(left < ROWS_AT_ONCE ? left : ROWS_AT_ONCE), &rows, &n);
        if (outcome != OUTCOME_DONE)
            break;
        if (n)
            memcpy(all + total, rows, n * sizeof *rows); /* what they own goes along */
        total += n;
        after = total ? all[total - 1].seq : after;
        free(rows);
    }
    if (outcome != OUTCOME_DONE && all)
        message_free_list(&all, total);
    *rows_r = outcome == OUTCOME_DONE ? all : NULL;
    *n_r = outcome == OUTCOME_DONE ? total : 0;
    return outcome;
}

/* False: the answer stands. */
static bool put_talk(struct request *q, struct json_object *data, const struct session *s)
{
    const struct thread_view view = {.lang = q->lang, .own_side = 'M'};
    struct message *rows = NULL;
    size_t n = 0;
    if (!answer_outcome(q, load_rows(q, s, &rows, &n), NULL))
        return false;
    page_put(data, "chat", chat_data(q, s));
    page_put(data, "messages", thread_rows(rows, n, &view));
    page_bool(data, "isCut", s->message_count > PAGE_ROWS);
    message_free_list(&rows, n);
    return true;
}

static void put_url(struct json_object *data, const char *key, const struct transcript_kind *kind, const struct session *s, const char *behind)
{
    char url[128];
    snprintf(url, sizeof url, "%s/%s%s", kind->base, s->session_id, behind);
    page_str(data, key, url);
}

/* mail {email, error}: the form; what was typed and refused, or the member's own address. */
static void put_mail(struct request *q, struct json_object *data, const char *typed, const char *error)
{
    struct json_object *mail = json_object_new_object();
    page_str(mail, "email", typed ? typed : q->who.email);
    page_str(mail, "error", error);
    page_put(data, "mail", mail);
}

static void send_html(struct request *q, const struct transcript_kind *kind, const struct session *s, int status, const char *typed, const struct refusal *refusal)
{
    struct json_object *data = page_data(q);
    if (!put_talk(q, data, s)) {
        json_object_put(data);
        return;
    }
    put_url(data, "threadUrl", kind, s, "");
    put_url(data, "textUrl", kind, s, "/transcript.txt");
    if (kind->has_mail && mail_is_on(q->config)) {
        put_mail(q, data, typed, refusal && refusal->field ? answer_text(q, refusal->message) : NULL);
        put_url(data, "mailUrl", kind, s, "/transcript");
    }
    page_bool(data, "sent", status == 200 && q->query[Q_SENT].i == 1);
    if (refusal && !refusal->field)
        page_str(data, "error", answer_text(q, refusal->message));
    if (refusal && refusal->retry_after_ms > 0)
        answer_header(q, "Retry-After", "%lld", (long long)((refusal->retry_after_ms + 999) / 1000));
    page_send(q, status, "transcript", data);
}

void transcript_page_html(struct request *q, const struct transcript_kind *kind)
{
    struct session s;
    if (kind->find(q, &s))
        send_html(q, kind, &s, 200, NULL, NULL);
}

void transcript_page_mail(struct request *q, const struct transcript_kind *kind)
{
    struct session s;
    struct buf text = BUF_INIT;
    struct refusal refusal = {0};
    if (!kind->find(q, &s))
        return;
    enum outcome outcome = walk_text(q, &s, on_letter_piece, &text);
    if (outcome == OUTCOME_DONE && buf_failed(&text))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE)
        outcome = transcript_mail(q->db, q->config, &q->who, s.session_id, q->form[M_EMAIL].s, text.len <= TRANSCRIPT_MAIL_BYTES ? buf_str(&text) : "", q->lang, &refusal);
    buf_free(&text);
    if (outcome == OUTCOME_REFUSED && refusal.status != 404)
        send_html(q, kind, &s, refusal.status, q->form[M_EMAIL].s, &refusal);
    else if (answer_outcome(q, outcome, &refusal))
        answer_redirectf(q, "%s/%s/transcript.html?sent=1", kind->base, s.session_id);
}

/* ---- by the link of a letter ---- */

void transcript_page_link(struct request *q)
{
    page_send(q, 200, "transcript_link", page_data(q));
}

void transcript_page_open(struct request *q)
{
    struct session s;
    struct refusal refusal = {0};
    const char *secret = q->form[L_SECRET].s;
    if (!answer_outcome(q, transcript_find(q->db, secret, &s, &refusal), &refusal))
        return;
    struct json_object *data = page_data(q);
    if (!put_talk(q, data, &s)) {
        json_object_put(data);
        return;
    }
    if (answer_outcome(q, transcript_use(q->db, secret, &refusal), &refusal)) /* last: what fails before it uses up nothing */
        page_send(q, 200, "transcript", data);
    else
        json_object_put(data);
}
