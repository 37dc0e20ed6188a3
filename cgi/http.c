/* http: see http.h. */
#include "cgi/http.h"

#include <json-c/json.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/frame.h"
#include "cgi/http_head.h"
#include "cgi/set_cookie.h"
#include "lib/chat/config.h"
#include "lib/chat/cookie.h"

const char *http_param(struct request *q, const char *name)
{
    return q->io->param(q->io, name);
}

static const char *param_or_empty(struct request *q, const char *name)
{
    const char *s = http_param(q, name);
    return s ? s : "";
}

static enum http_method method_of(const char *text, bool *is_head_r)
{
    *is_head_r = strcmp(text, "HEAD") == 0;
    if (*is_head_r || strcmp(text, "GET") == 0)
        return METHOD_GET;
    if (strcmp(text, "POST") == 0)
        return METHOD_POST;
    if (strcmp(text, "PUT") == 0)
        return METHOD_PUT;
    return strcmp(text, "DELETE") == 0 ? METHOD_DELETE : METHOD_OTHER;
}

/* The web server says https, or a proxy that may say so. */
static bool said_https(struct request *q)
{
    const char *https = http_param(q, "HTTPS");
    if (https && *https && strcmp(https, "off") != 0)
        return true;
    if (strcmp(param_or_empty(q, "REQUEST_SCHEME"), "https") == 0)
        return true;
    return strcmp(param_or_empty(q, "HTTP_X_FORWARDED_PROTO"), "https") == 0 &&
           client_address_is_trusted(q->config->trusted_proxies, param_or_empty(q, "REMOTE_ADDR"));
}

static void read_lang(struct request *q)
{
    char tag[8];
    if (cookie_find(http_param(q, "HTTP_COOKIE"), "lang", tag, sizeof tag) != COOKIE_ONE || !lang_from_tag(tag, &q->lang))
        q->lang = lang_from_accept(http_param(q, "HTTP_ACCEPT_LANGUAGE"));
}

/* REQUEST_URI is what the browser sent, before the web server's own decoding. A plain CGI program in a folder has its own name in front. */
static bool read_path(struct request *q)
{
    const char *target = param_or_empty(q, "REQUEST_URI"), *script = param_or_empty(q, "SCRIPT_NAME");
    size_t n = strlen(script);
    if (n > 0 && *param_or_empty(q, "PATH_INFO") == '/' && strncmp(target, script, n) == 0 && target[n] == '/')
        target += n;
    switch (head_read_path(target, q->path)) {
    case PATH_FINE:
        return true;
    case PATH_ABSENT:
        q->path[0] = '\0';
        answer_refuse(q, 404, CODE_ABSENT, "There is nothing at this address.", NULL);
        return false;
    default:
        q->path[0] = '\0';
        answer_refuse(q, 400, CODE_INPUT, "The address is malformed.", NULL);
        return false;
    }
}

bool http_read(struct request *q)
{
    q->answer.status = 200;
    q->answer.content_type = NULL;
    q->content_length = -1;
    q->raw_query = param_or_empty(q, "QUERY_STRING");
    q->content_type = param_or_empty(q, "CONTENT_TYPE");
    q->origin = http_param(q, "HTTP_ORIGIN");
    q->method = method_of(param_or_empty(q, "REQUEST_METHOD"), &q->is_head);
    q->is_https = said_https(q);
    client_address_find(http_param(q, "REMOTE_ADDR"), http_param(q, "HTTP_X_FORWARDED_FOR"), q->config->trusted_proxies, q->address, sizeof q->address);
    read_lang(q);
    if (!read_path(q))
        return false;
    frame_take_prefix(q);
    if (strlen(q->raw_query) > HTTP_QUERY_MAX) {
        answer_refuse(q, 400, CODE_INPUT, "The query is too long.", NULL);
        return false;
    }
    q->content_length = head_read_length(http_param(q, "CONTENT_LENGTH"));
    if (q->content_length == -2) {
        q->content_length = -1;
        answer_refuse(q, 400, CODE_INPUT, "Content-Length is malformed.", NULL);
        return false;
    }
    if (cookie_find_sign_in(http_param(q, "HTTP_COOKIE"), q->is_https, q->cookie, sizeof q->cookie) == COOKIE_TWICE) {
        q->cookie[0] = '\0';
        answer_refuse(q, 400, CODE_INPUT, "The same cookie was sent twice.", NULL);
        set_cookie_untwice(q);
        return false;
    }
    return true;
}

bool http_read_some(struct request *q, void *to, size_t n, size_t *got_r)
{
    int64_t left = q->content_length - q->body_read;
    *got_r = 0;
    if (left <= 0)
        return true;
    if ((int64_t)n > left)
        n = (size_t)left;
    *got_r = q->io->read(q->io, to, n);
    q->body_read += (int64_t)*got_r;
    if (*got_r == n)
        return true;
    answer_refuse(q, 400, CODE_INPUT, "The body is shorter than Content-Length says.", NULL);
    return false;
}

bool http_read_body(struct request *q, int64_t max)
{
    if (q->content_length > max) {
        answer_refuse(q, 413, CODE_INPUT, "The request is too large.", NULL);
        return false;
    }
    if (q->content_length <= q->body_read)
        return true;
    size_t got;
    if (!buf_reserve(&q->body, (size_t)(q->content_length - q->body_read))) {
        answer_away(q);
        return false;
    }
    bool is_whole = http_read_some(q, q->body.p + q->body.len, (size_t)(q->content_length - q->body_read), &got);
    q->body.len += got;
    q->body.p[q->body.len] = '\0';
    return is_whole;
}
