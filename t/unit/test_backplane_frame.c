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

static void many_entries_come_apart_as_they_went_together(void **state)
{
    static const char *const texts[] = {"{}", "a 1 b C 3 \n", "\0\xff 가"};
    static const size_t lens[] = {2, 11, 6};
    static const enum backplane_kind kinds[] = {BACKPLANE_CHANGE, BACKPLANE_LIVE, BACKPLANE_CHANGE};
    struct backplane_key key = key_of("secret");
    struct backplane_message m;
    struct backplane_entry e;
    struct buf batch = BUF_INIT, out = BUF_INIT;

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        size_t before = batch.len;
        backplane_add_entry(&batch, kinds[i], texts[i], lens[i]);
        assert_true(batch.len - before <= lens[i] + BACKPLANE_ENTRY_HEAD);
    }
    backplane_seal(&out, &key, NODE, 7, BACKPLANE_BATCH, batch.p, batch.len);
    assert_false(buf_failed(&out));
    assert_true(backplane_open(out.p, out.len, &key, &m));
    for (size_t i = 0; i < 3; i++) {
        assert_true(backplane_take_entry(&m, &e));
        assert_int_equal(e.kind, kinds[i]);
        assert_int_equal(e.n, lens[i]);
        assert_memory_equal(e.text, texts[i], lens[i]);
    }
    assert_int_equal(m.len, 0);
    buf_free(&batch);
    buf_free(&out);
}

static void one_alone_is_its_own_entry(void **state)
{
    struct backplane_key key = key_of("secret");
    struct backplane_message m;
    struct backplane_entry e;
    struct buf out = BUF_INIT;

    (void)state;
    seal(&out, &key);
    assert_true(backplane_open(out.p, out.len, &key, &m));
    assert_true(backplane_take_entry(&m, &e));
    assert_int_equal(e.kind, BACKPLANE_CHANGE);
    assert_int_equal(e.n, 8);
    assert_memory_equal(e.text, "{\"a\": 1}", 8);
    assert_int_equal(m.len, 0);
    buf_free(&out);
}

static void what_is_no_entry(void **state)
{
    static const char *const bad[] = {"", "C", "C ", "C 1", "C 1 ", "C 2 x", "C 0 ", "C -1 x", "C 1x x", "C 99999 x", "C 999999 x", "B 1 x", "X 1 x", "CC 1 x", " 1 x", "C  x"};
    struct backplane_entry e;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct backplane_message m = {.kind = BACKPLANE_BATCH, .payload = bad[i], .len = strlen(bad[i])};
        assert_false(backplane_take_entry(&m, &e));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(there_and_back), cmocka_unit_test(every_changed_byte_is_found), cmocka_unit_test(other_keys_are_not_believed),
                                       cmocka_unit_test(what_is_no_message),
                                       cmocka_unit_test(many_entries_come_apart_as_they_went_together), cmocka_unit_test(one_alone_is_its_own_entry),
                                       cmocka_unit_test(what_is_no_entry)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
