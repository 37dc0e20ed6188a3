/* admin_hours_page: /admin/hours, see admin_entry_page.h. */
#include <stdio.h>
#include <string.h>

#include "cgi/admin_entry_page.h"
#include "cgi/admin_frame.h"
#include "cgi/answer.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/hours_set.h"

#define PATH "/admin/hours"
#define DAYS 7

enum { H_DAY, H_ZONE = DAYS, H_ALWAYS };
const struct field admin_hours_body[] = {
    {"day0", FIELD_TEXT, false, 0, 0}, {"day1", FIELD_TEXT, false, 0, 0}, {"day2", FIELD_TEXT, false, 0, 0}, {"day3", FIELD_TEXT, false, 0, 0},
    {"day4", FIELD_TEXT, false, 0, 0}, {"day5", FIELD_TEXT, false, 0, 0}, {"day6", FIELD_TEXT, false, 0, 0}, [H_ZONE] = {"zone", FIELD_TEXT, false, 0, 0},
    [H_ALWAYS] = {"always", FIELD_BOOL, false, 0, 0},
    {0},
};

enum { D_DATE, D_NAME, D_NAME_EN, D_HOURS };
const struct field admin_hours_holiday_body[] = {
    [D_DATE] = {"date", FIELD_TEXT, false, 0, 0},
    [D_NAME] = {"name", FIELD_TEXT, false, 0, 0},
    [D_NAME_EN] = {"nameEn", FIELD_TEXT, false, 0, 0},
    [D_HOURS] = {"hours", FIELD_TEXT, false, 0, 0},
    {0},
};

const struct field admin_hours_remove_body[] = {{"date", FIELD_TEXT, false, 0, 0}, {0}};

/* Blank is closed; blanks between the parts do no harm. */
static bool read_day(const char *text, struct hours_day *day_r)
{
    char plain[HOURS_TEXT_SIZE * 2];
    size_t n = 0;
    for (const char *p = text; *p; p++) {
        if (*p == ' ')
            continue;
        if (n + 1 >= sizeof plain)
            return false;
        plain[n++] = *p;
    }
    plain[n] = '\0';
    return hours_day_parse(n ? plain : "closed", day_r);
}

static struct json_object *holiday_row(const struct request *q, const struct hours_holiday *h)
{
    struct json_object *row = json_object_new_object();
    char date[32], text[HOURS_TEXT_SIZE];
    int year, month, day;
    clock_date_of_day(h->day, &year, &month, &day);
    snprintf(date, sizeof date, "%04d-%02d-%02d", year, month, day);
    hours_day_text(&h->hours, text);
    page_str(row, "date", date);
    page_str(row, "holidayName", h->name[q->lang][0] ? h->name[q->lang] : h->name[LANG_KO]);
    page_str(row, "times", h->hours.n ? text : answer_text(q, "Closed"));
    return row;
}

/* days [{name, label, value, wrong}]: typed ones come back as they were. */
static struct json_object *day_rows(const struct request *q, const struct hours *hours, bool is_typed, const struct refusal *refusal)
{
    static const char *const labels[DAYS] = {N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun")};
    struct json_object *rows = json_object_new_array();
    for (int i = 0; i < DAYS; i++) {
        struct json_object *row = json_object_new_object();
        const char *name = admin_hours_body[i].name;
        char text[HOURS_TEXT_SIZE] = "";
        if (hours->week[i].n)
            hours_day_text(&hours->week[i], text);
        page_str(row, "name", name);
        page_str(row, "label", answer_text(q, labels[i]));
        page_str(row, "value", is_typed ? q->form[H_DAY + i].s : text);
        page_str(row, "wrong", refusal && refusal->field && strcmp(refusal->field, name) == 0 ? answer_text(q, refusal->message) : "");
        page_push(rows, row);
    }
    return rows;
}

static void put_page(struct request *q, struct json_object *data, const struct hours *hours, const char *zone, const struct refusal *refusal)
{
    bool is_week_typed = refusal && q->route->body == admin_hours_body;
    struct json_object *holidays = json_object_new_array();
    struct hours_state state;
    hours_look(hours, clock_wall_ms(), &state);
    for (size_t i = 0; i < hours->holiday_count; i++)
        page_push(holidays, holiday_row(q, &hours->holidays[i]));
    page_bool(data, "isSet", hours->is_set);
    page_bool(data, "isOpen", state.is_open);
    page_put(data, "days", day_rows(q, hours, is_week_typed, refusal));
    page_str(data, "hoursZone", is_week_typed ? q->form[H_ZONE].s : zone);
    page_bool(data, "hasHolidays", hours->holiday_count > 0);
    page_put(data, "holidays", holidays);
    page_put(data, "form", admin_frame_typed(q));
    admin_frame_put_errors(q, data, refusal);
}

static void send_page(struct request *q, int status, const struct refusal *refusal)
{
    struct hours hours;
    char zone[256];
    struct json_object *data;
    enum outcome outcome = hours_load_all(q->db, q->config, clock_wall_ms(), &hours);
    if (outcome == OUTCOME_DONE)
        outcome = hours_zone(q->db, q->config, zone, sizeof zone);
    if (answer_outcome(q, outcome, NULL) && admin_frame_begin(q, PATH, &data)) {
        put_page(q, data, &hours, zone, refusal);
        admin_frame_say_done(q, data, q->method == METHOD_GET && q->query[0].is_given);
        page_send(q, status, "admin_hours", data);
    }
    hours_free(&hours);
}

static void finish(struct request *q, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        admin_frame_done(q, PATH);
    else if (admin_frame_may_show(q, outcome, refusal))
        send_page(q, refusal->status, refusal);
}

void admin_hours_page(struct request *q)
{
    send_page(q, 200, NULL);
}

static enum outcome set_week(struct request *q, struct refusal *refusal_r)
{
    struct hours_day week[DAYS];
    char zone[256];
    enum outcome outcome;
    size_t spans = 0;
    for (int i = 0; i < DAYS; i++) {
        if (!read_day(q->form[H_DAY + i].s, &week[i]))
            return refuse_field(refusal_r, 422, CODE_INPUT, "Please write hours like 09:00-12:00,13:00-18:00, or leave it empty.", admin_hours_body[i].name);
        spans += week[i].n;
    }
    if (!spans)
        return refuse_field(refusal_r, 422, CODE_INPUT, "At least one day must have hours.", admin_hours_body[0].name);
    outcome = hours_zone(q->db, q->config, zone, sizeof zone);
    if (outcome == OUTCOME_DONE && strcmp(zone, q->form[H_ZONE].s) != 0)
        outcome = hours_set_zone(q->db, q->who.member_id, q->form[H_ZONE].s, refusal_r);
    return outcome == OUTCOME_DONE ? hours_set_week(q->db, q->who.member_id, week, 0x7f) : outcome;
}

void admin_hours_set(struct request *q)
{
    struct refusal refusal = {0};
    finish(q, q->form[H_ALWAYS].i ? hours_clear(q->db, q->who.member_id) : set_week(q, &refusal), &refusal);
}

void admin_hours_holiday(struct request *q)
{
    const struct value *v = q->form;
    struct hours_day day;
    struct refusal refusal = {0};
    finish(q, read_day(v[D_HOURS].s, &day) ? hours_set_holiday(q->db, q->who.member_id, v[D_DATE].s, v[D_NAME].s, v[D_NAME_EN].s, &day, &refusal)
                                           : refuse_field(&refusal, 422, CODE_INPUT, "Please write hours like 09:00-12:00,13:00-18:00, or leave it empty.", "hours"),
           &refusal);
}

void admin_hours_remove(struct request *q)
{
    struct refusal refusal = {0};
    finish(q, hours_remove_holiday(q->db, q->who.member_id, q->form[0].s, &refusal), &refusal);
}
