/* admin_audit_page: see admin_audit_page.h. */
#include "cgi/admin_audit_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/history_filter.h"
#include "cgi/page.h"
#include "lib/base/json.h"
#include "lib/chat/audit.h"
#include "lib/chat/member_staff.h"

#define PATH "/admin/audit"
#define ROWS_SHOWN 50

/* All but the cursor are texts: a wrong one comes back in its field. */
enum { Q_MEMBER, Q_ACTION, Q_TARGET, Q_FROM, Q_TO, Q_CURSOR };
const struct field admin_audit_query[] = {
    [Q_MEMBER] = {"member", FIELD_INT, false, 1, JSON_MAX_INT},
    [Q_ACTION] = {"action", FIELD_TEXT, false, 0, 40},
    [Q_TARGET] = {"target", FIELD_TEXT, false, 0, 400},
    [Q_FROM] = {"from", FIELD_TEXT, false, 0, 40},
    [Q_TO] = {"to", FIELD_TEXT, false, 0, 40},
    [Q_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},
    {0},
};

/* How an action reads; one that is missing here shows its own name. */
static const struct {
    const char *action, *label;
} labels[] = {
    {"customer.block", N_("Customer blocked")},
    {"customer.unblock", N_("Block taken back")},
    {"tag.add", N_("Tag added")}, {"tag.rename", N_("Tag renamed")}, {"tag.retire", N_("Tag retired")}, {"tag.restore", N_("Tag offered again")},
    {"agent.state", N_("State of an agent changed")}, {"agent.limit", N_("Limit of an agent changed")}, {"category.routing", N_("Offering of a topic changed")},
    {"auto.change", N_("Automatic messages changed")}, {"category.add", N_("Topic added")},      {"category.change", N_("Topic changed")},
    {"category.move", N_("Topic moved")},              {"entry.consent", N_("Consent changed")}, {"entry.field", N_("Entry field changed")},
    {"hours.holiday", N_("Holiday changed")},          {"hours.week", N_("Hours changed")},      {"hours.zone", N_("Time zone changed")},
    {"member.add", N_("Member added")},                {"member.change", N_("Member changed")},  {"member.password", N_("Password reset")},
    {"member.status", N_("Member disabled or enabled")}, {"member.topics", N_("Topics of a member changed")},
    {"history.export", N_("Chats exported")},
    {"site.add", N_("Site added")},                    {"site.change", N_("Site changed")},
    {"site.key", N_("Signing key of a site changed")},
};

static const char *action_label(const struct request *q, const char *action)
{
    for (size_t i = 0; i < sizeof labels / sizeof labels[0]; i++)
        if (strcmp(labels[i].action, action) == 0)
            return answer_text(q, labels[i].label);
    return action;
}

static struct json_object *entry_row(const struct request *q, const struct audit_entry *e)
{
    struct json_object *row = json_object_new_object();
    page_time(row, "time", e->cdate_ms);
    page_str(row, "who", e->member_id ? e->member_name : answer_text(q, "Command line"));
    page_str(row, "actionLabel", action_label(q, e->action));
    page_str(row, "target", e->target);
    page_str(row, "detail", e->detail);
    return row;
}

static bool put_choices(struct request *q, struct json_object *data)
{
    struct staff *staff = NULL;
    char(*actions)[AUDIT_ACTION_SIZE] = NULL;
    size_t staff_n = 0, actions_n = 0;
    if (!answer_outcome(q, member_staff_list(q->db, &staff, &staff_n), NULL))
        return false;
    bool is_fine = answer_outcome(q, audit_actions(q->db, &actions, &actions_n), NULL);
    struct json_object *members = json_object_new_array(), *list = json_object_new_array();
    for (size_t i = 0; i < staff_n; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "value", staff[i].member_id);
        page_str(row, "label", staff[i].nickname);
        page_bool(row, "selected", staff[i].member_id == q->query[Q_MEMBER].i);
        page_push(members, row);
    }
    for (size_t i = 0; i < actions_n; i++) {
        struct json_object *row = json_object_new_object();
        page_str(row, "value", actions[i]);
        page_str(row, "label", action_label(q, actions[i]));
        page_bool(row, "selected", strcmp(actions[i], q->query[Q_ACTION].s) == 0);
        page_push(list, row);
    }
    free(staff);
    free(actions);
    page_put(data, "members", members);
    page_put(data, "actions", list);
    return is_fine;
}

/* False: *refusal_r names the wrong field. */
static bool read_filter(struct request *q, struct audit_filter *f, struct refusal *refusal_r)
{
    const struct value *v = q->query;
    *f = (struct audit_filter){.member_id = v[Q_MEMBER].i, .from_ms = -1, .to_ms = -1, .cursor = v[Q_CURSOR].i, .limit = ROWS_SHOWN};
    f->action = v[Q_ACTION].len > 0 ? v[Q_ACTION].s : NULL;
    f->target = v[Q_TARGET].len > 0 ? v[Q_TARGET].s : NULL;
    if (v[Q_FROM].len > 0 && !history_filter_moment(q->config, v[Q_FROM].s, false, &f->from_ms))
        refuse_field(refusal_r, 400, CODE_INPUT, "This is neither a date nor a time.", "from");
    else if (v[Q_TO].len > 0 && !history_filter_moment(q->config, v[Q_TO].s, true, &f->to_ms))
        refuse_field(refusal_r, 400, CODE_INPUT, "This is neither a date nor a time.", "to");
    return !refusal_r->status;
}

void admin_audit_page(struct request *q)
{
    struct audit_filter filter;
    struct audit_entry *list = NULL;
    struct refusal refusal = {0};
    struct json_object *data, *rows, *form;
    size_t n = 0;
    int64_t next = 0;
    bool is_right = read_filter(q, &filter, &refusal);
    if (is_right && !answer_outcome(q, audit_list(q->db, &filter, &list, &n, &next), NULL))
        return;
    if (!admin_frame_begin(q, PATH, &data)) {
        free(list);
        return;
    }
    rows = json_object_new_array();
    for (size_t i = 0; i < n; i++)
        page_push(rows, entry_row(q, &list[i]));
    free(list);
    page_put(data, "entries", rows);
    page_bool(data, "hasEntries", n > 0);
    form = json_object_new_object();
    for (int i = Q_TARGET; i <= Q_TO; i++)
        page_str(form, admin_audit_query[i].name, q->query[i].s);
    page_put(data, "form", form);
    admin_frame_put_errors(q, data, is_right ? NULL : &refusal);
    admin_frame_put_pages(q, data, PATH, next, !q->query[Q_CURSOR].is_given);
    if (put_choices(q, data))
        page_send(q, is_right ? 200 : 400, "admin_audit", data);
    else
        json_object_put(data);
}
