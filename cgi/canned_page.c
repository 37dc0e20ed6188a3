/* canned_page: see canned_page.h. */
#include "cgi/canned_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/canned_api.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/chat/code.h"
#include "lib/chat/message.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"

#define BASE "/agent/canned"

enum { Q_EDIT };
const struct field canned_page_query[] = {
    [Q_EDIT] = {"edit", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};
enum { S_CONTENT, S_CLIENT_ID, S_QUOTE, S_CANNED };
const struct field canned_page_send_body[] = {
    [S_CONTENT] = {"content", FIELD_TEXT, true, 0, 0},
    [S_CLIENT_ID] = {"clientMessageId", FIELD_TEXT, false, 0, 0},
    [S_QUOTE] = {"quoteSeq", FIELD_INT, false, 0, SEQ_MAX},
    [S_CANNED] = {"canned", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};

/* ---- the list ---- */

static const char *scope_label(struct request *q, enum canned_scope scope)
{
    static const char *const labels[] = {[CANNED_SHARED] = "For everybody", [CANNED_CATEGORY] = "For one topic", [CANNED_PERSONAL] = "Only for me"};
    return answer_text(q, labels[scope]);
}

static struct json_object *reply_row(struct request *q, const struct canned_reply *reply)
{
    struct json_object *row = json_object_new_object();
    page_int(row, "id", reply->canned_reply_id);
    page_str(row, "shortcut", reply->shortcut);
    page_str(row, "title", reply->title);
    page_str(row, "content", reply->content);
    page_bool(row, "isKorean", strcmp(reply->lang, "ko") == 0);
    page_bool(row, "isEnglish", strcmp(reply->lang, "en") == 0);
    page_bool(row, "canChange", canned_may_change(&q->who, reply));
    return row;
}

static bool is_same_group(const struct canned_reply *a, const struct canned_reply *b)
{
    return a->scope == b->scope && a->category_id == b->category_id;
}

/* groups [{label, replies [...]}]: one's own, those for all, those of each topic. */
static struct json_object *groups_of(struct request *q, const struct canned_reply *list, size_t n)
{
    struct json_object *groups = json_object_new_array(), *replies = NULL;
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || !is_same_group(&list[i - 1], &list[i])) {
            struct json_object *group = json_object_new_object();
            char name[401];
            code_name(list[i].category_id, q->lang, name, sizeof name);
            page_str(group, "label", list[i].scope == CANNED_CATEGORY ? name : scope_label(q, list[i].scope));
            replies = json_object_new_array();
            page_put(group, "replies", replies);
            page_push(groups, group);
        }
        page_push(replies, reply_row(q, &list[i]));
    }
    return groups;
}

/* ---- the form ---- */

/* What stands in the form: of a reply, or as it was typed. */
struct filled {
    int64_t id; /* 0: a new one */
    const char *scope, *lang, *shortcut, *title, *content;
    int32_t category_id;
};

static struct json_object *scope_choices(struct request *q, const char *chosen)
{
    struct json_object *list = json_object_new_array();
    bool is_chief = right_may_at_desk(&q->who, DESK_CANNED_SHARED);
    for (int scope = is_chief ? CANNED_SHARED : CANNED_PERSONAL; scope <= CANNED_PERSONAL; scope++) {
        struct json_object *row = json_object_new_object();
        page_str(row, "value", canned_scope_name((enum canned_scope)scope));
        page_str(row, "label", scope_label(q, (enum canned_scope)scope));
        page_bool(row, "checked", strcmp(chosen, canned_scope_name((enum canned_scope)scope)) == 0);
        page_push(list, row);
    }
    return list;
}

static struct json_object *category_choices(struct request *q, int32_t chosen)
{
    struct json_object *list = json_object_new_array();
    struct code *codes = NULL;
    size_t n = code_list(GROUP_CATEGORY, &codes);
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "categoryId", codes[i].code_id);
        page_str(row, "label", codes[i].name[q->lang]);
        page_bool(row, "selected", codes[i].code_id == chosen);
        page_push(list, row);
    }
    free(codes);
    return list;
}

static void put_form(struct request *q, struct json_object *data, const struct filled *f)
{
    struct json_object *form = json_object_new_object();
    page_int(form, "id", f->id);
    page_put(form, "scopes", scope_choices(q, f->scope));
    page_put(form, "categories", category_choices(q, f->category_id));
    page_bool(form, "hasCategories", right_may_at_desk(&q->who, DESK_CANNED_SHARED));
    page_bool(form, "isKorean", strcmp(f->lang, "ko") == 0);
    page_bool(form, "isEnglish", strcmp(f->lang, "en") == 0);
    page_str(form, "shortcut", f->shortcut);
    page_str(form, "title", f->title);
    page_str(form, "content", f->content);
    page_put(data, "form", form);
}

/* refusal NULL: nothing was refused. */
static void send_page(struct request *q, int status, const struct filled *f, const struct refusal *refusal)
{
    struct canned_reply *list = NULL;
    struct refusal ignored = {0};
    struct json_object *data, *errors;
    size_t n = 0;
    if (!code_refresh(q->db)) {
        answer_away(q);
        return;
    }
    if (!answer_outcome(q, canned_list(q->db, &q->who, 0, &list, &n, &ignored), &ignored))
        return;
    data = page_data(q);
    page_put(data, "groups", groups_of(q, list, n));
    page_bool(data, "hasReplies", n > 0);
    canned_free_list(&list, n);
    page_str(data, "holes", "{{customer}}, {{agent}}, {{category}}");
    page_str(data, "josaExample", "{{customer}}은(는)");
    put_form(q, data, f);
    errors = json_object_new_object();
    if (refusal && refusal->field)
        page_str(errors, refusal->field, answer_text(q, refusal->message));
    else if (refusal)
        page_str(data, "error", answer_text(q, refusal->message));
    page_put(data, "errors", errors);
    page_send(q, status, "canned", data);
}

static const struct filled empty = {.scope = "PERSONAL", .lang = "", .shortcut = "", .title = "", .content = ""};

void canned_page_show(struct request *q)
{
    struct canned_reply reply;
    struct refusal refusal = {0};
    if (!q->query[Q_EDIT].is_given) {
        send_page(q, 200, &empty, NULL);
        return;
    }
    enum outcome outcome = canned_find(q->db, &q->who, q->query[Q_EDIT].i, &reply, &refusal);
    if (outcome == OUTCOME_DONE && !canned_may_change(&q->who, &reply))
        outcome = refuse(&refusal, 403, CODE_RIGHT, "You are not allowed to do this.");
    if (answer_outcome(q, outcome, &refusal)) {
        const struct filled f = {.id = reply.canned_reply_id, .scope = canned_scope_name(reply.scope), .lang = reply.lang, .shortcut = reply.shortcut,
                                 .title = reply.title, .content = reply.content, .category_id = reply.category_id};
        send_page(q, 200, &f, NULL);
    }
    canned_clear(&reply);
}

/* ---- posting ---- */

static void finish(struct request *q, int64_t id, enum outcome outcome, const struct refusal *refusal)
{
    const struct value *v = q->form;
    if (outcome == OUTCOME_REFUSED && (refusal->status == 422 || refusal->status == 409)) {
        const struct filled f = {.id = id, .scope = v[CANNED_SCOPE].s, .lang = v[CANNED_LANG].s, .shortcut = v[CANNED_SHORTCUT].s, .title = v[CANNED_TITLE].s,
                                 .content = v[CANNED_CONTENT].s, .category_id = (int32_t)strtol(v[CANNED_CATEGORY_ID].s, NULL, 10)};
        send_page(q, refusal->status, &f, refusal);
    } else if (answer_outcome(q, outcome, refusal)) {
        answer_redirect(q, BASE);
    }
}

void canned_page_add(struct request *q)
{
    struct canned_draft draft;
    struct canned_reply reply = {0};
    struct refusal refusal = {0};
    enum outcome outcome = canned_api_draft(q, &draft, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = canned_add(q->db, &q->who, &draft, &reply, &refusal);
    finish(q, 0, outcome, &refusal);
    canned_clear(&reply);
}

void canned_page_change(struct request *q)
{
    struct canned_draft draft;
    struct canned_reply reply = {0};
    struct refusal refusal = {0};
    enum outcome outcome = canned_api_draft(q, &draft, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = canned_change(q->db, &q->who, canned_api_id(q), &draft, &reply, &refusal);
    finish(q, canned_api_id(q), outcome, &refusal);
    canned_clear(&reply);
}

void canned_page_remove(struct request *q)
{
    struct refusal refusal = {0};
    if (answer_outcome(q, canned_remove(q->db, &q->who, canned_api_id(q), &refusal), &refusal))
        answer_redirect(q, BASE);
}

/* ---- in the composer ---- */

static bool put_draft(struct request *q, struct json_object *data, const struct session *s)
{
    struct canned_reply reply;
    struct refusal refusal = {0};
    struct buf draft = BUF_INIT;
    enum outcome outcome = canned_find(q->db, &q->who, q->form[S_CANNED].i, &reply, &refusal);
    if (outcome == OUTCOME_REFUSED) /* removed meanwhile: the draft is worth more */
        return true;
    if (!answer_outcome(q, outcome, &refusal))
        return false;
    buf_add_str(&draft, q->form[S_CONTENT].s);
    if (draft.len > 0 && draft.p[draft.len - 1] != '\n')
        buf_add_char(&draft, '\n');
    canned_api_fill(q, &reply, s, &draft);
    page_str(data, "draft", buf_str(&draft));
    buf_free(&draft);
    canned_clear(&reply);
    return true;
}

bool canned_page_put(struct request *q, struct json_object *data, const struct session *s)
{
    struct canned_reply *list = NULL;
    struct refusal refusal = {0};
    struct json_object *rows;
    size_t n = 0;
    if (!answer_outcome(q, canned_list(q->db, &q->who, s->category_id, &list, &n, &refusal), &refusal))
        return false;
    rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "id", list[i].canned_reply_id);
        page_str(row, "label", list[i].title);
        page_push(rows, row);
    }
    page_bool(data, "hasCanned", n > 0);
    page_put(data, "canned", rows);
    canned_free_list(&list, n);
    return q->route->body != canned_page_send_body || !q->form[S_CANNED].is_given || put_draft(q, data, s);
}
