/* backplane_frame: what nodes believe of each other. */
#include "t/unit/unit.h"

#include <string.h>

#include <sodium.h>

#include "pushd/backplane_frame.h"

#define NODE "0190f000-0000-7000-8000-000000000001"

static struct backplane_key key_of(const char *text)
{
    struct backplane_key key;

    assert_int_not_equal(sodium_init(), -1);
    backplane_key_from(text, &key);
    return key;
}

static void seal(struct buf *out, const struct backplane_key *key)
{
    backplane_seal(out, key, NODE, 7, BACKPLANE_CHANGE, "{\"a\": 1}", 8);
    assert_false(buf_failed(out));
}

static void there_and_back(void **state)
{
    struct backplane_key keys[] = {key_of("secret"), key_of("")};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buf out = BUF_INIT;
        struct backplane_message m;
        seal(&out, &keys[i]);
        assert_true(backplane_open(out.p, out.len, &keys[i], &m));
        assert_string_equal(m.node, NODE);
        assert_int_equal(m.number, 7);
        assert_int_equal(m.kind, BACKPLANE_CHANGE);
        assert_int_equal(m.len, 8);
        assert_memory_equal(m.payload, "{\"a\": 1}", 8);
        buf_free(&out);
    }
}

static void every_changed_byte_is_found(void **state)
{
    struct backplane_key key = key_of("secret");
    struct backplane_message m;
    struct buf out = BUF_INIT;

    (void)state;
    seal(&out, &key);
    for (size_t i = 0; i < out.len; i++) {
        out.p[i] ^= 1;
        assert_false(backplane_open(out.p, out.len, &key, &m));
        out.p[i] ^= 1;
    }
    for (size_t n = 0; n < out.len; n++)
        assert_false(backplane_open(out.p, n, &key, &m));
    buf_free(&out);
}

static void other_keys_are_not_believed(void **state)
{
    struct backplane_key ours = key_of("secret"), other = key_of("Secret"), none = key_of("");
    struct backplane_message m;
    struct buf out = BUF_INIT;

    (void)state;
    seal(&out, &other);
    assert_false(backplane_open(out.p, out.len, &ours, &m));
    assert_true(backplane_open(out.p, out.len, &none, &m)); /* who has no key believes nothing of the contents anyway */
    buf_reset(&out);
    seal(&out, &none);
    assert_false(backplane_open(out.p, out.len, &ours, &m));
    buf_free(&out);
}

static void what_is_no_message(void **state)
{
    static const char *const bad[] = {
        "", "s1", "s1 ", "s2 " NODE " 1 C - x", "s1 " NODE " 0 C - x", "s1 " NODE " -1 C - x", "s1 " NODE " 1x C - x", "s1 " NODE " 99999999999999999999 C - x",
        "s1 " NODE " 1 X - x", "s1 " NODE " 1 CC - x", "s1 " NODE "  C - x", "s1 0190f000 1 C - x", "s1 0190f000-0000-7000-8000-00000000000g 1 C - x", "s1 " NODE " 1 C  x",
        "s1 " NODE " 1 C -",
    };
    struct backplane_key none = key_of("");
    struct backplane_message m;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(backplane_open(bad[i], strlen(bad[i]), &none, &m));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(every_changed_byte_is_found), cmocka_unit_test(other_keys_are_not_believed),
                                       cmocka_unit_test(what_is_no_message)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
