/* load_post: POST or GET by HTTP/1.1 on kept connections, each request when the last answer is whole. The n-th request of a connection takes the vars line
 * id + n * connections, so that the requests go round all chats. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "t/bench/load.h"

#define HEAD_MAX 16384

void post_put(struct load *l, struct conn *c)
{
    const struct role_options *role = &l->o.roles[ROLE_CUSTOMER];
    unsigned own = c->id;
    char text[4096], body[8192];
    struct buf b = BUF_INIT;
    size_t n;

    c->id = own + c->posts++ * l->count;
    n = l->o.mode == MODE_POST ? fill(l, c, l->o.body, body, sizeof body) : 0;
    fill(l, c, role->path, text, sizeof text);
    buf_printf(&b, "%s %s HTTP/1.1\r\nHost: %s\r\n", l->o.mode == MODE_POST ? "POST" : "GET", text, role->host);
    if (l->o.mode == MODE_POST)
        buf_printf(&b, "Content-Type: application/json\r\nContent-Length: %zu\r\n", n);
    for (size_t i = 0; i < role->headers.count; i++) {
        fill(l, c, role->headers.at[i], text, sizeof text);
        buf_printf(&b, "%s\r\n", text);
    }
    buf_add_str(&b, "\r\n");
    buf_add(&b, body, n);
    conn_put(l, c, b.p, b.len);
    buf_free(&b);
    c->id = own;
    c->began_ns = now_ns();
    l->now.sent++;
    l->total.sent++;
}

/* The value of a header, NULL when it is not there. `end` is the end of the head. */
static const char *header(const char *head, const char *end, const char *name)
{
    size_t len = strlen(name);

    for (const char *p = head; p && p < end; p = memchr(p, '\n', (size_t)(end - p))) {
        p += *p == '\n';
        if ((size_t)(end - p) > len && strncasecmp(p, name, len) == 0 && p[len] == ':')
            return p + len + 1 + strspn(p + len + 1, " ");
    }
    return NULL;
}

/* The length of a chunked body with its last chunk, 0 while it is not whole. */
static size_t chunked_length(const char *body, const char *end)
{
    const char *p = body;

    for (;;) {
        const char *nl = memchr(p, '\n', (size_t)(end - p));
        unsigned long n;

        if (!nl)
            return 0;
        n = strtoul(p, NULL, 16);
        if ((size_t)(end - nl - 1) < n + 2)
            return 0;
        p = nl + 1 + n + 2;
        if (n == 0)
            return (size_t)(p - body);
    }
}

long post_take(struct load *l, struct conn *c, const char *bytes, size_t n)
{
    const char *end = memmem(bytes, n, "\r\n\r\n", 4), *value;
    size_t body_len;
    unsigned status;

    if (!end)
        return n > HEAD_MAX ? -1 : 0;
    end += 4;
    value = header(bytes, end, "Content-Length");
    if (value) {
        body_len = strtoul(value, NULL, 10);
        if ((size_t)(bytes + n - end) < body_len)
            return 0;
    } else {
        body_len = chunked_length(end, bytes + n);
        if (body_len == 0)
            return 0;
    }
    status = (unsigned)strtoul(bytes + 9, NULL, 10);
    count_code(l, status);
    if (status >= 200 && status < 300) {
        l->now.delivered++;
        l->total.delivered++;
        hist_add(&l->times, now_ns() - c->began_ns);
    } else {
        l->errors.http++;
        complain("%.*s", (int)(n > 300 ? 300 : n), bytes);
    }
    value = header(bytes, end, "Connection");
    if (l->is_sending && !(value && strncasecmp(value, "close", 5) == 0)) /* then the end of the connection follows, and a new one */
        post_put(l, c);
    return end - bytes + (long)body_len;
}
