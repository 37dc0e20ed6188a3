/* canned_fill and josa: names into the holes of a canned reply, with the particle that fits. */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/base/josa.h"
#include "lib/chat/canned_fill.h"

static void fills(const char *content, const char *customer, const char *want)
{
    const struct canned_names names = {.customer = customer, .agent = "한지수", .category = "배송"};
    struct buf out = BUF_INIT;

    canned_fill(content, &names, &out);
    assert_string_equal(buf_str(&out), want);
    buf_free(&out);
}

static void names_stand_in_the_holes(void **state)
{
    (void)state;
    fills("{{customer}}님, {{agent}}입니다. {{category}} 건", "이서연", "이서연님, 한지수입니다. 배송 건");
    fills("{{고객}} {{상담사}} {{문의}}", "Kim", "Kim 한지수 배송");
    fills("{{customer}}{{customer}}", "가", "가가");
    fills("", "가", "");
    fills("그대로", "가", "그대로");
}

static void other_braces_stay(void **state)
{
    (void)state;
    fills("{{place}} {customer} {{customer} {{{customer}}}", "가", "{{place}} {customer} {{customer} {가}");
    fills("{{", "가", "{{");
    fills("{{customer}}", "{{agent}}", "{{agent}}"); /* a name is no template */
}

static void particles_fit_the_name(void **state)
{
    (void)state;
    fills("{{customer}}은(는)", "이서연", "이서연은");
    fills("{{customer}}은(는)", "김하나", "김하나는");
    fills("{{customer}}이/가 {{customer}}을(를) {{customer}}과(와)", "박민준", "박민준이 박민준을 박민준과");
    fills("{{customer}}이/가 {{customer}}을(를) {{customer}}과(와)", "서지우", "서지우가 서지우를 서지우와");
    fills("{{customer}}(으)로 {{customer}}으로(로)", "가을", "가을로 가을로"); /* as behind a vowel */
    fills("{{customer}}(으)로", "가람", "가람으로");
    fills("{{customer}}(이)라고", "정우", "정우라고");
    fills("{{customer}}(이)라고", "정훈", "정훈이라고");
    fills("{{customer}}을(를)", "손님 3", "손님 3을");
    fills("{{customer}}을(를)", "손님 4", "손님 4를");
    fills("{{customer}}은 {{customer}}는", "가", "가은 가는"); /* one particle is what somebody meant */
}

static void nobody_guesses_how_other_letters_end(void **state)
{
    (void)state;
    fills("{{customer}}은(는)", "Peter", "Peter은(는)");
    fills("{{customer}}은(는)", "김하늘(VIP)", "김하늘(VIP)은(는)");
    fills("{{customer}}은(는)", "", "은(는)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_stand_in_the_holes),
        cmocka_unit_test(other_braces_stay),
        cmocka_unit_test(particles_fit_the_name),
        cmocka_unit_test(nobody_guesses_how_other_letters_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
