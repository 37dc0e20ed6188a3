#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "lib/base/clock.h"

static void test_known_moments(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } known[] = {
        {0, "1970-01-01T00:00:00.000Z"},
        {-1, "1969-12-31T23:59:59.999Z"},
        {951782399999, "2000-02-28T23:59:59.999Z"},
        {951782400000, "2000-02-29T00:00:00.000Z"},
        {1795327380123, "2026-11-22T06:03:00.123Z"},
        {4107542400000, "2100-03-01T00:00:00.000Z"},
        {253402300799999, "9999-12-31T23:59:59.999Z"},
        {INT64_MAX, "9999-12-31T23:59:59.999Z"},
        {INT64_MIN, "0000-01-01T00:00:00.000Z"},
    };
    char out[CLOCK_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(known); i++) {
        clock_rfc3339(known[i].ms, out);
        assert_string_equal(out, known[i].text);
    }
    clock_sql(1795327380123, out);
    assert_string_equal(out, "2026-11-22 06:03:00.123");
}

/* Each day from 1970 to 2200 at an odd time of day, against the C library, there and back. */
static void test_agrees_with_the_c_library(void **state)
{
    char out[CLOCK_TEXT_SIZE], expected[64];
    int64_t back;

    (void)state;
    for (int64_t ms = 7; ms < INT64_C(7289654400000); ms += 86400000 - 997 * 1000 + 1) {
        time_t t = (time_t)(ms / 1000);
        struct tm tm;

        gmtime_r(&t, &tm);
        snprintf(expected, sizeof(expected), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
                 tm.tm_sec, (int)(ms % 1000));
        clock_rfc3339(ms, out);
        assert_string_equal(out, expected);
        assert_true(clock_parse_rfc3339(out, &back));
        assert_int_equal(back, ms);
        clock_sql(ms, out);
        assert_int_equal(clock_parse_sql(out), ms);
    }
}

static void test_reads_sql(void **state)
{
    static const char *const bad[] = {"", "2026", "2026-11-22", "2026-11-22T06:03:00", "2026-11-22 06:03", "2026-11-22 06:03:00.", "2026-11-22 06:03:00.1234567",
                                      "2026-11-22 06:03:00 ", " 2026-11-22 06:03:00", "2026-13-01 00:00:00", "2026-02-29 00:00:00", "2026-11-31 00:00:00",
                                      "2026-11-22 24:00:00", "2026-11-22 00:60:00", "2026-11-22 00:00:60", "0000-00-00 00:00:00", "1969-12-31 23:59:59.999",
                                      "2026-11-22 06:03:00Z", "2026-1a-22 06:03:00", "2100-02-29 00:00:00"};

    (void)state;
    assert_int_equal(clock_parse_sql(NULL), -1);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_int_equal(clock_parse_sql(bad[i]), -1);
    assert_int_equal(clock_parse_sql("1970-01-01 00:00:00"), 0);
    assert_int_equal(clock_parse_sql("2026-11-22 06:03:00"), 1795327380000);
    assert_int_equal(clock_parse_sql("2026-11-22 06:03:00.1"), 1795327380100);
    assert_int_equal(clock_parse_sql("2026-11-22 06:03:00.123456"), 1795327380123);
    assert_int_equal(clock_parse_sql("2028-02-29 00:00:00.000"), 1835395200000);
}

static void test_reads_rfc3339(void **state)
{
    static const struct {
        const char *text;
        int64_t ms;
    } good[] = {
        {"2026-11-22T06:03:00Z", 1795327380000},
        {"2026-11-22t06:03:00.5z", 1795327380500},
        {"2026-11-22T15:03:00.123+09:00", 1795327380123},
        {"2026-11-21T20:33:00.1239999999-09:30", 1795327380123},
        {"2026-11-22T06:03:00-00:00", 1795327380000},
        {"1969-12-31T23:59:59Z", -1000},
        {"1990-12-31T23:59:60Z", 662688000000}, /* RFC 3339 5.8 */
        {"1990-12-31T15:59:60-08:00", 662688000000},
        {"0000-01-01T00:00:00Z", -62167219200000},
    };
    static const char *const bad[] = {"", "2026-11-22", "2026-11-22T06:03Z", "2026-11-22T06:03:00", "2026-11-22 06:03:00Z", "2026-11-22T06:03:00.Z",
                                      "2026-11-22T06:03:00+9:00", "2026-11-22T06:03:00+0900", "2026-11-22T06:03:00+24:00", "2026-11-22T06:03:00+00:60",
                                      "2026-11-22T06:03:00Z ", "2026-11-22T24:00:00Z", "2026-11-22T06:03:60Z", "2026-11-22T23:59:60Z", "2026-02-29T00:00:00Z",
                                      "2026-00-10T00:00:00Z", "2026-11-00T00:00:00Z", "26-11-22T06:03:00Z", "+2026-11-22T06:03:00Z", "1795327380"};
    int64_t ms;

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++) {
        assert_true(clock_parse_rfc3339(good[i].text, &ms));
        assert_int_equal(ms, good[i].ms);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(clock_parse_rfc3339(bad[i], &ms));
}

static void test_runs(void **state)
{
    int64_t before = clock_monotonic_us(), wall = clock_wall_ms();

    (void)state;
    assert_true(clock_monotonic_us() >= before);
    assert_true(clock_monotonic_ms() >= before / 1000);
    assert_true(wall / 1000 - (int64_t)time(NULL) <= 1 && (int64_t)time(NULL) - wall / 1000 <= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known_moments), cmocka_unit_test(test_agrees_with_the_c_library), cmocka_unit_test(test_reads_sql),
        cmocka_unit_test(test_reads_rfc3339), cmocka_unit_test(test_runs),
    };

    return unit_run(tests);
}
