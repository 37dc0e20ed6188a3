#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/stats_time.h"

static int64_t ms(const char *rfc3339)
{
    int64_t v;

    assert_true(clock_parse_rfc3339(rfc3339, &v));
    return v;
}

static struct zone *zone(const char *name)
{
    struct zone *z;

    if (zone_open(NULL, name, &z) != ZONE_FOUND)
        skip();
    return z;
}

static void test_moments(void **state)
{
    static const struct {
        const char *zone, *text, *moment;
    } rows[] = {
        {"Asia/Seoul", "2026-11-22", "2026-11-21T15:00:00Z"},
        {"UTC", "2026-11-22", "2026-11-22T00:00:00Z"},
        {"America/New_York", "2026-03-08", "2026-03-08T05:00:00Z"},
        {"America/New_York", "2026-03-09", "2026-03-09T04:00:00Z"},
        {"Asia/Seoul", "2026-11-22T09:30:00+09:00", "2026-11-22T00:30:00Z"},
        {"Asia/Seoul", "2026-11-22T09:30:00.5Z", "2026-11-22T09:30:00.500Z"},
        {"Asia/Seoul", "-7d", "2026-11-15T06:03:00.123Z"},
        {"Asia/Seoul", "-0d", "2026-11-22T06:03:00.123Z"},
        {"Asia/Seoul", "-36h", "2026-11-20T18:03:00.123Z"},
        {"Asia/Seoul", "-2w", "2026-11-08T06:03:00.123Z"},
        {"America/New_York", "-28d", "2026-10-25T05:03:00.123Z"}, /* 1:03 on the clock, then and now */
        {"Asia/Seoul", "1970-01-01", "1970-01-01T00:00:00Z"},     /* no time before 0 */
    };
    static const char *const bad[] = {"", "-", "-7", "-d", "7d", "-7m", "-7D", "-7d ", "-12345d", "--7d", "2026-02-29", "2026-13-01", "2026-00-01", "2026-11-00", "2026-11-31",
                                      "2026-11-2", "20261122", "2026/11/22", "2026-11-22T09:30:00", "2026-11-22 09:30:00Z", "today", "0", "1795327380", "3000-01-01",
                                      "1969-01-01", "2026-11-22;DROP TABLE member", "' OR 1=1 --", "(select sleep(5))"};
    int64_t now = ms("2026-11-22T06:03:00.123Z"), at;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct zone *z = zone(rows[i].zone);

        assert_true(stats_moment(z, rows[i].text, now, &at));
        assert_int_equal(at, ms(rows[i].moment));
        zone_free(&z);
    }
    struct zone *z = zone("Asia/Seoul");
    for (size_t i = 0; i < COUNT(bad); i++)
        if (stats_moment(z, bad[i], now, &at))
            fail_msg("\"%s\" was taken", bad[i]);
    zone_free(&z);
}

static void test_today(void **state)
{
    static const struct {
        const char *zone, *now, *from, *to;
    } rows[] = {
        {"Asia/Seoul", "2026-11-21T14:59:59.999Z", "2026-11-20T15:00:00Z", "2026-11-21T15:00:00Z"},
        {"Asia/Seoul", "2026-11-21T15:00:00Z", "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z"},
        {"America/New_York", "2026-03-08T12:00:00Z", "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"}, /* 23 hours */
        {"America/New_York", "2026-11-01T12:00:00Z", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"}, /* 25 */
    };
    int64_t from, to;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct zone *z = zone(rows[i].zone);

        stats_today(z, ms(rows[i].now), &from, &to);
        assert_int_equal(from, ms(rows[i].from));
        assert_int_equal(to, ms(rows[i].to));
        zone_free(&z);
    }
}

static void test_keys(void **state)
{
    static const struct {
        const char *zone;
        enum stats_group group;
        const char *at, *key;
    } rows[] = {
        {"Asia/Seoul", STATS_GROUP_NONE, "2026-11-22T06:03:00Z", "all"},
        {"Asia/Seoul", STATS_GROUP_HOUR, "2026-11-22T06:03:00Z", "2026-11-22T15:00:00+09:00"},
        {"Asia/Kathmandu", STATS_GROUP_HOUR, "2026-11-22T06:30:00Z", "2026-11-22T12:00:00+05:45"},
        {"America/New_York", STATS_GROUP_HOUR, "2026-11-01T05:59:59Z", "2026-11-01T01:00:00-04:00"},
        {"America/New_York", STATS_GROUP_HOUR, "2026-11-01T06:00:00Z", "2026-11-01T01:00:00-05:00"},
        {"America/New_York", STATS_GROUP_HOUR, "2026-03-08T07:00:00Z", "2026-03-08T03:00:00-04:00"},
        {"Asia/Seoul", STATS_GROUP_DAY, "2026-11-21T14:59:59.999Z", "2026-11-21"},
        {"Asia/Seoul", STATS_GROUP_DAY, "2026-11-21T15:00:00Z", "2026-11-22"},
        {"Asia/Seoul", STATS_GROUP_WEEK, "2026-11-22T06:00:00Z", "2026-W47"}, /* Sunday */
        {"Asia/Seoul", STATS_GROUP_WEEK, "2026-11-22T15:00:00Z", "2026-W48"}, /* Monday in Seoul */
        {"UTC", STATS_GROUP_WEEK, "2027-01-03T12:00:00Z", "2026-W53"},
        {"UTC", STATS_GROUP_WEEK, "2024-12-30T12:00:00Z", "2025-W01"},
        {"UTC", STATS_GROUP_WEEK, "1970-01-01T12:00:00Z", "1970-W01"},
        {"Asia/Seoul", STATS_GROUP_MONTH, "2026-11-30T14:59:59Z", "2026-11"},
        {"Asia/Seoul", STATS_GROUP_MONTH, "2026-12-31T15:00:00Z", "2027-01"},
        {"Asia/Seoul", STATS_GROUP_WEEKDAY_HOUR, "2026-11-22T14:59:59Z", "7T23"},
        {"Asia/Seoul", STATS_GROUP_WEEKDAY_HOUR, "2026-11-22T15:00:00Z", "1T00"},
    };
    char key[STATS_KEY_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct zone *z = zone(rows[i].zone);

        stats_period_key(z, rows[i].group, stats_period(z, rows[i].group, ms(rows[i].at)), key);
        assert_string_equal(key, rows[i].key);
        zone_free(&z);
    }
}

static void test_lists(void **state)
{
    static const struct {
        const char *zone;
        enum stats_group group;
        const char *from, *to;
        size_t n;
        const char *first, *last;
    } rows[] = {
        {"Asia/Seoul", STATS_GROUP_NONE, "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z", 1, "all", "all"},
        {"Asia/Seoul", STATS_GROUP_HOUR, "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z", 24, "2026-11-22T00:00:00+09:00", "2026-11-22T23:00:00+09:00"},
        {"Asia/Seoul", STATS_GROUP_HOUR, "2026-11-21T15:59:59.999Z", "2026-11-21T16:00:00.001Z", 2, "2026-11-22T00:00:00+09:00", "2026-11-22T01:00:00+09:00"},
        {"America/New_York", STATS_GROUP_HOUR, "2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z", 23, "2026-03-08T00:00:00-05:00", "2026-03-08T23:00:00-04:00"},
        {"America/New_York", STATS_GROUP_HOUR, "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z", 25, "2026-11-01T00:00:00-04:00", "2026-11-01T23:00:00-05:00"},
        {"Asia/Seoul", STATS_GROUP_DAY, "2026-11-15T06:00:00Z", "2026-11-22T06:00:00Z", 8, "2026-11-15", "2026-11-22"},
        {"America/New_York", STATS_GROUP_DAY, "2026-03-07T05:00:00Z", "2026-03-10T04:00:00Z", 3, "2026-03-07", "2026-03-09"},
        {"Pacific/Apia", STATS_GROUP_DAY, "2011-12-29T10:00:00Z", "2012-01-01T10:00:00Z", 3, "2011-12-29", "2012-01-01"}, /* 30 December was left out */
        {"Asia/Seoul", STATS_GROUP_WEEK, "2026-11-15T15:00:00Z", "2026-11-22T15:00:00Z", 1, "2026-W47", "2026-W47"},
        {"Asia/Seoul", STATS_GROUP_MONTH, "2025-12-31T15:00:00Z", "2026-12-31T15:00:00Z", 12, "2026-01", "2026-12"},
        {"Asia/Seoul", STATS_GROUP_WEEKDAY_HOUR, "2026-11-21T15:00:00Z", "2026-11-22T15:00:00Z", 168, "1T00", "7T23"},
    };
    char key[STATS_KEY_SIZE];
    int64_t *list;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct zone *z = zone(rows[i].zone);
        size_t n = stats_periods(z, rows[i].group, ms(rows[i].from), ms(rows[i].to), 1000, &list);

        assert_int_equal(n, rows[i].n);
        stats_period_key(z, rows[i].group, list[0], key);
        assert_string_equal(key, rows[i].first);
        stats_period_key(z, rows[i].group, list[n - 1], key);
        assert_string_equal(key, rows[i].last);
        for (size_t k = 1; k < n; k++)
            assert_true(list[k - 1] < list[k]);
        free(list);
        zone_free(&z);
    }
    struct zone *z = zone("Asia/Seoul");
    assert_true(stats_periods(z, STATS_GROUP_HOUR, ms("2020-01-01T00:00:00Z"), ms("2030-01-01T00:00:00Z"), 1000, &list) == SIZE_MAX);
    assert_null(list);
    zone_free(&z);
}

/* Every quarter of an hour of a year belongs to a listed period, and to the one whose span holds it. */
static void test_no_moment_is_lost(void **state)
{
    static const char *const zones[] = {"Asia/Seoul", "America/New_York", "Australia/Lord_Howe", "America/St_Johns"};
    static const enum stats_group groups[] = {STATS_GROUP_HOUR, STATS_GROUP_DAY, STATS_GROUP_WEEK, STATS_GROUP_MONTH};
    int64_t from = ms("2026-01-01T00:00:00Z"), to = ms("2027-01-01T00:00:00Z"), *list, a, b;

    (void)state;
    for (size_t i = 0; i < COUNT(zones); i++)
        for (size_t g = 0; g < COUNT(groups); g++) {
            struct zone *z = zone(zones[i]);
            size_t n = stats_periods(z, groups[g], from, to, 20000, &list), at = 0;

            assert_true(n != SIZE_MAX);
            for (int64_t t = from; t < to; t += 900000) {
                int64_t p = stats_period(z, groups[g], t);

                while (at < n && list[at] < p)
                    at++;
                assert_true(at < n && list[at] == p);
                stats_period_span(z, groups[g], p, &a, &b);
                assert_true(a <= t && t < b);
            }
            free(list);
            zone_free(&z);
        }
}

static void test_names(void **state)
{
    enum stats_group g;

    (void)state;
    for (int i = 0; i < STATS_GROUP_TOTAL; i++) {
        assert_true(stats_group_from_name(stats_group_name((enum stats_group)i), &g));
        assert_int_equal(g, i);
    }
    assert_false(stats_group_from_name("", &g));
    assert_false(stats_group_from_name("Day", &g));
    assert_false(stats_group_from_name("day;DROP", &g));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments), cmocka_unit_test(test_today), cmocka_unit_test(test_keys),
        cmocka_unit_test(test_lists), cmocka_unit_test(test_no_moment_is_lost), cmocka_unit_test(test_names),
    };

    return unit_run(tests);
}
