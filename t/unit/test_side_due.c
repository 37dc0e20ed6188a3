#include "t/unit/unit.h"

#include "lib/chat/config.h"
#include "lib/chat/session.h"

static const struct config config = {.linger = 8000, .rest_idle = 90000};

static enum side_due due(bool is_pushed, int64_t seen, int64_t grace, int64_t now)
{
    int64_t limit = 0;
    enum side_due what = session_side_due(&config, is_pushed, seen, grace, now, &limit);

    assert_int_equal(limit, is_pushed ? config.linger : config.rest_idle);
    return what;
}

static void test_a_pushed_side_lingers(void **state)
{
    (void)state;
    assert_int_equal(due(true, 1000, -1, 8999), SIDE_NOT_DUE);
    assert_int_equal(due(true, 1000, -1, 9000), SIDE_LOST);
}

static void test_a_polling_side_may_be_silent_for_longer(void **state)
{
    (void)state;
    assert_int_equal(due(false, 1000, -1, 9000), SIDE_NOT_DUE);
    assert_int_equal(due(false, 1000, -1, 90999), SIDE_NOT_DUE);
    assert_int_equal(due(false, 1000, -1, 91000), SIDE_LOST);
}

static void test_who_was_never_seen_is_lost(void **state)
{
    (void)state;
    assert_int_equal(due(true, -1, -1, 1000), SIDE_LOST);
    assert_int_equal(due(false, -1, -1, 1000), SIDE_LOST);
}

static void test_a_grace_is_waited_for_whatever_was_seen(void **state)
{
    (void)state;
    assert_int_equal(due(true, -1, 5000, 4999), SIDE_NOT_DUE);
    assert_int_equal(due(true, 4999, 5000, 5000), SIDE_GRACE_OVER);
    assert_int_equal(due(false, 1000, 0, 0), SIDE_GRACE_OVER);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_pushed_side_lingers),
        cmocka_unit_test(test_a_polling_side_may_be_silent_for_longer),
        cmocka_unit_test(test_who_was_never_seen_is_lost),
        cmocka_unit_test(test_a_grace_is_waited_for_whatever_was_seen),
    };

    return unit_run(tests);
}
