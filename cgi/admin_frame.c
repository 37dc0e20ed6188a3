/* admin_frame: see admin_frame.h. */
#include "cgi/admin_frame.h"

#include <string.h>

#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/base/json.h"
#include "lib/chat/session.h"

const struct field admin_frame_query[] = {
    {"done", FIELD_TEXT, false, 0, 1},
    {0},
};

/* In the order of the navigation. A section's routes ask for the same role: a link that refuses would be a trap. */
struct section {
    const char *path, *label; /* label: msgid */
    enum role least;
};
static const struct section sections[] = {
    {"/admin/members", N_("Members"), ROLE_SUPERVISOR},
    {"/admin/categories", N_("Topics of chats"), ROLE_SUPERVISOR},
    {"/admin/hours", N_("Opening hours"), ROLE_SUPERVISOR},
    {"/admin/entry", N_("First page"), ROLE_SUPERVISOR},
    {"/admin/messages", N_("Automatic messages"), ROLE_SUPERVISOR},
    {"/admin/tags", N_("Tags"), ROLE_SUPERVISOR},
    {"/admin/blocks", N_("Blocked customers"), ROLE_SUPERVISOR},
    {"/admin/sites", N_("Sites"), ROLE_ADMIN},
    {"/admin/audit", N_("Audit log"), ROLE_SUPERVISOR},
    {0},
};

static struct json_object *section_links(struct request *q, const char *path, const char **label_r)
{
    struct json_object *links = json_object_new_array();
    for (const struct section *s = sections; s->path; s++) {
        struct json_object *link;
        if (q->who.role < s->least)
            continue;
        link = json_object_new_object();
        page_str(link, "url", s->path);
        page_str(link, "label", answer_text(q, s->label));
        page_bool(link, "current", strcmp(s->path, path) == 0);
        page_push(links, link);
        if (strcmp(s->path, path) == 0)
            *label_r = s->label;
    }
    return links;
}

bool admin_frame_begin(struct request *q, const char *path, struct json_object **data_r)
{
    struct session_counts counts;
    struct json_object *data, *o;
    const char *label = N_("Administration");
    *data_r = NULL;
    if (!answer_outcome(q, session_count_open(q->db, &counts), NULL))
        return false;
    data = page_data(q);
    o = json_object_new_object();
    page_int(o, "waiting", counts.waiting);
    page_put(data, "counts", o);
    page_bool(data, "atAdmin", true);
    page_put(data, "sections", section_links(q, path, &label));
    page_str(data, "title", answer_text(q, label));
    if (q->method != METHOD_GET)
        page_str(data, "path", path); /* where the language switch leads back to: a form's address takes no GET */
    *data_r = data;
    return true;
}

void admin_frame_say_done(struct request *q, struct json_object *data, bool is_done)
{
    if (is_done)
        page_str(data, "done", answer_text(q, "Saved."));
}

void admin_frame_done(struct request *q, const char *path)
{
    answer_redirectf(q, "%s?done=1", path);
}

bool admin_frame_may_show(struct request *q, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_REFUSED && refusal->status != 404 && refusal->status != 403)
        return true;
    answer_outcome(q, outcome, refusal);
    return false;
}

struct json_object *admin_frame_typed(const struct request *q)
{
    struct json_object *form = json_object_new_object();
    for (size_t i = 0; q->method != METHOD_GET && q->route->body && q->route->body[i].name; i++)
        if (q->form[i].is_given && q->form[i].s)
            page_str(form, q->route->body[i].name, q->form[i].s);
    return form;
}

void admin_frame_put_errors(struct request *q, struct json_object *data, const struct refusal *refusal)
{
    struct json_object *errors = json_object_new_object();
    if (refusal && refusal->field)
        page_str(errors, refusal->field, answer_text(q, refusal->message));
    else if (refusal)
        page_str(data, "error", answer_text(q, refusal->message));
    page_put(data, "errors", errors);
}

void admin_frame_url(const struct request *q, const char *path, const char *name, int64_t number, struct buf *out)
{
    size_t name_len = strlen(name);
    char sign = '?';
    buf_add_str(out, path);
    for (const char *p = q->raw_query; *p;) {
        size_t n = strcspn(p, "&");
        bool is_it = n > name_len && strncmp(p, name, name_len) == 0 && p[name_len] == '=';
        if (n > 0 && !is_it) {
            buf_add_char(out, sign);
            buf_add(out, p, n);
            sign = '&';
        }
        p += n + (p[n] == '&');
    }
    if (number > 0)
        buf_printf(out, "%c%s=%lld", sign, name, (long long)number);
}

void admin_frame_put_pages(const struct request *q, struct json_object *data, const char *path, int64_t next, bool is_first)
{
    struct buf url = BUF_INIT;
    if (next > 0) {
        admin_frame_url(q, path, "cursor", next, &url);
        page_str(data, "nextUrl", buf_str(&url));
    }
    buf_reset(&url);
    if (!is_first) {
        admin_frame_url(q, path, "cursor", 0, &url);
        page_str(data, "firstUrl", buf_str(&url));
    }
    buf_free(&url);
}

int64_t admin_frame_id(const struct request *q)
{
    int64_t id = 0;
    const char *p = q->arg[0];
    for (; *p >= '0' && *p <= '9' && id < JSON_MAX_INT / 10; p++)
        id = id * 10 + (*p - '0');
    return *p ? 0 : id;
}

bool admin_frame_number(const char *text, int32_t *n_r)
{
    bool is_negative = *text == '-';
    const char *digits = text + is_negative;
    size_t len = strspn(digits, "0123456789");
    int32_t n = 0;
    if (len == 0 || len > 9 || digits[len])
        return false;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (digits[i] - '0');
    *n_r = is_negative ? -n : n;
    return true;
}

void admin_frame_home(struct request *q)
{
    for (const struct section *s = sections; s->path; s++)
        if (q->who.role >= s->least) {
            answer_redirect(q, s->path);
            return;
        }
    answer_refuse(q, 403, CODE_RIGHT, "You are not allowed to do this.", NULL);
}
