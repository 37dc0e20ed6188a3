/* session_many: what push connections ask of many chats at once, when many come at once. */
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/db_list.h"
#include "lib/chat/session_priv.h"

/* ---- who may listen ---- */

static void read_row(const struct db_rows *rows, size_t row, struct session *s)
{
    const char *session_id = db_cell(rows, row, 1, NULL);

    memset(s, 0, sizeof(*s));
    s->session_no = db_cell_int(rows, row, 0);
    memcpy(s->session_id, session_id, strnlen(session_id, UUID_TEXT_SIZE - 1));
    s->member_id = db_cell_int(rows, row, 2);
    s->admin_id = db_cell_int(rows, row, 3);
    s->status_id = (int32_t)db_cell_int(rows, row, 4);
    s->message_count = (int32_t)db_cell_int(rows, row, 5);
    s->member_last_seen_ms = db_cell_time(rows, row, 6);
    s->admin_last_seen_ms = db_cell_time(rows, row, 7);
    s->member_grace_ms = db_cell_time(rows, row, 8);
    s->admin_grace_ms = db_cell_time(rows, row, 9);
    s->member_pushed = db_cell_int(rows, row, 10) != 0;
    s->admin_pushed = db_cell_int(rows, row, 11) != 0;
    s->start_ms = s->end_ms = s->cdate_ms = s->udate_ms = s->accept_ms = s->first_response_ms = s->queue_since_ms = s->queue_entered_ms = s->hold_since_ms = s->hold_until_ms = s->offer_ms = -1;
}

/* The row answers every claim to its chat. */
static void answer_row(struct session_claim **claims, size_t n, const struct db_rows *rows, size_t row)
{
    const char *session_id = db_cell(rows, row, 1, NULL);

    for (size_t i = 0; i < n; i++) {
        struct session_claim *c = claims[i];

        if (strcmp(c->session_id, session_id) != 0)
            continue;
        read_row(rows, row, &c->session);
        c->outcome = right_may(c->who, RIGHT_SUBSCRIBE, &c->session) ? OUTCOME_DONE : OUTCOME_REFUSED;
    }
}

/* False, and all stay AWAY, when the database does not answer. */
static bool find_group(struct db *db, struct session_claim **claims, size_t n)
{
    static const char *const sql[DB_LIST_SIZES] =
        DB_LIST_SQL("SELECT session_no, session_id, member_id, admin_id, status_id, message_count, member_last_seen, admin_last_seen, member_grace_until,"
                    " admin_grace_until, member_pushed, admin_pushed FROM chat_session WHERE session_id IN (", ")");
    struct db_arg args[DB_LIST_MAX];
    struct db_list list;
    struct db_rows *rows;

    for (size_t i = 0; i < n; i++)
        args[i] = db_text(claims[i]->session_id);
    list = db_list_fill(args, n);
    rows = db_query(db, sql[list.size], args, list.count);
    if (!rows)
        return false;
    for (size_t i = 0; i < n; i++)
        claims[i]->outcome = OUTCOME_REFUSED;
    for (size_t row = 0; row < db_rows_count(rows); row++)
        answer_row(claims, n, rows, row);
    db_rows_free(&rows);
    return true;
}

void session_claim_all(struct db *db, struct session_claim **claims, size_t n)
{
    struct session_claim *group[DB_LIST_MAX];
    size_t used = 0;
    bool is_there = true;

    for (size_t i = 0; i < n; i++)
        claims[i]->outcome = uuid_is_valid(claims[i]->session_id) ? OUTCOME_AWAY : OUTCOME_REFUSED;
    /* One time-out is enough for all. */
    for (size_t i = 0; i < n && is_there; i++) {
        if (claims[i]->outcome == OUTCOME_AWAY)
            group[used++] = claims[i];
        if (used == DB_LIST_MAX || (used > 0 && i == n - 1)) {
            is_there = find_group(db, group, used);
            used = 0;
        }
    }
}

/* ---- one side is here ---- */

/* Locks the chats of the group that need no more than the mark; their numbers are in args. Who holds a row is writing to it: waiting for rows in another
 * order than theirs could end in a deadlock, so those are left out. False when the database failed. */
static bool lock_group(struct db *db, enum side side, struct session_seen **seen, size_t n, struct db_arg *args, size_t *locked_r)
{
    static const char *const sql[2][DB_LIST_SIZES] = {
        [SIDE_MEMBER] = DB_LIST_SQL("SELECT session_no, member_id FROM chat_session WHERE session_no IN (",
                                    ") AND member_grace_until IS NULL AND status_id <> 3 FOR UPDATE SKIP LOCKED"),
        [SIDE_ADMIN] = DB_LIST_SQL("SELECT session_no, admin_id FROM chat_session WHERE session_no IN (",
                                   ") AND admin_grace_until IS NULL AND admin_id IS NOT NULL AND status_id IN (2, 4) FOR UPDATE SKIP LOCKED"),
    };
    struct db_list list;
    struct db_rows *rows;

    for (size_t i = 0; i < n; i++)
        args[i] = db_int(seen[i]->session_no);
    list = db_list_fill(args, n);
    rows = db_query(db, sql[side][list.size], args, list.count);
    *locked_r = 0;
    for (size_t row = 0; row < db_rows_count(rows); row++)
        for (size_t i = 0; i < n; i++)
            if (seen[i]->session_no == db_cell_int(rows, row, 0) && seen[i]->member_id == db_cell_int(rows, row, 1)) {
                args[(*locked_r)++] = db_int(seen[i]->session_no);
                break;
            }
    db_rows_free(&rows);
    return db_last_error(db) == DB_FINE;
}

static bool mark_group(struct db *db, enum side side, const struct db_arg *locked, size_t n, int64_t now_ms)
{
    static const char *const sql[2][DB_LIST_SIZES] = {
        [SIDE_MEMBER] = DB_LIST_SQL("UPDATE chat_session SET member_last_seen = ?, member_pushed = 1 WHERE session_no IN (", ")"),
        [SIDE_ADMIN] = DB_LIST_SQL("UPDATE chat_session SET admin_last_seen = ?, admin_pushed = 1 WHERE session_no IN (", ")"),
    };
    struct db_arg args[1 + DB_LIST_MAX] = {db_time(now_ms)};
    struct db_list list;

    if (n == 0)
        return true;
    memcpy(args + 1, locked, n * sizeof(args[0]));
    list = db_list_fill(args + 1, n);
    return db_exec(db, sql[side][list.size], args, list.count + 1, NULL);
}

/* False when the database failed. */
static bool see_group(struct db *db, enum side side, struct session_seen **seen, size_t n)
{
    struct db_arg locked[DB_LIST_MAX];
    size_t nlocked;

    if (!db_begin(db))
        return false;
    if (!lock_group(db, side, seen, n, locked, &nlocked) || !mark_group(db, side, locked, nlocked, clock_wall_ms())) {
        db_rollback(db);
        return false;
    }
    if (!db_commit(db))
        return false;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < nlocked; k++)
            if (locked[k].i == seen[i]->session_no)
                seen[i]->is_done = true;
    return true;
}

bool session_see(struct db *db, enum side side, struct session_seen **seen, size_t n)
{
    bool is_there = true;

    for (size_t i = 0; i < n; i++)
        seen[i]->is_done = false;
    for (size_t from = 0; from < n && is_there; from += DB_LIST_MAX)
        is_there = see_group(db, side, seen + from, n - from < DB_LIST_MAX ? n - from : DB_LIST_MAX);
    return is_there;
}
