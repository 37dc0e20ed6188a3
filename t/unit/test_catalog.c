#include "config.h"

#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/catalog.h"
#include "lib/base/log.h"

/* .mo files are made here word by word, so that each can be damaged at each place. */
static char dir[] = "/tmp/sangdam-catalog-XXXXXX";

struct text_pair {
    const char *msgid;
    const char *text;
};

/* Not sorted, as a strange tool might write it. */
static const struct text_pair korean[] = {
    {"", "Content-Type: text/plain; charset=UTF-8\n"}, {"Send", "보내기"}, {"Accept", "수락"}, {"End chat", "상담 끝내기"}, {"Untranslated", ""},
};

static void put_word(unsigned char *p, uint32_t v, bool big_endian)
{
    for (int i = 0; i < 4; i++)
        p[i] = (unsigned char)(v >> 8 * (big_endian ? 3 - i : i));
}

static size_t make_mo(unsigned char out[1024], const struct text_pair *pairs, uint32_t count, bool big_endian)
{
    size_t end = 28 + 16 * (size_t)count;

    memset(out, 0, 1024);
    put_word(out, 0x950412DE, big_endian);
    put_word(out + 8, count, big_endian);
    put_word(out + 12, 28, big_endian);
    put_word(out + 16, 28 + 8 * count, big_endian);
    put_word(out + 24, (uint32_t)end, big_endian);
    for (uint32_t i = 0; i < 2 * count; i++) {
        const char *s = i < count ? pairs[i].msgid : pairs[i - count].text;

        put_word(out + 28 + 8 * i, (uint32_t)strlen(s), big_endian);
        put_word(out + 32 + 8 * i, (uint32_t)end, big_endian);
        memcpy(out + end, s, strlen(s) + 1);
        end += strlen(s) + 1;
    }
    return end;
}

static void write_mo(const char *lang, const unsigned char *bytes, size_t n)
{
    char path[200];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", dir, lang);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/%s/LC_MESSAGES", dir, lang);
    mkdir(path, 0700);
    snprintf(path, sizeof(path), "%s/%s/LC_MESSAGES/sangdam.mo", dir, lang);
    f = fopen(path, "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    fclose(f);
}

static int make_dir(void **state)
{
    (void)state;
    log_set_level(LOG_FATAL + 1); /* thousands of damaged files are meant */
    return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
    static const char *const left[] = {"ko/LC_MESSAGES/sangdam.mo", "en/LC_MESSAGES/sangdam.mo", "ko/LC_MESSAGES", "en/LC_MESSAGES", "ko", "en", ""};
    char path[200];

    (void)state;
    for (size_t i = 0; i < COUNT(left); i++) {
        snprintf(path, sizeof(path), "%s/%s", dir, left[i]);
        if (remove(path) != 0)
            return -1;
    }
    return 0;
}

static void test_nothing_loaded(void **state)
{
    (void)state;
    assert_false(catalog_load("/nonexistent"));
    assert_string_equal(catalog_text(LANG_KO, "Send"), "Send");
}

static void test_both_byte_orders(void **state)
{
    unsigned char mo[1024];

    (void)state;
    for (int big = 0; big < 2; big++) {
        write_mo("ko", mo, make_mo(mo, korean, COUNT(korean), big));
        write_mo("en", mo, make_mo(mo, korean, 1, !big));
        assert_true(catalog_load(dir));
        assert_string_equal(catalog_text(LANG_KO, "Send"), "보내기");
        assert_string_equal(catalog_text(LANG_KO, "Accept"), "수락");
        assert_string_equal(catalog_text(LANG_KO, "End chat"), "상담 끝내기");
        assert_string_equal(catalog_text(LANG_KO, "Untranslated"), "Untranslated");
        assert_string_equal(catalog_text(LANG_KO, "Unknown"), "Unknown");
        assert_string_equal(catalog_text(LANG_KO, ""), "");
        assert_string_equal(catalog_text(LANG_EN, "Send"), "Send");
    }
}

/* Each cut, and each byte turned over: what is shown stays a text, and a text given out earlier stays. */
static void test_damage(void **state)
{
    unsigned char mo[1024], damaged[1024];
    size_t n = make_mo(mo, korean, COUNT(korean), false);
    const char *early;

    (void)state;
    write_mo("en", mo, make_mo(mo, korean, 1, false));
    n = make_mo(mo, korean, COUNT(korean), false);
    write_mo("ko", mo, n);
    assert_true(catalog_load(dir));
    early = catalog_text(LANG_KO, "Send");
    for (size_t cut = 0; cut < n; cut++) {
        write_mo("ko", mo, cut);
        assert_false(catalog_load(dir));
        assert_ptr_equal(catalog_text(LANG_KO, "Send"), early);
    }
    for (size_t i = 0; i < n; i++) {
        memcpy(damaged, mo, n);
        damaged[i] ^= 0xFF;
        write_mo("ko", damaged, n);
        catalog_load(dir);
        assert_true(strlen(catalog_text(LANG_KO, "Send")) < 1024);
        assert_true(strlen(catalog_text(LANG_KO, "End chat")) < 1024);
    }
    assert_string_equal(early, "보내기");
}

static void test_tags(void **state)
{
    enum lang lang = LANG_EN;

    (void)state;
    assert_string_equal(lang_tag(LANG_KO), "ko");
    assert_string_equal(lang_tag(LANG_EN), "en");
    assert_true(lang_from_tag("ko", &lang));
    assert_int_equal(lang, LANG_KO);
    assert_true(lang_from_tag("en", &lang));
    assert_int_equal(lang, LANG_EN);
    assert_false(lang_from_tag("fr", &lang));
    assert_false(lang_from_tag("en-US", &lang));
    assert_false(lang_from_tag("", &lang));
    assert_false(lang_from_tag(NULL, &lang));
}

static void test_accept_language(void **state)
{
    static const struct {
        const char *header;
        enum lang lang;
    } cases[] = {
        {NULL, LANG_KO}, {"", LANG_KO}, {"fr", LANG_KO}, {"*", LANG_KO}, {"ko", LANG_KO}, {"en", LANG_EN}, {"EN-us", LANG_EN}, {"ko-KR,ko;q=0.9,en;q=0.8", LANG_KO},
        {"en-US,en;q=0.9,ko;q=0.8", LANG_EN}, {"ko;q=0.5, en;q=0.7", LANG_EN}, {"ko;q=0.5,en ; q=0.7", LANG_EN}, {"en;q=0.5,ko;q=0.5", LANG_EN},
        {"fr, en;q=0.2", LANG_EN}, {"fr,de;q=0.9,*;q=0.1", LANG_KO}, {"en;q=0.1,*;q=0.5", LANG_KO}, {"en;q=0", LANG_KO}, {"ko;q=0", LANG_EN}, {"ko;q=0,*", LANG_EN},
        {"ko;q=0,en;q=0", LANG_KO}, {"en;q=0,ko;q=0", LANG_EN}, {"english", LANG_KO}, {"kok", LANG_KO}, {"en_US", LANG_KO}, {"en;q=1.001,ko;q=0.1", LANG_KO},
        {"en;q=2,ko;q=0.1", LANG_KO}, {"en;q=abc", LANG_KO}, {"en;q=", LANG_KO}, {"en;", LANG_KO}, {"en;q", LANG_KO}, {"en;level=1", LANG_KO}, {",,,en", LANG_EN},
        {"en;q=0.0001,ko;q=0.001", LANG_KO}, {"en;q=1.000", LANG_EN}, {"en;Q=0.9", LANG_EN}, {" \ten\t ", LANG_EN}, {"e", LANG_KO}, {";q=1", LANG_KO}, {"en;q=0.8,en-GB;q=0.3,ko;q=0.5", LANG_EN},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (lang_from_accept(cases[i].header) != cases[i].lang)
            fail_msg("Accept-Language: %s", cases[i].header ? cases[i].header : "(none)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_loaded), cmocka_unit_test(test_both_byte_orders), cmocka_unit_test(test_damage),
        cmocka_unit_test(test_tags), cmocka_unit_test(test_accept_language),
    };

    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
