/* handshake: which upgrade is good, whose cookie it brings, from which address it comes. */
#include "t/unit/unit.h"

#include <string.h>

#include "pushd/handshake.h"

struct field {
    const char *name, *value;
};

static const struct field good[] = {{"Host", "chat.example:8443"}, {"Upgrade", "WebSocket"}, {"Connection", "keep-alive, Upgrade"},
                                    {"Sec-WebSocket-Version", "13"}, {"Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="}};

/* The good head with one field replaced (value NULL: left out) and one added. */
static int check(const char *replace, const char *with, const char *add, const char *added, const char *version)
{
    struct handshake h = {0};
    const char *why;

    for (size_t i = 0; i < COUNT(good); i++) {
        if (replace && strcmp(good[i].name, replace) == 0) {
            if (with)
                handshake_field(&h, replace, with);
        } else {
            handshake_field(&h, good[i].name, good[i].value);
        }
    }
    if (add)
        handshake_field(&h, add, added);
    return handshake_check(&h, version, "https://shop.example https://other.example:444", &why);
}

static void heads(void **state)
{
    (void)state;
    assert_int_equal(check(NULL, NULL, NULL, NULL, "HTTP/1.1"), 101);
    assert_int_equal(check(NULL, NULL, NULL, NULL, "HTTP/1.0"), 400);
    assert_int_equal(check("Upgrade", "h2c", NULL, NULL, "HTTP/1.1"), 400);
    assert_int_equal(check(NULL, NULL, "Upgrade", "websocket", "HTTP/1.1"), 400);
    assert_int_equal(check("Upgrade", "websocket, websocket", NULL, NULL, "HTTP/1.1"), 400);
    assert_int_equal(check("Connection", "close", NULL, NULL, "HTTP/1.1"), 400);
    assert_int_equal(check("Sec-WebSocket-Version", "8", NULL, NULL, "HTTP/1.1"), 426);
    assert_int_equal(check("Sec-WebSocket-Version", NULL, NULL, NULL, "HTTP/1.1"), 426);
    assert_int_equal(check("Sec-WebSocket-Key", "c2hvcnQ=", NULL, NULL, "HTTP/1.1"), 400);
    assert_int_equal(check(NULL, NULL, "Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "HTTP/1.1"), 400);
    assert_int_equal(check(NULL, NULL, "Origin", "null", "HTTP/1.1"), 403);
    assert_int_equal(check(NULL, NULL, "Origin", "", "HTTP/1.1"), 403);
    assert_int_equal(check(NULL, NULL, "Origin", "http://chat.example:8443", "HTTP/1.1"), 101);
    assert_int_equal(check(NULL, NULL, "Origin", "https://shop.example", "HTTP/1.1"), 101);
    assert_int_equal(check(NULL, NULL, "Origin", "https://shop.example.evil", "HTTP/1.1"), 403);
    assert_int_equal(check(NULL, NULL, "Cookie", "a=b; sid=1; sid=2", "HTTP/1.1"), 400);
    assert_int_equal(check(NULL, NULL, "Cookie", "sid=1; __Host-sid=2", "HTTP/1.1"), 101);
}

static void origins(void **state)
{
    static const struct {
        const char *origin, *scheme, *host;
        bool is_allowed;
    } cases[] = {
        {"http://a.example", "http", "a.example", true},       {"http://a.example", "http", "a.example:80", true},
        {"http://a.example:80", "http", "a.example", true},    {"https://a.example", "https", "a.example:443", true},
        {"HTTP://A.Example", "http", "a.example", true},       {"http://a.example:8080", "http", "a.example:8080", true},
        {"http://a.example:8080", "http", "a.example", false}, {"http://a.example", "http", "a.example:8080", false},
        {"https://a.example", "http", "a.example", false},     {"http://a.example", "https", "a.example", false},
        {"http://a.example.b", "http", "a.example", false},    {"http://b.a.example", "http", "a.example", false},
        {"http://a.exampl", "http", "a.example", false},       {"http://", "http", "", false},
        {"null", "http", "null", false},                       {"http://a.example/", "http", "a.example", false},
        {"http://x", "http", NULL, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (origin_is_allowed(cases[i].origin, cases[i].scheme, cases[i].host, "") != cases[i].is_allowed)
            fail_msg("origin %s of %s://%s", cases[i].origin, cases[i].scheme, cases[i].host ? cases[i].host : "(none)");
}

static void cookies(void **state)
{
    static const struct {
        const char *header, *cookie;
        unsigned sids;
    } cases[] = {{"sid=abc", "abc", 1}, {"a=1; sid=abc ;b=2", "abc", 1}, {"xsid=abc; sidx=1", "", 0}, {"sid", "", 0}, {"sid=", "", 1}, {";;; sid=q;", "q", 1},
                 {"sid=a; sid=b", "b", 2},
                 {"sid=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "", 1}};

    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        struct handshake h = {0};
        handshake_field(&h, "cookie", cases[i].header);
        assert_string_equal(h.cookie, cases[i].cookie);
        assert_int_equal(h.sids, cases[i].sids);
    }
    struct handshake h = {0};
    handshake_field(&h, "Cookie", "__Host-sid=secure; sid=plain");
    assert_string_equal(h.cookie, "secure");
}

static void addresses(void **state)
{
    struct handshake h = {0};
    char address[16];

    (void)state;
    assert_true(handshake_is_loopback(&h));
    handshake_field(&h, "X-Forwarded-For", "127.0.0.1, 192.0.2.9");
    handshake_address(&h, address, sizeof address);
    assert_string_equal(address, "192.0.2.9");
    assert_false(handshake_is_loopback(&h));
    handshake_field(&h, "X-Real-IP", " 127.0.0.1 ");
    assert_true(handshake_is_loopback(&h));
    handshake_field(&h, "X-Real-IP", "2001:db8:1111:2222:3333:4444:5555:6666");
    handshake_address(&h, address, sizeof address);
    assert_int_equal(strlen(address), sizeof address - 1);
    assert_null(handshake_bearer(&h));
    handshake_field(&h, "Authorization", "bearer  token");
    assert_string_equal(handshake_bearer(&h), "token");
    handshake_field(&h, "Authorization", "Basic token");
    assert_null(handshake_bearer(&h));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(heads), cmocka_unit_test(origins), cmocka_unit_test(cookies), cmocka_unit_test(addresses)};

    return unit_run(tests);
}
