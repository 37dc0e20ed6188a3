/* site_check: what a good site is, and what it allows. */
#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/chat/site.h"

static enum outcome check(struct site_draft draft, struct site *s, struct refusal *r)
{
    *s = (struct site){0};
    *r = (struct refusal){0};
    if (!draft.name)
        draft.name = "Shop";
    if (!draft.origins)
        draft.origins = "https://shop.example";
    return site_check(&draft, s, r);
}

static void good_origins(void **state)
{
    static const struct {
        const char *typed, *kept;
    } cases[] = {
        {"https://shop.example", "https://shop.example"},
        {"HTTPS://Shop.Example/", "https://shop.example"},
        {"https://shop.example:443 http://shop.example:80", "https://shop.example http://shop.example"},
        {"https://shop.example:8443", "https://shop.example:8443"},
        {"\r\n https://a.example,\thttps://b.example\nhttps://a.example ", "https://a.example https://b.example"},
        {"http://127.0.0.1:8080", "http://127.0.0.1:8080"},
        {"http://localhost:3000", "http://localhost:3000"},
        {"https://xn--2j5b11kvkb.xn--3e0b707e", "https://xn--2j5b11kvkb.xn--3e0b707e"},
    };
    struct site s;
    struct refusal r;

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(check((struct site_draft){.origins = cases[i].typed}, &s, &r), OUTCOME_DONE);
        assert_string_equal(s.origins, cases[i].kept);
    }
}

static void bad_origins(void **state)
{
    static const char *const cases[] = {
        "", " \n", "shop.example", "ftp://shop.example", "https://", "https:///", "https://shop.example/path", "https://shop.example?x", "https://*.example",
        "https://*", "*", "null", "'self'", "https://shop.example;script-src", "https://a b.example/x", "https://u@shop.example", "https://-a.example", "https://a-.example",
        "https://a..example", "https://.example", "https://a.example.", "https://a.example:", "https://a.example:0", "https://a.example:99999", "https://a.example:1x",
        "https://[::1]", "https://상점.한국", "https://a.example\"", "javascript://a.example", "data:",
    };
    struct site s;
    struct refusal r;
    char many[2000] = "";

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        if (check((struct site_draft){.origins = cases[i]}, &s, &r) != OUTCOME_REFUSED || r.status != 422 || strcmp(r.field, "origins") != 0)
            fail_msg("taken: %s", cases[i]);
    }
    for (int i = 0; i < SITE_ORIGINS_MAX + 1; i++)
        sprintf(many + strlen(many), "https://a%d.example ", i);
    assert_int_equal(check((struct site_draft){.origins = many}, &s, &r), OUTCOME_REFUSED);
}

static void other_fields(void **state)
{
    static const struct {
        struct site_draft draft;
        const char *field;
    } bad[] = {
        {{.name = " \xe3\x85\xa4"}, "name"},          {{.name = "a\xe2\x80\xae" "b"}, "name"}, {{.name = "a\nb"}, "name"},
        {{.color = "blue"}, "color"},                 {{.color = "#12345"}, "color"},       {{.color = "#1234567"}, "color"},
        {{.color = "#12345g"}, "color"},              {{.color = "#fff;}"}, "color"},       {{.categories = "200,x"}, "categories"},
        {{.categories = "-1"}, "categories"},         {{.categories = "0200"}, "categories"}, {{.categories = "9999999999"}, "categories"},
        {{.position = "top"}, "position"},            {{.greeting = {"a\x07", NULL}}, "greeting"}, {{.greeting = {NULL, "a\x07"}}, "greetingEn"},
    };
    struct site s;
    struct refusal r;
    char long_name[102], long_greeting[302];

    (void)state;
    for (size_t i = 0; i < COUNT(bad); i++) {
        if (check(bad[i].draft, &s, &r) != OUTCOME_REFUSED || strcmp(r.field, bad[i].field) != 0)
            fail_msg("case %zu was taken", i);
    }
    memset(long_name, 'a', 101);
    long_name[101] = '\0';
    memset(long_greeting, 'a', 301);
    long_greeting[301] = '\0';
    assert_int_equal(check((struct site_draft){.name = long_name}, &s, &r), OUTCOME_REFUSED);
    assert_int_equal(check((struct site_draft){.greeting = {long_greeting, NULL}}, &s, &r), OUTCOME_REFUSED);
    assert_int_equal(check((struct site_draft){.color = "#ABCDEF", .categories = " 200, 203,200", .position = "left", .is_active = true}, &s, &r), OUTCOME_DONE);
    assert_string_equal(s.color, "#abcdef");
    assert_string_equal(s.categories, "200,203");
    assert_true(s.is_left && s.is_active);
    assert_true(site_has_category(&s, 203) && !site_has_category(&s, 20) && !site_has_category(&s, 201));
    assert_int_equal(check((struct site_draft){0}, &s, &r), OUTCOME_DONE);
    assert_string_equal(s.color, SITE_COLOR);
    assert_true(site_has_category(&s, 1));
}

static void what_it_allows(void **state)
{
    static const char *const no[] = {"http://shop.example", "https://shop.example.evil.example", "https://evilshop.example", "https://shop.example:8443", "null", "", "https://shop.exampl"};
    struct site s;
    struct refusal r;

    (void)state;
    assert_int_equal(check((struct site_draft){.origins = "https://shop.example http://127.0.0.1:8080"}, &s, &r), OUTCOME_DONE);
    assert_true(site_allows(&s, "https://shop.example") && site_allows(&s, "http://127.0.0.1:8080"));
    for (size_t i = 0; i < COUNT(no); i++)
        if (site_allows(&s, no[i]))
            fail_msg("allowed: %s", no[i]);
}

static void keys(void **state)
{
    (void)state;
    assert_true(site_key_is_valid("shop") && site_key_is_valid("a") && site_key_is_valid("my-shop-2"));
    assert_false(site_key_is_valid("") || site_key_is_valid("2a") || site_key_is_valid("-a") || site_key_is_valid("Shop") || site_key_is_valid("new") || site_key_is_valid("a_b") ||
                 site_key_is_valid("../x") || site_key_is_valid("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_origins), cmocka_unit_test(bad_origins), cmocka_unit_test(other_fields), cmocka_unit_test(what_it_allows), cmocka_unit_test(keys),
    };
    return unit_run(tests);
}
