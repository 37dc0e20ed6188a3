/* template_format: see template_format.h. The words stand here and not in po/ because order and spacing differ by
 * language, not only the words; a third language adds a column. localtime_r reads the zone set by tzset() at start. */
#include "cgi/template_format.h"

#include <inttypes.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"

static const char *const weekdays[LANG_COUNT][7] = {
    [LANG_KO] = {"일요일", "월요일", "화요일", "수요일", "목요일", "금요일", "토요일"},
    [LANG_EN] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
};
static const char *const months_en[12] = {"January", "February", "March",     "April",   "May",      "June",
                                          "July",    "August",   "September", "October", "November", "December"};

static const struct {
    const char *name;
    enum value_format format;
} names[] = {
    {"clock", FORMAT_CLOCK}, {"day", FORMAT_DAY},   {"date", FORMAT_DATE}, {"short", FORMAT_SHORT},
    {"stamp", FORMAT_STAMP}, {"span", FORMAT_SPAN}, {"size", FORMAT_SIZE}, {"first", FORMAT_FIRST},
};

bool value_format_by_name(const char *name, size_t n, enum value_format *format_r)
{
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strlen(names[i].name) == n && memcmp(names[i].name, name, n) == 0) {
            *format_r = names[i].format;
            return true;
        }
    }
    return false;
}

static bool local_time(struct json_object *v, struct tm *tm_r)
{
    int64_t ms;
    if (json_object_is_type(v, json_type_int))
        ms = json_object_get_int64(v);
    else if (!json_object_is_type(v, json_type_string) || !clock_parse_rfc3339(json_object_get_string(v), &ms))
        return false;
    time_t seconds = (time_t)(ms / 1000);
    return localtime_r(&seconds, tm_r) != NULL;
}

static void write_clock(struct buf *out, const struct tm *tm, enum lang lang, bool with_seconds)
{
    bool afternoon = tm->tm_hour >= 12;
    int hour = tm->tm_hour % 12 == 0 ? 12 : tm->tm_hour % 12;
    if (lang == LANG_KO)
        buf_add_str(out, afternoon ? "오후 " : "오전 ");
    buf_printf(out, "%d:%02d", hour, tm->tm_min);
    if (with_seconds)
        buf_printf(out, ":%02d", tm->tm_sec);
    if (lang != LANG_KO)
        buf_add_str(out, afternoon ? " PM" : " AM");
}

static void write_time(struct buf *out, enum value_format format, const struct tm *tm, enum lang lang)
{
    int year = tm->tm_year + 1900, month = tm->tm_mon + 1;
    switch (format) {
    case FORMAT_CLOCK:
    case FORMAT_STAMP:
        write_clock(out, tm, lang, format == FORMAT_STAMP);
        return;
    case FORMAT_DATE:
        buf_printf(out, "%04d-%02d-%02d", year, month, tm->tm_mday);
        return;
    case FORMAT_DAY:
        if (lang == LANG_KO)
            buf_printf(out, "%d년 %d월 %d일 %s", year, month, tm->tm_mday, weekdays[lang][tm->tm_wday]);
        else
            buf_printf(out, "%s, %s %d, %d", weekdays[lang][tm->tm_wday], months_en[tm->tm_mon], tm->tm_mday, year);
        return;
    default: /* FORMAT_SHORT */
        if (lang == LANG_KO)
            buf_printf(out, "%d. %d. ", month, tm->tm_mday);
        else
            buf_printf(out, "%.3s %d, ", months_en[tm->tm_mon], tm->tm_mday);
        write_clock(out, tm, lang, false);
        return;
    }
}

static void write_span(struct buf *out, int64_t seconds)
{
    if (seconds < 0)
        seconds = 0;
    if (seconds >= 3600)
        buf_printf(out, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60), (int)(seconds % 60));
    else
        buf_printf(out, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
}

static void write_size(struct buf *out, int64_t bytes)
{
    if (bytes < 1024)
        buf_printf(out, "%" PRId64 " B", bytes);
    else if (bytes < 1024 * 1024)
        buf_printf(out, "%" PRId64 " KB", (bytes + 512) / 1024);
    else
        buf_printf(out, "%.1f MB", (double)bytes / (1024 * 1024));
}

static void write_first(struct buf *out, struct json_object *v)
{
    const char *s = json_object_get_string(v);
    size_t n = (size_t)json_object_get_string_len(v), len;
    if (n == 0)
        return;
    utf8_decode(s, n, &len);
    if (len == 1 && s[0] >= 'a' && s[0] <= 'z')
        buf_add_char(out, (char)(s[0] - 32));
    else
        buf_add(out, s, len);
}

static void write_plain(struct buf *out, struct json_object *v)
{
    switch (json_object_get_type(v)) {
    case json_type_string:
        buf_add(out, json_object_get_string(v), (size_t)json_object_get_string_len(v));
        return;
    case json_type_int:
    case json_type_double:
    case json_type_boolean:
        /* not json_object_to_json_string(): it would cache its text in a value that other threads may read */
        if (json_object_is_type(v, json_type_int))
            buf_printf(out, "%" PRId64, json_object_get_int64(v));
        else if (json_object_is_type(v, json_type_boolean))
            buf_add_str(out, json_object_get_boolean(v) ? "true" : "false");
        else
            buf_printf(out, "%.10g", json_object_get_double(v));
        return;
    default:
        return;
    }
}

void value_format_write(struct buf *out, enum value_format format, struct json_object *v, enum lang lang)
{
    struct tm tm;
    switch (format) {
    case FORMAT_NONE:
        write_plain(out, v);
        return;
    case FORMAT_SPAN:
        if (json_object_is_type(v, json_type_int) || json_object_is_type(v, json_type_double))
            write_span(out, json_object_get_int64(v));
        return;
    case FORMAT_SIZE:
        if (json_object_is_type(v, json_type_int))
            write_size(out, json_object_get_int64(v));
        return;
    case FORMAT_FIRST:
        if (json_object_is_type(v, json_type_string))
            write_first(out, v);
        return;
    default:
        if (local_time(v, &tm))
            write_time(out, format, &tm, lang);
        return;
    }
}
