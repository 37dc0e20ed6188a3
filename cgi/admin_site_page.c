/* admin_site_page: see admin_site_page.h. */
#include "cgi/admin_site_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/chat/code.h"
#include "lib/chat/site.h"
#include "lib/chat/site_member.h"

enum { B_NAME, B_ORIGINS, B_COLOR, B_GREETING, B_GREETING_EN, B_CATEGORIES, B_POSITION, B_ACTIVE, B_KEY };
#define COMMON_FIELDS                                       \
    [B_NAME] = {"name", FIELD_TEXT, true, 0, 0},            \
    [B_ORIGINS] = {"origins", FIELD_TEXT, true, 0, 0},      \
    [B_COLOR] = {"color", FIELD_TEXT, false, 0, 0},         \
    [B_GREETING] = {"greeting", FIELD_TEXT, false, 0, 0},   \
    [B_GREETING_EN] = {"greetingEn", FIELD_TEXT, false, 0, 0}, \
    [B_CATEGORIES] = {"categories", FIELD_MANY, false, 0, 0}, \
    [B_POSITION] = {"position", FIELD_TEXT, false, 0, 0},   \
    [B_ACTIVE] = {"active", FIELD_BOOL, false, 0, 0}
const struct field admin_site_body[] = {COMMON_FIELDS, {0}};
const struct field admin_site_add_body[] = {COMMON_FIELDS, [B_KEY] = {"siteKey", FIELD_TEXT, true, 0, 0}, {0}};

#define PATH "/admin/sites"

/* ---- the list ---- */

void admin_site_list(struct request *q)
{
    struct site *list = NULL;
    struct json_object *data, *rows;
    size_t n = 0;
    if (!answer_outcome(q, site_list(q->db, &list, &n), NULL))
        return;
    if (!admin_frame_begin(q, PATH, &data)) {
        free(list);
        return;
    }
    rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        struct buf url = BUF_INIT;
        buf_printf(&url, PATH "/%s", list[i].key);
        page_str(row, "url", buf_str(&url));
        buf_free(&url);
        page_str(row, "siteKey", list[i].key);
        page_str(row, "name", list[i].name);
        page_str(row, "origins", list[i].origins);
        page_bool(row, "isActive", list[i].is_active);
        page_push(rows, row);
    }
    free(list);
    page_put(data, "sites", rows);
    page_bool(data, "hasSites", n > 0);
    page_send(q, 200, "admin_sites", data);
}

/* ---- one site's form ---- */

/* What the form shows: a stored site, or what was typed. */
struct site_form {
    const char *key; /* NULL: a new site */
    const char *text[B_KEY + 1];
    bool is_left, is_active;
    const struct refusal *refusal; /* NULL: nothing is wrong */
    const char *kid, *secret;      /* of a key that was made right now; NULL: none */
};

static bool is_ticked(const char *categories, int32_t code_id)
{
    struct site picked = {0};
    if (!*categories || strlen(categories) >= sizeof picked.categories)
        return false;
    memcpy(picked.categories, categories, strlen(categories) + 1);
    return site_has_category(&picked, code_id);
}

static struct json_object *category_rows(enum lang lang, const char *chosen)
{
    struct code *list = NULL;
    size_t n = code_list(GROUP_CATEGORY, &list);
    struct json_object *rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "categoryId", list[i].code_id);
        page_str(row, "label", list[i].name[lang]);
        page_bool(row, "checked", is_ticked(chosen, list[i].code_id));
        page_push(rows, row);
    }
    free(list);
    return rows;
}

/* The tag to put on a page of that site. The address is the one at which the reader sees this page. */
static void put_tag(struct request *q, struct json_object *data, const char *key)
{
    struct buf tag = BUF_INIT;
    const char *host = http_param(q, "HTTP_HOST");
    buf_printf(&tag, "<script async src=\"%s://%s/static/sangdam.js\" data-site=\"%s\"></script>", q->is_https ? "https" : "http", host ? host : "", key);
    page_str(data, "tag", buf_str(&tag));
    buf_free(&tag);
}

/* One origin a line. */
static void put_origins(struct json_object *form, const char *origins)
{
    struct buf lines = BUF_INIT;
    for (const char *p = origins; *p; p++)
        buf_add_char(&lines, *p == ' ' ? '\n' : *p);
    page_str(form, "origins", buf_str(&lines));
    buf_free(&lines);
}

/* keys [{kid, cdate, dropUrl}], and newKey {kid, secret} this once. False: 503 is the answer. */
static bool put_keys(struct request *q, struct json_object *data, const struct site_form *f)
{
    struct site s;
    struct site_key keys[HOST_JWT_KEYS];
    struct refusal refusal = {0};
    size_t n = 0;
    enum outcome outcome = site_find(q->db, f->key, &s, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = site_key_list(q->db, s.site_id, keys, &n);
    if (!answer_outcome(q, outcome, &refusal))
        return false;
    struct json_object *rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        struct buf url = BUF_INIT;
        buf_printf(&url, PATH "/%s/keys/%s/drop", f->key, keys[i].kid);
        page_str(row, "dropUrl", buf_str(&url));
        buf_free(&url);
        page_str(row, "kid", keys[i].kid);
        page_time(row, "cdate", keys[i].cdate_ms);
        page_push(rows, row);
    }
    page_put(data, "keys", rows);
    if (f->secret) {
        struct json_object *fresh = json_object_new_object();
        page_str(fresh, "kid", f->kid);
        page_str(fresh, "secret", f->secret);
        page_put(data, "newKey", fresh);
    }
    return true;
}

static void send_form(struct request *q, int status, const struct site_form *f)
{
    struct json_object *data, *form;
    if (!admin_frame_begin(q, PATH, &data))
        return;
    form = json_object_new_object();
    for (int i = B_NAME; i <= B_GREETING_EN; i++)
        if (i != B_ORIGINS)
            page_str(form, admin_site_body[i].name, f->text[i]);
    put_origins(form, f->text[B_ORIGINS]);
    page_str(form, "siteKey", f->key ? f->key : f->text[B_KEY]);
    page_bool(form, "isLeft", f->is_left);
    page_bool(form, "isActive", f->is_active);
    page_put(data, "form", form);
    page_put(data, "categories", category_rows(q->lang, f->text[B_CATEGORIES]));
    page_bool(data, "isNew", !f->key);
    if (f->key)
        put_tag(q, data, f->key);
    if (f->key && !put_keys(q, data, f)) {
        json_object_put(form);
        json_object_put(data);
        return;
    }
    admin_frame_put_errors(q, data, f->refusal);
    admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
    page_send(q, status, "admin_site", data);
}

void admin_site_new(struct request *q)
{
    struct site_form fresh = {.text = {[B_NAME] = "", "", SITE_COLOR, "", "", "", "", "", ""}, .is_active = true};
    send_form(q, 200, &fresh);
}

/* The page of the site that the address names, with a key that was made right now, or NULL. */
static void show_site(struct request *q, const char *kid, const char *secret)
{
    struct site s;
    struct refusal refusal = {0};
    if (!answer_outcome(q, site_find(q->db, q->arg[0], &s, &refusal), &refusal))
        return;
    struct site_form form = {.key = s.key, .is_left = s.is_left, .is_active = s.is_active, .kid = kid, .secret = secret,
                             .text = {[B_NAME] = s.name, [B_ORIGINS] = s.origins, [B_COLOR] = s.color, [B_GREETING] = s.greeting[LANG_KO],
                                      [B_GREETING_EN] = s.greeting[LANG_EN], [B_CATEGORIES] = s.categories, [B_KEY] = ""}};
    send_form(q, 200, &form);
}

void admin_site_show(struct request *q)
{
    show_site(q, NULL, NULL);
}

static struct site_draft posted(const struct request *q)
{
    return (struct site_draft){.name = q->form[B_NAME].s, .origins = q->form[B_ORIGINS].s, .color = q->form[B_COLOR].s,
                               .greeting = {[LANG_KO] = q->form[B_GREETING].s, [LANG_EN] = q->form[B_GREETING_EN].s},
                               .categories = q->form[B_CATEGORIES].s, .position = q->form[B_POSITION].s, .is_active = q->form[B_ACTIVE].i != 0};
}

/* Onward after a change, or the form again. key NULL: a new one. */
static void finish(struct request *q, enum outcome outcome, const struct refusal *refusal, const char *key)
{
    if (outcome == OUTCOME_REFUSED && (refusal->status == 422 || refusal->status == 409)) {
        struct site_form typed = {.key = key, .is_left = strcmp(q->form[B_POSITION].s, "left") == 0, .is_active = q->form[B_ACTIVE].i != 0, .refusal = refusal};
        for (int i = B_NAME; i <= B_CATEGORIES; i++)
            typed.text[i] = q->form[i].s;
        typed.text[B_KEY] = key ? "" : q->form[B_KEY].s;
        send_form(q, refusal->status, &typed);
    } else if (answer_outcome(q, outcome, refusal)) {
        answer_redirectf(q, PATH "/%s?done=1", key ? key : q->form[B_KEY].s);
    }
}

void admin_site_add(struct request *q)
{
    struct refusal refusal = {0};
    const struct site_draft draft = posted(q);
    finish(q, site_add(q->db, q->who.member_id, q->form[B_KEY].s, &draft, &refusal), &refusal, NULL);
}

void admin_site_change(struct request *q)
{
    struct refusal refusal = {0};
    const struct site_draft draft = posted(q);
    finish(q, site_change(q->db, q->who.member_id, q->arg[0], &draft, &refusal), &refusal, q->arg[0]);
}

/* No redirect: the secret must not be asked for again. */
void admin_site_key_new(struct request *q)
{
    char kid[HOST_JWT_KID_SIZE], secret[TOKEN_TEXT_SIZE];
    struct refusal refusal = {0};
    if (answer_outcome(q, site_key_new(q->db, q->who.member_id, q->arg[0], kid, secret, &refusal), &refusal))
        show_site(q, kid, secret);
}

void admin_site_key_drop(struct request *q)
{
    struct refusal refusal = {0};
    if (answer_outcome(q, site_key_drop(q->db, q->who.member_id, q->arg[0], q->arg[1], &refusal), &refusal))
        answer_redirectf(q, PATH "/%s?done=1", q->arg[0]);
}
