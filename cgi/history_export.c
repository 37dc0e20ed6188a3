/* history_export: see history_export.h. The file is written page by page from the database straight to the web server: no temporary file, and no more memory than
 * a page takes. A database that fails in the midst cuts the answer, so that nobody takes half a file for a whole one. */
#include "cgi/history_export.h"

#include <string.h>

#include "cgi/answer.h"
#include "cgi/csv.h"
#include "cgi/history_filter.h"
#include "cgi/history_page.h"
#include "cgi/page.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/history_export.h"
#include "lib/chat/message.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

#define MESSAGES_AT_ONCE 500
#define WRITE_BYTES 65536 /* goes out when so much is there */

enum { B_FORMAT = HISTORY_OWN_TOTAL, B_BOM, B_MESSAGES, B_PURPOSE };
const struct field history_export_body[] = {
    HISTORY_FIELDS,
    [B_FORMAT] = {"format", FIELD_TEXT, false, 0, 10},
    [B_BOM] = {"bom", FIELD_INT, false, 0, 1},
    [B_MESSAGES] = {"messages", FIELD_INT, false, 0, 1},
    [B_PURPOSE] = {"purpose", FIELD_TEXT, false, 0, 4000},
    {0},
};

struct export {
    struct request *q;
    struct session_filter filter;
    struct buf text;
    bool is_csv, has_messages;
};

/* ---- one chat ---- */

static const char *const columns[] = {"session_id", "customer", "email", "category", "agent", "title", "requested", "accepted", "first_answer", "ended", "exit_reason",
                                      "abandoned", "rating", "messages"};

static void write_head(struct export *e)
{
    struct csv c = CSV_WRITER(&e->text);
    if (!e->is_csv)
        return;
    if (e->q->form[B_BOM].i == 1)
        buf_add_str(&e->text, "\xEF\xBB\xBF");
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        csv_plain(&c, columns[i]);
    csv_end_row(&c);
}

static void csv_time(struct csv *c, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE] = "";
    if (ms >= 0)
        clock_rfc3339(ms, text);
    csv_plain(c, text);
}

static void csv_code(struct csv *c, int32_t code_id, enum lang lang)
{
    char name[401] = "";
    if (code_id)
        code_name(code_id, lang, name, sizeof name);
    csv_text(c, name);
}

static void write_csv(struct export *e, const struct session *s, int32_t score)
{
    struct csv c = CSV_WRITER(&e->text);
    csv_plain(&c, s->session_id);
    csv_text(&c, s->member_name);
    csv_text(&c, s->member_email);
    csv_code(&c, s->category_id, e->q->lang);
    csv_text(&c, s->admin_name);
    csv_text(&c, s->title);
    csv_time(&c, s->cdate_ms);
    csv_time(&c, s->accept_ms);
    csv_time(&c, s->first_response_ms);
    csv_time(&c, s->end_ms);
    csv_code(&c, s->exit_reason_id, e->q->lang);
    csv_int(&c, s->abandoned);
    if (score)
        csv_int(&c, score);
    else
        csv_plain(&c, "");
    csv_int(&c, s->message_count);
    csv_end_row(&c);
}

static bool write_some(struct export *e, size_t at_least)
{
    bool is_fine = !buf_failed(&e->text) && (e->text.len < at_least || e->text.len == 0 || answer_write(e->q, e->text.p, e->text.len));
    if (e->text.len >= at_least || !is_fine)
        buf_reset(&e->text);
    return is_fine;
}

/* The rows as a reader gets them: what was edited as it is now, nothing of what was deleted. */
static bool write_messages(struct export *e, struct json_writer *w, const struct session *s)
{
    int32_t after = 0;
    size_t n = MESSAGES_AT_ONCE;
    jw_array_key(w, "messages");
    while (n == MESSAGES_AT_ONCE) {
        struct message *rows = NULL;
        if (message_list(e->q->db, s->session_no, after, -1, MESSAGES_AT_ONCE, &rows, &n) != OUTCOME_DONE)
            return false;
        for (size_t i = 0; i < n; i++)
            wire_message(w, NULL, &rows[i]);
        if (n > 0)
            after = rows[n - 1].seq;
        message_free_list(&rows, n);
        if (!write_some(e, WRITE_BYTES))
            return false;
    }
    jw_array_end(w);
    return true;
}

/* {session: as lists have it, rating: 1..5 or null, messages?: [...]} and a line's end */
static bool write_jsonl(struct export *e, const struct session *s, int32_t score)
{
    struct json_writer w = JSON_WRITER(&e->text);
    jw_object(&w);
    wire_session(&w, "session", s, e->q->lang, true);
    if (score)
        jw_int(&w, "rating", score);
    else
        jw_null(&w, "rating");
    if (e->has_messages && !write_messages(e, &w, s))
        return false;
    jw_object_end(&w);
    buf_add_char(&e->text, '\n');
    return true;
}

static bool write_page(struct export *e, const struct history_export_chats *page)
{
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < page->n; i++) {
        if (e->is_csv)
            write_csv(e, &page->list[i], page->scores[i]);
        else
            is_fine = write_jsonl(e, &page->list[i], page->scores[i]);
        is_fine = is_fine && write_some(e, WRITE_BYTES);
    }
    return is_fine && write_some(e, 1);
}

/* ---- the stream ---- */

/* The first page is read before the head goes out, so that a database that is away is a 503. */
static void stream(struct export *e)
{
    struct request *q = e->q;
    struct history_export_chats page;
    struct refusal refusal = {0};
    char name[CLOCK_TEXT_SIZE];
    if (!answer_outcome(q, code_refresh(q->db) ? history_export_read(q->db, &q->who, &e->filter, &page, &refusal) : OUTCOME_AWAY, &refusal))
        return;
    clock_rfc3339(clock_wall_ms(), name);
    answer_type(q, e->is_csv ? "text/csv; charset=utf-8; header=present" : "application/jsonl; charset=utf-8");
    answer_header(q, "Content-Disposition", "attachment; filename=\"history-%.10s.%s\"", name, e->is_csv ? "csv" : "jsonl");
    write_head(e);
    bool goes_on = answer_stream(q, -1);
    while (goes_on) {
        goes_on = write_page(e, &page);
        history_export_clear(&page);
        if (!goes_on || !e->filter.cursor)
            break;
        goes_on = history_export_read(q->db, &q->who, &e->filter, &page, &refusal) == OUTCOME_DONE;
    }
    history_export_clear(&page);
    if (!goes_on)
        answer_cut(q);
}

/* For the audit log: the filter's fields that were given, as a query. */
static void say_what(const struct request *q, struct buf *out)
{
    for (size_t i = 0; history_export_body[i].name; i++)
        if (q->form[i].is_given && i != B_PURPOSE && (q->form[i].len > 0 || history_export_body[i].type == FIELD_INT)) {
            if (out->len)
                buf_add_str(out, ", ");
            if (history_export_body[i].type == FIELD_INT)
                buf_printf(out, "%s=%lld", history_export_body[i].name, (long long)q->form[i].i);
            else
                buf_printf(out, "%s=%s", history_export_body[i].name, q->form[i].s);
        }
}

static bool is_jsonl(const struct request *q)
{
    return strcmp(q->form[B_FORMAT].s, "jsonl") == 0;
}

/* DONE: it is noted, and e may be streamed. */
static enum outcome begin(struct request *q, struct export *e, struct refusal *refusal)
{
    struct buf what = BUF_INIT;
    *e = (struct export){.q = q, .is_csv = !is_jsonl(q), .has_messages = q->form[B_MESSAGES].i == 1};
    if (q->form[B_FORMAT].len > 0 && e->is_csv && strcmp(q->form[B_FORMAT].s, "csv") != 0)
        return refuse_field(refusal, 400, CODE_INPUT, "There is no such choice.", "format");
    if (q->form[HISTORY_CURSOR].is_given || q->form[HISTORY_LIMIT].is_given)
        return refuse_field(refusal, 400, CODE_INPUT, "An export is always whole.", q->form[HISTORY_CURSOR].is_given ? "cursor" : "limit");
    if (!history_filter_read(q->config, q->form, HISTORY_EXPORT_PAGE, &e->filter, refusal))
        return OUTCOME_REFUSED;
    say_what(q, &what);
    enum outcome outcome = buf_failed(&what) ? OUTCOME_AWAY : history_export_begin(q->db, &q->who, q->form[B_PURPOSE].s, buf_str(&what), refusal);
    buf_free(&what);
    return outcome;
}

void history_export_api(struct request *q)
{
    struct export e;
    struct refusal refusal = {0};
    if (answer_outcome(q, begin(q, &e, &refusal), &refusal))
        stream(&e);
    buf_free(&e.text);
}

/* ---- the page ---- */

/* The filter goes on in hidden fields. */
static void put_filter(struct json_object *data, const struct value *v)
{
    struct json_object *fields = json_object_new_array();
    for (size_t i = 0; i < HISTORY_OWN_TOTAL; i++) {
        if (i == HISTORY_CURSOR || i == HISTORY_LIMIT || !v[i].is_given)
            continue;
        struct json_object *o = json_object_new_object();
        page_str(o, "name", history_export_body[i].name);
        if (history_export_body[i].type == FIELD_INT) {
            struct buf number = BUF_INIT;
            buf_printf(&number, "%lld", (long long)v[i].i);
            page_str(o, "value", buf_str(&number));
            buf_free(&number);
        } else {
            page_str(o, "value", v[i].s);
        }
        page_push(fields, o);
    }
    page_put(data, "fields", fields);
}

/* refusal NULL: nothing is wrong. */
static void send_page(struct request *q, const struct value *filter, int status, const struct refusal *refusal)
{
    struct json_object *data = page_data(q), *form = json_object_new_object();
    put_filter(data, filter);
    page_str(form, "purpose", q->method == METHOD_POST ? q->form[B_PURPOSE].s : "");
    page_bool(form, "isJsonl", q->method == METHOD_POST && is_jsonl(q));
    page_bool(form, "bom", q->method != METHOD_POST || q->form[B_BOM].i == 1);
    page_bool(form, "messages", q->method == METHOD_POST && q->form[B_MESSAGES].i == 1);
    page_put(data, "form", form);
    if (refusal && refusal->field && strcmp(refusal->field, "purpose") == 0)
        page_str(data, "purposeError", answer_text(q, refusal->message));
    else if (refusal)
        page_str(data, "error", answer_text(q, refusal->message));
    if (history_page_put_top(q, data))
        page_send(q, status, "history_export", data);
    else
        json_object_put(data);
}

void history_export_page(struct request *q)
{
    send_page(q, q->query, 200, NULL);
}

void history_export_submit(struct request *q)
{
    struct export e;
    struct refusal refusal = {0};
    enum outcome outcome = begin(q, &e, &refusal);
    if (outcome == OUTCOME_REFUSED)
        send_page(q, q->form, refusal.status, &refusal);
    else if (answer_outcome(q, outcome, &refusal))
        stream(&e);
    buf_free(&e.text);
}
