/* hours_text: see hours_text.h. */
#include "cgi/hours_text.h"

#include <stdbool.h>
#include <string.h>

#include "cgi/page.h"
#include "cgi/template.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"

static const char *const weekdays[LANG_COUNT][7] = {
    [LANG_KO] = {"월요일", "화요일", "수요일", "목요일", "금요일", "토요일", "일요일"},
    [LANG_EN] = {"Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"},
};
static const char *const months_en[] = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"};

static void add_clock(struct buf *out, enum lang lang, int minute)
{
    int hour = minute / 60 % 12 == 0 ? 12 : minute / 60 % 12;
    bool afternoon = minute / 60 % 24 >= 12;

    if (lang == LANG_KO)
        buf_printf(out, "%s %d:%02d", afternoon ? "오후" : "오전", hour, minute % 60);
    else
        buf_printf(out, "%d:%02d %s", hour, minute % 60, afternoon ? "PM" : "AM");
}

static void add_day(struct buf *out, enum lang lang, int64_t day)
{
    int year, month, date;
    const char *weekday = weekdays[lang][((day + 3) % 7 + 7) % 7];

    clock_date_of_day(day, &year, &month, &date);
    if (lang == LANG_KO)
        buf_printf(out, "%d월 %d일 %s", month, date, weekday);
    else
        buf_printf(out, "%s, %s %d", weekday, months_en[month - 1], date);
}

static void add_filled(struct buf *out, enum lang lang, const char *msgid, const char *time, const char *day, const char *name)
{
    struct json_object *args = json_object_new_object();

    page_str(args, "time", time);
    page_str(args, "day", day);
    page_str(args, "name", name);
    template_fill(out, catalog_text(lang, msgid), args);
    json_object_put(args);
}

void hours_text_closed(struct buf *out, enum lang lang, const struct hours *h, const struct hours_state *state)
{
    struct buf time = BUF_INIT, day = BUF_INIT;
    int64_t local_s;

    if (state->is_open)
        return;
    if (state->why == HOURS_WHY_HOLIDAY && state->holiday->name[lang][0])
        add_filled(out, lang, N_("Today is a holiday: {name}."), "", "", state->holiday->name[lang]);
    else
        buf_add_str(out, catalog_text(lang, state->why == HOURS_WHY_HOLIDAY ? N_("Today is a holiday.")
                                            : state->why == HOURS_WHY_BREAK ? N_("We are on a break.")
                                                                            : N_("We are closed now.")));
    if (state->next_open_ms < 0)
        return;
    local_s = state->next_open_ms / 1000 + zone_offset(h->zone, state->next_open_ms / 1000);
    add_clock(&time, lang, (int)(local_s % 86400 / 60));
    add_day(&day, lang, local_s / 86400);
    buf_add_char(out, ' ');
    add_filled(out, lang,
               state->days_ahead == 0   ? N_("We are back today at {time}.")
               : state->days_ahead == 1 ? N_("We are back tomorrow at {time}.")
                                        : N_("We are back on {day} at {time}."),
               buf_str(&time), buf_str(&day), "");
    buf_free(&time);
    buf_free(&day);
}

static bool is_same(const struct hours_day *a, const struct hours_day *b)
{
    return a->n == b->n && memcmp(a->spans, b->spans, a->n * sizeof a->spans[0]) == 0;
}

static void add_times(struct buf *out, enum lang lang, const struct hours_day *day)
{
    if (day->n == 0)
        buf_add_str(out, catalog_text(lang, N_("Closed")));
    for (size_t i = 0; i < day->n; i++)
        buf_printf(out, "%s%02d:%02d–%02d:%02d", i ? ", " : "", day->spans[i].open / 60, day->spans[i].open % 60, day->spans[i].close / 60, day->spans[i].close % 60);
}

struct json_object *hours_text_week(enum lang lang, const struct hours *h)
{
    struct json_object *rows = json_object_new_array();

    for (int from = 0, to; h->is_set && from < 7; from = to) {
        struct json_object *row = json_object_new_object();
        struct buf days = BUF_INIT, times = BUF_INIT;
        for (to = from + 1; to < 7 && is_same(&h->week[from], &h->week[to]); to++)
            ;
        buf_add_str(&days, weekdays[lang][from]);
        if (to - from > 1)
            buf_printf(&days, "%s%s", to - from > 2 ? "–" : ", ", weekdays[lang][to - 1]);
        add_times(&times, lang, &h->week[from]);
        page_str(row, "days", buf_str(&days));
        page_str(row, "times", buf_str(&times));
        page_push(rows, row);
        buf_free(&days);
        buf_free(&times);
    }
    return rows;
}
