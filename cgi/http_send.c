/* http_send: see http_send.h. http_finish() lives here too: the answer's last station. */
#include "cgi/http_send.h"

#include <json-c/json.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/frame.h"
#include "lib/chat/counter.h"

/* No inline script or style anywhere: every page lives with this. blob: is what a picked or pasted picture has before it is sent. */
#define PAGE_POLICY                                                                                                                 \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; " \
    "form-action 'self'; base-uri 'none'; "
static const char page_security[] = PAGE_POLICY
    "frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n"
    "X-Frame-Options: DENY\r\n"
    "Referrer-Policy: same-origin\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n";
/* What is no document loads nothing and opens nothing: the rest would only make each poll longer. */
static const char data_security[] =
    "Content-Security-Policy: frame-ancestors 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\n";

/* A page in another site's page: that site's pages may show it, and our own shell. */
static void add_frame_security(const struct request *q, struct buf *head)
{
    buf_add_str(head, PAGE_POLICY "frame-src 'self'; frame-ancestors ");
    frame_add_ancestors(q, head);
    buf_add_str(head, "\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n");
}

static void add_security(const struct request *q, struct buf *head)
{
    const struct answer *a = &q->answer;
    if (a->status == 304 || (a->content_type && strncmp(a->content_type, "application/", strlen("application/")) == 0))
        buf_add_str(head, data_security);
    else if (q->frame)
        add_frame_security(q, head);
    else
        buf_add_str(head, page_security);
}

bool http_send_head(struct request *q, int64_t length)
{
    struct buf head = BUF_INIT;
    struct answer *a = &q->answer;
    buf_printf(&head, "Status: %d %s\r\n", a->status, answer_phrase(a->status));
    if (a->content_type)
        buf_printf(&head, "Content-Type: %s\r\n", a->content_type);
    else if (length > 0)
        buf_add_str(&head, "Content-Type: text/plain; charset=utf-8\r\n");
    if (a->status != 304 && length >= 0)
        buf_printf(&head, "Content-Length: %lld\r\n", (long long)length);
    if (!a->has_cache_control)
        buf_add_str(&head, "Cache-Control: no-store\r\n");
    add_security(q, &head);
    buf_add(&head, buf_str(&a->head), a->head.len);
    buf_add_str(&head, "\r\n");
    bool is_sent = !buf_failed(&head) && q->io->write(q->io, head.p, head.len);
    buf_free(&head);
    counter_add(COUNT_http_requests, 1);
    if (a->status >= 500)
        counter_add(COUNT_http_errors_5xx, 1);
    else if (a->status >= 400)
        counter_add(COUNT_http_errors_4xx, 1);
    return is_sent;
}

void http_finish(struct request *q)
{
    struct answer *a = &q->answer;
    if (!a->is_streamed) {
        if (buf_failed(&a->body)) {
            buf_free(&a->body);
            a->status = 503;
            a->content_type = NULL;
        }
        if (http_send_head(q, (int64_t)a->body.len) && !q->is_head && a->body.len > 0)
            q->io->write(q->io, a->body.p, a->body.len);
    }
    buf_free(&a->head);
    buf_free(&a->body);
    buf_free(&q->query_text);
    buf_free(&q->form_text);
    buf_free(&q->body);
    if (q->json)
        json_object_put(q->json);
    q->json = NULL;
    frame_leave(q);
}
