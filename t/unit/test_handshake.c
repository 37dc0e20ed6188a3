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
    handshake_end(&h);
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

/* The rule itself is test_origin's: here, that the proxy's scheme and the request's own host go into it. */
static void origin_of_https(void **state)
{
    struct handshake h = {.trusted = "unix:"};

    (void)state;
    handshake_end(&h);
    assert_true(handshake_origin_is_allowed(&h, ""));
    handshake_field(&h, "Host", "a.example");
    handshake_field(&h, "Origin", "https://a.example");
    handshake_end(&h);
    assert_false(handshake_origin_is_allowed(&h, ""));
    assert_true(handshake_origin_is_allowed(&h, "https://a.example"));
    handshake_field(&h, "X-Forwarded-Proto", "HTTPS");
    handshake_end(&h);
    assert_true(handshake_origin_is_allowed(&h, ""));
    handshake_field(&h, "Origin", "https://a.example");
    handshake_end(&h);
    assert_false(handshake_origin_is_allowed(&h, ""));
}

static void cookies(void **state)
{
    struct handshake h = {.trusted = "unix:"};

    (void)state;
    handshake_field(&h, "cookie", "a=1; sid=plain");
    handshake_end(&h);
    assert_string_equal(h.cookie, "plain");
    handshake_field(&h, "x-forwarded-proto", "https");
    handshake_end(&h);
    assert_string_equal(h.cookie, "");
    assert_false(h.has_cookie_twice);
    handshake_field(&h, "Cookie", "__Host-sid=secure; sid=plain");
    handshake_end(&h);
    assert_true(h.has_cookie_twice); /* a second header, whatever it says */
}

static void addresses(void **state)
{
    static const char *const trusted[] = {NULL, "", "127.0.0.1", "unix:x ux:"};
    struct handshake h = {0};
    char address[16];

    (void)state;
    assert_true(handshake_is_loopback(&h)); /* no proxy */
    handshake_address(&h, address, sizeof address);
    assert_string_equal(address, "");
    handshake_field(&h, "X-Forwarded-For", "127.0.0.1, 192.0.2.9");
    handshake_field(&h, "X-Forwarded-Proto", "https");
    handshake_field(&h, "X-Real-IP", "127.0.0.1"); /* whoever sends that: it says nothing */
    for (size_t i = 0; i < sizeof trusted / sizeof trusted[0]; i++) { /* a proxy that is not trusted */
        h.trusted = trusted[i];
        handshake_end(&h);
        handshake_address(&h, address, sizeof address);
        assert_string_equal(address, "unix:");
        assert_false(handshake_is_loopback(&h));
        assert_false(h.is_https);
    }
    h.trusted = "127.0.0.1 unix:";
    handshake_end(&h);
    assert_true(h.is_https);
    handshake_address(&h, address, sizeof address);
    assert_string_equal(address, "192.0.2.9");
    assert_false(handshake_is_loopback(&h));
    handshake_field(&h, "X-Forwarded-For", " 127.0.0.1 ");
    assert_true(handshake_is_loopback(&h));
    handshake_field(&h, "X-Forwarded-For", "192.0.2.9, 127.0.0.1"); /* another proxy on this machine, before ours */
    handshake_address(&h, address, sizeof address);
    assert_string_equal(address, "192.0.2.9");
    handshake_field(&h, "X-Forwarded-For", "<script>");
    handshake_address(&h, address, sizeof address);
    assert_string_equal(address, "unix:");
    assert_false(handshake_is_loopback(&h));
    handshake_field(&h, "X-Forwarded-For", "2001:db8:1111:2222:3333:4444:5555:6666");
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
    const struct CMUnitTest tests[] = {cmocka_unit_test(heads), cmocka_unit_test(origin_of_https), cmocka_unit_test(cookies), cmocka_unit_test(addresses)};

    return unit_run(tests);
}
