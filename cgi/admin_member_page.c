/* admin_member_page: see admin_member_page.h. A password made here is in the answer of the POST that made it and nowhere else: a redirect would have to carry it. */
#include "cgi/admin_member_page.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cgi/admin_frame.h"
#include "cgi/admin_routing.h"
#include "cgi/answer.h"
#include "cgi/history_filter.h"
#include "cgi/identity_part.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/base/json.h"
#include "lib/chat/code.h"
#include "lib/chat/member_manage.h"

#define PATH "/admin/members"
#define ROWS_SHOWN 50
#define TOPICS_MAX 200

enum { Q_SEARCH, Q_ROLE, Q_STATUS, Q_CURSOR };
const struct field admin_member_list_query[] = {
    [Q_SEARCH] = {"q", FIELD_TEXT, false, 0, 800},
    [Q_ROLE] = {"role", FIELD_TEXT, false, 0, 20},
    [Q_STATUS] = {"status", FIELD_TEXT, false, 0, 20},
    [Q_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};

/* Nothing is needed here: what lacks is said in its field by the rule itself. */
enum { A_EMAIL, A_NICKNAME, A_ROLE };
const struct field admin_member_add_body[] = {
    [A_EMAIL] = {"email", FIELD_TEXT, false, 0, 0},
    [A_NICKNAME] = {"nickname", FIELD_TEXT, false, 0, 0},
    [A_ROLE] = {"role", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { C_NICKNAME, C_ROLE };
const struct field admin_member_body[] = {
    [C_NICKNAME] = {"nickname", FIELD_TEXT, false, 0, 0},
    [C_ROLE] = {"role", FIELD_TEXT, false, 0, 0},
    {0},
};

const struct field admin_member_status_body[] = {{"active", FIELD_INT, true, 0, 1}, {0}};

enum { T_CATEGORY, T_ADDED };
const struct field admin_member_topic_body[] = {
    [T_CATEGORY] = {"categoryId", FIELD_INT, false, 1, INT32_MAX},
    [T_ADDED] = {"added", FIELD_INT, true, 0, 1},
    {0},
};

/* ---- roles ---- */

static const struct {
    enum role role;
    const char *label;
} roles[] = {{ROLE_GUEST, N_("Guest")}, {ROLE_CUSTOMER, N_("Customer")}, {ROLE_AGENT, N_("Agent")}, {ROLE_SUPERVISOR, N_("Supervisor")}, {ROLE_ADMIN, N_("Admin")}};
#define ROLE_COUNT (sizeof roles / sizeof roles[0])

static const char *role_label(const struct request *q, enum role role)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (roles[i].role == role)
            return answer_text(q, roles[i].label);
    return "";
}

static enum role role_from_text(const char *text)
{
    for (size_t i = 0; i < ROLE_COUNT; i++)
        if (strcasecmp(role_name(roles[i].role), text) == 0)
            return roles[i].role;
    return ROLE_NONE;
}

/* Those from least up that the reader may give; chosen is marked. */
static struct json_object *role_choices(struct request *q, enum role least, enum role chosen, bool is_for_filter)
{
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < ROLE_COUNT; i++) {
        struct json_object *row;
        if (roles[i].role < least || (!is_for_filter && !member_may_manage(&q->who, roles[i].role)))
            continue;
        row = json_object_new_object();
        page_str(row, "value", role_name(roles[i].role));
        page_str(row, "label", answer_text(q, roles[i].label));
        page_bool(row, "selected", roles[i].role == chosen);
        page_push(list, row);
    }
    return list;
}

/* ---- the list ---- */

static struct json_object *member_data(struct request *q, const struct member_row *m)
{
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    buf_printf(&url, PATH "/%lld", (long long)m->member_id);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_int(row, "memberId", m->member_id);
    page_str(row, "name", m->nickname);
    page_str(row, "email", m->email);
    page_str(row, "roleName", role_label(q, m->role));
    page_bool(row, "isActive", m->status == 1);
    page_time(row, "cdate", m->cdate_ms);
    return row;
}

static bool read_filter(struct request *q, struct member_filter *f, struct buf *search, struct refusal *refusal_r)
{
    const struct value *v = q->query;
    bool is_get = q->method == METHOD_GET;
    *f = (struct member_filter){.status = -1, .cursor = is_get ? v[Q_CURSOR].i : 0, .limit = ROWS_SHOWN};
    if (!is_get)
        return true;
    if (v[Q_ROLE].len > 0 && (f->role = role_from_text(v[Q_ROLE].s)) == ROLE_NONE)
        refuse_field(refusal_r, 400, CODE_INPUT, "There is no such choice.", "roleFilter");
    else if (v[Q_STATUS].len > 0 && strcmp(v[Q_STATUS].s, "disabled") != 0 && strcmp(v[Q_STATUS].s, "active") != 0)
        refuse_field(refusal_r, 400, CODE_INPUT, "There is no such choice.", "statusFilter");
    else if (!history_filter_search(v[Q_SEARCH].s, search))
        refuse_field(refusal_r, 400, CODE_INPUT, "This can't be searched for.", "q");
    if (v[Q_STATUS].len > 0)
        f->status = v[Q_STATUS].s[0] == 'a';
    f->search = search->len > 0 ? search->p : NULL;
    return !refusal_r->status;
}

static void put_list_form(struct request *q, struct json_object *data, const struct member_filter *f)
{
    bool is_get = q->method == METHOD_GET;
    page_str(data, "search", is_get ? q->query[Q_SEARCH].s : "");
    page_put(data, "roleFilter", role_choices(q, ROLE_GUEST, f->role, true));
    page_bool(data, "onlyActive", f->status == 1);
    page_bool(data, "onlyDisabled", f->status == 0);
    page_put(data, "roles", role_choices(q, ROLE_CUSTOMER, is_get || !q->form[A_ROLE].is_given ? ROLE_AGENT : role_from_text(q->form[A_ROLE].s), false));
    page_put(data, "form", admin_frame_typed(q));
}

static void put_secret(struct json_object *data, const char *name, const char *secret)
{
    struct json_object *o = json_object_new_object();
    page_str(o, "name", name);
    page_str(o, "password", secret);
    page_put(data, "secret", o);
}

/* secret NULL: none was made. */
static void send_list(struct request *q, int status, const struct refusal *refusal, const char *secret)
{
    struct member_filter filter;
    struct member_row *list = NULL;
    struct refusal wrong = {0};
    struct buf search = BUF_INIT;
    struct json_object *data, *rows;
    size_t n = 0;
    int64_t next = 0;
    if (!read_filter(q, &filter, &search, &wrong)) {
        refusal = &wrong;
        status = wrong.status;
    } else if (!answer_outcome(q, member_list(q->db, &filter, &list, &n, &next), NULL)) {
        buf_free(&search);
        return;
    }
    buf_free(&search);
    if (!admin_frame_begin(q, PATH, &data)) {
        free(list);
        return;
    }
    rows = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        page_push(rows, member_data(q, &list[i]));
    free(list);
    page_put(data, "members", rows);
    page_bool(data, "hasMembers", n > 0);
    put_list_form(q, data, &filter);
    admin_frame_put_pages(q, data, PATH, next, q->method != METHOD_GET || !q->query[Q_CURSOR].is_given);
    admin_frame_put_errors(q, data, refusal);
    if (secret) {
        put_secret(data, q->form[A_NICKNAME].s, secret);
        page_put(data, "form", json_object_new_object());
    }
    page_send(q, status, "admin_members", data);
}

void admin_member_list(struct request *q)
{
    send_list(q, 200, NULL, NULL);
}

void admin_member_add(struct request *q)
{
    char secret[MEMBER_SECRET_SIZE];
    struct refusal refusal = {0};
    int64_t member_id;
    enum outcome outcome = member_manage_add(q->db, &q->who, q->form[A_EMAIL].s, q->form[A_NICKNAME].s, role_from_text(q->form[A_ROLE].s), secret, &member_id, &refusal);
    if (outcome == OUTCOME_DONE)
        send_list(q, 200, NULL, secret);
    else if (admin_frame_may_show(q, outcome, &refusal))
        send_list(q, refusal.status, &refusal, NULL);
}

/* ---- one member ---- */

static bool find_member(struct request *q, struct member_row *m)
{
    struct refusal refusal = {0};
    int64_t id = admin_frame_id(q);
    if (id == 0) {
        answer_refuse(q, 404, CODE_ABSENT, "There is no such member.", NULL);
        return false;
    }
    return answer_outcome(q, member_find(q->db, id, m, &refusal), &refusal);
}

static bool put_topics(struct request *q, struct json_object *data, const struct member_row *m)
{
    int32_t ids[TOPICS_MAX];
    size_t n, all;
    struct code *list = NULL;
    if (!answer_outcome(q, member_topics(q->db, m->member_id, ids, TOPICS_MAX, &n), NULL))
        return false;
    struct json_object *own = json_object_new_array(), *others = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        char name[401];
        code_name(ids[i], q->lang, name, sizeof name);
        page_int(row, "categoryId", ids[i]);
        page_str(row, "label", name);
        page_push(own, row);
    }
    all = code_list(GROUP_CATEGORY, &list);
    for (size_t i = 0; i < all; i++) {
        bool is_own = false;
        for (size_t k = 0; k < n; k++)
            is_own = is_own || ids[k] == list[i].code_id;
        if (is_own)
            continue;
        struct json_object *row = json_object_new_object();
        page_int(row, "categoryId", list[i].code_id);
        page_str(row, "label", list[i].name[q->lang]);
        page_push(others, row);
    }
    free(list);
    page_bool(data, "hasTopics", n > 0);
    page_bool(data, "hasOthers", json_object_array_length(others) > 0);
    page_put(data, "topics", own);
    page_put(data, "otherTopics", others);
    return true;
}

/* What came with a refused POST of name and role, or of the limit, stands in its form again; the others show what holds. */
static void send_member(struct request *q, int status, const struct member_row *m, const struct refusal *refusal, const char *secret)
{
    struct json_object *data, *form = json_object_new_object();
    bool is_typed = refusal && q->route->body == admin_member_body, is_limit_typed = refusal && q->route->body == admin_routing_limit_body;
    enum role role = is_typed ? role_from_text(q->form[C_ROLE].s) : m->role;
    if (!admin_frame_begin(q, PATH, &data)) {
        json_object_put(form);
        return;
    }
    page_put(data, "member", member_data(q, m));
    page_bool(data, "canManage", member_may_manage(&q->who, m->role));
    page_bool(data, "isStaff", role_is_staff(m->role));
    page_put(data, "roles", role_choices(q, m->role == ROLE_GUEST ? ROLE_GUEST : ROLE_CUSTOMER, role, false));
    page_str(form, "nickname", is_typed ? q->form[C_NICKNAME].s : m->nickname);
    page_put(data, "form", form);
    admin_frame_put_errors(q, data, refusal);
    admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
    if (secret)
        put_secret(data, m->nickname, secret);
    if ((!role_is_staff(m->role) || admin_routing_put_limit(q, data, m->member_id, is_limit_typed)) && put_topics(q, data, m) && identity_part_put(q, data, m->member_id))
        page_send(q, status, "admin_member", data);
    else
        json_object_put(data);
}

/* A change is made: back to the member's page, or that page with what was wrong. */
static void finish(struct request *q, const struct member_row *m, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        answer_redirectf(q, PATH "/%lld?done=1", (long long)m->member_id);
    else if (admin_frame_may_show(q, outcome, refusal))
        send_member(q, refusal->status, m, refusal, NULL);
}

void admin_member_show(struct request *q)
{
    struct member_row m;
    if (find_member(q, &m))
        send_member(q, 200, &m, NULL, NULL);
}

void admin_member_change(struct request *q)
{
    struct member_row m;
    struct refusal refusal = {0};
    if (find_member(q, &m))
        finish(q, &m, member_manage_change(q->db, &q->who, m.member_id, q->form[C_NICKNAME].s, role_from_text(q->form[C_ROLE].s), &refusal), &refusal);
}

void admin_member_status(struct request *q)
{
    struct member_row m;
    struct refusal refusal = {0};
    if (find_member(q, &m))
        finish(q, &m, member_manage_set_active(q->db, &q->who, m.member_id, q->form[0].i, &refusal), &refusal);
}

void admin_member_password(struct request *q)
{
    struct member_row m;
    struct refusal refusal = {0};
    char secret[MEMBER_SECRET_SIZE];
    enum outcome outcome;
    if (!find_member(q, &m))
        return;
    outcome = member_manage_reset(q->db, &q->who, m.member_id, secret, &refusal);
    if (outcome == OUTCOME_DONE)
        send_member(q, 200, &m, NULL, secret);
    else
        finish(q, &m, outcome, &refusal);
}

void admin_member_topic(struct request *q)
{
    struct member_row m;
    struct refusal refusal = {0};
    if (find_member(q, &m))
        finish(q, &m, member_manage_topic(q->db, &q->who, m.member_id, (int32_t)q->form[T_CATEGORY].i, q->form[T_ADDED].i, &refusal), &refusal);
}

void admin_member_limit(struct request *q)
{
    struct member_row m;
    struct refusal refusal = {0};
    if (find_member(q, &m))
        finish(q, &m, admin_routing_set_limit(q, m.member_id, &refusal), &refusal);
}
