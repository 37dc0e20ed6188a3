#include "t/unit/unit.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/token.h"

static void test_tokens_are_new_each_time(void **state)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    char a[TOKEN_TEXT_SIZE], b[TOKEN_TEXT_SIZE];

    (void)state;
    token_new(a);
    token_new(b);
    assert_int_equal(strlen(a), TOKEN_TEXT_SIZE - 1);
    assert_int_equal(strspn(a, alphabet), TOKEN_TEXT_SIZE - 1);
    assert_string_not_equal(a, b);
    assert_false(token_equal(a, b));
    assert_true(token_equal(a, a));
    assert_false(token_equal(a, ""));
    assert_true(token_equal("", ""));
}

/* FIPS 180-2 B.1 */
static void test_hash_is_sha256(void **state)
{
    uint8_t hash[TOKEN_HASH_SIZE];
    char hex[2 * TOKEN_HASH_SIZE + 1];

    (void)state;
    token_hash("abc", hash);
    hex_encode(hash, sizeof(hash), hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    hex_encode(hash, 0, hex);
    assert_string_equal(hex, "");
}

static void test_csrf_belongs_to_its_cookie(void **state)
{
    char a[TOKEN_TEXT_SIZE], again[TOKEN_TEXT_SIZE], b[TOKEN_TEXT_SIZE];

    (void)state;
    token_csrf("cookie one", a);
    token_csrf("cookie one", again);
    token_csrf("cookie two", b);
    assert_string_equal(a, again);
    assert_string_not_equal(a, b);
    assert_int_equal(strlen(a), TOKEN_TEXT_SIZE - 1);
}

/* A page has another text for it each time; nothing else passes. */
static void test_csrf_masked(void **state)
{
    char csrf[TOKEN_TEXT_SIZE], other[TOKEN_TEXT_SIZE], a[TOKEN_MASKED_SIZE], b[TOKEN_MASKED_SIZE];

    (void)state;
    token_csrf("cookie one", csrf);
    token_csrf("cookie two", other);
    token_mask(csrf, a);
    token_mask(csrf, b);
    assert_int_equal(strlen(a), TOKEN_MASKED_SIZE - 1);
    assert_string_not_equal(a, b);
    assert_null(strstr(a, csrf));
    assert_true(token_is_csrf(a, csrf) && token_is_csrf(b, csrf) && token_is_csrf(csrf, csrf));
    assert_false(token_is_csrf(a, other) || token_is_csrf(other, csrf) || token_is_csrf("", csrf));
    for (size_t i = 0; i < sizeof(a) - 1; i++) {
        const char was = a[i];

        a[i] = was == 'A' ? 'B' : 'A';
        assert_false(token_is_csrf(a, csrf));
        a[i] = '+';
        assert_false(token_is_csrf(a, csrf));
        a[i] = was;
    }
    a[TOKEN_MASKED_SIZE - 2] = '\0';
    assert_false(token_is_csrf(a, csrf));
    token_mask("", a);
    assert_string_equal(a, "");
}

static void test_uuid(void **state)
{
    static const char *const bad[] = {"", "-", "00000000-0000-4000-8000-00000000000", "00000000-0000-4000-8000-0000000000000", "00000000-0000-4000-8000-00000000000A",
                                      "00000000x0000-4000-8000-000000000000", "000000000000-4000-8000-0000-00000000", "{0000000-0000-4000-8000-000000000000}",
                                      "00000000-0000-4000-8000-00000000000 ", "2fd49c6d-086f-e02b-316f-df40f763aefc"};
    char a[UUID_TEXT_SIZE], b[UUID_TEXT_SIZE];

    (void)state;
    for (int i = 0; i < 100; i++) {
        uuid_new(a);
        assert_true(uuid_is_valid(a));
        assert_int_equal(a[14], '4');
        assert_non_null(strchr("89ab", a[19]));
    }
    uuid_new(b);
    assert_string_not_equal(a, b);
    for (size_t i = 0; i < COUNT(bad); i++)
        assert_false(uuid_is_valid(bad[i]));
    for (size_t n = 0; n < UUID_TEXT_SIZE - 1; n++) {
        char cut[UUID_TEXT_SIZE];

        snprintf(cut, sizeof(cut), "%.*s", (int)n, a);
        assert_false(uuid_is_valid(cut));
    }
}

static void test_random_below(void **state)
{
    unsigned int seen = 0;

    (void)state;
    for (int i = 0; i < 1000; i++) {
        uint32_t r = random_below(4);

        assert_in_range(r, 0, 3);
        seen |= 1u << r;
    }
    assert_int_equal(seen, 15);
    assert_int_equal(random_below(1), 0);
    assert_int_equal(random_below(0), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens_are_new_each_time), cmocka_unit_test(test_hash_is_sha256), cmocka_unit_test(test_csrf_belongs_to_its_cookie), cmocka_unit_test(test_csrf_masked),
        cmocka_unit_test(test_uuid), cmocka_unit_test(test_random_below),
    };

    if (!token_start())
        return 1;
    return unit_run(tests);
}
