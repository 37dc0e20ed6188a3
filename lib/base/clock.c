#include "lib/base/clock.h"

#include <string.h>
#include <time.h>

/* Calendar arithmetic is done here instead of by gmtime_r() and strftime(): these texts are made for every message, and
 * the C library's way takes a lock and reads the zone each time. Days are counted from 1970-01-01 in the proleptic
 * Gregorian calendar; the year is taken to begin in March, so that the leap day is its last. */

#define MS_PER_DAY INT64_C(86400000)
#define DAYS_PER_ERA 146097   /* 400 years */
#define DAYS_TO_1970 719468   /* from 0000-03-01 */
#define TEXT_MIN_MS INT64_C(-62167219200000)  /* 0000-01-01T00:00:00.000Z */
#define TEXT_MAX_MS INT64_C(253402300799999)  /* 9999-12-31T23:59:59.999Z */

struct civil {
    int year, month, day;
    int hour, minute, second, ms;
};

static int64_t now_ns(clockid_t which)
{
    struct timespec t;

    clock_gettime(which, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

int64_t clock_wall_ms(void)
{
    return now_ns(CLOCK_REALTIME) / 1000000;
}

int64_t clock_monotonic_ms(void)
{
    return now_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t clock_monotonic_us(void)
{
    return now_ns(CLOCK_MONOTONIC) / 1000;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

void clock_date_of_day(int64_t day, int *year_r, int *month_r, int *day_r)
{
    int64_t z = day + DAYS_TO_1970;
    int64_t era = floor_div(z, DAYS_PER_ERA);
    int day_of_era = (int)(z - era * DAYS_PER_ERA);
    int year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int march_month = (5 * day_of_year + 2) / 153;

    *day_r = day_of_year - (153 * march_month + 2) / 5 + 1;
    *month_r = march_month < 10 ? march_month + 3 : march_month - 9;
    *year_r = (int)(year_of_era + era * 400) + (*month_r <= 2);
}

int64_t clock_day_of_date(int year, int month, int day)
{
    int64_t march_year = year - (month <= 2);
    int64_t era = floor_div(march_year, 400);
    int64_t year_of_era = march_year - era * 400;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - DAYS_TO_1970;
}

static void civil_from_ms(int64_t wall_ms, struct civil *c)
{
    int64_t days = floor_div(wall_ms, MS_PER_DAY);
    int rest = (int)(wall_ms - days * MS_PER_DAY);

    clock_date_of_day(days, &c->year, &c->month, &c->day);
    c->ms = rest % 1000;
    c->second = rest / 1000 % 60;
    c->minute = rest / 60000 % 60;
    c->hour = rest / 3600000;
}

static int64_t civil_to_ms(const struct civil *c)
{
    return clock_day_of_date(c->year, c->month, c->day) * MS_PER_DAY + c->hour * INT64_C(3600000) + c->minute * INT64_C(60000) +
           c->second * INT64_C(1000) + c->ms;
}

static char *put_digits(char *p, int value, int digits)
{
    for (int i = digits - 1; i >= 0; i--) {
        p[i] = (char)('0' + value % 10);
        value /= 10;
    }
    return p + digits;
}

/* Years have four digits in both texts: what lies outside is shown as the nearest end. */
static char *put_time(char *p, int64_t wall_ms, char between)
{
    struct civil c;

    civil_from_ms(wall_ms < TEXT_MIN_MS ? TEXT_MIN_MS : wall_ms > TEXT_MAX_MS ? TEXT_MAX_MS : wall_ms, &c);
    p = put_digits(p, c.year, 4);
    *p++ = '-';
    p = put_digits(p, c.month, 2);
    *p++ = '-';
    p = put_digits(p, c.day, 2);
    *p++ = between;
    p = put_digits(p, c.hour, 2);
    *p++ = ':';
    p = put_digits(p, c.minute, 2);
    *p++ = ':';
    p = put_digits(p, c.second, 2);
    *p++ = '.';
    return put_digits(p, c.ms, 3);
}

void clock_rfc3339(int64_t wall_ms, char out[CLOCK_TEXT_SIZE])
{
    char *p = put_time(out, wall_ms, 'T');

    p[0] = 'Z';
    p[1] = '\0';
}

void clock_sql(int64_t wall_ms, char out[CLOCK_TEXT_SIZE])
{
    *put_time(out, wall_ms, ' ') = '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly `digits` digits; NULL when they aren't there, and NULL goes through. */
static const char *take_digits(const char *s, int digits, int *value_r)
{
    int value = 0;

    if (!s)
        return NULL;
    for (int i = 0; i < digits; i++, s++) {
        if (!is_digit(*s))
            return NULL;
        value = value * 10 + (*s - '0');
    }
    *value_r = value;
    return s;
}

static const char *take_char(const char *s, char c)
{
    return s && *s == c ? s + 1 : NULL;
}

static const char *take_date(const char *s, struct civil *c)
{
    s = take_digits(s, 4, &c->year);
    s = take_digits(take_char(s, '-'), 2, &c->month);
    return take_digits(take_char(s, '-'), 2, &c->day);
}

static const char *take_time(const char *s, struct civil *c)
{
    s = take_digits(s, 2, &c->hour);
    s = take_digits(take_char(s, ':'), 2, &c->minute);
    return take_digits(take_char(s, ':'), 2, &c->second);
}

/* Reads ".123456", if it is there; what is finer than a millisecond is dropped. At least one digit must follow the point. */
static const char *take_fraction(const char *s, int max_digits, int *ms_r)
{
    int scale = 100, n = 0;

    *ms_r = 0;
    if (!s || *s != '.')
        return s;
    for (s++; is_digit(*s) && n < max_digits; s++, n++, scale /= 10)
        *ms_r += (*s - '0') * scale;
    return n ? s : NULL;
}

static bool is_date(const struct civil *c)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (c->year % 4 == 0 && c->year % 100 != 0) || c->year % 400 == 0;

    if (c->month < 1 || c->month > 12 || c->day < 1)
        return false;
    return c->day <= days[c->month - 1] + (leap && c->month == 2);
}

int64_t clock_parse_sql(const char *s)
{
    struct civil c;
    int64_t ms;

    s = take_time(take_char(take_date(s, &c), ' '), &c);
    s = take_fraction(s, 6, &c.ms);
    if (!s || *s != '\0' || !is_date(&c) || c.hour > 23 || c.minute > 59 || c.second > 59)
        return -1;
    ms = civil_to_ms(&c);
    return ms < 0 ? -1 : ms;
}

/* "Z" or "+09:00"; minutes east of UTC. */
static const char *take_offset(const char *s, int *minutes_r)
{
    int sign, hour, minute;

    if (!s)
        return NULL;
    *minutes_r = 0;
    if (*s == 'Z' || *s == 'z')
        return s + 1;
    if (*s != '+' && *s != '-')
        return NULL;
    sign = *s == '-' ? -1 : 1;
    s = take_digits(s + 1, 2, &hour);
    s = take_digits(take_char(s, ':'), 2, &minute);
    if (!s || hour > 23 || minute > 59)
        return NULL;
    *minutes_r = sign * (hour * 60 + minute);
    return s;
}

/* RFC 3339 5.6. T and Z may be small; a leap second (5.7) may only stand at the end of a UTC month, and is the same
 * moment as the second that follows, as POSIX counts. */
bool clock_parse_rfc3339(const char *s, int64_t *wall_ms_r)
{
    struct civil c;
    int64_t ms;
    int east;

    s = take_date(s, &c);
    if (!s || (*s != 'T' && *s != 't'))
        return false;
    s = take_fraction(take_time(s + 1, &c), 64, &c.ms);
    s = take_offset(s, &east);
    if (!s || *s != '\0' || !is_date(&c) || c.hour > 23 || c.minute > 59 || c.second > 60)
        return false;
    ms = civil_to_ms(&c) - east * INT64_C(60000);
    if (c.second == 60) {
        struct civil next;

        civil_from_ms(ms - c.ms, &next);
        if (next.day != 1 || next.hour || next.minute || next.second)
            return false;
        ms -= c.ms;
    }
    *wall_ms_r = ms;
    return true;
}
