#include "lib/chat/hours.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/zone.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

#define DAY_S 86400
#define DAYS_AHEAD 366

/* ---- reading the tables ---- */

static void add_span(struct hours_day *day, int open, int close)
{
    if (day->n < HOURS_SPANS)
        day->spans[day->n++] = (struct hours_span){open, close};
}

static bool load_week(struct db *db, struct hours *h)
{
    struct db_rows *rows =
        db_query(db, "SELECT weekday, open_minute, close_minute FROM business_hour WHERE category_id IS NULL ORDER BY weekday, open_minute", NULL, 0);

    if (!rows)
        return false;
    h->is_set = db_rows_count(rows) > 0;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        add_span(&h->week[db_cell_int(rows, i, 0) % 7], (int)db_cell_int(rows, i, 1), (int)db_cell_int(rows, i, 2));
    db_rows_free(&rows);
    return true;
}

static bool load_zone(struct db *db, const struct config *config, struct hours *h)
{
    struct db_rows *rows = db_query(db, "SELECT value FROM entry_setting WHERE name = 'hours_zone'", NULL, 0);
    const char *name;

    if (!rows)
        return false;
    name = db_rows_count(rows) ? db_cell(rows, 0, 0, NULL) : config->timezone;
    if (zone_open(NULL, name, &h->zone) != ZONE_FOUND) {
        log_error("hours_zone_unknown name=%s", log_value(name));
        if (zone_open(NULL, config->timezone, &h->zone) != ZONE_FOUND && zone_open(NULL, "UTC", &h->zone) != ZONE_FOUND)
            h->zone = NULL;
    }
    db_rows_free(&rows);
    return h->zone != NULL;
}

static int64_t local_day(const struct zone *zone, int64_t now_ms)
{
    int64_t local_s = now_ms / 1000 + zone_offset(zone, now_ms / 1000);

    return (local_s - (local_s % DAY_S + DAY_S) % DAY_S) / DAY_S;
}

static bool load_holidays(struct db *db, struct hours *h, int64_t now_ms)
{
    int year, month, day;
    char today[32];
    struct db_rows *rows;

    clock_date_of_day(local_day(h->zone, now_ms), &year, &month, &day);
    snprintf(today, sizeof today, "%04d-%02d-%02d", year, month, day);
    rows = db_query(db,
                    "SELECT YEAR(holiday), MONTH(holiday), DAY(holiday), open_minute, close_minute, name, name_en FROM business_holiday WHERE holiday >= ?"
                    " ORDER BY holiday LIMIT 400",
                    DB_ARGS(db_text(today)));
    if (!rows)
        return false;
    h->holidays = calloc(db_rows_count(rows) + 1, sizeof *h->holidays);
    for (size_t i = 0; h->holidays && i < db_rows_count(rows); i++) {
        struct hours_holiday *one = &h->holidays[h->holiday_count++];
        one->day = clock_day_of_date((int)db_cell_int(rows, i, 0), (int)db_cell_int(rows, i, 1), (int)db_cell_int(rows, i, 2));
        if (!db_cell_is_null(rows, i, 3))
            add_span(&one->hours, (int)db_cell_int(rows, i, 3), (int)db_cell_int(rows, i, 4));
        snprintf(one->name[LANG_KO], HOURS_NAME_SIZE, "%s", db_cell(rows, i, 5, NULL));
        snprintf(one->name[LANG_EN], HOURS_NAME_SIZE, "%s", db_cell(rows, i, 6, NULL));
    }
    db_rows_free(&rows);
    return h->holidays != NULL;
}

enum outcome hours_load(struct db *db, const struct config *config, int64_t now_ms, struct hours *h_r)
{
    *h_r = (struct hours){0};
    if (!load_week(db, h_r))
        return OUTCOME_AWAY;
    if (!h_r->is_set)
        return OUTCOME_DONE;
    return load_zone(db, config, h_r) && load_holidays(db, h_r, now_ms) ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome hours_load_all(struct db *db, const struct config *config, int64_t now_ms, struct hours *h_r)
{
    *h_r = (struct hours){0};
    return load_week(db, h_r) && load_zone(db, config, h_r) && load_holidays(db, h_r, now_ms) ? OUTCOME_DONE : OUTCOME_AWAY;
}

void hours_free(struct hours *h)
{
    zone_free(&h->zone);
    free(h->holidays);
    *h = (struct hours){0};
}

/* ---- what it is now ---- */

static const struct hours_holiday *holiday_of(const struct hours *h, int64_t day)
{
    for (size_t i = 0; i < h->holiday_count; i++)
        if (h->holidays[i].day == day)
            return &h->holidays[i];
    return NULL;
}

static const struct hours_day *hours_of(const struct hours *h, int64_t day)
{
    const struct hours_holiday *holiday = holiday_of(h, day);

    return holiday ? &holiday->hours : &h->week[((day + 3) % 7 + 7) % 7]; /* 1970-01-01 was a Thursday */
}

static void find_next(const struct hours *h, int64_t today, int minute, struct hours_state *state_r)
{
    for (int ahead = 0; ahead <= DAYS_AHEAD; ahead++) {
        const struct hours_day *day = hours_of(h, today + ahead);
        for (size_t i = 0; i < day->n; i++)
            if (ahead > 0 || day->spans[i].open > minute) {
                state_r->days_ahead = ahead;
                state_r->next_open_ms = zone_to_utc(h->zone, (today + ahead) * DAY_S + day->spans[i].open * 60) * 1000;
                return;
            }
    }
}

void hours_look(const struct hours *h, int64_t now_ms, struct hours_state *state_r)
{
    const struct hours_day *day;
    int64_t today;
    int minute;

    *state_r = (struct hours_state){.is_open = true, .next_open_ms = -1};
    if (!h->is_set)
        return;
    today = local_day(h->zone, now_ms);
    minute = (int)((now_ms / 1000 + zone_offset(h->zone, now_ms / 1000) - today * DAY_S) / 60);
    day = hours_of(h, today);
    for (size_t i = 0; i < day->n; i++) {
        if (minute >= day->spans[i].open && minute < day->spans[i].close)
            return;
        if (i > 0 && minute >= day->spans[i - 1].close && minute < day->spans[i].open)
            state_r->why = HOURS_WHY_BREAK;
    }
    state_r->is_open = false;
    state_r->holiday = holiday_of(h, today);
    if (state_r->holiday && day->n == 0)
        state_r->why = HOURS_WHY_HOLIDAY;
    find_next(h, today, minute, state_r);
}

/* ---- texts of the command line ---- */

/* "09:00"; -1 when it isn't one. *rest_r is behind it. */
static int parse_minute(const char *s, const char **rest_r)
{
    int hour, minute;

    for (int i = 0; i < 5; i++)
        if (i == 2 ? s[i] != ':' : s[i] < '0' || s[i] > '9')
            return -1;
    hour = (s[0] - '0') * 10 + (s[1] - '0');
    minute = (s[3] - '0') * 10 + (s[4] - '0');
    *rest_r = s + 5;
    return hour > 24 || minute > 59 || (hour == 24 && minute) ? -1 : hour * 60 + minute;
}

bool hours_day_parse(const char *text, struct hours_day *day_r)
{
    int last = -1;

    *day_r = (struct hours_day){0};
    if (strcmp(text, "closed") == 0)
        return true;
    for (;; text++) {
        int open = parse_minute(text, &text), close = open >= 0 && *text == '-' ? parse_minute(text + 1, &text) : -1;

        if (close <= open || open <= last || day_r->n == HOURS_SPANS)
            return false;
        add_span(day_r, open, close);
        last = close;
        if (*text != ',')
            return *text == '\0';
    }
}
