/* roster: who is here over all loops, and when they left. */
#include "t/unit/unit.h"

#include "pushd/roster.h"

static void test_members(void **state)
{
    struct roster *r = roster_new();
    int64_t ids[4];

    (void)state;
    assert_int_equal(roster_come(r, 7, ROLE_AGENT, 2), ROSTER_FIRST);
    assert_int_equal(roster_come(r, 7, ROLE_AGENT, 2), ROSTER_MORE);
    assert_int_equal(roster_come(r, 7, ROLE_AGENT, 2), ROSTER_FULL);
    assert_int_equal(roster_come(r, 8, ROLE_CUSTOMER, 2), ROSTER_FIRST);
    assert_int_equal(roster_count(r), 2);
    assert_int_equal(roster_staff(r, ids, 4), 1);
    assert_int_equal(ids[0], 7);
    assert_false(roster_go(r, 7, 1000));
    assert_true(roster_is_here(r, 7));
    assert_true(roster_go(r, 7, 2000));
    assert_false(roster_is_here(r, 7));
    assert_int_equal(roster_count(r), 1);
    assert_int_equal(roster_staff(r, ids, 4), 0);
    assert_int_equal(roster_look_at_member(r, 7, 1).left_ms, 2000);
    assert_true(roster_look_at_member(r, 8, 1).is_here);
    assert_false(roster_look_at_member(r, 9, 1).is_here);
    assert_int_equal(roster_look_at_member(r, 9, 1).left_ms, 0);
    roster_set_role(r, 8, ROLE_ADMIN);
    assert_int_equal(roster_staff(r, ids, 4), 1);
    roster_free(&r);
    assert_null(r);
}

static void test_seats_of_several_loops(void **state)
{
    struct roster *r = roster_new();

    (void)state;
    roster_sit(r, 5);
    roster_sit(r, 5); /* another loop */
    roster_rise(r, 5, 100);
    assert_true(roster_look_at_customer(r, 5, 1).is_here);
    assert_int_equal(roster_look_at_customer(r, 5, 1).left_ms, 0);
    roster_rise(r, 5, 200);
    assert_false(roster_look_at_customer(r, 5, 1).is_here);
    assert_int_equal(roster_look_at_customer(r, 5, 1).left_ms, 200);
    roster_rise(r, 5, 300); /* nobody sits: nothing */
    assert_int_equal(roster_look_at_customer(r, 5, 1).left_ms, 200);
    roster_forget_chat(r, 5);
    assert_int_equal(roster_look_at_customer(r, 5, 1).left_ms, 0);
    roster_sit(r, 6);
    roster_forget_chat(r, 6); /* somebody sits: kept */
    assert_true(roster_look_at_customer(r, 6, 1).is_here);
    roster_free(&r);
}

static void test_forgetting(void **state)
{
    struct roster *r = roster_new();

    (void)state;
    roster_come(r, 7, ROLE_CUSTOMER, 1);
    roster_go(r, 7, 100);
    roster_sit(r, 5);
    roster_rise(r, 5, 100);
    roster_look_at_member(r, 7, 3);
    roster_look_at_customer(r, 5, 3);
    roster_forget(r, 3, 1000); /* looked at in this round */
    assert_int_equal(roster_look_at_customer(r, 5, 3).left_ms, 100);
    roster_forget(r, 4, 50); /* the member left later than that; the chat is of no more use */
    assert_int_equal(roster_look_at_member(r, 7, 3).left_ms, 100);
    assert_int_equal(roster_look_at_customer(r, 5, 3).left_ms, 0);
    roster_forget(r, 4, 1000);
    assert_int_equal(roster_look_at_member(r, 7, 3).left_ms, 0);
    roster_come(r, 8, ROLE_CUSTOMER, 1);
    roster_forget(r, 9, INT64_MAX); /* here: kept */
    assert_true(roster_is_here(r, 8));
    roster_free(&r);
}

static void test_addresses(void **state)
{
    struct roster *r = roster_new();
    struct address *a = roster_address_take(r, "192.0.2.1", 2), *b = roster_address_take(r, "192.0.2.1", 2), *none = NULL;

    (void)state;
    assert_ptr_equal(a, b);
    assert_string_equal(address_text(a), "192.0.2.1");
    assert_null(roster_address_take(r, "192.0.2.1", 2));
    roster_address_drop(r, &a);
    assert_null(a);
    a = roster_address_take(r, "192.0.2.1", 2);
    assert_non_null(a);
    roster_address_drop(r, &a);
    roster_address_drop(r, &b);
    roster_address_drop(r, &none);
    assert_string_equal(address_text(NULL), "");
    roster_free(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_members),
        cmocka_unit_test(test_seats_of_several_loops),
        cmocka_unit_test(test_forgetting),
        cmocka_unit_test(test_addresses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
