/* frame: see frame.h. */
#include "cgi/frame.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/page.h"

#define START "/frame/"

/* "shop" or "shop.en" of n bytes. False: neither. lang_r stays as it is without a language. */
static bool split(const char *name, size_t n, char key[SITE_KEY_SIZE], enum lang *lang_r, bool *has_lang_r)
{
    const char *dot = memchr(name, '.', n);
    size_t key_len = dot ? (size_t)(dot - name) : n;
    char tag[3] = "";
    *has_lang_r = dot != NULL;
    if (key_len >= SITE_KEY_SIZE || (dot && n - key_len != 3))
        return false;
    memcpy(key, name, key_len);
    key[key_len] = '\0';
    if (dot)
        memcpy(tag, dot + 1, 2);
    return site_key_is_valid(key) && (!dot || lang_from_tag(tag, lang_r));
}

void frame_take_prefix(struct request *q)
{
    const char *name = q->path + strlen(START);
    char key[SITE_KEY_SIZE];
    bool has_lang;
    if (strncmp(q->path, START, strlen(START)) != 0)
        return;
    const char *rest = strchr(name, '/');
    if (!rest || strncmp(rest, "/api/", 5) == 0 || strncmp(rest, START, strlen(START)) == 0 || !split(name, (size_t)(rest - name), key, &q->lang, &has_lang))
        return;
    size_t n = (size_t)(rest - q->path);
    memcpy(q->frame_prefix, q->path, n);
    q->frame_prefix[n] = '\0';
    memmove(q->path, rest, strlen(rest) + 1);
}

static bool enter(struct request *q, const char *key)
{
    struct refusal refusal = {0};
    q->frame = calloc(1, sizeof *q->frame);
    if (!q->frame) {
        answer_away(q);
        return false;
    }
    enum outcome outcome = site_find(q->db, key, &q->frame->site, &refusal);
    if (outcome == OUTCOME_DONE && !q->frame->site.is_active)
        outcome = refuse(&refusal, 404, CODE_ABSENT, "There is no such site.");
    if (outcome == OUTCOME_DONE)
        return true;
    frame_leave(q); /* its refusal is a page that nobody may frame */
    q->frame_prefix[0] = '\0';
    answer_outcome(q, outcome, &refusal);
    return false;
}

bool frame_enter(struct request *q)
{
    char key[SITE_KEY_SIZE];
    const char *name = q->frame_prefix + strlen(START);
    enum lang ignored;
    bool has_lang;
    return !q->frame_prefix[0] || (split(name, strlen(name), key, &ignored, &has_lang) && enter(q, key));
}

bool frame_enter_shell(struct request *q, const char *name)
{
    char key[SITE_KEY_SIZE];
    bool has_lang;
    if (!split(name, strlen(name), key, &q->lang, &has_lang)) {
        answer_refuse(q, 404, CODE_ABSENT, "There is no such site.", NULL);
        return false;
    }
    snprintf(q->frame_prefix, sizeof q->frame_prefix, START "%s", name);
    return enter(q, key);
}

void frame_leave(struct request *q)
{
    free(q->frame);
    q->frame = NULL;
}

bool frame_has_lang(const struct request *q)
{
    return strchr(q->frame_prefix, '.') != NULL;
}

void frame_set_lang(struct request *q, enum lang lang)
{
    snprintf(q->frame_prefix, sizeof q->frame_prefix, START "%s.%s", q->frame->site.key, lang_tag(lang));
    q->lang = lang;
}

void frame_add_ancestors(const struct request *q, struct buf *out)
{
    buf_printf(out, "'self' %s", q->frame->site.origins);
}

/* Does an address stand behind html[at], where `="/` begins, that belongs into the frame? */
static bool is_link(const char *html, size_t at)
{
    const char *value = html + at + 2;
    bool is_named = (at >= 5 && memcmp(html + at - 5, " href", 5) == 0) || (at >= 7 && memcmp(html + at - 7, " action", 7) == 0) ||
                    (at >= 11 && memcmp(html + at - 11, " formaction", 11) == 0);
    return is_named && value[1] != '/' && strncmp(value, "/static/", 8) != 0 && strncmp(value, "/api/", 5) != 0;
}

/* The pages are our own templates and what people wrote is escaped, so a quote behind an equals sign is always an attribute's. */
void frame_add_links(const struct request *q, struct buf *html)
{
    struct buf out = BUF_INIT;
    const char *text = buf_str(html), *from = text;
    for (const char *p = strstr(text, "=\"/"); p; p = strstr(p + 3, "=\"/")) {
        if (!is_link(text, (size_t)(p - text)))
            continue;
        buf_add(&out, from, (size_t)(p + 2 - from));
        buf_add_str(&out, q->frame_prefix);
        from = p + 2;
    }
    buf_add_str(&out, from);
    buf_free(html);
    *html = out;
}

void frame_put(const struct request *q, struct json_object *data)
{
    struct json_object *frame = json_object_new_object();
    page_str(frame, "siteKey", q->frame->site.key);
    page_put(data, "frame", frame);
    page_str(data, "siteName", q->frame->site.name);
}
