/* admin_entry_page: /admin/entry, see admin_entry_page.h. */
#include "cgi/admin_entry_page.h"

#include <string.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/chat/entry_set.h"

#define PATH "/admin/entry"

enum { F_KIND, F_LABEL, F_LABEL_EN, F_NEEDED, F_TOTAL };
const struct field admin_entry_body[] = {
    {"kind1", FIELD_TEXT, false, 0, 0},  {"label1", FIELD_TEXT, false, 0, 0}, {"labelEn1", FIELD_TEXT, false, 0, 0}, {"needed1", FIELD_BOOL, false, 0, 0},
    {"kind2", FIELD_TEXT, false, 0, 0},  {"label2", FIELD_TEXT, false, 0, 0}, {"labelEn2", FIELD_TEXT, false, 0, 0}, {"needed2", FIELD_BOOL, false, 0, 0},
    {0},
};

enum { C_CONTENT, C_CONTENT_EN, C_OFF };
const struct field admin_entry_consent_body[] = {
    [C_CONTENT] = {"content", FIELD_TEXT, false, 0, 0},
    [C_CONTENT_EN] = {"contentEn", FIELD_TEXT, false, 0, 0},
    [C_OFF] = {"off", FIELD_BOOL, false, 0, 0},
    {0},
};

static const struct {
    const char *name, *label;
} kinds[] = {[ENTRY_NAME] = {"name", N_("Name")}, [ENTRY_TITLE] = {"title", N_("Title")}, [ENTRY_TEXT] = {"text", N_("A question of your own")}};
#define KINDS 3

static int kind_from_text(const char *text)
{
    int i = 0;
    while (i < KINDS && strcmp(kinds[i].name, text) != 0)
        i++;
    return i;
}

static struct json_object *kind_choices(const struct request *q, const char *chosen)
{
    struct json_object *list = json_object_new_array();
    for (int i = 0; i < KINDS; i++) {
        struct json_object *row = json_object_new_object();
        page_str(row, "value", kinds[i].name);
        page_str(row, "label", answer_text(q, kinds[i].label));
        page_bool(row, "selected", strcmp(kinds[i].name, chosen) == 0);
        page_push(list, row);
    }
    return list;
}

static void put_wrong(const struct request *q, struct json_object *row, const char *key, const char *field, const struct refusal *r)
{
    page_str(row, key, r && r->field && strcmp(r->field, field) == 0 ? answer_text(q, r->message) : "");
}

/* fields [{no, kinds, label, labelEn, isNeeded, wrongKind, wrongLabel, wrongLabelEn}], both of them. */
static struct json_object *field_rows(const struct request *q, const struct entry_form *form, bool is_typed, const struct refusal *r)
{
    struct json_object *rows = json_object_new_array();
    for (int no = 1; no <= ENTRY_FIELDS; no++) {
        const struct field *names = &admin_entry_body[(no - 1) * F_TOTAL];
        const struct value *v = &q->form[(no - 1) * F_TOTAL];
        const struct entry_field *f = NULL;
        struct json_object *row = json_object_new_object();
        for (size_t i = 0; i < form->field_count; i++)
            if (form->fields[i].field_no == no)
                f = &form->fields[i];
        page_int(row, "no", no);
        page_put(row, "kinds", kind_choices(q, is_typed ? v[F_KIND].s : f ? kinds[f->kind].name : ""));
        page_str(row, "label", is_typed ? v[F_LABEL].s : f ? f->label[LANG_KO] : "");
        page_str(row, "labelEn", is_typed ? v[F_LABEL_EN].s : f ? f->label[LANG_EN] : "");
        page_bool(row, "isNeeded", is_typed ? v[F_NEEDED].i : f && f->is_needed);
        put_wrong(q, row, "wrongKind", names[F_KIND].name, r);
        put_wrong(q, row, "wrongLabel", names[F_LABEL].name, r);
        put_wrong(q, row, "wrongLabelEn", names[F_LABEL_EN].name, r);
        page_push(rows, row);
    }
    return rows;
}

static void send_page(struct request *q, int status, const struct refusal *refusal)
{
    struct entry_form form;
    struct json_object *data, *typed;
    bool is_fields = refusal && q->route->body == admin_entry_body, is_consent = refusal && q->route->body == admin_entry_consent_body;
    if (answer_outcome(q, entry_form_load(q->db, q->config, &form), NULL) && admin_frame_begin(q, PATH, &data)) {
        page_put(data, "fields", field_rows(q, &form, is_fields, refusal));
        page_int(data, "version", form.consent_version);
        typed = json_object_new_object();
        page_str(typed, "content", is_consent ? q->form[C_CONTENT].s : form.consent_version ? form.consent[LANG_KO] : "");
        page_str(typed, "contentEn", is_consent ? q->form[C_CONTENT_EN].s : form.consent_version ? form.consent[LANG_EN] : "");
        page_put(data, "form", typed);
        admin_frame_put_errors(q, data, refusal);
        admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
        page_send(q, status, "admin_entry", data);
    }
    entry_form_free(&form);
}

static void finish(struct request *q, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, refusal))
        send_page(q, refusal->status, refusal);
}

void admin_entry_page(struct request *q)
{
    send_page(q, 200, NULL);
}

static enum outcome set_fields(struct request *q, struct refusal *refusal_r)
{
    struct entry_field_edit edits[ENTRY_FIELDS];
    for (int i = 0; i < ENTRY_FIELDS; i++) {
        const struct value *v = &q->form[i * F_TOTAL];
        int kind = kind_from_text(v[F_KIND].s);
        if (kind == KINDS && v[F_KIND].len > 0)
            return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", admin_entry_body[i * F_TOTAL].name);
        edits[i] = (struct entry_field_edit){.is_asked = kind < KINDS, .is_needed = v[F_NEEDED].i, .kind = kind < KINDS ? (enum entry_kind)kind : ENTRY_NAME,
                                             .label = v[F_LABEL].s, .label_en = v[F_LABEL_EN].s};
    }
    return entry_set_fields(q->db, q->who.member_id, edits, refusal_r);
}

void admin_entry_set(struct request *q)
{
    struct refusal refusal = {0};
    finish(q, set_fields(q, &refusal), &refusal);
}

void admin_entry_consent(struct request *q)
{
    struct refusal refusal = {0};
    int32_t version;
    finish(q, q->form[C_OFF].i ? entry_clear_consent(q->db, q->who.member_id)
                               : entry_set_consent(q->db, q->who.member_id, q->form[C_CONTENT].s, q->form[C_CONTENT_EN].s, &version, &refusal),
           &refusal);
}
