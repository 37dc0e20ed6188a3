/* admin_category_page: see admin_category_page.h. The list is read from the database, not from the code table in memory, which may be ten seconds old. */
#include "cgi/admin_category_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/admin_frame.h"
#include "cgi/admin_routing.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/chat/category.h"

#define PATH "/admin/categories"

enum { A_NAME, A_NAME_EN, A_PARENT, A_CODE };
const struct field admin_category_add_body[] = {
    [A_NAME] = {"name", FIELD_TEXT, false, 0, 0},
    [A_NAME_EN] = {"nameEn", FIELD_TEXT, false, 0, 0},
    [A_PARENT] = {"parentId", FIELD_INT, false, 1, INT32_MAX},
    [A_CODE] = {"code", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { C_NAME, C_NAME_EN, C_PARENT, C_SHOWN };
const struct field admin_category_body[] = {
    [C_NAME] = {"name", FIELD_TEXT, false, 0, 0},
    [C_NAME_EN] = {"nameEn", FIELD_TEXT, false, 0, 0},
    [C_PARENT] = {"parentId", FIELD_INT, false, 1, INT32_MAX},
    [C_SHOWN] = {"isShown", FIELD_BOOL, false, 0, 0},
    {0},
};

const struct field admin_category_move_body[] = {{"up", FIELD_INT, true, 0, 1}, {0}};

/* Main topics but for one, to stand below. */
static struct json_object *parents(const struct request *q, const struct code *list, size_t n, int32_t but, int32_t chosen)
{
    struct json_object *choices = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row;
        if (list[i].pcode || list[i].code_id == but)
            continue;
        row = json_object_new_object();
        page_int(row, "value", list[i].code_id);
        page_str(row, "label", list[i].name[q->lang]);
        page_bool(row, "selected", list[i].code_id == chosen);
        page_push(choices, row);
    }
    return choices;
}

static struct json_object *category_data(const struct code *c)
{
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    buf_printf(&url, PATH "/%d", (int)c->code_id);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_int(row, "categoryId", c->code_id);
    page_str(row, "code", c->code);
    page_str(row, "name", c->name[LANG_KO]);
    page_str(row, "nameEn", c->name[LANG_EN]);
    page_bool(row, "isSub", c->pcode != 0);
    page_bool(row, "isShown", c->is_used);
    return row;
}

static void send_list(struct request *q, int status, const struct refusal *refusal)
{
    struct code *list = NULL;
    struct routing_look *looks = NULL;
    size_t n = 0, looks_n = 0;
    struct json_object *data, *rows;
    if (!answer_outcome(q, category_list(q->db, &list, &n), NULL))
        return;
    if (admin_routing_load(q, &looks, &looks_n) && admin_frame_begin(q, PATH, &data)) {
        rows = json_object_new_array();
        for (size_t i = 0; i < n; i++) {
            struct json_object *row = category_data(&list[i]);
            admin_routing_put_row(q, row, looks, looks_n, list[i].code_id);
            page_push(rows, row);
        }
        page_put(data, "topics", rows);
        page_put(data, "parents", parents(q, list, n, 0, q->method == METHOD_GET ? 0 : (int32_t)q->form[A_PARENT].i));
        page_put(data, "form", admin_frame_typed(q));
        admin_frame_put_errors(q, data, refusal);
        admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
        page_send(q, status, "admin_categories", data);
    }
    free(looks);
    free(list);
}

void admin_category_list(struct request *q)
{
    send_list(q, 200, NULL);
}

void admin_category_add(struct request *q)
{
    const struct value *v = q->form;
    const struct category_edit edit = {.name = {[LANG_KO] = v[A_NAME].s, [LANG_EN] = v[A_NAME_EN].s}, .parent_id = (int32_t)v[A_PARENT].i, .is_shown = true};
    struct refusal refusal = {0};
    int32_t id;
    enum outcome outcome = category_add(q->db, &q->who, &edit, v[A_CODE].s, &id, &refusal);
    if (outcome == OUTCOME_DONE)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, &refusal))
        send_list(q, refusal.status, &refusal);
}

/* ---- one topic ---- */

static int32_t number(const struct request *q)
{
    int64_t id = admin_frame_id(q);
    return id > INT32_MAX ? 0 : (int32_t)id;
}

static void send_one(struct request *q, int status, const struct refusal *refusal)
{
    struct code *list = NULL, *it = NULL;
    struct routing_look *looks = NULL;
    size_t n = 0, looks_n = 0;
    struct json_object *data, *form;
    bool is_typed = refusal && q->route->body == admin_category_body;
    if (!answer_outcome(q, category_list(q->db, &list, &n), NULL))
        return;
    for (size_t i = 0; i < n; i++)
        if (list[i].code_id == number(q))
            it = &list[i];
    if (!it) {
        answer_refuse(q, 404, CODE_ABSENT, "There is no such topic.", NULL);
    } else if (admin_routing_load(q, &looks, &looks_n) && admin_frame_begin(q, PATH, &data)) {
        page_put(data, "topic", category_data(it));
        page_put(data, "parents", parents(q, list, n, it->code_id, is_typed ? (int32_t)q->form[C_PARENT].i : it->pcode));
        form = json_object_new_object();
        page_str(form, "name", is_typed ? q->form[C_NAME].s : it->name[LANG_KO]);
        page_str(form, "nameEn", is_typed ? q->form[C_NAME_EN].s : it->name[LANG_EN]);
        page_bool(form, "isShown", is_typed ? q->form[C_SHOWN].i : it->is_used);
        page_put(data, "form", form);
        admin_routing_put_form(q, data, looks, looks_n, it->code_id, refusal && q->route->body == admin_routing_body);
        admin_frame_put_errors(q, data, refusal);
        page_send(q, status, "admin_category", data);
    }
    free(looks);
    free(list);
}

void admin_category_show(struct request *q)
{
    send_one(q, 200, NULL);
}

void admin_category_change(struct request *q)
{
    const struct value *v = q->form;
    const struct category_edit edit = {.name = {[LANG_KO] = v[C_NAME].s, [LANG_EN] = v[C_NAME_EN].s}, .parent_id = (int32_t)v[C_PARENT].i, .is_shown = v[C_SHOWN].i};
    struct refusal refusal = {0};
    enum outcome outcome = category_change(q->db, &q->who, number(q), &edit, &refusal);
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, &refusal))
        send_one(q, refusal.status, &refusal);
}

void admin_category_move(struct request *q)
{
    struct refusal refusal = {0};
    if (answer_outcome(q, category_move(q->db, &q->who, number(q), q->form[0].i, &refusal), &refusal))
        answer_redirect(q, PATH);
}

void admin_category_routing(struct request *q)
{
    struct refusal refusal = {0};
    enum outcome outcome = admin_routing_set(q, number(q), &refusal);
    if (outcome == OUTCOME_DONE)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, &refusal))
        send_one(q, refusal.status, &refusal);
}
