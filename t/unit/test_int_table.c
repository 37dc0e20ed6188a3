/* int_table: what was added is found until it is deleted, whatever else comes and goes. */
#include "t/unit/unit.h"

#include <stdlib.h>

#include "pushd/int_table.h"

struct record {
    int64_t key;
    int64_t value;
};

static void small(void **state)
{
    struct int_table t = INT_TABLE_INIT(struct record);
    struct record *r;
    uint32_t at = 0;

    (void)state;
    assert_null(int_table_find(&t, 1));
    int_table_delete(&t, 1);
    assert_null(int_table_next(&t, &at));
    r = int_table_add(&t, 1);
    assert_int_equal(r->key, 1);
    assert_int_equal(r->value, 0);
    r->value = 7;
    assert_int_equal(((struct record *)int_table_add(&t, 1))->value, 7);
    assert_int_equal(t.count, 1);
    int_table_delete(&t, 1);
    assert_null(int_table_find(&t, 1));
    assert_int_equal(t.count, 0);
    int_table_free(&t);
    assert_null(int_table_find(&t, 1));
}

/* Against an array that says what is there. */
static void many(void **state)
{
    enum { KEYS = 3000, STEPS = 200000 };
    struct int_table t = INT_TABLE_INIT(struct record);
    int64_t *there = calloc(KEYS + 1, sizeof *there);
    uint32_t seed = 12345, count = 0;

    (void)state;
    for (int i = 1; i <= STEPS; i++) {
        int64_t key;
        struct record *r;
        seed = seed * 1664525u + 1013904223u;
        key = 1 + (seed >> 8) % (i < STEPS / 2 ? KEYS : KEYS / 20); /* many, then few: it shrinks again */
        r = int_table_find(&t, key);
        assert_int_equal(r ? r->value : 0, there[key]);
        if (seed & 1) {
            r = int_table_add(&t, key);
            count += !there[key];
            r->value = there[key] = i;
        } else {
            int_table_delete(&t, key);
            count -= there[key] != 0;
            there[key] = 0;
        }
        assert_int_equal(t.count, count);
    }
    for (int64_t key = 1; key <= KEYS; key++) {
        const struct record *r = int_table_find(&t, key);
        assert_int_equal(r ? r->value : 0, there[key]);
        int_table_delete(&t, key);
    }
    assert_int_equal(t.count, 0);
    assert_true(t.size <= 64);
    free(there);
    int_table_free(&t);
}

static void walk(void **state)
{
    struct int_table t = INT_TABLE_INIT(struct record);
    struct record *r;
    uint32_t at = 0, seen = 0;

    (void)state;
    for (int64_t key = 1; key <= 1000; key++)
        ((struct record *)int_table_add(&t, key))->value = key;
    while ((r = int_table_next(&t, &at)))
        seen += r->value == r->key;
    assert_int_equal(seen, 1000);
    for (int rounds = 0; rounds < 3; rounds++) { /* one that wrapped around may be missed by a round */
        at = 0;
        while ((r = int_table_next(&t, &at)))
            if (r->key % 2)
                int_table_delete_at(&t, &at);
    }
    assert_int_equal(t.count, 500);
    for (int64_t key = 1; key <= 1000; key++)
        assert_int_equal(int_table_find(&t, key) != NULL, key % 2 == 0);
    int_table_free(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(small), cmocka_unit_test(many), cmocka_unit_test(walk)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
