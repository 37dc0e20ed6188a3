/* origin, cookie: the one rule of both doors for who may talk to us and which sign-in a request brings. */
#include "t/unit/unit.h"

#include <string.h>

#include "lib/base/token.h"
#include "lib/chat/cookie.h"
#include "lib/chat/origin.h"

static void own_origins(void **state)
{
    static const struct {
        const char *origin, *host;
        bool is_https, is_allowed;
    } cases[] = {
        {"http://a.example", "a.example", false, true},       {"http://a.example", "a.example:80", false, true},
        {"http://a.example:80", "a.example", false, true},    {"https://a.example", "a.example:443", true, true},
        {"HTTP://A.Example", "a.example", false, true},       {"http://a.example:8080", "a.example:8080", false, true},
        {"http://[::1]:8080", "[::1]:8080", false, true},     {"http://[::1]", "[::1]", false, true},
        {"http://a.example:8080", "a.example", false, false}, {"http://a.example", "a.example:8080", false, false},
        {"https://a.example", "a.example", false, false},     {"http://a.example", "a.example", true, false},
        {"http://a.example.b", "a.example", false, false},    {"http://b.a.example", "a.example", false, false},
        {"http://a.exampl", "a.example", false, false},       {"http://", "", false, false},
        {"http://:80", ":80", false, false},                  {"http://:80", "", false, false},
        {"null", "null", false, false},                       {"NULL", "null", false, false},
        {"", "", false, false},                               {"http://a.example/", "a.example", false, false},
        {"http://a.example/", "a.example/", false, false},    {"http://x", NULL, false, false},
        {"a.example", "a.example", false, false},             {"http://a b", "a b", false, false},
        {"https://a.example:80", "a.example", true, false},   {"http://a.example:443", "a.example", false, false},
        {"http://u@a.example", "a.example", false, false},    {"http://u@a.example", "u@a.example", false, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (origin_is_allowed(cases[i].origin, cases[i].host, cases[i].is_https, "") != cases[i].is_allowed)
            fail_msg("origin %s at %s", cases[i].origin, cases[i].host ? cases[i].host : "(none)");
}

static void allowed_origins(void **state)
{
    static const char list[] = "  https://shop.example,http://b.example:8080\thttp://c.example:80 app://d null ";
    static const struct {
        const char *origin;
        bool is_allowed;
    } cases[] = {
        {"https://shop.example", true},   {"https://SHOP.example", true},    {"https://shop.example:443", true}, {"https://shop.example:80", false},
        {"http://shop.example", false},   {"https://shop.example.b", false}, {"https://hop.example", false},     {"http://b.example:8080", true},
        {"http://b.example", false},      {"http://c.example", true},        {"app://d", true},                  {"app://d:80", false},
        {"null", false},                  {"https://", false},               {"https://shop.example,http://b.example:8080", false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        for (int is_https = 0; is_https < 2; is_https++)
            if (origin_is_allowed(cases[i].origin, "chat.example", is_https, list) != cases[i].is_allowed)
                fail_msg("origin %s", cases[i].origin);
    assert_false(origin_is_allowed("http://x", "y", false, ""));
    assert_false(origin_is_allowed("http://x", "y", false, " , \t"));
}

static void one_cookie(void **state)
{
    static const struct {
        const char *header, *value;
        enum cookie_found found;
    } cases[] = {
        {NULL, "", COOKIE_NONE},
        {"", "", COOKIE_NONE},
        {"sid=abc", "abc", COOKIE_ONE},
        {"a=1; sid=abc ;b=2", "abc", COOKIE_ONE},
        {"a=1;sid=abc\t", "abc", COOKIE_ONE},
        {"xsid=abc; sidx=1; SID=2", "", COOKIE_NONE},
        {"sid", "", COOKIE_NONE},
        {"sid; a=sid=3", "", COOKIE_NONE},
        {"sid=", "", COOKIE_ONE},
        {"sid=a=b", "a=b", COOKIE_ONE},
        {";;; sid=q;", "q", COOKIE_ONE},
        {"sid=a; sid=b", "a", COOKIE_TWICE},
        {"sid=; sid=", "", COOKIE_TWICE},
        {"sid=1234567", "1234567", COOKIE_ONE},
        {"sid=12345678", "", COOKIE_ONE},
    };
    char out[8];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        memset(out, 'x', sizeof out);
        assert_int_equal(cookie_find(cases[i].header, "sid", out, sizeof out), cases[i].found);
        assert_string_equal(out, cases[i].value);
    }
}

static void sign_in(void **state)
{
    static const struct {
        const char *header;
        bool is_https;
        const char *value;
        enum cookie_found found;
    } cases[] = {
        {"sid=plain", false, "plain", COOKIE_ONE},
        {"sid=plain", true, "", COOKIE_NONE},
        {"sid=a; sid=b", true, "", COOKIE_NONE},
        {"sid=a; sid=b", false, "a", COOKIE_TWICE},
        {"sid=plain; __Host-sid=secure", true, "secure", COOKIE_ONE},
        {"sid=plain; __Host-sid=secure", false, "secure", COOKIE_ONE},
        {"__Host-sid=a; __Host-sid=b", true, "a", COOKIE_TWICE},
        {"__Host-sid=a; __Host-sid=b; sid=c", false, "a", COOKIE_TWICE},
        {NULL, false, "", COOKIE_NONE},
    };
    char out[TOKEN_TEXT_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        assert_int_equal(cookie_find_sign_in(cases[i].header, cases[i].is_https, out, sizeof out), cases[i].found);
        assert_string_equal(out, cases[i].value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(own_origins), cmocka_unit_test(allowed_origins), cmocka_unit_test(one_cookie),
                                       cmocka_unit_test(sign_in)};

    return unit_run(tests);
}
