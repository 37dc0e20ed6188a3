#include "cgi/etag.h"

#include <stdio.h>
#include <string.h>

#include "cgi/answer.h"
#include "lib/base/token.h"

#define MOMENT_SIZE (sizeof "0000-00-00T00:00:00.000Z" - 1)
#define TAG_BYTES 8                     /* of the hash: only one reader's few last answers must differ */
#define TAG_SIZE (2 * TAG_BYTES + 3)    /* in hex, in quotes */

/* True when one of the tags of If-None-Match is ours (RFC 9110 13.1.2: weak comparison). */
static bool is_known(const char *list, const char *tag)
{
    size_t n = strlen(tag);

    for (const char *p = list; p && *p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL) {
        p += strspn(p, " \t");
        if (!strcmp(p, "*"))
            return true;
        if (!strncmp(p, "W/", 2))
            p += 2;
        if (!strncmp(p, tag, n) && strchr(" \t,", p[n]))
            return true;
    }
    return false;
}

/* Where the moment stands: behind the last "key":" of the body. NULL: there is none. */
static char *find_moment(const struct buf *body, const char *key)
{
    char wanted[64], *at = NULL;
    int n = key ? snprintf(wanted, sizeof wanted, "\"%s\":\"", key) : 0;

    if (n <= 0 || (size_t)n >= sizeof wanted)
        return NULL;
    for (char *p = body->p; (p = strstr(p, wanted)); p += n)
        at = p + n;
    return at && at + MOMENT_SIZE <= body->p + body->len ? at : NULL;
}

/* A page's form token is another text each time: each place of it becomes `text`, of the same length. */
static void put_token(const struct buf *body, const char *token, const char *text)
{
    const size_t n = strlen(token);

    for (char *p = body->p; n && (p = strstr(p, token)); p += n)
        memcpy(p, text, n);
}

static void make_tag(const struct buf *body, const char *page_csrf, const char *moment_key, char out[TAG_SIZE])
{
    char moment[MOMENT_SIZE], blank[TOKEN_MASKED_SIZE], *at = find_moment(body, moment_key);
    uint8_t hash[TOKEN_HASH_SIZE];

    if (at) { /* both are blanked while the hash is taken */
        memcpy(moment, at, MOMENT_SIZE);
        memset(at, '0', MOMENT_SIZE);
    }
    memset(blank, '\1', sizeof blank - 1); /* stands in no page */
    blank[strlen(page_csrf)] = '\0';
    put_token(body, page_csrf, blank);
    token_hash(body->p, hash);
    put_token(body, blank, page_csrf);
    if (at)
        memcpy(at, moment, MOMENT_SIZE);
    out[0] = '"';
    hex_encode(hash, TAG_BYTES, out + 1);
    memcpy(out + 1 + 2 * TAG_BYTES, "\"", 2);
}

void etag_answer(struct request *q, const char *moment_key)
{
    char tag[TAG_SIZE];
    struct buf *body = answer_body(q);

    if (q->answer.status != 200 || buf_failed(body) || body->len == 0)
        return;
    make_tag(body, q->page_csrf, moment_key, tag);
    answer_header(q, "ETag", "W/%s", tag);
    if (is_known(http_param(q, "HTTP_IF_NONE_MATCH"), tag)) {
        answer_status(q, 304);
        buf_reset(body);
    }
}
