#include "t/unit/unit.h"

#include <stdlib.h>
#include <string.h>

#include "lib/chat/code.h"
#include "lib/chat/stats_figure.h"

#define S INT64_C(1000000000) /* ns */
#define NONE (-1)

static void test_nearest_rank(void **state)
{
    int64_t v[100];

    (void)state;
    for (int i = 0; i < 100; i++)
        v[i] = i + 1;
    assert_int_equal(stats_nearest_rank(v, 1, 50), 1);
    assert_int_equal(stats_nearest_rank(v, 1, 90), 1);
    assert_int_equal(stats_nearest_rank(v, 2, 50), 1);
    assert_int_equal(stats_nearest_rank(v, 2, 90), 2);
    assert_int_equal(stats_nearest_rank(v, 3, 50), 2);
    assert_int_equal(stats_nearest_rank(v, 4, 50), 2);
    assert_int_equal(stats_nearest_rank(v, 9, 90), 9);
    assert_int_equal(stats_nearest_rank(v, 10, 90), 9);
    assert_int_equal(stats_nearest_rank(v, 11, 90), 10);
    assert_int_equal(stats_nearest_rank(v, 100, 50), 50);
    assert_int_equal(stats_nearest_rank(v, 100, 90), 90);
}

static void test_dist(void **state)
{
    int64_t one[] = {12345 * S / 1000};
    int64_t four[] = {40 * S, 10 * S, 30 * S, 20 * S};
    int64_t tie[] = {10 * S, 101 * S / 10};       /* mean 10.05 */
    int64_t below[] = {10 * S, 10 * S + 99 * S / 1000};
    int64_t thirds[] = {10 * S / 3, 10 * S / 3 + 1, 347 * S / 100 - S / 60}; /* 3.33.. 3.33.. and 3.4533..: no tie */
    int64_t third_tie[] = {100333333333, 100666666667, 100450000000 - 100000000}; /* 100.333.., 100.666.., 100.35: mean 100.45 */
    int64_t huge[3] = {INT64_MAX / 2, INT64_MAX / 2, INT64_MAX / 2};
    struct stats_dist d;

    (void)state;
    stats_dist_make(NULL, 0, false, &d);
    assert_int_equal(d.n, 0);
    assert_int_equal(d.mean_ns, -1);
    assert_int_equal(d.max_ns, -1);
    stats_dist_make(one, 1, false, &d);
    assert_int_equal(d.mean_ns, 123 * S / 10);
    assert_int_equal(d.median_ns, 12345 * S / 1000);
    stats_dist_make(four, 4, false, &d);
    assert_int_equal(d.n, 4);
    assert_int_equal(d.mean_ns, 25 * S);
    assert_int_equal(d.median_ns, 20 * S);
    assert_int_equal(d.p90_ns, 40 * S);
    assert_int_equal(d.max_ns, 40 * S);
    stats_dist_make(tie, 2, false, &d);
    assert_int_equal(d.mean_ns, 101 * S / 10);
    stats_dist_make(below, 2, false, &d);
    assert_int_equal(d.mean_ns, 10 * S);
    stats_dist_make(thirds, 3, true, &d);
    assert_int_equal(d.mean_ns, 34 * S / 10);
    stats_dist_make(third_tie, 3, true, &d);
    assert_int_equal(d.mean_ns, 1005 * S / 10);
    assert_int_equal(d.median_ns, 1004 * S / 10); /* 100.35 up */
    stats_dist_make(huge, 3, false, &d);
    assert_int_equal(d.max_ns, INT64_MAX / 2);
}

static void test_seconds(void **state)
{
    static const struct {
        int64_t ns;
        const char *text;
    } rows[] = {{-1, ""}, {0, "0"}, {12 * S, "12"}, {120 * S, "120"}, {123 * S / 10, "12.3"}, {45000000, "0.045"}, {45999999, "0.045"}, {100 * S, "100"}, {86399999 * (S / 1000), "86399.999"}};
    char out[STATS_NUMBER_SIZE];

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        stats_seconds(rows[i].ns, out);
        assert_string_equal(out, rows[i].text);
    }
}

/* A chat in a line: "M10 A25" is a customer's text at second 10 and an answer of agent 7 at 25; B agent 8, S a system text, T START, E END, J a JOIN
 * that an agent's own name stands on. */
static struct stats_figures chat(struct stats_chat c, const char *rows)
{
    struct stats_figures f;

    stats_chat_begin(&c);
    while (*rows) {
        char who = *rows++, *end;
        int64_t at = strtoll(rows, &end, 10) * 1000;

        rows = *end == ' ' ? end + 1 : end;
        if (who == 'M')
            stats_chat_row(&c, 'M', 5, true, "TEXT", at);
        else if (who == 'A' || who == 'B')
            stats_chat_row(&c, 'A', who == 'A' ? 7 : 8, true, who == 'A' ? "TEXT" : "FILE", at);
        else if (who == 'J')
            stats_chat_row(&c, 'A', 7, false, "JOIN", at);
        else
            stats_chat_row(&c, 'S', 1, false, who == 'T' ? "START" : who == 'E' ? "END" : "TEXT", at);
    }
    stats_chat_end(&c, &f);
    return f;
}

static struct stats_chat row(int status, int64_t admin_id, int64_t accept_s, int64_t end_s)
{
    return (struct stats_chat){.session_no = 1, .admin_id = admin_id, .cdate_ms = 0, .start_ms = 0, .accept_ms = accept_s < 0 ? -1 : accept_s * 1000,
                               .end_ms = end_s < 0 ? -1 : end_s * 1000, .hold_since_ms = -1, .category_id = 200, .status_id = status};
}

static void test_chats(void **state)
{
    static const struct {
        struct {
            int status;
            int64_t admin, accept_s, end_s;
        } row;
        const char *rows;
        int64_t wait, frt, art_ds, mrt, handle, dur; /* seconds; art in tenths */
        int64_t agent, answerer;
        bool missed, dropped;
    } t[] = {
        {{STATUS_COMPLETED, 7, 20, 300}, "M5 T20 A35 M60 M70 A100 M200 A210", 20, 30, 267, 40, 280, 300, 7, 7, false, false},
        {{STATUS_COMPLETED, 7, 20, 300}, "M5 T20 S25 A35 M290", 20, 30, 300, 30, 280, 300, 7, 7, false, true},
        {{STATUS_COMPLETED, 7, 20, 300}, "T20 A30 M40 A50", 20, 10, 100, 10, 280, 300, 7, 7, false, false}, /* a greeting is no answer */
        {{STATUS_COMPLETED, 7, 20, 300}, "T20 A30", 20, NONE, NONE, NONE, 280, 300, 7, 0, false, false},
        {{STATUS_COMPLETED, 7, 20, 300}, "M5 T20 J21", 20, NONE, NONE, NONE, 280, 300, 7, 0, true, true},
        {{STATUS_COMPLETED, 8, 20, 300}, "M5 T20 A35 S40 T50 M60 B90", 20, 30, 300, 30, 280, 300, 8, 7, false, false}, /* handed on */
        {{STATUS_COMPLETED, 0, 20, 300}, "M5 A35 M60", 20, 30, 300, 30, 280, 300, 7, 7, false, true}, /* back in the queue, then over */
        {{STATUS_COMPLETED, 0, -1, 1800}, "M5", NONE, NONE, NONE, NONE, NONE, 1800, 0, 0, true, true}, /* nobody came */
        {{STATUS_COMPLETED, 0, -1, -1}, "M5 E9", NONE, NONE, NONE, NONE, NONE, 9, 0, 0, true, true},
        {{STATUS_ACTIVE, 7, 20, -1}, "M5 A35 M40", 20, 30, 300, 30, NONE, NONE, 7, 7, false, false}, /* open: what it has */
        {{STATUS_WAITING, 0, -1, -1}, "M5", NONE, NONE, NONE, NONE, NONE, NONE, 0, 0, false, false},
        {{STATUS_ACTIVE, 7, -1, -1}, "M5 T12 A15", 12, 10, 100, 10, NONE, NONE, 7, 7, false, false}, /* no accept_time: START says it */
        {{STATUS_COMPLETED, 7, 20, 300}, "M50 A40 M60 A61", 20, 0, 5, 1, 280, 300, 7, 7, false, false}, /* a clock that was set back */
        {{STATUS_COMPLETED, 7, 20, 300}, "", 20, NONE, NONE, NONE, 280, 300, 7, 0, true, false},
    };

    (void)state;
    for (size_t i = 0; i < COUNT(t); i++) {
        struct stats_figures f = chat(row(t[i].row.status, t[i].row.admin, t[i].row.accept_s, t[i].row.end_s), t[i].rows);
        struct stats_dist art;

        print_message("# %s\n", t[i].rows);
        assert_int_equal(f.value[FIGURE_WAIT], t[i].wait < 0 ? -1 : t[i].wait * S);
        assert_int_equal(f.value[FIGURE_FRT], t[i].frt < 0 ? -1 : t[i].frt * S);
        stats_dist_make(&f.value[FIGURE_ART], f.value[FIGURE_ART] >= 0, true, &art);
        assert_int_equal(art.mean_ns, t[i].art_ds < 0 ? -1 : t[i].art_ds * S / 10);
        assert_int_equal(f.value[FIGURE_MRT], t[i].mrt < 0 ? -1 : t[i].mrt * S);
        assert_int_equal(f.value[FIGURE_HANDLE], t[i].handle < 0 ? -1 : t[i].handle * S);
        assert_int_equal(f.value[FIGURE_DUR], t[i].dur < 0 ? -1 : t[i].dur * S);
        assert_int_equal(f.agent_id, t[i].agent);
        assert_int_equal(f.answerer_id, t[i].answerer);
        assert_int_equal(f.missed, t[i].missed);
        assert_int_equal(f.dropped, t[i].dropped);
        assert_false(f.abandoned);
    }
}

static void test_abandoned_or_missed(void **state)
{
    struct stats_chat c = row(STATUS_COMPLETED, 0, -1, 60);
    struct stats_figures f;

    (void)state;
    c.ended_by = 'M';
    f = chat(c, "M5");
    assert_true(f.abandoned && !f.missed && f.dropped);
    c.ended_by = 'S';
    f = chat(c, "M5"); /* queue_timeout */
    assert_true(!f.abandoned && f.missed);
    c.is_abandoned = true; /* the customer's grace ran out */
    f = chat(c, "");
    assert_true(f.abandoned && !f.missed && !f.dropped);
    c = row(STATUS_COMPLETED, 7, 20, 60);
    c.ended_by = 'M';
    f = chat(c, "M5 T20"); /* accepted, never answered */
    assert_true(!f.abandoned && f.missed && f.dropped);
    c = row(STATUS_COMPLETED, 0, -1, 60);
    c.exit_reason_id = EXIT_CANCELLED; /* by hand, without ended_by */
    f = chat(c, "");
    assert_true(f.abandoned && !f.missed);
    f = chat(c, "M5 A9"); /* without an accept, but answered */
    assert_true(!f.abandoned && !f.missed);
    c.status_id = STATUS_WAITING;
    f = chat(c, "M5");
    assert_true(!f.abandoned && !f.missed && !f.dropped);
}

static void test_hold(void **state)
{
    struct stats_chat c = row(STATUS_COMPLETED, 7, 20, 300);
    struct stats_figures f;

    (void)state;
    c.hold_ms = 30000;
    f = chat(c, "M5 A30");
    assert_int_equal(f.value[FIGURE_HANDLE], 250 * S);
    c.hold_since_ms = 280000; /* still held at its end */
    f = chat(c, "M5 A30");
    assert_int_equal(f.value[FIGURE_HANDLE], 230 * S);
    c.hold_ms = 999000;
    f = chat(c, "M5 A30");
    assert_int_equal(f.value[FIGURE_HANDLE], 0);
}

static void test_accept_of_rows_by_hand(void **state)
{
    struct stats_chat c = row(STATUS_COMPLETED, 7, -1, 300);
    struct stats_figures f;

    (void)state;
    f = chat(c, "M5 A35"); /* start_time is the request's: says nothing */
    assert_int_equal(f.value[FIGURE_WAIT], -1);
    assert_int_equal(f.value[FIGURE_HANDLE], -1);
    c.start_ms = 12000;
    f = chat(c, "M5 A35");
    assert_int_equal(f.value[FIGURE_WAIT], 12 * S);
    assert_int_equal(f.value[FIGURE_HANDLE], 288 * S);
    f = chat(c, "M5 T20 A35");
    assert_int_equal(f.value[FIGURE_WAIT], 20 * S);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nearest_rank), cmocka_unit_test(test_dist), cmocka_unit_test(test_seconds), cmocka_unit_test(test_chats),
        cmocka_unit_test(test_abandoned_or_missed), cmocka_unit_test(test_hold), cmocka_unit_test(test_accept_of_rows_by_hand),
    };

    return unit_run(tests);
}
