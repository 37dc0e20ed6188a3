/* chat_start_page: the pages before and around a chat: start (with a guest made on the way), earlier chats, help. See chat_page.h. */
#include <stdlib.h>
#include <string.h>

#include "cgi/account_door.h"
#include "cgi/answer.h"
#include "cgi/chat_page.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/notify.h"
#include "lib/chat/online.h"
#include "lib/chat/session.h"

#define MY_ROWS 20

enum { B_CATEGORY, B_TITLE, B_NAME };
const struct field chat_page_request_body[] = {
    [B_CATEGORY] = {"categoryId", FIELD_CODE, false, 0, 0},
    [B_TITLE] = {"title", FIELD_TEXT, false, 0, 0},
    [B_NAME] = {"name", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { Q_CURSOR };
const struct field chat_page_my_query[] = {
    [Q_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};

/* ---- start ---- */

static void add_category(struct json_object *list, const struct code *c, enum lang lang, int32_t chosen)
{
    struct json_object *row = json_object_new_object();
    page_int(row, "categoryId", c->code_id);
    page_str(row, "label", c->name[lang]);
    page_bool(row, "checked", c->code_id == chosen);
    page_push(list, row);
}

/* The children of parent, or (parent 0) the categories that have neither parent nor children. */
static void add_group(struct json_object *groups, const struct code *list, size_t n, const struct code *parent, enum lang lang, int32_t chosen)
{
    struct json_object *group = json_object_new_object(), *rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        bool has_children = false;
        for (size_t k = 0; k < n; k++)
            has_children = has_children || list[k].pcode == list[i].code_id;
        if (parent ? list[i].pcode == parent->code_id : list[i].pcode == 0 && !has_children)
            add_category(rows, &list[i], lang, chosen);
    }
    if (json_object_array_length(rows) == 0) {
        json_object_put(rows);
        json_object_put(group);
        return;
    }
    page_str(group, "label", parent ? parent->name[lang] : "");
    page_put(group, "categories", rows);
    page_push(groups, group);
}

static struct json_object *category_groups(enum lang lang, int32_t chosen)
{
    struct code *list = NULL;
    size_t n = code_list(GROUP_CATEGORY, &list);
    struct json_object *groups = json_object_new_array();
    add_group(groups, list, n, NULL, lang, chosen);
    for (size_t i = 0; i < n; i++)
        if (list[i].pcode == 0)
            add_group(groups, list, n, &list[i], lang, chosen);
    free(list);
    return groups;
}

/* The page with what was typed, and one wrong field (NULL: none). */
static void send_start(struct request *q, int status, int32_t chosen, const char *wrong_field, const char *message)
{
    struct json_object *data = page_data(q), *form = json_object_new_object(), *errors = json_object_new_object();
    struct session s;
    struct refusal refusal = {0};
    int64_t online;
    page_put(data, "groups", category_groups(q->lang, chosen));
    page_str(form, "name", q->form[B_NAME].s ? q->form[B_NAME].s : "");
    page_str(form, "title", q->form[B_TITLE].s ? q->form[B_TITLE].s : "");
    page_put(data, "form", form);
    if (wrong_field)
        page_str(errors, wrong_field, answer_text(q, message));
    else if (message)
        page_str(data, "error", answer_text(q, message));
    page_put(data, "errors", errors);
    page_bool(data, "agentsOnline", online_count(q->db, q->config, clock_wall_ms(), &online) == OUTCOME_DONE && online > 0);
    if (q->who.member_id && !role_is_staff(q->who.role) && session_find_open(q->db, q->who.member_id, &s, &refusal) == OUTCOME_DONE) {
        struct json_object *open = json_object_new_object();
        char name[401], url[sizeof s.session_id + 8] = "/chat/";
        code_name(s.category_id, q->lang, name, sizeof name);
        memcpy(url + 6, s.session_id, sizeof s.session_id);
        page_str(open, "url", url);
        page_str(open, "categoryName", name);
        page_time(open, "cdate", s.cdate_ms);
        page_put(data, "open", open);
    }
    page_send(q, status, "start", data);
}

void chat_page_start(struct request *q)
{
    send_start(q, 200, 0, NULL, NULL);
}

/* Makes a guest and signs them in. False: the answer stands. */
static bool sign_in_guest(struct request *q, int32_t category_id)
{
    struct refusal refusal = {0};
    const char *name = q->form[B_NAME].s;
    if (utf8_is_blank(name, strlen(name)))
        name = answer_text(q, "Guest");
    enum outcome outcome = account_door_guest(q, name, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 422) {
        send_start(q, refusal.status, category_id, "name", refusal.message);
        return false;
    }
    if (outcome == OUTCOME_DONE)
        outcome = account_door_begin(q);
    return answer_outcome(q, outcome, &refusal);
}

void chat_page_request(struct request *q)
{
    struct code category;
    struct change change;
    struct refusal refusal = {0};
    if (!q->form[B_CATEGORY].is_given || !code_resolve(GROUP_CATEGORY, q->form[B_CATEGORY].s, &category) || !category.is_used) {
        send_start(q, 422, 0, "categoryId", "Please choose a topic.");
        return;
    }
    if (q->who.member_id == 0 && !sign_in_guest(q, category.code_id))
        return;
    change_init(&change);
    const char *title = q->form[B_TITLE].len > 0 ? q->form[B_TITLE].s : NULL;
    enum outcome outcome = session_request(q->db, &q->who, category.code_id, title, &change, &refusal);
    if (outcome == OUTCOME_REFUSED && refusal.status == 422)
        send_start(q, 422, category.code_id, refusal.field, refusal.message);
    else if (session_door_changed(q, outcome, &change, &refusal))
        answer_redirectf(q, "/chat/%s", change.session.session_id);
    change_clear(&change);
}

/* ---- earlier chats ---- */

static struct json_object *my_row(const struct session *s, enum lang lang)
{
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    char name[401];
    buf_printf(&url, "/chat/%s", s->session_id);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_str(row, "title", s->title);
    code_name(s->category_id, lang, name, sizeof name);
    page_str(row, "categoryName", name);
    page_str(row, "adminName", s->admin_name);
    code_name(s->status_id, lang, name, sizeof name);
    page_str(row, "statusName", name);
    page_time(row, "cdate", s->cdate_ms);
    page_bool(row, "isOpen", s->status_id != STATUS_COMPLETED);
    return row;
}

void chat_page_my(struct request *q)
{
    const struct session_filter filter = {
        .kind = LIST_OF_MEMBER, .member_id = q->who.member_id, .from_ms = -1, .to_ms = -1, .cursor = q->query[Q_CURSOR].i, .limit = MY_ROWS};
    struct session *list = NULL;
    size_t n = 0;
    int64_t next = 0;
    bool has_open = false;
    if (!answer_outcome(q, session_list(q->db, &filter, &list, &n, &next, NULL), NULL))
        return;
    struct json_object *data = page_data(q), *chats = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        page_push(chats, my_row(&list[i], q->lang));
        has_open = has_open || list[i].status_id != STATUS_COMPLETED;
    }
    free(list);
    page_put(data, "chats", chats);
    page_bool(data, "hasOpen", has_open);
    if (next > 0) {
        struct buf url = BUF_INIT;
        buf_printf(&url, "/my?cursor=%lld", (long long)next);
        page_str(data, "nextUrl", buf_str(&url));
        buf_free(&url);
    }
    page_send(q, 200, "my", data);
}

void chat_page_help(struct request *q)
{
    page_send(q, 200, "help", page_data(q));
}
