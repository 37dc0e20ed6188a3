/* block: see block.h. */
#include "lib/chat/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/audit.h"
#include "lib/chat/change.h"
#include "lib/chat/db.h"
#include "lib/chat/right.h"

#define DAY_MS INT64_C(86400000)
#define STANDS "member_id = ? AND (expires IS NULL OR expires > ?)"

enum outcome block_check(struct db *db, int64_t member_id, int64_t now_ms, struct refusal *refusal_r)
{
    struct db_rows *rows = db_query(db, "SELECT 1 FROM block_entry WHERE " STANDS " LIMIT 1", DB_ARGS(db_int(member_id), db_time(now_ms)));
    bool is_blocked = db_rows_count(rows) > 0;

    if (!rows)
        return OUTCOME_AWAY;
    db_rows_free(&rows);
    return is_blocked ? refuse(refusal_r, 403, CODE_RIGHT, "A new chat is not possible for you at the moment. We ask for your understanding.") : OUTCOME_DONE;
}

static enum outcome need(const struct principal *who, const struct session *s, struct refusal *refusal_r)
{
    if (right_may(who, RIGHT_BLOCK, s))
        return OUTCOME_DONE;
    return right_may(who, RIGHT_READ, s) ? refuse(refusal_r, 403, CODE_RIGHT, "You may not do this in this chat.") : refuse_absent(refusal_r);
}

/* Columns from col: expires, cdate, reason, the name of who blocked. */
static void read_block(const struct db_rows *rows, size_t row, unsigned col, struct block *b)
{
    const char *by = db_cell(rows, row, col + 3, NULL);

    b->expires_ms = db_cell_time(rows, row, col);
    b->cdate_ms = db_cell_time(rows, row, col + 1);
    snprintf(b->reason, sizeof b->reason, "%s", db_cell(rows, row, col + 2, NULL));
    snprintf(b->by_name, sizeof b->by_name, "%s", by ? by : "");
}

enum outcome block_look(struct db *db, const struct principal *who, const struct session *s, int64_t now_ms, bool *is_r, struct block *block_r, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    struct db_rows *rows;

    *is_r = false;
    *block_r = (struct block){.expires_ms = -1, .cdate_ms = -1};
    if (outcome != OUTCOME_DONE)
        return outcome;
    rows = db_query(db,
                    "SELECT b.expires, b.cdate, b.reason, m.nickname FROM block_entry b LEFT JOIN member m ON m.member_id = b.by_member_id"
                    " WHERE b.member_id = ? AND (b.expires IS NULL OR b.expires > ?) ORDER BY b.block_entry_id DESC LIMIT 1",
                    DB_ARGS(db_int(s->member_id), db_time(now_ms)));
    if (!rows)
        return OUTCOME_AWAY;
    *is_r = db_rows_count(rows) == 1;
    if (*is_r)
        read_block(rows, 0, 0, block_r);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

static bool is_line(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

static enum outcome check(int64_t days, const char *reason, struct refusal *refusal_r)
{
    const size_t n = strlen(reason);

    if (days < 1 || days > BLOCK_DAYS_MAX)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A block lasts 1 to 3,650 days.", "days");
    if (!utf8_is_valid(reason, n))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", "reason");
    if (utf8_is_blank(reason, n) || !is_line(reason) || utf8_count(reason, n) > BLOCK_REASON_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "Give a reason, at most 200 characters on one line.", "reason");
    return OUTCOME_DONE;
}

/* What there was is removed, the new one (reason NULL: none) written, and both are in the log. *had_r: there was one. */
static bool replace(struct db *db, const struct principal *who, int64_t member_id, const char *name, int64_t days, const char *reason, bool *had_r)
{
    const int64_t now_ms = clock_wall_ms(), until_ms = now_ms + days * DAY_MS;
    struct buf target = BUF_INIT, detail = BUF_INIT;
    char until[CLOCK_TEXT_SIZE];
    uint64_t removed;
    bool ok;

    buf_printf(&target, "%lld %s", (long long)member_id, name);
    clock_rfc3339(until_ms, until);
    if (reason)
        buf_printf(&detail, "%s, %s", until, reason);
    ok = db_begin(db) && db_exec(db, "DELETE FROM block_entry WHERE member_id = ?", DB_ARGS(db_int(member_id)), &removed) &&
         (!reason || db_exec(db, "INSERT INTO block_entry (member_id, by_member_id, reason, expires, cdate) VALUES (?,?,?,?,?)",
                             DB_ARGS(db_int(member_id), db_int(who->member_id), db_text(reason), db_time(until_ms), db_time(now_ms)), NULL)) &&
         ((!reason && !removed) || audit_add(db, who->member_id, reason ? "customer.block" : "customer.unblock", buf_str(&target), buf_str(&detail))) &&
         db_commit(db);
    if (!ok && db_in_transaction(db))
        db_rollback(db);
    *had_r = ok && removed > 0;
    buf_free(&target);
    buf_free(&detail);
    return ok;
}

enum outcome block_add(struct db *db, const struct principal *who, const struct session *s, int64_t days, const char *reason, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    bool had;

    if (outcome == OUTCOME_DONE)
        outcome = check(days, reason, refusal_r);
    if (outcome == OUTCOME_DONE && !replace(db, who, s->member_id, s->member_name, days, reason, &had))
        outcome = OUTCOME_AWAY;
    return outcome;
}

enum outcome block_remove(struct db *db, const struct principal *who, const struct session *s, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    bool had = false;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!replace(db, who, s->member_id, s->member_name, 0, NULL, &had))
        return OUTCOME_AWAY;
    return had ? OUTCOME_DONE : OUTCOME_SAME;
}

/* ---- all of them ---- */

enum outcome block_list(struct db *db, int64_t now_ms, int64_t cursor, int limit, struct block_row **list_r, size_t *n_r, int64_t *next_r)
{
    struct db_rows *rows = db_query(db,
                                    "SELECT b.block_entry_id, b.member_id, c.nickname, c.email, b.expires, b.cdate, b.reason, m.nickname FROM block_entry b"
                                    " JOIN member c ON c.member_id = b.member_id LEFT JOIN member m ON m.member_id = b.by_member_id"
                                    " WHERE (b.expires IS NULL OR b.expires > ?) AND (? = 0 OR b.block_entry_id < ?) ORDER BY b.block_entry_id DESC LIMIT ?",
                                    DB_ARGS(db_time(now_ms), db_int(cursor), db_int(cursor), db_int(limit + 1)));
    size_t found = db_rows_count(rows), n = found > (size_t)limit ? (size_t)limit : found;
    struct block_row *list = rows ? calloc(n + 1, sizeof *list) : NULL;

    for (size_t i = 0; list && i < n; i++) {
        const char *email = db_cell(rows, i, 3, NULL);

        list[i].block_no = db_cell_int(rows, i, 0);
        list[i].member_id = db_cell_int(rows, i, 1);
        snprintf(list[i].member_name, sizeof list[i].member_name, "%s", db_cell(rows, i, 2, NULL));
        snprintf(list[i].member_email, sizeof list[i].member_email, "%s", email ? email : "");
        read_block(rows, i, 4, &list[i].block);
    }
    db_rows_free(&rows);
    *list_r = list;
    *n_r = list ? n : 0;
    *next_r = list && found > n ? list[n - 1].block_no : 0;
    return list ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome block_lift(struct db *db, const struct principal *who, int64_t member_id, struct refusal *refusal_r)
{
    struct db_rows *rows;
    char name[NICKNAME_SIZE] = "";
    bool had = false;

    if (!role_is_chief(who->role))
        return refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
    rows = db_query(db, "SELECT nickname FROM member WHERE member_id = ?", DB_ARGS(db_int(member_id)));
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows) == 1)
        snprintf(name, sizeof name, "%s", db_cell(rows, 0, 0, NULL));
    db_rows_free(&rows);
    if (name[0] && !replace(db, who, member_id, name, 0, NULL, &had))
        return OUTCOME_AWAY;
    return had ? OUTCOME_DONE : refuse(refusal_r, 404, CODE_ABSENT, "This customer is not blocked.");
}
