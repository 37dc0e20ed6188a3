#include "t/unit/unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/base/zone_rule.h"

static int64_t utc(const char *rfc3339)
{
    int64_t ms;

    assert_true(clock_parse_rfc3339(rfc3339, &ms));
    return ms / 1000;
}

static void test_rules(void **state)
{
    static const struct {
        const char *rule, *at;
        int offset_minutes;
    } rows[] = {
        {"KST-9", "2026-11-22T00:00:00Z", 540},
        {"<+0545>-5:45", "2026-11-22T00:00:00Z", 345},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z", -300},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z", -240},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z", -240},
        {"EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z", -300},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-03-29T01:00:00Z", 120},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T00:59:59Z", 120},
        {"CET-1CEST,M3.5.0,M10.5.0/3", "2026-10-25T01:00:00Z", 60},
        {"NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-01-01T00:00:00Z", 780}, /* summer over the new year */
        {"NZST-12NZDT,M9.5.0,M4.1.0/3", "2026-07-01T00:00:00Z", 720},
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z", 60}, /* winter is the exception */
        {"IST-1GMT0,M10.5.0,M3.5.0/1", "2026-12-24T00:00:00Z", 0},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z", -120},
        {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z", -60},
        {"AAA0BBB,J60,J300", "2028-03-01T02:00:00Z", 60}, /* J60 is 1 March in leap years too */
        {"AAA0BBB,J60,J300", "2028-02-29T23:00:00Z", 0},
        {"AAA0BBB,59,300", "2028-02-29T02:00:00Z", 60},
        {"XXX3EDT4,0/0,J365/23", "2026-06-01T00:00:00Z", -240},
    };
    static const char *const bad[] = {"", "K9", "KST", "KST-9KDT", "KST-168", "KST-9:60", "EST5EDT,M3.2.0", "EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0",
                                      "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J3", "EST5EDT,J366,J3", "EST5EDT,366,3", "<KST-9", "<>-9", "KST-9 ", "KST-9x"};
    struct zone_rule r;

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_true(zone_rule_parse(rows[i].rule, &r));
        assert_int_equal(zone_rule_offset(&r, utc(rows[i].at)), rows[i].offset_minutes * 60);
    }
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(zone_rule_parse(bad[i], &r));
}

static void test_names(void **state)
{
    static const char *const unknown[] = {"", "/", "/etc/passwd", "../../../etc/passwd", "Asia/../Asia/Seoul", "Asia", "Asia/", "Asia//Seoul", "asia/seoul", "Asia/Seoul ",
                                          "Asia/Atlantis", "right/Asia/Seoul", "posix/Asia/Seoul", "localtime", "posixrules", "zone.tab", "tzdata.zi", "%2e", "Asia/Seoul'--"};
    char longest[ZONE_NAME_SIZE + 1];
    struct zone *z;

    (void)state;
    for (size_t i = 0; i < COUNT(unknown); i++) {
        assert_int_equal(zone_open(NULL, unknown[i], &z), ZONE_UNKNOWN);
        assert_null(z);
    }
    memset(longest, 'A', sizeof(longest) - 1);
    longest[sizeof(longest) - 1] = '\0';
    assert_int_equal(zone_open(NULL, longest, &z), ZONE_UNKNOWN);
}

static void test_without_zone_data(void **state)
{
    struct zone *z;

    (void)state;
    assert_int_equal(zone_open("/nowhere/at/all", "Asia/Seoul", &z), ZONE_FOUND);
    assert_int_equal(zone_offset(z, 0), 9 * 3600);
    assert_string_equal(zone_name(z), "Asia/Seoul");
    zone_free(&z);
    assert_int_equal(zone_open("/nowhere/at/all", "UTC", &z), ZONE_FOUND);
    assert_int_equal(zone_offset(z, 0), 0);
    zone_free(&z);
    assert_int_equal(zone_open("/nowhere/at/all", "Europe/Paris", &z), ZONE_NO_DATA);
    assert_null(z);
}

/* Every half day and around from 1950 to 2150 in zones of all kinds, against the C library. */
static void test_agrees_with_the_c_library(void **state)
{
    static const char *const zones[] = {"Asia/Seoul", "America/New_York", "Europe/Dublin", "Australia/Lord_Howe", "Africa/Casablanca", "Pacific/Apia", "America/St_Johns", "Asia/Kathmandu", "UTC"};
    struct zone *z;
    struct stat st;

    (void)state;
    if (stat("/usr/share/zoneinfo/Asia/Seoul", &st))
        skip();
    for (size_t i = 0; i < COUNT(zones); i++) {
        assert_int_equal(zone_open(NULL, zones[i], &z), ZONE_FOUND);
        setenv("TZ", zones[i], 1);
        tzset();
        for (int64_t t = -631152000; t < INT64_C(5680281600); t += 41233) {
            time_t c = (time_t)t;
            struct tm tm;

            localtime_r(&c, &tm);
            if (zone_offset(z, t) != tm.tm_gmtoff)
                fail_msg("%s at %lld: %d, not %ld", zones[i], (long long)t, zone_offset(z, t), tm.tm_gmtoff);
        }
        zone_free(&z);
    }
}

static void test_back_to_utc(void **state)
{
    struct zone *z;

    (void)state;
    if (zone_open(NULL, "America/New_York", &z) != ZONE_FOUND)
        skip();
    assert_int_equal(zone_to_utc(z, utc("2026-07-01T12:00:00Z")), utc("2026-07-01T16:00:00Z"));
    assert_int_equal(zone_to_utc(z, utc("2026-03-08T02:30:00Z")), utc("2026-03-08T07:00:00Z")); /* jumped over */
    assert_int_equal(zone_to_utc(z, utc("2026-03-08T03:00:00Z")), utc("2026-03-08T07:00:00Z"));
    assert_int_equal(zone_to_utc(z, utc("2026-11-01T01:30:00Z")), utc("2026-11-01T05:30:00Z")); /* the first of two */
    zone_free(&z);
    /* Midnight of 4 November 2018 did not come in São Paulo: that day began at 1. */
    assert_int_equal(zone_open(NULL, "America/Sao_Paulo", &z), ZONE_FOUND);
    assert_int_equal(zone_to_utc(z, utc("2018-11-04T00:00:00Z")), utc("2018-11-04T03:00:00Z"));
    assert_int_equal(zone_to_utc(z, utc("2018-11-04T01:00:00Z")), utc("2018-11-04T03:00:00Z"));
    for (int64_t t = utc("2018-01-01T00:00:00Z"); t < utc("2019-01-01T00:00:00Z"); t += 1801) { /* there and back */
        int64_t back = zone_to_utc(z, t + zone_offset(z, t));

        assert_true(back == t || back == t - 3600);
    }
    zone_free(&z);
}

/* A file cut at every byte is refused or is a shorter, whole one; it never reads past its end (run it under --enable-asan). */
static void test_damaged_files(void **state)
{
    char dir[] = "/tmp/test_zone.XXXXXX", path[64];
    unsigned char bytes[8192];
    struct zone *z;
    size_t n;
    int fd = open("/usr/share/zoneinfo/Australia/Lord_Howe", O_RDONLY);

    (void)state;
    if (fd < 0)
        skip();
    n = (size_t)read(fd, bytes, sizeof(bytes));
    close(fd);
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof(path), "%s/Cut", dir);
    for (size_t cut = 0; cut < n; cut++) {
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, bytes, cut), cut);
        close(fd);
        if (zone_open(dir, "Cut", &z) == ZONE_FOUND)
            assert_true(cut >= n - 64); /* only its rule was cut off */
        zone_free(&z);
    }
    for (size_t at = 0; at < n; at += 7) { /* a byte turned */
        bytes[at] ^= 0xff;
        fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
        assert_int_equal(write(fd, bytes, n), n);
        close(fd);
        bytes[at] ^= 0xff;
        if (zone_open(dir, "Cut", &z) == ZONE_FOUND)
            assert_true(abs(zone_offset(z, 1795327380)) < 93600);
        zone_free(&z);
    }
    unlink(path);
    rmdir(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules), cmocka_unit_test(test_names), cmocka_unit_test(test_without_zone_data), cmocka_unit_test(test_agrees_with_the_c_library),
        cmocka_unit_test(test_back_to_utc), cmocka_unit_test(test_damaged_files),
    };

    return unit_run(tests);
}
