/* interest: what a loop follows is never denied. */
#include "t/unit/unit.h"

#include <stdio.h>

#include "pushd/interest.h"

static void test_names(void **state)
{
    struct interest *i = interest_new();
    char name[16];
    int others = 0;

    (void)state;
    assert_false(interest_has(i, "a"));
    interest_add(i, "a", 1);
    interest_add(i, "a", 1);
    interest_add(i, "a", -1);
    assert_true(interest_has(i, "a"));
    for (int n = 0; n < 1000; n++) {
        snprintf(name, sizeof name, "b%d", n);
        others += interest_has(i, name);
    }
    assert_in_range(others, 0, 5);
    interest_add(i, "a", -1);
    assert_false(interest_has(i, "a"));
    interest_add_all(i, 1);
    assert_true(interest_has(i, "a"));
    assert_true(interest_has(i, "other"));
    interest_add_all(i, -1);
    assert_false(interest_has(i, "other"));
    interest_free(&i);
    assert_null(i);
}

static void test_every_followed_name(void **state)
{
    struct interest *i = interest_new();
    char name[16];

    (void)state;
    for (int n = 0; n < 5000; n++) {
        snprintf(name, sizeof name, "chat-%d", n);
        interest_add(i, name, 1);
    }
    for (int n = 0; n < 5000; n++) {
        snprintf(name, sizeof name, "chat-%d", n);
        assert_true(interest_has(i, name));
        interest_add(i, name, -1);
    }
    for (int n = 0; n < 5000; n++) {
        snprintf(name, sizeof name, "chat-%d", n);
        assert_false(interest_has(i, name));
    }
    interest_free(&i);
}

static void test_misses(void **state)
{
    struct interest *i = interest_new();

    (void)state;
    assert_false(interest_take_miss(i));
    interest_note_miss(i);
    interest_note_miss(i);
    assert_true(interest_take_miss(i));
    assert_false(interest_take_miss(i));
    interest_free(&i);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_followed_name),
        cmocka_unit_test(test_misses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
