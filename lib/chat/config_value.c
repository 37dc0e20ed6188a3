#include "lib/chat/config_value.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define NUMBER_MAX (INT64_C(1) << 53)

struct unit {
    const char *name;
    int64_t size;
};

/* Largest first: that is how a value is written. */
static const struct unit duration_units[] = {{"d", 86400000}, {"h", 3600000}, {"m", 60000}, {"s", 1000}, {"ms", 1}, {NULL, 0}};
static const struct unit size_units[] = {{"g", 1 << 30}, {"m", 1 << 20}, {"k", 1 << 10}, {"", 1}, {NULL, 0}};

/* Reads the digits at s; *end_r stands behind them. */
static bool take_number(const char *s, int64_t *n_r, const char **end_r)
{
    int64_t n = 0;

    if (*s < '0' || *s > '9')
        return false;
    for (; *s >= '0' && *s <= '9'; s++) {
        n = n * 10 + (*s - '0');
        if (n > NUMBER_MAX)
            return false;
    }
    *n_r = n;
    *end_r = s;
    return true;
}

static bool take_with_unit(const char *s, const struct unit *units, int64_t *v_r)
{
    int64_t n;

    if (!take_number(s, &n, &s))
        return false;
    for (; units->name; units++) {
        if (strcmp(s, units->name) == 0 && n <= NUMBER_MAX / units->size) {
            *v_r = n * units->size;
            return true;
        }
    }
    return false;
}

bool config_value_count(const char *s, int64_t *n_r)
{
    return take_number(s, n_r, &s) && *s == '\0';
}

bool config_value_duration(const char *s, int64_t *ms_r)
{
    return take_with_unit(s, duration_units, ms_r);
}

bool config_value_size(const char *s, int64_t *bytes_r)
{
    return take_with_unit(s, size_units, bytes_r);
}

bool config_value_switch(const char *s, bool *on_r)
{
    *on_r = strcmp(s, "on") == 0;
    return *on_r || strcmp(s, "off") == 0;
}

bool config_value_rate(const char *s, struct config_rate *rate_r)
{
    return take_number(s, &rate_r->count, &s) && *s == '/' && config_value_duration(s + 1, &rate_r->period_ms) && rate_r->period_ms > 0;
}

static void put_with_unit(int64_t v, const struct unit *units, char out[CONFIG_VALUE_TEXT_SIZE])
{
    while (v % units->size || (v == 0 && units->size > 1))
        units++;
    snprintf(out, CONFIG_VALUE_TEXT_SIZE, "%" PRId64 "%s", v / units->size, units->name);
}

void config_value_put_duration(int64_t ms, char out[CONFIG_VALUE_TEXT_SIZE])
{
    put_with_unit(ms, duration_units, out);
}

void config_value_put_size(int64_t bytes, char out[CONFIG_VALUE_TEXT_SIZE])
{
    put_with_unit(bytes, size_units, out);
}
