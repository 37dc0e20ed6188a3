/* seq_gate: whatever comes twice, late or never, each seq passes once and in order. */
#include "t/unit/unit.h"

#include "pushd/seq_gate.h"

static void first_knowledge(void **state)
{
    struct seq_gate g = SEQ_GATE_INIT;

    (void)state;
    assert_int_equal(seq_gate_offer(&g, 7, true), SEQ_MISSING); /* only noted: nobody knows what was pushed */
    assert_false(seq_gate_begin_read(&g));
    seq_gate_open(&g, 5);
    assert_int_equal(g.last, 5);
    assert_true(seq_gate_begin_read(&g)); /* 6 and 7 came before the head was read */
    seq_gate_open(&g, 9);
    assert_int_equal(g.last, 5); /* opened once */
    assert_int_equal(g.seen, 9);
}

static void order(void **state)
{
    struct seq_gate g = SEQ_GATE_INIT;

    (void)state;
    seq_gate_open(&g, 0);
    assert_int_equal(seq_gate_offer(&g, 1, true), SEQ_DELIVER);
    assert_int_equal(seq_gate_offer(&g, 1, true), SEQ_DROP);
    assert_int_equal(seq_gate_offer(&g, 3, true), SEQ_MISSING);
    assert_true(seq_gate_begin_read(&g));
    assert_false(seq_gate_begin_read(&g)); /* one read at a time */
    assert_int_equal(seq_gate_offer(&g, 2, true), SEQ_DELIVER); /* the late hint is quicker than the read */
    assert_int_equal(seq_gate_offer(&g, 2, true), SEQ_DROP);    /* the read */
    assert_int_equal(seq_gate_offer(&g, 3, true), SEQ_DELIVER);
    seq_gate_end_read(&g, false);
    assert_false(seq_gate_begin_read(&g)); /* nothing is missing */
}

static void without_content(void **state)
{
    struct seq_gate g = SEQ_GATE_INIT;

    (void)state;
    seq_gate_open(&g, 4);
    assert_int_equal(seq_gate_offer(&g, 5, false), SEQ_MISSING);
    assert_int_equal(g.last, 4);
    assert_true(seq_gate_begin_read(&g));
}

static void lost_and_lying_heads(void **state)
{
    struct seq_gate g = SEQ_GATE_INIT;

    (void)state;
    seq_gate_open(&g, 4);
    seq_gate_hear(&g, 6);
    assert_true(seq_gate_begin_read(&g));
    seq_gate_end_read(&g, false); /* the database was away */
    assert_true(seq_gate_begin_read(&g));
    seq_gate_end_read(&g, true); /* there is no row behind 4: who told of 6 was wrong, and is not asked again for ever */
    assert_false(seq_gate_begin_read(&g));
    seq_gate_hear(&g, 3);
    assert_false(seq_gate_begin_read(&g));
}

/* Rows 1..200 as hints with losses, repeats and swaps, and reads in between: what passes is 1..200. */
static void storm(void **state)
{
    (void)state;
    for (unsigned seed = 1; seed <= 300; seed++) {
        struct seq_gate g = SEQ_GATE_INIT;
        unsigned random = seed * 2654435761u;
        int32_t pushed = 0, stored = 0;
        seq_gate_open(&g, 0);
        while (pushed < 200) {
            random = random * 1664525u + 1013904223u;
            unsigned what = (random >> 16) % 5;
            if (what < 2 && stored < 200)
                stored++; /* a row commits; its hint may be lost */
            int32_t hint = stored - (int32_t)((random >> 20) % 4);
            if (what == 2 && hint > 0 && seq_gate_offer(&g, hint, (random >> 24) & 1) == SEQ_DELIVER)
                assert_int_equal(hint, ++pushed);
            if (what == 3)
                seq_gate_hear(&g, stored); /* a sweep */
            if (what == 4 && seq_gate_begin_read(&g)) {
                int32_t from = g.last + 1, n = 0;
                for (int32_t seq = from; seq <= stored && n < 10; seq++, n++)
                    if (seq_gate_offer(&g, seq, true) == SEQ_DELIVER)
                        assert_int_equal(seq, ++pushed);
                seq_gate_end_read(&g, n == 0);
            }
        }
        assert_int_equal(g.last, 200);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(first_knowledge), cmocka_unit_test(order), cmocka_unit_test(without_content), cmocka_unit_test(lost_and_lying_heads),
        cmocka_unit_test(storm),
    };

    return unit_run(tests);
}
