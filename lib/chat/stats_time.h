/* stats_time: the periods of the statistics. A period is known by a number (struct-free, so that it sorts and compares): for hours the
 * moment at which they begin, for days and weeks the first day since 1970, for months year * 12 + month - 1, for weekday-hour
 * weekday * 24 + hour. Larger is later. Pure. */
#ifndef SANGDAM_CHAT_STATS_TIME_H
#define SANGDAM_CHAT_STATS_TIME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zone;

enum stats_group { STATS_GROUP_NONE, STATS_GROUP_HOUR, STATS_GROUP_DAY, STATS_GROUP_WEEK, STATS_GROUP_MONTH, STATS_GROUP_WEEKDAY_HOUR, STATS_GROUP_TOTAL };
/* "none" "hour" "day" "week" "month" "weekday-hour" */
const char *stats_group_name(enum stats_group group);
bool stats_group_from_name(const char *name, enum stats_group *group_r);

/* A moment as from= and to= give it, in wall ms: a date (its first moment in z), RFC 3339, or -Nh -Nd -Nw before now (days and weeks by the
 * calendar of z: the same time of day). False for anything else and for years outside 1970..2200. */
bool stats_moment(const struct zone *z, const char *text, int64_t now_ms, int64_t *ms_r);
/* First moments of now's day in z and of the next one. */
void stats_today(const struct zone *z, int64_t now_ms, int64_t *from_r, int64_t *to_r);

/* The equal period before: as many days when both ends begin days in z, else as many ms. before_from_r may be negative (before 1970). */
void stats_span_before(const struct zone *z, int64_t from_ms, int64_t to_ms, int64_t *before_from_r, int64_t *before_to_r);

/* The period that holds ms. 0 for STATS_GROUP_NONE. Weeks begin on Monday (ISO 8601). */
int64_t stats_period(const struct zone *z, enum stats_group group, int64_t ms);
#define STATS_KEY_SIZE 48
/* What a row calls it: "all", "2026-11-22T09:00:00+09:00", "2026-11-22", "2026-W47", "2026-11", "1T09" (weekday 1 is Monday). */
void stats_period_key(const struct zone *z, enum stats_group group, int64_t period, char out[STATS_KEY_SIZE]);
/* The first moment of a period (NONE and weekday-hour have none: -1), and the first behind it. */
void stats_period_span(const struct zone *z, enum stats_group group, int64_t period, int64_t *from_r, int64_t *to_r);
/* All periods that touch from..to, ascending; all 168 of weekday-hour; the one of none. *list_r malloc'd. Their number; SIZE_MAX when there are more
 * than most (then *list_r is NULL), or when memory is out. */
size_t stats_periods(const struct zone *z, enum stats_group group, int64_t from_ms, int64_t to_ms, size_t most, int64_t **list_r);

#endif
