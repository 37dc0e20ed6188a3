#include "cgi/etag.h"

#include <stdbool.h>
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

/* Each page masks its form token anew, which changes nothing of what it says; a page that was kept has one that is as good. Puts text (MASKED long) there in all
 * forms of a page; kept_r gets what stood in the first of them. */
#define MASKED (TOKEN_MASKED_SIZE - 1)
static void set_tokens(const struct buf *body, const char *text, char kept_r[MASKED])
{
    static const char before[] = "name=\"csrfToken\" value=\"";
    bool is_first = true;

    for (char *p = body->p; (p = strstr(p, before)); is_first = false) {
        p += sizeof before - 1;
        if (p + MASKED > body->p + body->len)
            return;
        if (is_first && kept_r)
            memcpy(kept_r, p, MASKED);
        memcpy(p, text, MASKED);
    }
}

static void make_tag(const struct buf *body, const char *moment_key, char out[TAG_SIZE])
{
    char moment[MOMENT_SIZE], *at = find_moment(body, moment_key), blank[MASKED], token[MASKED];
    uint8_t hash[TOKEN_HASH_SIZE];

    if (at) { /* blanked while the hash is taken */
        memcpy(moment, at, MOMENT_SIZE);
        memset(at, '0', MOMENT_SIZE);
    }
    memset(blank, '0', MASKED);
    set_tokens(body, blank, token);
    token_hash(body->p, hash);
    set_tokens(body, token, NULL);
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
    make_tag(body, moment_key, tag);
    answer_header(q, "ETag", "W/%s", tag);
    if (is_known(http_param(q, "HTTP_IF_NONE_MATCH"), tag)) {
        answer_status(q, 304);
        buf_reset(body);
    }
}
