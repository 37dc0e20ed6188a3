/* chat_start_page: the first page: is anybody there, what it asks for, and the chat that comes of it, with a guest made on the way. See chat_page.h. */
#include <stdlib.h>
#include <string.h>

#include "cgi/account_door.h"
#include "cgi/answer.h"
#include "cgi/chat_page.h"
#include "cgi/frame.h"
#include "cgi/hours_text.h"
#include "cgi/page.h"
#include "cgi/session_door.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/entry.h"
#include "lib/chat/mail.h"
#include "lib/chat/online.h"
#include "lib/chat/session.h"

#define VERSION_MAX 2147483647

enum { B_CATEGORY, B_TITLE, B_NAME, B_FIELD1, B_FIELD2, B_MESSAGE, B_EMAIL, B_CONSENT, B_LEAVE, B_PAGE };
const struct field chat_page_request_body[] = {
    [B_CATEGORY] = {"categoryId", FIELD_CODE, false, 0, 0},
    [B_TITLE] = {"title", FIELD_TEXT, false, 0, 0},
    [B_NAME] = {"name", FIELD_TEXT, false, 0, 0},
    [B_FIELD1] = {"field1", FIELD_TEXT, false, 0, 0},
    [B_FIELD2] = {"field2", FIELD_TEXT, false, 0, 0},
    [B_MESSAGE] = {"message", FIELD_TEXT, false, 0, 0},
    [B_EMAIL] = {"email", FIELD_TEXT, false, 0, 0},
    [B_CONSENT] = {"consentVersion", FIELD_INT, false, 0, VERSION_MAX},
    [B_LEAVE] = {"leave", FIELD_BOOL, false, 0, 0},
    [B_PAGE] = {"page", FIELD_TEXT, false, 0, 0}, /* of the site around the frame */
    {0},
};

enum { Q_LEAVE };
const struct field chat_page_start_query[] = {
    [Q_LEAVE] = {"leave", FIELD_BOOL, false, 0, 0},
    {0},
};

/* ---- topics ---- */

static void add_category(struct json_object *list, const struct code *c, enum lang lang, int32_t chosen)
{
    struct json_object *row = json_object_new_object();
    page_int(row, "categoryId", c->code_id);
    page_str(row, "label", c->name[lang]);
    page_bool(row, "checked", c->code_id == chosen);
    page_push(list, row);
}

/* The children of parent, or (parent 0) the categories that have neither parent nor children. */
static void add_group(struct json_object *groups, const struct site *site, const struct code *list, size_t n, const struct code *parent, enum lang lang, int32_t chosen)
{
    struct json_object *group = json_object_new_object(), *rows = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        bool has_children = false;
        for (size_t k = 0; k < n; k++)
            has_children = has_children || list[k].pcode == list[i].code_id;
        if (site && !site_has_category(site, list[i].code_id))
            continue;
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

/* site NULL: all topics; else those of the site in whose page this is. */
static struct json_object *category_groups(const struct site *site, enum lang lang, int32_t chosen)
{
    struct code *list = NULL;
    size_t n = code_list(GROUP_CATEGORY, &list);
    struct json_object *groups = json_object_new_array();
    add_group(groups, site, list, n, NULL, lang, chosen);
    for (size_t i = 0; i < n; i++)
        if (list[i].pcode == 0)
            add_group(groups, site, list, n, &list[i], lang, chosen);
    free(list);
    return groups;
}

/* ---- the page ---- */

/* What the page is made of beside the fields of the request. */
struct start {
    struct entry_form form;
    int32_t category_id;     /* chosen, 0: none */
    bool is_leaving;         /* the customer asked for the offline form */
    const char *wrong_field; /* NULL: none */
    const char *message;     /* msgid; what is wrong with it, or above all when there is no field */
};

static struct json_object *typed(struct request *q)
{
    struct json_object *form = json_object_new_object();
    bool is_posted = q->method == METHOD_POST;
    for (int i = B_TITLE; i <= B_EMAIL; i++)
        page_str(form, chat_page_request_body[i].name, is_posted && q->form[i].s ? q->form[i].s : i == B_EMAIL ? q->who.email : "");
    page_bool(form, "agreed", is_posted && q->form[B_CONSENT].i > 0);
    return form;
}

/* The fields that the administrator chose, in their order: {isName|isTitle|isText, name, label, value, isNeeded, error}. */
static struct json_object *asked(struct request *q, const struct start *p, bool is_offline)
{
    static const int body[] = {[ENTRY_NAME] = B_NAME, [ENTRY_TITLE] = B_TITLE, [ENTRY_TEXT] = B_FIELD1};
    struct json_object *list = json_object_new_array();
    for (size_t i = 0; i < p->form.field_count; i++) {
        const struct entry_field *field = &p->form.fields[i];
        int at = body[field->kind] + (field->kind == ENTRY_TEXT ? field->field_no - 1 : 0);
        const char *name = chat_page_request_body[at].name;
        if ((field->kind == ENTRY_NAME && q->who.member_id) || (field->kind == ENTRY_TITLE && is_offline))
            continue; /* a name is known; the message says it all */
        struct json_object *row = json_object_new_object();
        page_bool(row, "isName", field->kind == ENTRY_NAME);
        page_bool(row, "isTitle", field->kind == ENTRY_TITLE);
        page_str(row, "name", name);
        page_str(row, "label", field->label[q->lang][0] ? field->label[q->lang] : field->label[LANG_KO]);
        page_str(row, "value", q->method == METHOD_POST && q->form[at].s ? q->form[at].s : "");
        page_bool(row, "isNeeded", field->is_needed);
        page_str(row, "wrong", p->wrong_field && strcmp(p->wrong_field, name) == 0 ? answer_text(q, p->message) : "");
        page_push(list, row);
    }
    return list;
}

/* A text's lines that hold something, a paragraph each. */
static struct json_object *lines_of(const char *text)
{
    struct json_object *lines = json_object_new_array();
    for (size_t n; *text; text += n + (text[n] == '\n')) {
        n = strcspn(text, "\n");
        if (!utf8_is_blank(text, n))
            page_push(lines, json_object_new_string_len(text, (int)n));
    }
    return lines;
}

static void put_open_chat(struct request *q, struct json_object *data)
{
    struct session s;
    struct refusal refusal = {0};
    if (!q->who.member_id || role_is_staff(q->who.role) || session_find_open(q->db, q->who.member_id, &s, &refusal) != OUTCOME_DONE)
        return;
    struct json_object *open = json_object_new_object();
    char name[401], url[sizeof s.session_id + 8] = "/chat/";
    code_name(s.category_id, q->lang, name, sizeof name);
    memcpy(url + 6, s.session_id, sizeof s.session_id);
    page_str(open, "url", url);
    page_str(open, "categoryName", name);
    page_time(open, "cdate", s.cdate_ms);
    page_bool(open, "isOffline", s.offline && s.status_id == STATUS_WAITING);
    page_put(data, "open", open);
}

/* Who is there: agentsOnline, isClosed with its words, or nobody. */
static void put_presence(struct request *q, struct json_object *data, const struct start *p)
{
    struct buf closed = BUF_INIT;
    int64_t online = 0;
    bool is_known = online_count_here(q->db, q->config, clock_wall_ms(), &online) == OUTCOME_DONE;
    hours_text_closed(&closed, q->lang, &p->form.hours, &p->form.state);
    page_bool(data, "agentsOnline", p->form.state.is_open && is_known && online > 0);
    page_bool(data, "isClosed", !p->form.state.is_open);
    page_str(data, "closedText", buf_str(&closed));
    page_bool(data, "nobody", p->form.state.is_open && is_known && online == 0);
    page_bool(data, "hasWeek", !p->form.state.is_open && p->form.hours.is_set);
    page_put(data, "week", hours_text_week(q->lang, &p->form.hours));
    buf_free(&closed);
}

static void send_start(struct request *q, int status, const struct start *p)
{
    struct json_object *data = page_data(q), *errors = json_object_new_object();
    bool is_offline = p->is_leaving || !p->form.state.is_open;
    page_put(data, "groups", category_groups(q->frame ? &q->frame->site : NULL, q->lang, p->category_id));
    page_put(data, "form", typed(q));
    page_put(data, "greeting", q->frame && !is_offline ? lines_of(q->frame->site.greeting[q->lang]) : json_object_new_array());
    page_put(data, "fields", asked(q, p, is_offline));
    page_bool(data, "isOffline", is_offline);
    page_bool(data, "isLeaving", p->is_leaving && p->form.state.is_open);
    page_bool(data, "mailOn", mail_is_on(q->config));
    page_int(data, "consentVersion", p->form.consent_version);
    page_put(data, "consent", p->form.consent_version ? lines_of(p->form.consent[q->lang]) : json_object_new_array());
    if (p->wrong_field)
        page_str(errors, p->wrong_field, answer_text(q, p->message));
    else if (p->message)
        page_str(data, "error", answer_text(q, p->message));
    page_put(data, "errors", errors);
    put_presence(q, data, p);
    put_open_chat(q, data);
    page_send(q, status, "start", data);
}

/* In another site's page the chat goes on where it was. True: the way there is the answer. */
static bool continue_chat(struct request *q)
{
    struct session s;
    struct refusal refusal = {0};
    if (!q->frame || !q->who.member_id || role_is_staff(q->who.role) || session_find_open(q->db, q->who.member_id, &s, &refusal) != OUTCOME_DONE)
        return false;
    answer_redirectf(q, "/chat/%s", s.session_id);
    return true;
}

void chat_page_start(struct request *q)
{
    struct start p = {.is_leaving = q->query[Q_LEAVE].i != 0};
    if (continue_chat(q))
        return;
    if (answer_outcome(q, entry_form_load(q->db, q->config, &p.form), NULL))
        send_start(q, 200, &p);
    entry_form_free(&p.form);
}

/* ---- what was posted ---- */

/* The page again with the reason beside its field, or what else the refusal asks for. */
static void send_refused(struct request *q, struct start *p, const struct refusal *refusal)
{
    if (refusal->status != 422) {
        answer_refusal(q, refusal);
        return;
    }
    p->wrong_field = refusal->field && strcmp(refusal->field, "nickname") == 0 ? "name" : refusal->field;
    p->message = refusal->message;
    send_start(q, 422, p);
}

static bool sign_in_guest(struct request *q, struct refusal *refusal, enum outcome *outcome_r)
{
    const char *name = q->form[B_NAME].s;
    if (utf8_is_blank(name, strlen(name)))
        name = answer_text(q, "Guest");
    *outcome_r = account_door_guest(q, name, refusal);
    if (*outcome_r == OUTCOME_DONE)
        *outcome_r = account_door_begin(q);
    return *outcome_r == OUTCOME_DONE;
}

static enum outcome check_name(struct request *q, const struct start *p, struct refusal *refusal_r)
{
    const struct entry_field *name = entry_form_field(&p->form, ENTRY_NAME);
    if (!q->who.member_id && name && name->is_needed && utf8_is_blank(q->form[B_NAME].s, q->form[B_NAME].len))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Please fill this in.", "name");
    return OUTCOME_DONE;
}

/* All is looked at before a guest is made, so that a form with a mistake leaves nobody behind. */
static void request_chat(struct request *q, struct start *p)
{
    struct change change;
    struct refusal refusal = {0};
    const struct entry_given given = {.category_id = p->category_id, .title = q->form[B_TITLE].len ? q->form[B_TITLE].s : NULL,
                                      .fields = {q->form[B_FIELD1].s, q->form[B_FIELD2].s}, .consent_version = (int32_t)q->form[B_CONSENT].i,
                                      .wants_offline = p->is_leaving, .needs_message = true, .message = q->form[B_MESSAGE].s, .email = q->form[B_EMAIL].s,
                                      .lang = q->lang, .site_id = q->frame ? q->frame->site.site_id : 0, .site_page = q->form[B_PAGE].s};
    enum outcome outcome = check_name(q, p, &refusal);
    if (outcome == OUTCOME_DONE)
        outcome = entry_check(q->db, q->config, &p->form, &given, &refusal);
    change_init(&change);
    if (outcome == OUTCOME_DONE && (q->who.member_id || sign_in_guest(q, &refusal, &outcome)))
        outcome = entry_request(q->db, q->config, &q->who, &given, &change, &refusal);
    if (outcome == OUTCOME_REFUSED)
        send_refused(q, p, &refusal);
    else if (session_door_changed(q, outcome, &change, &refusal))
        answer_redirectf(q, "/chat/%s", change.session.session_id);
    change_clear(&change);
}

void chat_page_request(struct request *q)
{
    struct code category;
    struct start p = {.is_leaving = q->form[B_LEAVE].i != 0};
    if (!answer_outcome(q, entry_form_load(q->db, q->config, &p.form), NULL)) {
        entry_form_free(&p.form);
        return;
    }
    if (q->form[B_CATEGORY].is_given && code_resolve(GROUP_CATEGORY, q->form[B_CATEGORY].s, &category) && category.is_used &&
        (!q->frame || site_has_category(&q->frame->site, category.code_id))) {
        p.category_id = category.code_id;
        request_chat(q, &p);
    } else {
        p.wrong_field = "categoryId";
        p.message = "Please choose a topic.";
        send_start(q, 422, &p);
    }
    entry_form_free(&p.form);
}
