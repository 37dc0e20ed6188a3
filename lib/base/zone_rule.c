#include "lib/base/zone_rule.h"

#include <string.h>

#include "lib/base/clock.h"

#define DAY_S 86400

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "EST" or "<+09>"; NULL when there is no name. All takers give NULL for a wrong text, and NULL goes through. */
static const char *take_name(const char *s)
{
    const char *start = s;

    if (*s == '<') {
        s = strchr(s, '>');
        return s && s - start > 1 ? s + 1 : NULL;
    }
    while (is_letter(*s))
        s++;
    return s - start >= 3 ? s : NULL;
}

static const char *take_number(const char *s, int most, int *v_r)
{
    int v = 0;

    if (!s || *s < '0' || *s > '9')
        return NULL;
    for (; *s >= '0' && *s <= '9'; s++) {
        v = v * 10 + (*s - '0');
        if (v > most)
            return NULL;
    }
    *v_r = v;
    return s;
}

/* [+-]hh[:mm[:ss]] in seconds */
static const char *take_time(const char *s, int32_t *seconds_r)
{
    int sign = 1, part[3] = {0, 0, 0};

    if (!s)
        return NULL;
    if (*s == '+' || *s == '-')
        sign = *s++ == '-' ? -1 : 1;
    s = take_number(s, 167, &part[0]);
    for (int i = 1; s && i < 3 && *s == ':'; i++)
        s = take_number(s + 1, 59, &part[i]);
    *seconds_r = sign * (part[0] * 3600 + part[1] * 60 + part[2]);
    return s;
}

static const char *take_day(const char *s, struct zone_day *d)
{
    if (!s || *s != ',')
        return NULL;
    s++;
    *d = (struct zone_day){.second = 7200};
    if (*s == 'M') {
        d->kind = ZONE_DAY_MONTH;
        s = take_number(s + 1, 12, &d->month);
        s = s && *s == '.' ? take_number(s + 1, 5, &d->week) : NULL;
        s = s && *s == '.' ? take_number(s + 1, 6, &d->day) : NULL;
        if (!s || d->month < 1 || d->week < 1)
            return NULL;
    } else if (*s == 'J') {
        d->kind = ZONE_DAY_JULIAN;
        s = take_number(s + 1, 365, &d->day);
        if (!s || d->day < 1)
            return NULL;
    } else {
        d->kind = ZONE_DAY_OF_YEAR;
        s = take_number(s, 365, &d->day);
    }
    return s && *s == '/' ? take_time(s + 1, &d->second) : s;
}

bool zone_rule_parse(const char *s, struct zone_rule *r)
{
    int32_t west;

    memset(r, 0, sizeof(*r));
    s = take_name(s);
    s = take_time(s, &west);
    if (!s)
        return false;
    r->std_offset = -west;
    if (!*s)
        return true;
    r->has_dst = true;
    r->dst_offset = r->std_offset + 3600;
    s = take_name(s);
    if (s && *s && *s != ',') {
        s = take_time(s, &west);
        r->dst_offset = -west;
    }
    s = take_day(s, &r->start);
    s = take_day(s, &r->end);
    return s && !*s;
}

/* Seconds since 1970 on the local clock at which d falls in year. */
static int64_t day_in_year(const struct zone_day *d, int year)
{
    int64_t first = clock_day_of_date(year, 1, 1);
    int64_t day;
    bool is_leap = clock_day_of_date(year + 1, 1, 1) - first == 366;
    int weekday;

    switch (d->kind) {
    case ZONE_DAY_JULIAN:
        day = first + d->day - 1 + (is_leap && d->day >= 60);
        break;
    case ZONE_DAY_OF_YEAR:
        day = first + d->day;
        break;
    default:
        day = clock_day_of_date(year, d->month, 1);
        weekday = (int)(((day + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
        day += (d->day - weekday + 7) % 7 + 7 * (d->week - 1);
        if (day >= (d->month == 12 ? clock_day_of_date(year + 1, 1, 1) : clock_day_of_date(year, d->month + 1, 1)))
            day -= 7; /* only of week 5: the last one */
    }
    return day * DAY_S + d->second;
}

int32_t zone_rule_offset(const struct zone_rule *r, int64_t utc_s)
{
    int64_t local = utc_s + r->std_offset, start, end;
    int year, month, day;
    bool is_dst;

    if (!r->has_dst)
        return r->std_offset;
    clock_date_of_day(local / DAY_S - (local % DAY_S < 0), &year, &month, &day);
    start = day_in_year(&r->start, year) - r->std_offset;
    end = day_in_year(&r->end, year) - r->dst_offset;
    /* In the south the summer lies over the new year. */
    is_dst = start < end ? utc_s >= start && utc_s < end : utc_s < end || utc_s >= start;
    return is_dst ? r->dst_offset : r->std_offset;
}
