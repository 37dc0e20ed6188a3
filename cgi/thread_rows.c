/* thread_rows: see thread_rows.h. */
#include "cgi/thread_rows.h"

#include <string.h>
#include <time.h>

#include "cgi/page.h"
#include "cgi/system_text.h"
#include "cgi/template.h"
#include "lib/base/clock.h"
#include "lib/chat/attachment.h"

static bool is_shown(const struct message *m) { return m->kind != KIND_EDIT && m->kind != KIND_REDACT; }

static bool is_system(const struct message *m) { return m->sender_type == 'S'; }

static struct tm local(const struct message *m)
{
    time_t seconds = (time_t)(m->cdate_ms / 1000);
    struct tm tm = {0};
    localtime_r(&seconds, &tm);
    return tm;
}

static bool same_day(const struct message *a, const struct message *b)
{
    struct tm x = local(a), y = local(b);
    return x.tm_yday == y.tm_yday && x.tm_year == y.tm_year;
}

/* b goes on where a stopped: one speaker, one day. */
static bool goes_on(const struct message *a, const struct message *b)
{
    return a && b && !is_system(a) && !is_system(b) && a->sender_type == b->sender_type && a->sender_id == b->sender_id &&
           same_day(a, b);
}

static bool same_minute(const struct message *a, const struct message *b) { return a->cdate_ms / 60000 == b->cdate_ms / 60000; }

/* A text that is not there stands in the row all the same: a template's hole of that name must not find one farther out. */
static void put_str(struct json_object *o, const char *key, const char *s)
{
    if (s)
        page_str(o, key, s);
    else
        page_put(o, key, NULL);
}

static struct json_object *new_time(const struct message *m)
{
    char text[CLOCK_TEXT_SIZE];
    clock_rfc3339(m->cdate_ms, text);
    return json_object_new_string(text);
}

static struct json_object *new_system_text(const struct message *m, enum lang lang)
{
    struct buf text = BUF_INIT;
    struct json_object *args = m->args ? json_tokener_parse(m->args) : NULL;
    system_text(&text, lang, m->kind, args, m->content);
    struct json_object *o = json_object_new_string(buf_str(&text));
    json_object_put(args);
    buf_free(&text);
    return o;
}

static struct json_object *new_attachment(const struct attachment_info *file)
{
    struct json_object *o = json_object_new_object();
    struct buf url = BUF_INIT;
    buf_printf(&url, "/api/chat/files/%lld", (long long)file->file_id);
    put_str(o, "url", buf_str(&url));
    put_str(o, "name", file->name);
    page_int(o, "size", file->size);
    page_bool(o, "isImage", attachment_is_safe_image(file));
    page_int(o, "width", file->width);
    page_int(o, "height", file->height);
    buf_free(&url);
    return o;
}

struct json_object *thread_quote(const struct message *rows, size_t n, int32_t seq)
{
    struct json_object *o = json_object_new_object();
    size_t i = 0;
    while (i < n && rows[i].seq != seq)
        i++;
    page_put(o, "seq", json_object_new_int(seq));
    put_str(o, "name", i < n && !is_system(&rows[i]) ? rows[i].sender_name : NULL);
    put_str(o, "text", i < n && rows[i].revision != REVISION_REDACTED && rows[i].content && rows[i].content[0] ? rows[i].content : NULL);
    return o;
}

static void put_act_url(struct json_object *o, const struct message *m, const struct thread_view *view)
{
    struct buf url = BUF_INIT;
    if (!view->thread_url || m->revision == REVISION_REDACTED)
        return;
    buf_printf(&url, "%s/messages/%d", view->thread_url, (int)m->seq);
    put_str(o, "actUrl", buf_str(&url));
    buf_free(&url);
}

static void put_bubble(struct json_object *o, const struct message *m, const struct message *before, const struct message *after,
                       const struct thread_view *view)
{
    bool own = m->sender_type == view->own_side, read = own && m->seq <= view->other_read_seq;
    char side[2] = {m->sender_type, '\0'};
    page_bool(o, "own", own);
    page_bool(o, "same", goes_on(before, m));
    page_bool(o, "plain", m->sender_type == 'M');
    page_bool(o, "read", read);
    page_bool(o, "showTime", !goes_on(m, after) || !same_minute(m, after));
    put_str(o, "stateIcon", read ? "check2" : "check");
    put_str(o, "senderType", side);
    put_str(o, "senderName", m->sender_name);
    put_str(o, "clientMessageId", own && m->client_message_id[0] ? m->client_message_id : NULL);
    /* a file sent without words carries its name as content */
    bool only_file = m->file && m->content && strcmp(m->content, m->file->name) == 0;
    put_str(o, "content", only_file || m->revision == REVISION_REDACTED ? NULL : m->content);
    page_bool(o, "redacted", m->revision == REVISION_REDACTED);
    page_bool(o, "edited", m->revision == REVISION_EDITED);
    put_act_url(o, m, view);
    page_put(o, "attachment", m->file ? new_attachment(m->file) : NULL);
}

struct json_object *thread_rows(const struct message *rows, size_t n, const struct thread_view *view)
{
    struct json_object *list = json_object_new_array();
    const struct message *before = NULL;
    for (size_t i = 0; list && i < n; i++) {
        const struct message *m = &rows[i], *after = NULL;
        if (!is_shown(m))
            continue;
        for (size_t j = i + 1; j < n && !after; j++)
            after = is_shown(&rows[j]) ? &rows[j] : NULL;
        struct json_object *o = json_object_new_object();
        page_put(o, "day", !before || !same_day(before, m) ? new_time(m) : NULL);
        page_bool(o, "system", is_system(m));
        page_int(o, "seq", m->seq);
        put_str(o, "kind", message_kind_name(m->kind));
        page_put(o, "timestamp", new_time(m));
        if (is_system(m))
            page_put(o, "text", new_system_text(m, view->lang));
        else
            put_bubble(o, m, before, after, view);
        if (m->target_seq && !is_system(m))
            page_put(o, "quote", thread_quote(rows, n, m->target_seq));
        page_push(list, o);
        before = m;
    }
    return list;
}

/* Who changed which message; a link leads there. */
static struct json_object *new_revision_text(const struct message *m, enum lang lang)
{
    struct buf text = BUF_INIT;
    struct json_object *filled = json_object_new_object();
    page_str(filled, "name", m->sender_name);
    template_fill(&text, m->kind == KIND_EDIT ? catalog_text(lang, "{name} edited a message.") : catalog_text(lang, "{name} removed a message."), filled);
    struct json_object *o = json_object_new_string(buf_str(&text));
    json_object_put(filled);
    buf_free(&text);
    return o;
}

struct json_object *thread_steps(const struct message *rows, size_t n, enum lang lang)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; list && i < n; i++) {
        const bool is_revision = !is_shown(&rows[i]);
        if (!is_system(&rows[i]) && !is_revision)
            continue;
        struct json_object *o = json_object_new_object();
        page_put(o, "text", is_revision ? new_revision_text(&rows[i], lang) : new_system_text(&rows[i], lang));
        page_put(o, "at", new_time(&rows[i]));
        page_int(o, "target", is_revision ? rows[i].target_seq : 0);
        page_push(list, o);
    }
    return list;
}
