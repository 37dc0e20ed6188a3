/* page: see page.h. */
#include "cgi/page.h"

#include "cgi/answer.h"
#include "cgi/frame.h"
#include "cgi/template.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/config.h"

/* Memory ran out while a page's data was made: something lacks, so the page is not shown. */
static _Thread_local bool ran_short;

void page_put(struct json_object *o, const char *key, struct json_object *v)
{
    if (!o || json_object_object_add(o, key, v) != 0) {
        json_object_put(v);
        ran_short = true;
    }
}

void page_push(struct json_object *list, struct json_object *v)
{
    if (!list || !v || json_object_array_add(list, v) != 0) {
        json_object_put(v);
        ran_short = true;
    }
}

/* As page_put, for a value that was just made. */
static void put_new(struct json_object *o, const char *key, struct json_object *v)
{
    if (v)
        page_put(o, key, v);
    else
        ran_short = true;
}

void page_str(struct json_object *o, const char *key, const char *s)
{
    if (s)
        put_new(o, key, json_object_new_string(s));
}

void page_int(struct json_object *o, const char *key, int64_t v) { put_new(o, key, json_object_new_int64(v)); }

void page_bool(struct json_object *o, const char *key, bool v) { put_new(o, key, json_object_new_boolean(v)); }

void page_time(struct json_object *o, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];
    if (wall_ms < 0)
        return;
    clock_rfc3339(wall_ms, text);
    page_str(o, key, text);
}

struct json_object *page_from_json(const struct buf *text)
{
    return buf_failed(text) ? NULL : json_tokener_parse(buf_str(text));
}

static struct json_object *me_data(const struct request *q)
{
    struct json_object *me = json_object_new_object();
    page_int(me, "memberId", q->who.member_id);
    page_str(me, "nickname", q->who.nickname);
    page_str(me, "role", role_name(q->who.role));
    page_bool(me, "isStaff", role_is_staff(q->who.role));
    page_bool(me, "isChief", role_is_chief(q->who.role));
    page_bool(me, "isCustomer", q->who.role == ROLE_CUSTOMER);
    page_bool(me, "isGuest", q->who.role == ROLE_GUEST);
    return me;
}

struct json_object *page_data(struct request *q)
{
    struct json_object *data = json_object_new_object();
    enum lang other = q->lang == LANG_KO ? LANG_EN : LANG_KO;
    page_str(data, "lang", lang_tag(q->lang));
    struct json_object *other_lang = json_object_new_object();
    page_str(other_lang, "tag", lang_tag(other));
    page_str(other_lang, "name", other == LANG_KO ? "한국어" : "English");
    page_put(data, "otherLang", other_lang);
    page_str(data, "siteName", q->config->site_name);
    page_str(data, "zone", q->config->timezone);
    token_mask(q->csrf, q->page_csrf);
    page_str(data, "csrfToken", q->page_csrf);
    struct buf path = BUF_INIT;
    buf_add_str(&path, q->path[0] ? q->path : "/");
    if (q->method == METHOD_GET && q->raw_query[0])
        buf_printf(&path, "?%s", q->raw_query);
    page_str(data, "path", buf_str(&path));
    buf_free(&path);
    page_time(data, "now", clock_wall_ms());
    page_bool(data, "noPush", !q->config->daemon);
    if (q->who.member_id)
        page_put(data, "me", me_data(q));
    if (q->frame)
        frame_put(q, data);
    return data;
}

/* What is left to say when not even the template of an error can be filled. */
static void send_plain(struct request *q, int status)
{
    struct buf *body = answer_body(q);
    buf_reset(body);
    answer_status(q, status);
    answer_type(q, "text/html; charset=utf-8");
    buf_printf(body, "<!doctype html>\n<html lang=\"%s\">\n<head><meta charset=\"utf-8\"><title>%d</title></head>\n<body><h1>%d</h1><p>%s</p></body>\n</html>\n",
               lang_tag(q->lang), status, status, answer_text(q, answer_phrase(status)));
}

static bool render(struct request *q, int status, const char *template_name, struct json_object *data)
{
    struct buf *body = answer_body(q);
    buf_reset(body);
    bool is_fine = data && !ran_short && template_render(q->templates, template_name, data, q->lang, body) && !buf_failed(body);
    json_object_put(data);
    ran_short = false;
    if (is_fine && q->frame) {
        frame_add_links(q, body);
        is_fine = !buf_failed(body);
    }
    answer_status(q, status);
    answer_type(q, "text/html; charset=utf-8");
    return is_fine;
}

void page_send(struct request *q, int status, const char *template_name, struct json_object *data)
{
    if (!render(q, status, template_name, data)) {
        log_error("page_failed template=%s path=%s", template_name, log_value(q->path));
        send_plain(q, 503);
    }
}

/* What people read as a headline instead of a status. */
static const char *error_title(int status)
{
    switch (status) {
    case 401:
    case 403:
        return N_("This is not for you");
    case 404:
    case 410:
        return N_("There is nothing here");
    case 409:
        return N_("Somebody was faster");
    case 429:
        return N_("A little slower, please");
    case 503:
    case 507:
        return N_("We will be back in a moment");
    default:
        return N_("That did not work");
    }
}

void page_send_error(struct request *q, const struct refusal *r)
{
    struct json_object *data = page_data(q);
    page_int(data, "status", r->status);
    page_str(data, "title", answer_text(q, error_title(r->status)));
    page_str(data, "text", answer_text(q, r->message ? r->message : answer_phrase(r->status)));
    bool may_retry = r->status == 503 || r->status == 429 || r->status == 409;
    if (may_retry && q->path[0])
        page_str(data, "retryUrl", q->path);
    if (r->status == 403 && q->who.member_id == 0)
        page_str(data, "signinUrl", "/signin");
    if (!render(q, r->status, "error", data))
        send_plain(q, r->status);
}
