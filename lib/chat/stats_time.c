#include "lib/chat/stats_time.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/zone.h"

#define DAY_S INT64_C(86400)
#define HOUR_S INT64_C(3600)
/* All changes of all zones of this century fall on a multiple of it, and all offsets are multiples. */
#define STEP_S INT64_C(900)
#define YEAR_MAX 2200

static const char *const group_names[STATS_GROUP_TOTAL] = {"none", "hour", "day", "week", "month", "weekday-hour"};

const char *stats_group_name(enum stats_group group)
{
    return group_names[group];
}

bool stats_group_from_name(const char *name, enum stats_group *group_r)
{
    for (int i = 0; i < STATS_GROUP_TOTAL; i++)
        if (!strcmp(name, group_names[i])) {
            *group_r = (enum stats_group)i;
            return true;
        }
    return false;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static int64_t local_of_ms(const struct zone *z, int64_t ms)
{
    int64_t utc_s = floor_div(ms, 1000);

    return utc_s + zone_offset(z, utc_s);
}

static int64_t day_start_ms(const struct zone *z, int64_t day)
{
    return zone_to_utc(z, day * DAY_S) * 1000;
}

/* 0 is Monday; 1970-01-01 was a Thursday. */
static int weekday_of(int64_t day)
{
    return (int)(((day + 3) % 7 + 7) % 7);
}

static int64_t first_day_of_month(int64_t month)
{
    return clock_day_of_date((int)floor_div(month, 12), (int)(month - floor_div(month, 12) * 12) + 1, 1);
}

static bool parse_date(const char *s, int64_t *day_r)
{
    int part[3] = {0, 0, 0}, year, month, day;

    if (strlen(s) != 10)
        return false;
    for (int i = 0, at = 0; i < 10; i++) {
        if (i == 4 || i == 7) {
            at++;
            if (s[i] != '-')
                return false;
        } else if (s[i] < '0' || s[i] > '9') {
            return false;
        } else {
            part[at] = part[at] * 10 + (s[i] - '0');
        }
    }
    if (part[1] < 1 || part[1] > 12 || part[2] < 1)
        return false;
    *day_r = clock_day_of_date(part[0], part[1], part[2]);
    clock_date_of_day(*day_r, &year, &month, &day); /* 30 February comes back as another day */
    return month == part[1] && day == part[2];
}

/* -Nh, -Nd, -Nw with N of 1..4 digits */
static bool parse_back(const struct zone *z, const char *s, int64_t now_ms, int64_t *ms_r)
{
    int64_t n = 0, local;
    int digits = 0;

    for (s++; *s >= '0' && *s <= '9' && digits < 4; s++, digits++)
        n = n * 10 + (*s - '0');
    if (digits == 0 || s[0] == '\0' || s[1] != '\0')
        return false;
    if (*s == 'h') {
        *ms_r = now_ms - n * HOUR_S * 1000;
        return true;
    }
    if (*s != 'd' && *s != 'w')
        return false;
    local = local_of_ms(z, now_ms) - n * DAY_S * (*s == 'w' ? 7 : 1);
    *ms_r = zone_to_utc(z, local) * 1000 + now_ms % 1000;
    return true;
}

bool stats_moment(const struct zone *z, const char *text, int64_t now_ms, int64_t *ms_r)
{
    int64_t day, ms;

    if (text[0] == '-') {
        if (!parse_back(z, text, now_ms, &ms))
            return false;
    } else if (parse_date(text, &day)) {
        ms = day_start_ms(z, day);
    } else if (!clock_parse_rfc3339(text, &ms)) {
        return false;
    }
    if (ms < -2 * DAY_S * 1000 || ms >= clock_day_of_date(YEAR_MAX + 1, 1, 1) * DAY_S * 1000)
        return false;
    *ms_r = ms < 0 ? 0 : ms; /* the first day of 1970 begins before 0 in the east */
    return true;
}

void stats_today(const struct zone *z, int64_t now_ms, int64_t *from_r, int64_t *to_r)
{
    int64_t day = floor_div(local_of_ms(z, now_ms), DAY_S);

    *from_r = day_start_ms(z, day);
    *to_r = day_start_ms(z, day + 1);
}

void stats_span_before(const struct zone *z, int64_t from_ms, int64_t to_ms, int64_t *before_from_r, int64_t *before_to_r)
{
    int64_t first = floor_div(local_of_ms(z, from_ms), DAY_S), last = floor_div(local_of_ms(z, to_ms), DAY_S);

    *before_to_r = from_ms;
    if (day_start_ms(z, first) == from_ms && day_start_ms(z, last) == to_ms)
        *before_from_r = day_start_ms(z, first - (last - first));
    else
        *before_from_r = from_ms - (to_ms - from_ms);
}

int64_t stats_period(const struct zone *z, enum stats_group group, int64_t ms)
{
    int64_t local = local_of_ms(z, ms), day = floor_div(local, DAY_S), hour;
    int year, month, date;

    switch (group) {
    case STATS_GROUP_HOUR: /* by its own offset: an hour that comes twice is two hours */
        hour = floor_div(local, HOUR_S) * HOUR_S;
        return (hour - (local - floor_div(ms, 1000))) * 1000;
    case STATS_GROUP_DAY:
        return day;
    case STATS_GROUP_WEEK:
        return day - weekday_of(day);
    case STATS_GROUP_MONTH:
        clock_date_of_day(day, &year, &month, &date);
        return (int64_t)year * 12 + month - 1;
    case STATS_GROUP_WEEKDAY_HOUR:
        return weekday_of(day) * 24 + (local - day * DAY_S) / HOUR_S;
    default:
        return 0;
    }
}

void stats_period_key(const struct zone *z, enum stats_group group, int64_t period, char out[STATS_KEY_SIZE])
{
    int64_t day = period, local, first;
    int year, month, date, offset;

    switch (group) {
    case STATS_GROUP_HOUR:
        offset = zone_offset(z, period / 1000) / 60;
        local = local_of_ms(z, period);
        if (local % HOUR_S) { /* the clock was changed inside this hour: the offset of its end holds */
            offset = zone_offset(z, period / 1000 + HOUR_S) / 60;
            local = period / 1000 + offset * 60;
        }
        day = floor_div(local, DAY_S);
        clock_date_of_day(day, &year, &month, &date);
        snprintf(out, STATS_KEY_SIZE, "%04d-%02d-%02dT%02d:00:00%c%02d:%02d", year, month, date, (int)((local - day * DAY_S) / HOUR_S),
                 offset < 0 ? '-' : '+', abs(offset) / 60, abs(offset) % 60);
        break;
    case STATS_GROUP_DAY:
        clock_date_of_day(day, &year, &month, &date);
        snprintf(out, STATS_KEY_SIZE, "%04d-%02d-%02d", year, month, date);
        break;
    case STATS_GROUP_WEEK: /* ISO 8601: the year that holds the week's Thursday */
        clock_date_of_day(day + 3, &year, &month, &date);
        first = clock_day_of_date(year, 1, 1);
        snprintf(out, STATS_KEY_SIZE, "%04d-W%02d", year, (int)((day + 3 - first) / 7) + 1);
        break;
    case STATS_GROUP_MONTH:
        snprintf(out, STATS_KEY_SIZE, "%04d-%02d", (int)floor_div(period, 12), (int)(period - floor_div(period, 12) * 12) + 1);
        break;
    case STATS_GROUP_WEEKDAY_HOUR:
        snprintf(out, STATS_KEY_SIZE, "%dT%02d", (int)(period / 24) + 1, (int)(period % 24));
        break;
    default:
        snprintf(out, STATS_KEY_SIZE, "all");
    }
}

void stats_period_span(const struct zone *z, enum stats_group group, int64_t period, int64_t *from_r, int64_t *to_r)
{
    switch (group) {
    case STATS_GROUP_HOUR:
        *from_r = period;
        *to_r = period + HOUR_S * 1000;
        break;
    case STATS_GROUP_DAY:
        *from_r = day_start_ms(z, period);
        *to_r = day_start_ms(z, period + 1);
        break;
    case STATS_GROUP_WEEK:
        *from_r = day_start_ms(z, period);
        *to_r = day_start_ms(z, period + 7);
        break;
    case STATS_GROUP_MONTH:
        *from_r = day_start_ms(z, first_day_of_month(period));
        *to_r = day_start_ms(z, first_day_of_month(period + 1));
        break;
    default:
        *from_r = *to_r = -1;
    }
}

/* Where the search for the period behind the one at ms goes on. */
static int64_t step(const struct zone *z, enum stats_group group, int64_t ms)
{
    int64_t from, to;

    if (group == STATS_GROUP_HOUR) /* not by whole hours: a change of the clock may cut one */
        return (floor_div(ms, STEP_S * 1000) + 1) * STEP_S * 1000;
    stats_period_span(z, group, stats_period(z, group, ms), &from, &to);
    return to > ms ? to : ms + STEP_S * 1000;
}

size_t stats_periods(const struct zone *z, enum stats_group group, int64_t from_ms, int64_t to_ms, size_t most, int64_t **list_r)
{
    size_t n = 0;
    size_t room = group == STATS_GROUP_NONE ? 1 : group == STATS_GROUP_WEEKDAY_HOUR ? 168 : most;
    int64_t period;

    *list_r = calloc(room + 1, sizeof(**list_r));
    if (!*list_r)
        return SIZE_MAX;
    if (group == STATS_GROUP_NONE || group == STATS_GROUP_WEEKDAY_HOUR) {
        for (; n < room; n++)
            (*list_r)[n] = (int64_t)n;
        return n;
    }
    for (int64_t ms = from_ms; ms < to_ms; ms = step(z, group, ms)) {
        period = stats_period(z, group, ms);
        if (n > 0 && (*list_r)[n - 1] == period)
            continue;
        if (n == most) {
            free(*list_r);
            *list_r = NULL;
            return SIZE_MAX;
        }
        (*list_r)[n++] = period;
    }
    return n;
}
