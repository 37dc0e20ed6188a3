/* zone_rule: the POSIX TZ text at the end of a TZif file ("EST5EDT,M3.2.0,M11.1.0"), which holds for all times behind its last
 * transition (RFC 8536 3.3; POSIX XBD 8.3, with the hours of -167..167 of RFC 8536 3.3.1). Pure. */
#ifndef SANGDAM_BASE_ZONE_RULE_H
#define SANGDAM_BASE_ZONE_RULE_H

#include <stdbool.h>
#include <stdint.h>

struct zone_day {
    enum { ZONE_DAY_JULIAN /* Jn: 1..365, no 29 February */, ZONE_DAY_OF_YEAR /* n: 0..365 */, ZONE_DAY_MONTH /* Mm.w.d */ } kind;
    int day;                /* Jn, n; or the weekday 0..6, 0 is Sunday */
    int month, week;        /* 1..12; 1..5, 5 is the last */
    int32_t second;         /* of local time after midnight */
};
struct zone_rule {
    int32_t std_offset, dst_offset; /* seconds east of UTC */
    bool has_dst;
    struct zone_day start, end; /* of daylight saving */
};

/* False when text isn't such a rule. A rule that names daylight saving without dates is refused. */
bool zone_rule_parse(const char *text, struct zone_rule *rule_r);
int32_t zone_rule_offset(const struct zone_rule *rule, int64_t utc_s);

#endif
