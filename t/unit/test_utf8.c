#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"

#define FAMILY "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7" /* woman, ZWJ, girl */

static const char *const good[] = {
    "", "a", "abcdefgh", "0123456789abcdef!", "상담이 시작되었습니다.", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
    "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF", FAMILY, "\xEF\xBB\xBF", "\xE1\x84\x80\xE1\x85\xA1" /* jamo */,
};

static const char *const bad[] = {
    "\x80", "\xBF", "\xC0\x80", "\xC0\xAF", "\xC1\xBF", "\xE0\x80\x80", "\xE0\x9F\xBF", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
    "\xED\xA0\x80", "\xED\xBF\xBF", "\xED\xA0\xBD\xED\xB8\x80" /* CESU-8 */, "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xF8\x88\x80\x80\x80",
    "\xFE", "\xFF\xFE", "\xC2", "\xE2\x82", "\xF0\x9F\x98", "a\xC2" "b", "\xE2\x28\xA1", "\xE2\x82\x28", "\xF0\x28\x8C\xBC", "abcdefgh\xFF" "abcdefgh",
};

static void test_valid_and_invalid(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(utf8_is_valid(good[i], strlen(good[i])));
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(utf8_is_valid(bad[i], strlen(bad[i])));
    assert_true(utf8_is_valid("a\0b", 3));
}

/* Cut in two at every byte and fed byte by byte, a text is judged as in one piece, and never later than it could be. */
static void test_cut_at_every_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(good) + COUNT(bad); i++) {
        const char *s = i < COUNT(good) ? good[i] : bad[i - COUNT(good)];
        size_t n = strlen(s);
        bool whole = utf8_is_valid(s, n);
        struct utf8_state single = {0};
        bool ok = true;

        for (size_t cut = 0; cut <= n; cut++) {
            struct utf8_state u = {0};

            assert_int_equal(whole, utf8_feed(&u, s, cut) && utf8_feed(&u, s + cut, n - cut) && utf8_is_whole(&u));
        }
        for (size_t k = 0; k < n; k++)
            ok = utf8_feed(&single, s + k, 1);
        assert_int_equal(whole, ok && utf8_is_whole(&single));
    }
}

static void test_fails_fast_and_for_good(void **state)
{
    struct utf8_state u = {0};

    (void)state;
    assert_true(utf8_feed(&u, "\xED", 1));
    assert_false(utf8_is_whole(&u));
    assert_false(utf8_feed(&u, "\xA0", 1));
    assert_false(utf8_feed(&u, "a", 1));
    assert_false(utf8_is_whole(&u));
}

/* Every code point there is, and every lead byte with every second byte, against the definition. */
static void test_every_code_point(void **state)
{
    char out[4];
    size_t len;

    (void)state;
    for (uint32_t cp = 0; cp <= 0x10FFFF; cp++) {
        bool surrogate = cp >= 0xD800 && cp < 0xE000;
        size_t n = utf8_encode(cp, out);

        if (utf8_is_valid(out, n) == surrogate)
            fail_msg("U+%04X", (unsigned int)cp);
        if (!surrogate && (utf8_decode(out, n, &len) != cp || len != n))
            fail_msg("U+%04X", (unsigned int)cp);
    }
}

static void test_decode_stays_inside(void **state)
{
    size_t len;

    (void)state;
    assert_int_equal(utf8_decode("\xF0\x9F", 2, &len), 0xFFFD);
    assert_int_equal(len, 1);
    assert_int_equal(utf8_decode("\x80", 1, &len), 0xFFFD);
    assert_int_equal(len, 1);
}

static void test_count_and_cut(void **state)
{
    const char *s = "a한" FAMILY "b";

    (void)state;
    assert_int_equal(utf8_count(s, strlen(s)), 6);
    assert_int_equal(utf8_cut(s, strlen(s), 0), 0);
    assert_int_equal(utf8_cut(s, strlen(s), 1), 1);
    assert_int_equal(utf8_cut(s, strlen(s), 2), 4);
    assert_int_equal(utf8_cut(s, strlen(s), 3), 8);
    assert_int_equal(utf8_cut(s, strlen(s), 6), strlen(s));
    assert_int_equal(utf8_cut(s, strlen(s), 7), strlen(s));
    assert_int_equal(utf8_cut("", 0, 5), 0);
    for (size_t points = 0; points < 8; points++)
        assert_true(utf8_is_valid(s, utf8_cut(s, strlen(s), points)));
}

static void test_blank(void **state)
{
    static const uint32_t yes[] = {' ',    '\t',   '\n',   0x85,    0xA0,    0xAD,    0x115F,  0x1160, 0x1680, 0x180E, 0x2000, 0x200B,  0x200D, 0x2028,
                                   0x202E, 0x202F, 0x205F, 0x2060, 0x2066, 0x206F, 0x2800, 0x3000, 0x3164, 0xFEFF, 0xFFA0, 0x1343F, 0xE0001, 0xE007F};
    static const uint32_t no[] = {'a', '.', 0x1F, 0x2010, 0x2065, 0x2801, 0x3001, 0xAC00, 0x1100, 0x1161, 0xFE0F, 0x1F600, 0x10FFFF};
    char out[8];

    (void)state;
    assert_true(utf8_is_blank("", 0));
    for (size_t i = 0; i < COUNT(yes); i++)
        assert_true(utf8_is_blank(out, utf8_encode(yes[i], out)));
    for (size_t i = 0; i < COUNT(no); i++)
        assert_false(utf8_is_blank(out, utf8_encode(no[i], out)));
    assert_true(utf8_is_blank(" \n\xE3\x85\xA4\xE2\x80\x8B", 8));
    assert_false(utf8_is_blank(" \n.", 3));
    assert_false(utf8_is_blank(FAMILY, strlen(FAMILY)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_valid_and_invalid), cmocka_unit_test(test_cut_at_every_byte), cmocka_unit_test(test_fails_fast_and_for_good),
        cmocka_unit_test(test_every_code_point),  cmocka_unit_test(test_decode_stays_inside), cmocka_unit_test(test_count_and_cut),
        cmocka_unit_test(test_blank),
    };

    return unit_run(tests);
}
