/* door_sockjs: see door_sockjs.h. */
#include "pushd/door_sockjs.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/token.h"
#include "lib/base/utf8.h"
#include "lib/chat/config.h"
#include "pushd/conn.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/sockjs.h"
#include "pushd/sockjs_frame.h"

#define BLOCK_BYTES 4096

static const struct transport {
    const char *name, *method, *type;
    enum sockjs_kind kind;
    bool is_send;
} transports[] = {
    {"xhr", "POST", "application/javascript; charset=UTF-8", SOCKJS_XHR, false},
    {"xhr_streaming", "POST", "application/javascript; charset=UTF-8", SOCKJS_XHR_STREAMING, false},
    {"eventsource", "GET", "text/event-stream; charset=UTF-8", SOCKJS_EVENTSOURCE, false},
    {"xhr_send", "POST", "text/plain; charset=UTF-8", SOCKJS_XHR, true},
};

static const struct transport *transport_named(const char *name)
{
    for (size_t i = 0; i < sizeof transports / sizeof transports[0]; i++)
        if (strcmp(transports[i].name, name) == 0)
            return &transports[i];
    return NULL;
}

bool door_is_sockjs(const char *path)
{
    const char *session, *transport;
    size_t n;

    return strcmp(path, "info") == 0 || (sockjs_parse_path(path, &session, &n, &transport) && transport_named(transport));
}

void door_sockjs_body(struct push *push, struct sockjs_request *q, const char *bytes, size_t n)
{
    if (q->body.len + n > (size_t)push_config(push)->frame_max * 4)
        q->is_too_big = true;
    else
        buf_add(&q->body, bytes, n);
}

/* Queues and drops response, with what all of SockJS's answers carry. */
static enum MHD_Result send_response(struct MHD_Connection *http, unsigned status, struct MHD_Response *response, const char *type, const struct handshake *h)
{
    enum MHD_Result result;

    if (!response)
        return MHD_NO;
    if (type)
        MHD_add_response_header(response, "Content-Type", type);
    MHD_add_response_header(response, "Cache-Control", "no-store, no-cache, no-transform, must-revalidate, max-age=0");
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Accel-Buffering", "no"); /* nginx: pass each frame on at once */
    if (h->origins == 1) { /* it was checked */
        MHD_add_response_header(response, "Access-Control-Allow-Origin", h->origin);
        MHD_add_response_header(response, "Access-Control-Allow-Credentials", "true");
        MHD_add_response_header(response, "Vary", "Origin");
    }
    result = MHD_queue_response(http, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_text(struct MHD_Connection *http, unsigned status, const char *type, const char *text, const struct handshake *h)
{
    return send_response(http, status, MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text, MHD_RESPMEM_MUST_COPY), type, h);
}

static enum MHD_Result send_info(struct MHD_Connection *http, const struct handshake *h)
{
    char text[160];

    snprintf(text, sizeof text, "{\"websocket\":true,\"origins\":[\"*:*\"],\"cookie_needed\":true,\"entropy\":%u}", random_below(UINT32_MAX));
    return send_text(http, MHD_HTTP_OK, "application/json; charset=UTF-8", text, h);
}

/* The question that browsers ask before a POST to another origin. */
static enum MHD_Result send_options(struct MHD_Connection *http, const char *method, const struct handshake *h)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    const char *asked;
    char methods[32];

    if (!response)
        return MHD_NO;
    snprintf(methods, sizeof methods, "OPTIONS, %s", method);
    MHD_add_response_header(response, "Access-Control-Allow-Methods", methods);
    asked = MHD_lookup_connection_value(http, MHD_HEADER_KIND, "Access-Control-Request-Headers");
    if (asked && *asked && h->origins == 1)
        MHD_add_response_header(response, "Access-Control-Allow-Headers", asked);
    MHD_add_response_header(response, "Access-Control-Max-Age", "31536000");
    return send_response(http, MHD_HTTP_NO_CONTENT, response, NULL, h);
}

static enum MHD_Result refuse_method(struct MHD_Connection *http, const char *method, const struct handshake *h)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    char methods[32];

    if (!response)
        return MHD_NO;
    snprintf(methods, sizeof methods, "OPTIONS, %s", method);
    MHD_add_response_header(response, "Allow", methods);
    return send_response(http, MHD_HTTP_METHOD_NOT_ALLOWED, response, NULL, h);
}

static enum MHD_Result take_send(struct MHD_Connection *http, struct sockjs_session *session, const struct transport *transport, const struct handshake *h,
                                 struct sockjs_request *q)
{
    if (!session || sockjs_is_cut(session))
        return send_text(http, MHD_HTTP_NOT_FOUND, transport->type, "no such session\n", h);
    if (q->is_too_big)
        return send_text(http, MHD_HTTP_CONTENT_TOO_LARGE, transport->type, "too big\n", h);
    if (buf_failed(&q->body))
        return MHD_NO;
    /* SockJS 0.3.3 wants 500 and these words. */
    if (!q->body.len)
        return send_text(http, MHD_HTTP_INTERNAL_SERVER_ERROR, transport->type, "Payload expected.", h);
    if (!utf8_is_valid(q->body.p, q->body.len) || !sockjs_take(session, q->body.p, q->body.len))
        return send_text(http, MHD_HTTP_INTERNAL_SERVER_ERROR, transport->type, "Broken JSON encoding.", h);
    return send_response(http, MHD_HTTP_NO_CONTENT, MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT), transport->type, h);
}

static ssize_t on_read(void *cls, uint64_t at, char *to, size_t max)
{
    long n = sockjs_read(cls, to, max);

    (void)at;
    return n == SOCKJS_GONE ? MHD_CONTENT_READER_END_WITH_ERROR : n < 0 ? MHD_CONTENT_READER_END_OF_STREAM : n;
}

static enum MHD_Result refuse_receiver(struct MHD_Connection *http, const struct transport *transport, const struct handshake *h)
{
    static const char frame[] = "c[2010,\"Another connection still open\"]";
    struct buf text = BUF_INIT;
    enum MHD_Result result;

    sockjs_add_start(transport->kind, &text);
    sockjs_add_frame(transport->kind, frame, sizeof frame - 1, &text);
    result = buf_failed(&text) ? MHD_NO : send_text(http, MHD_HTTP_OK, transport->type, text.p, h);
    buf_free(&text);
    return result;
}

static enum MHD_Result receive(struct push *push, struct MHD_Connection *http, const char *id, size_t n, const struct transport *transport,
                               const struct handshake *h, struct sockjs_request *q, struct address **address)
{
    struct sockjs_table *table = push_sockjs(push);
    struct sockjs_session *session = sockjs_find(table, id, n, h->cookie);

    if (!session && sockjs_is_taken(table, id, n))
        return send_text(http, MHD_HTTP_NOT_FOUND, "text/plain; charset=UTF-8", "no such session\n", h);
    if (!session) {
        struct conn_start start = {.cookie = h->cookie[0] ? h->cookie : NULL, .bearer = handshake_bearer(h), .address = *address};
        *address = NULL;
        session = sockjs_open(table, id, n, h->cookie, &start);
        if (!session)
            return MHD_NO;
    }
    q->receiver = sockjs_receive(session, transport->kind, http);
    if (!q->receiver)
        return refuse_receiver(http, transport, h);
    return send_response(http, MHD_HTTP_OK, MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, BLOCK_BYTES, on_read, q->receiver, NULL), transport->type, h);
}

enum MHD_Result door_sockjs_answer(struct push *push, struct MHD_Connection *http, const char *path, const char *method, const struct handshake *h,
                                   struct sockjs_request *q, struct address **address)
{
    bool is_info = strcmp(path, "info") == 0;
    const struct transport *transport;
    const char *id = NULL, *name;
    size_t n = 0;

    if (!handshake_origin_is_allowed(h, push_config(push)->allowed_origins)) {
        struct handshake nobody = {0};
        metric_add(push_metrics(push), METRIC_handshakes_refused, 1);
        return send_text(http, MHD_HTTP_FORBIDDEN, "text/plain; charset=UTF-8", "this origin is not allowed\n", &nobody);
    }
    if (h->has_cookie_twice)
        return send_text(http, MHD_HTTP_BAD_REQUEST, "text/plain; charset=UTF-8", "the cookie came twice\n", h);
    transport = is_info || !sockjs_parse_path(path, &id, &n, &name) ? NULL : transport_named(name);
    if (!is_info && !transport)
        return send_text(http, MHD_HTTP_NOT_FOUND, "text/plain; charset=UTF-8", "not found\n", h);
    if (strcmp(method, "OPTIONS") == 0)
        return send_options(http, is_info ? "GET" : transport->method, h);
    if (strcmp(method, is_info ? "GET" : transport->method) != 0)
        return refuse_method(http, is_info ? "GET" : transport->method, h);
    if (is_info)
        return send_info(http, h);
    if (transport->is_send)
        return take_send(http, sockjs_find(push_sockjs(push), id, n, h->cookie), transport, h, q);
    return receive(push, http, id, n, transport, h, q, address);
}

void door_sockjs_completed(struct sockjs_request *q, bool was_whole)
{
    sockjs_receiver_end(&q->receiver, was_whole);
    buf_free(&q->body);
}
