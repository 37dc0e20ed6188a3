#include "t/unit/unit.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/hours.h"

static struct hours hours;
static struct hours_holiday holidays[2];

/* Monday to Friday with a break, Saturday to midnight, Sunday from midnight; in Seoul. */
static int set_up(void **state)
{
    (void)state;
    hours = (struct hours){.is_set = true, .holidays = holidays, .holiday_count = 2};
    for (int i = 0; i < 5; i++)
        assert_true(hours_day_parse("09:00-12:00,13:00-18:00", &hours.week[i]));
    assert_true(hours_day_parse("22:00-24:00", &hours.week[5]));
    assert_true(hours_day_parse("00:00-02:30", &hours.week[6]));
    holidays[0] = (struct hours_holiday){.day = clock_day_of_date(2026, 12, 25), .name = {"성탄절", "Christmas"}};
    holidays[1] = (struct hours_holiday){.day = clock_day_of_date(2026, 12, 31)};
    assert_true(hours_day_parse("09:00-12:00", &holidays[1].hours));
    return zone_open(NULL, "Asia/Seoul", &hours.zone) == ZONE_FOUND ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    zone_free(&hours.zone);
    return 0;
}

static int64_t at(const char *text)
{
    int64_t ms;

    assert_true(clock_parse_rfc3339(text, &ms));
    return ms;
}

static void test_look(void **state)
{
    static const struct {
        const char *now;
        bool is_open;
        enum hours_why why;
        const char *next;
        int days_ahead;
    } rows[] = {
        {"2026-11-23T09:00:00+09:00", true, HOURS_WHY_CLOSED, NULL, 0},
        {"2026-11-23T11:59:59+09:00", true, HOURS_WHY_CLOSED, NULL, 0},
        {"2026-11-23T08:59:59+09:00", false, HOURS_WHY_CLOSED, "2026-11-23T09:00:00+09:00", 0},
        {"2026-11-23T12:00:00+09:00", false, HOURS_WHY_BREAK, "2026-11-23T13:00:00+09:00", 0},
        {"2026-11-23T18:00:00+09:00", false, HOURS_WHY_CLOSED, "2026-11-24T09:00:00+09:00", 1},
        {"2026-11-27T18:00:00+09:00", false, HOURS_WHY_CLOSED, "2026-11-28T22:00:00+09:00", 1},
        {"2026-11-28T23:59:59+09:00", true, HOURS_WHY_CLOSED, NULL, 0},
        {"2026-11-29T02:29:00+09:00", true, HOURS_WHY_CLOSED, NULL, 0},
        {"2026-11-29T02:30:00+09:00", false, HOURS_WHY_CLOSED, "2026-11-30T09:00:00+09:00", 1},
        {"2026-12-24T18:30:00+09:00", false, HOURS_WHY_CLOSED, "2026-12-26T22:00:00+09:00", 2}, /* past the holiday */
        {"2026-12-25T10:00:00+09:00", false, HOURS_WHY_HOLIDAY, "2026-12-26T22:00:00+09:00", 1},
        {"2026-12-31T10:00:00+09:00", true, HOURS_WHY_CLOSED, NULL, 0}, /* a short day */
        {"2026-12-31T13:30:00+09:00", false, HOURS_WHY_CLOSED, "2027-01-01T09:00:00+09:00", 1},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct hours_state s;

        hours_look(&hours, at(rows[i].now), &s);
        if (s.is_open != rows[i].is_open || (!s.is_open && (s.why != rows[i].why || s.next_open_ms != at(rows[i].next) || s.days_ahead != rows[i].days_ahead)))
            fail_msg("%s: open %d why %d next %lld days %d", rows[i].now, s.is_open, (int)s.why, (long long)s.next_open_ms, s.days_ahead);
    }
}

static void test_never_and_always(void **state)
{
    struct hours never = hours, none = {0};
    struct hours_state s;

    (void)state;
    memset(never.week, 0, sizeof never.week);
    never.holiday_count = 0;
    hours_look(&never, at("2026-11-23T10:00:00Z"), &s);
    assert_false(s.is_open);
    assert_int_equal(s.next_open_ms, -1);
    hours_look(&none, at("2026-11-23T10:00:00Z"), &s);
    assert_true(s.is_open);
}

static void test_parse(void **state)
{
    static const char *const bad[] = {"", "9:00-18:00", "09:00", "09:00-", "09:00-09:00", "18:00-09:00", "09:00-12:00,11:00-13:00", "09:00-24:01", "25:00-26:00", "09:60-10:00", "09:00-10:00,",
                                      "09:00-10:00 ", "00:00-01:00,02:00-03:00,04:00-05:00,06:00-07:00,08:00-09:00,10:00-11:00,12:00-13:00,14:00-15:00,16:00-17:00"};
    struct hours_day day;

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++)
        if (hours_day_parse(bad[i], &day))
            fail_msg("took %s", bad[i]);
    assert_true(hours_day_parse("closed", &day));
    assert_int_equal(day.n, 0);
    assert_true(hours_day_parse("00:00-24:00", &day));
    assert_int_equal(day.spans[0].close, HOURS_DAY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_look), cmocka_unit_test(test_never_and_always), cmocka_unit_test(test_parse)};

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
