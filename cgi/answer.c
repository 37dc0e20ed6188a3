/* answer: see answer.h. */
#include "cgi/answer.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cgi/http_send.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"

const char *answer_phrase(int status)
{
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"}, {201, "Created"}, {206, "Partial Content"}, {303, "See Other"}, {304, "Not Modified"}, {400, "Bad Request"}, {401, "Unauthorized"},
        {403, "Forbidden"}, {404, "Not Found"}, {405, "Method Not Allowed"}, {409, "Conflict"}, {410, "Gone"}, {413, "Content Too Large"},
        {415, "Unsupported Media Type"}, {416, "Range Not Satisfiable"}, {422, "Unprocessable Content"}, {429, "Too Many Requests"},
        {503, "Service Unavailable"}, {507, "Insufficient Storage"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Error";
}

const char *answer_text(const struct request *q, const char *msgid)
{
    return catalog_text(q->lang, msgid);
}

void answer_status(struct request *q, int status) { q->answer.status = status; }

void answer_type(struct request *q, const char *type) { q->answer.content_type = type; }

struct buf *answer_body(struct request *q) { return &q->answer.body; }

void answer_header(struct request *q, const char *name, const char *format, ...)
{
    struct buf line = BUF_INIT;
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&line, format, ap);
    va_end(ap);
    bool is_clean = !buf_failed(&line);
    for (size_t i = 0; i < line.len; i++)
        is_clean = is_clean && (unsigned char)line.p[i] >= 0x20 && line.p[i] != 0x7f;
    if (is_clean) {
        buf_printf(&q->answer.head, "%s: %s\r\n", name, buf_str(&line));
        q->answer.has_cache_control = q->answer.has_cache_control || strcmp(name, "Cache-Control") == 0;
    } else {
        log_error("header_refused name=%s", name);
    }
    buf_free(&line);
}

/* Keeps the Set-Cookie lines alone. */
static void keep_cookies(struct buf *head)
{
    struct buf kept = BUF_INIT;
    for (const char *line = buf_str(head); *line;) {
        const char *end = strstr(line, "\r\n");
        size_t n = end ? (size_t)(end - line) + 2 : strlen(line);
        if (strncmp(line, "Set-Cookie:", 11) == 0)
            buf_add(&kept, line, n);
        line += n;
    }
    buf_free(head);
    *head = kept;
}

void answer_reset(struct request *q)
{
    if (q->answer.is_streamed)
        return;
    keep_cookies(&q->answer.head);
    buf_reset(&q->answer.body);
    q->answer.status = 200;
    q->answer.content_type = NULL;
    q->answer.has_cache_control = false;
}

void answer_envelope(struct request *q, int status, struct json_writer *w_r)
{
    answer_reset(q);
    q->answer.status = status;
    q->answer.content_type = "application/json; charset=utf-8";
    *w_r = (struct json_writer)JSON_WRITER(&q->answer.body);
    jw_object(w_r);
    jw_str(w_r, "code", CODE_OK);
    jw_str(w_r, "message", answer_text(q, "OK"));
}

void answer_envelope_end(struct request *q, struct json_writer *w)
{
    jw_time(w, "timestamp", clock_wall_ms());
    jw_object_end(w);
    if (buf_failed(&q->answer.body))
        answer_away(q);
}

void answer_done(struct request *q)
{
    struct json_writer w;
    answer_envelope(q, 200, &w);
    jw_null(&w, "data");
    answer_envelope_end(q, &w);
}

/* A route says what it answers; without one the address does, then what the client would rather read. */
static bool wants_page(struct request *q)
{
    if (q->route)
        return q->route->flags & ROUTE_PAGE;
    if (strncmp(q->path, "/api/", 5) == 0 || strncmp(q->path, "/stats/", 7) == 0)
        return false;
    const char *accept = http_param(q, "HTTP_ACCEPT");
    return accept && strstr(accept, "text/html");
}

/* {type, title, status, detail, code, message, errors?:[{field, message}], adminId?, adminName?} */
static void write_problem(struct request *q, const struct refusal *r)
{
    const char *message = answer_text(q, r->message ? r->message : answer_phrase(r->status));
    struct json_writer w = JSON_WRITER(&q->answer.body);
    q->answer.content_type = "application/problem+json";
    jw_object(&w);
    jw_str(&w, "type", "about:blank");
    jw_str(&w, "title", answer_phrase(r->status));
    jw_int(&w, "status", r->status);
    jw_str(&w, "detail", message);
    jw_str(&w, "code", r->code);
    jw_str(&w, "message", message);
    if (r->field) {
        jw_array_key(&w, "errors");
        jw_object(&w);
        jw_str(&w, "field", r->field);
        jw_str(&w, "message", message);
        jw_object_end(&w);
        jw_array_end(&w);
    }
    if (r->admin_id) {
        jw_int(&w, "adminId", r->admin_id);
        jw_str(&w, "adminName", r->admin_name);
    }
    jw_object_end(&w);
}

void answer_refusal(struct request *q, const struct refusal *refusal)
{
    struct refusal r = *refusal;
    if (q->answer.is_streamed)
        return;
    answer_reset(q);
    q->answer.status = r.status;
    if (r.retry_after_ms == 0 && (r.status == 503 || r.status == 429))
        r.retry_after_ms = 2000;
    if (wants_page(q))
        page_send_error(q, &r);
    else
        write_problem(q, &r);
    if (r.retry_after_ms > 0)
        answer_header(q, "Retry-After", "%lld", (long long)((r.retry_after_ms + 999) / 1000));
    if (r.status == 401)
        answer_header(q, "WWW-Authenticate", "Bearer realm=\"sangdam\"");
}

void answer_refuse(struct request *q, int status, const char *code, const char *message, const char *field)
{
    struct refusal r = {0};
    refuse_field(&r, status, code, message, field);
    answer_refusal(q, &r);
}

bool answer_outcome(struct request *q, enum outcome outcome, const struct refusal *refusal)
{
    switch (outcome) {
    case OUTCOME_DONE:
    case OUTCOME_SAME:
        return true;
    case OUTCOME_REFUSED:
        if (refusal) {
            answer_refusal(q, refusal);
            return false;
        }
        answer_away(q); /* nobody said why */
        return false;
    default:
        answer_away(q);
        return false;
    }
}

void answer_away(struct request *q)
{
    answer_refuse(q, 503, CODE_SERVER, "The service is away for a moment. Please try again.", NULL);
}

void answer_redirect(struct request *q, const char *path)
{
    answer_reset(q);
    q->answer.status = 303;
    answer_header(q, "Location", "%s%s", q->frame_prefix, path);
}

void answer_redirectf(struct request *q, const char *format, ...)
{
    struct buf path = BUF_INIT;
    va_list ap;
    va_start(ap, format);
    buf_vprintf(&path, format, ap);
    va_end(ap);
    answer_redirect(q, buf_str(&path));
    buf_free(&path);
}

bool answer_stream(struct request *q, int64_t length)
{
    q->answer.is_streamed = true;
    return http_send_head(q, length);
}

bool answer_write(struct request *q, const void *bytes, size_t n)
{
    return q->is_head || q->io->write(q->io, bytes, n);
}

void answer_cut(struct request *q)
{
    q->io->is_cut = true;
}
