/* block: see block.h. */
#include "lib/chat/block.h"

#include <stdio.h>
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

enum outcome block_look(struct db *db, const struct principal *who, const struct session *s, int64_t now_ms, bool *is_r, struct block *block_r, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    struct db_rows *rows;
    const char *by;

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
    if (*is_r) {
        block_r->expires_ms = db_cell_time(rows, 0, 0);
        block_r->cdate_ms = db_cell_time(rows, 0, 1);
        snprintf(block_r->reason, sizeof block_r->reason, "%s", db_cell(rows, 0, 2, NULL));
        by = db_cell(rows, 0, 3, NULL);
        snprintf(block_r->by_name, sizeof block_r->by_name, "%s", by ? by : "");
    }
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
static bool replace(struct db *db, const struct principal *who, const struct session *s, int64_t days, const char *reason, bool *had_r)
{
    const int64_t now_ms = clock_wall_ms(), until_ms = now_ms + days * DAY_MS;
    struct buf target = BUF_INIT, detail = BUF_INIT;
    char until[CLOCK_TEXT_SIZE];
    uint64_t removed;
    bool ok;

    buf_printf(&target, "%lld %s", (long long)s->member_id, s->member_name);
    clock_rfc3339(until_ms, until);
    if (reason)
        buf_printf(&detail, "%s, %s", until, reason);
    ok = db_begin(db) && db_exec(db, "DELETE FROM block_entry WHERE member_id = ?", DB_ARGS(db_int(s->member_id)), &removed) &&
         (!reason || db_exec(db, "INSERT INTO block_entry (member_id, by_member_id, reason, expires, cdate) VALUES (?,?,?,?,?)",
                             DB_ARGS(db_int(s->member_id), db_int(who->member_id), db_text(reason), db_time(until_ms), db_time(now_ms)), NULL)) &&
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
    if (outcome == OUTCOME_DONE && !replace(db, who, s, days, reason, &had))
        outcome = OUTCOME_AWAY;
    return outcome;
}

enum outcome block_remove(struct db *db, const struct principal *who, const struct session *s, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, s, refusal_r);
    bool had = false;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!replace(db, who, s, 0, NULL, &had))
        return OUTCOME_AWAY;
    return had ? OUTCOME_DONE : OUTCOME_SAME;
}
