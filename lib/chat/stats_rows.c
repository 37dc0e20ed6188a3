#include "lib/chat/stats_rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_hours.h"

/* All walk an index that ends in (cdate, session_no): a page begins where the last one ended. */
#define COLUMNS                                                                                                                        \
    "SELECT s.session_no, s.cdate, s.start_time, s.accept_time, s.end_time, s.hold_since, s.hold_ms, s.admin_id, s.category_id,"         \
    " s.status_id, s.exit_reason_id, s.ended_by, s.abandoned, r.score, s.figured FROM chat_session s"
#define RATED " LEFT JOIN rating r ON r.session_no = s.session_no"
#define OF_CATEGORY " AND (? = 0 OR s.category_id = ? OR s.category_id IN (SELECT code_id FROM code WHERE pcode = ?))"
#define FORWARD " s.cdate >= ? AND s.cdate < ? AND (s.cdate > ? OR s.session_no > ?)" OF_CATEGORY " ORDER BY s.cdate, s.session_no LIMIT 200"
#define BACKWARD " s.cdate >= ? AND s.cdate <= ? AND (s.cdate < ? OR s.session_no < ?)" OF_CATEGORY " ORDER BY s.cdate DESC, s.session_no DESC LIMIT 200"
#define ALL COLUMNS " FORCE INDEX (idx_chat_session_cdate)" RATED " WHERE"
#define UNFIXED COLUMNS " FORCE INDEX (idx_chat_session_figured)" RATED " WHERE s.figured = 0 AND s.status_id = ? AND"
static const char sql_forward[] = ALL FORWARD, sql_backward[] = ALL BACKWARD, sql_unfixed_forward[] = UNFIXED FORWARD, sql_unfixed_backward[] = UNFIXED BACKWARD;
static const char sql_lock[] = COLUMNS RATED " WHERE s.session_no IN (" STATS_HOLES ") AND s.status_id = 3 FOR UPDATE SKIP LOCKED";
/* The rows of a page of chats, in pages themselves: the first two ? name the row behind which to go on. */
static const char sql_messages[] = "SELECT session_no, seq, sender_type, sender_id, kind, message_type_id, cdate,"
                                   " CASE WHEN kind IN ('START', 'TRANSFER') THEN JSON_VALUE(args, '$.adminId') WHEN kind IN ('AWAY', 'BACK') THEN JSON_VALUE(args, '$.by') END"
                                   " FROM chat_message"
                                   " WHERE NOT (session_no = ? AND seq <= ?) AND session_no IN (" STATS_HOLES ")"
                                   " ORDER BY session_no, seq LIMIT 5000";
#define MESSAGES_PAGE 5000

static void read_chat(const struct db_rows *rows, size_t i, struct stats_chat *c)
{
    const char *ended_by = db_cell(rows, i, 11, NULL);

    *c = (struct stats_chat){
        .session_no = db_cell_int(rows, i, 0),
        .cdate_ms = db_cell_time(rows, i, 1),
        .start_ms = db_cell_time(rows, i, 2),
        .accept_ms = db_cell_time(rows, i, 3),
        .end_ms = db_cell_time(rows, i, 4),
        .hold_since_ms = db_cell_time(rows, i, 5),
        .hold_ms = db_cell_int(rows, i, 6),
        .admin_id = db_cell_int(rows, i, 7),
        .category_id = (int32_t)db_cell_int(rows, i, 8),
        .status_id = (int32_t)db_cell_int(rows, i, 9),
        .exit_reason_id = (int32_t)db_cell_int(rows, i, 10),
        .ended_by = ended_by ? ended_by[0] : 0,
        .is_abandoned = db_cell_int(rows, i, 12) != 0,
        .score = (int32_t)db_cell_int(rows, i, 13),
        .is_figured = db_cell_int(rows, i, 14) != 0,
    };
    stats_chat_begin(c);
}

static int by_number(const void *a, const void *b)
{
    int64_t x = (*(struct stats_chat *const *)a)->session_no, y = (*(struct stats_chat *const *)b)->session_no;

    return (x > y) - (x < y);
}

static void fold_row(struct stats_chat *c, const struct db_rows *rows, size_t i)
{
    const char *sender = db_cell(rows, i, 2, NULL), *kind = db_cell(rows, i, 4, NULL), *detail = db_cell(rows, i, 7, NULL);
    char type = sender ? sender[0] : 'S';
    bool is_talk;

    if (!kind)
        return;
    is_talk = (!strcmp(kind, "TEXT") || !strcmp(kind, "FILE")) && db_cell_int(rows, i, 5) != TYPE_SYSTEM && (type == 'M' || type == 'A');
    stats_chat_row(c, type, db_cell_int(rows, i, 3), is_talk, kind, db_cell_time(rows, i, 6));
    stats_duty_row(&c->duties, type, db_cell_int(rows, i, 3), is_talk, kind, detail ? strtoll(detail, NULL, 10) : 0, detail && detail[0] == 'A', db_cell_time(rows, i, 6));
}

/* Reads the rows of n chats (1..STATS_PAGE) into them. */
static enum outcome fold_messages(struct db *db, struct stats_chat *chats, size_t n, int64_t deadline_ms, struct refusal *refusal_r)
{
    struct stats_chat *sorted[STATS_PAGE];
    struct db_arg args[2 + STATS_PAGE];
    struct db_rows *rows;
    size_t at = 0, got;

    for (size_t i = 0; i < n; i++)
        sorted[i] = &chats[i];
    qsort(sorted, n, sizeof(*sorted), by_number);
    args[0] = args[1] = db_int(0);
    do {
        if (clock_monotonic_ms() > deadline_ms)
            return refuse(refusal_r, 503, CODE_SERVER, "This takes too long. Choose a shorter time.");
        for (size_t i = 0; i < STATS_PAGE; i++) /* the last one again fills the holes that are left; those that are done need none */
            args[2 + i] = db_int(sorted[at + i < n ? at + i : n - 1]->session_no);
        rows = db_query(db, sql_messages, args, 2 + STATS_PAGE);
        if (!rows)
            return OUTCOME_AWAY;
        got = db_rows_count(rows);
        for (size_t i = 0; i < got; i++) {
            int64_t session_no = db_cell_int(rows, i, 0);

            while (at < n && sorted[at]->session_no < session_no)
                at++;
            fold_row(sorted[at], rows, i);
        }
        if (got > 0) {
            args[0] = db_int(db_cell_int(rows, got - 1, 0));
            args[1] = db_int(db_cell_int(rows, got - 1, 1));
        }
        db_rows_free(&rows);
    } while (got == MESSAGES_PAGE);
    for (size_t i = 0; i < n; i++)
        stats_chat_duties(&chats[i]);
    return OUTCOME_DONE;
}

static struct db_rows *next_page(struct db *db, const struct stats_scan *scan, int64_t at_ms, int64_t at_no)
{
    struct db_arg category = db_int(scan->category_id);
    struct db_arg args[8] = {db_int(scan->status_id)}, *a = &args[1];
    bool is_back = scan->is_newest_first;

    a[0] = db_time(is_back ? scan->from_ms : at_ms);
    a[1] = db_time(is_back ? at_ms : scan->to_ms);
    a[2] = db_time(at_ms);
    a[3] = db_int(at_no);
    a[4] = a[5] = a[6] = category;
    if (scan->status_id)
        return db_query(db, is_back ? sql_unfixed_backward : sql_unfixed_forward, args, 8);
    return db_query(db, is_back ? sql_backward : sql_forward, a, 7);
}

enum outcome stats_scan_chats(struct db *db, const struct stats_scan *scan, stats_on_chat *on_chat, void *context, struct refusal *refusal_r)
{
    struct stats_chat *chats = calloc(STATS_PAGE, sizeof(*chats));
    struct stats_figures figures;
    struct db_rows *rows;
    enum outcome outcome = OUTCOME_DONE;
    int64_t at_ms = scan->is_newest_first ? scan->to_ms - 1 : scan->from_ms, at_no = scan->is_newest_first ? INT64_MAX : 0;
    bool goes_on = true;
    size_t n = STATS_PAGE;

    if (scan->after_no) {
        at_ms = scan->after_ms;
        at_no = scan->after_no;
    }
    while (chats && goes_on && outcome == OUTCOME_DONE && n == STATS_PAGE) {
        rows = next_page(db, scan, at_ms, at_no);
        if (!rows) {
            outcome = OUTCOME_AWAY;
            break;
        }
        n = db_rows_count(rows);
        for (size_t i = 0; i < n; i++)
            read_chat(rows, i, &chats[i]);
        db_rows_free(&rows);
        if (n == 0)
            break;
        at_ms = chats[n - 1].cdate_ms;
        at_no = chats[n - 1].session_no;
        outcome = fold_messages(db, chats, n, scan->deadline_ms, refusal_r);
        for (size_t i = 0; i < n && goes_on && outcome == OUTCOME_DONE; i++) {
            stats_chat_end(&chats[i], &figures);
            figures.is_open = stats_hours_has(scan->hours, chats[i].category_id, chats[i].cdate_ms);
            goes_on = on_chat(context, &chats[i], &figures);
        }
    }
    free(chats);
    return chats ? outcome : OUTCOME_AWAY;
}

enum outcome stats_scan_unfixed(struct db *db, const struct stats_scan *scan, stats_on_chat *on_chat, void *context, struct refusal *refusal_r)
{
    static const int32_t statuses[] = {STATUS_WAITING, STATUS_ACTIVE, STATUS_DISCONNECTED, STATUS_COMPLETED};
    enum outcome outcome = OUTCOME_DONE;
    struct stats_scan one = *scan;

    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]) && outcome == OUTCOME_DONE; i++) {
        one.status_id = statuses[i];
        outcome = stats_scan_chats(db, &one, on_chat, context, refusal_r);
    }
    return outcome;
}

enum outcome stats_lock_chats(struct db *db, const int64_t *session_nos, size_t n, struct stats_chat *chats, size_t *n_r)
{
    struct db_arg args[STATS_PAGE];
    struct refusal unasked;
    struct db_rows *rows;

    *n_r = 0;
    for (size_t i = 0; i < STATS_PAGE; i++)
        args[i] = db_int(session_nos[i < n ? i : n - 1]);
    rows = db_query(db, sql_lock, args, STATS_PAGE);
    if (!rows)
        return OUTCOME_AWAY;
    for (; *n_r < db_rows_count(rows); ++*n_r)
        read_chat(rows, *n_r, &chats[*n_r]);
    db_rows_free(&rows);
    return *n_r ? fold_messages(db, chats, *n_r, INT64_MAX, &unasked) : OUTCOME_DONE;
}
