#include "config.h"

#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/chat/member.h"
#include "lib/chat/nickname.h"

static int status_of(const char *name, size_t n)
{
    struct refusal refusal = {0};
    char out[NICKNAME_SIZE];

    return member_check_nickname(name, n, out, &refusal) == OUTCOME_DONE ? 201 : refusal.status;
}

static void test_ordinary_names(void **state)
{
    static const char *const names[] = {"홍길동", "a", "Badminton", "Magenta 7", "Иван", "Ελένη", "김상담", "<img src=x onerror=alert(1)>", "=HYPERLINK(\"http://x\")",
                                        "🙂🙂", "O'Neil", "Adminka", "고객1", "customer2", "Agentur Schmidt", "홍 길 동", "Zoë", "1004"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (status_of(names[i], strlen(names[i])) != 201)
            fail_msg("refused: %s", names[i]);
    }
}

static void test_names_of_staff(void **state)
{
    static const char *const names[] = {"상담원", "상담사 김철수", "상 담 원", "상.담.원", "상담직원1", "관리자", "운영자", "시스템", "admin", "Admin", "ADMIN1", "a d m i n",
                                        "аdmin", "АDМIN", "ＡＤＭＩＮ", "αdmin", "4dm1n", "@dmin", "adm!n", "admln", "adrnin", "Administrator", "administrat0r", "System",
                                        "SYSTEM", "ѕуѕtеm", "support", "Sangdam", "Sangdam Support", "agent-7", "_admin_",
#ifdef HAVE_UTF8PROC
                                        "áđmín", "𝐚𝐝𝐦𝐢𝐧", "ⓐⓓⓜⓘⓝ",
#endif
    };

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (status_of(names[i], strlen(names[i])) != 422)
            fail_msg("allowed: %s", names[i]);
    }
}

static void test_unfit_characters(void **state)
{
    static const char *const names[] = {"", " ", "\xe3\x80\x80", "a\xe2\x80\xae" "exe.gpj", "a\xe2\x80\x8b" "b", "a\nb", "a\tb", "a\x7f", "\xc2\x85", "\xe2\x80\xa8", "\xef\xbb\xbf" "a",
                                        "a\xe2\x81\xa6", "\xe3\x85\xa4", "\xef\xbf\xbf", "\xee\x80\x80", "a\xe1\x85\xa0"};

    (void)state;
    for (size_t i = 0; i < COUNT(names); i++) {
        if (status_of(names[i], strlen(names[i])) != 422)
            fail_msg("allowed: row %zu", i);
    }
    assert_int_equal(status_of("a\0b", 3), 400);
    assert_int_equal(status_of("a\xc0\xaf", 3), 400);
    assert_int_equal(status_of("\xed\xa0\x80", 3), 400);
}

static void test_lengths(void **state)
{
    struct buf name = BUF_INIT;

    (void)state;
    for (int i = 0; i < 64; i++)
        buf_add_str(&name, "가");
    assert_int_equal(status_of(buf_str(&name), name.len), 201);
    buf_add_str(&name, "가");
    assert_int_equal(status_of(buf_str(&name), name.len), 422);
    buf_reset(&name);
    for (int i = 0; i < 256; i++)
        buf_add_char(&name, 'x');
    assert_int_equal(status_of(buf_str(&name), name.len), 422);
    buf_reset(&name);
    buf_add_char(&name, 'e');
    for (int i = 0; i < 10000; i++)
        buf_add_str(&name, "\xcc\x81");
    assert_int_equal(status_of(buf_str(&name), name.len), 422);
    buf_reset(&name);
    buf_add_char(&name, 'x');
    for (int i = 0; i < 5; i++)
        buf_add_str(&name, "\xcc\x82");
    assert_int_equal(status_of(buf_str(&name), name.len), 422);
    buf_free(&name);
}

static void test_normalised(void **state)
{
    struct refusal refusal;
    char out[NICKNAME_SIZE];

    (void)state;
    assert_int_equal(member_check_nickname("  홍길동 ", strlen("  홍길동 "), out, &refusal), OUTCOME_DONE);
    assert_string_equal(out, "홍길동");
#ifdef HAVE_UTF8PROC
    assert_int_equal(member_check_nickname("\xe1\x84\x92\xe1\x85\xa9\xe1\x86\xbc", 9, out, &refusal), OUTCOME_DONE);
    assert_string_equal(out, "홍");
#endif
}

static bool is_email(const char *email)
{
    struct refusal refusal;
    char out[EMAIL_SIZE];

    return member_check_email(email, strlen(email), out, &refusal) == OUTCOME_DONE;
}

static void test_emails(void **state)
{
    static const char *const good[] = {"a@b", "customer1@example.com", "x.y+z@mail.co.kr", "o'neil@example.com"};
    static const char *const bad[] = {"", "@", "a@", "@b", "a b@c", "a@b@c", "a@b..c", "a@.b", "a@b.", "a\n@b", "é@b", "a@é", "\"a\"@b", "a@b c", "a@[1.2.3.4]", "a<b@c"};
    struct refusal refusal;
    char out[EMAIL_SIZE], longest[300];

    (void)state;
    for (size_t i = 0; i < COUNT(good); i++)
        assert_true(is_email(good[i]));
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (is_email(bad[i]))
            fail_msg("allowed: %s", bad[i]);
    }
    assert_int_equal(member_check_email("A@Example.COM", 13, out, &refusal), OUTCOME_DONE);
    assert_string_equal(out, "a@example.com");
    memset(longest, 'b', sizeof(longest));
    memcpy(longest, "a@", 2);
    longest[254] = '\0';
    assert_true(is_email(longest));
    longest[254] = 'b';
    longest[255] = '\0';
    assert_false(is_email(longest));
}

static void test_passwords(void **state)
{
    struct refusal refusal;
    char longest[PASSWORD_MAX + 1];

    (void)state;
    assert_int_equal(member_check_password("1234567", 7, &refusal), OUTCOME_REFUSED);
    assert_int_equal(refusal.status, 422);
    assert_int_equal(member_check_password("12345678", 8, &refusal), OUTCOME_DONE);
    assert_int_equal(member_check_password("가나다라마바사아", strlen("가나다라마바사아"), &refusal), OUTCOME_DONE);
    memset(longest, 'x', sizeof(longest));
    assert_int_equal(member_check_password(longest, PASSWORD_MAX, &refusal), OUTCOME_DONE);
    assert_int_equal(member_check_password(longest, PASSWORD_MAX + 1, &refusal), OUTCOME_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ordinary_names), cmocka_unit_test(test_names_of_staff), cmocka_unit_test(test_unfit_characters), cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_normalised),     cmocka_unit_test(test_emails),         cmocka_unit_test(test_passwords),
    };

    return unit_run(tests);
}
