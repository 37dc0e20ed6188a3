#include "lib/chat/online.h"

#include "lib/chat/config.h"
#include "lib/chat/db.h"

enum outcome online_note(struct db *db, const int64_t *member_ids, size_t n, int64_t now_ms)
{
    static const char sql[] = "INSERT INTO staff_online (member_id, seen) VALUES (?, ?) ON DUPLICATE KEY UPDATE seen = GREATEST(seen, VALUES(seen))";

    for (size_t i = 0; i < n; i++)
        if (!db_exec(db, sql, DB_ARGS(db_int(member_ids[i]), db_time(now_ms)), NULL))
            return OUTCOME_AWAY;
    return OUTCOME_DONE;
}

enum outcome online_forget(struct db *db, int64_t member_id)
{
    return db_exec(db, "DELETE FROM staff_online WHERE member_id = ?", DB_ARGS(db_int(member_id)), NULL) ? OUTCOME_DONE : OUTCOME_AWAY;
}

static enum outcome count(struct db *db, const char *sql, const struct config *config, int64_t now_ms, int64_t *count_r)
{
    struct db_rows *rows = db_query(db, sql, DB_ARGS(ONLINE_ARGS(config, now_ms)));

    if (!rows)
        return OUTCOME_AWAY;
    *count_r = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

enum outcome online_count(struct db *db, const struct config *config, int64_t now_ms, int64_t *count_r)
{
    return count(db, "SELECT COUNT(*) FROM member m WHERE m.gubun IN (2, 3, 5) AND m.status = 1 AND " ONLINE_IS, config, now_ms, count_r);
}

enum outcome online_count_here(struct db *db, const struct config *config, int64_t now_ms, int64_t *count_r)
{
    return count(db,
                 "SELECT COUNT(*) FROM member m WHERE m.gubun IN (2, 3, 5) AND m.status = 1 AND " ONLINE_IS
                 " AND NOT EXISTS (SELECT 1 FROM staff_state t WHERE t.member_id = m.member_id AND t.state <> 0)",
                 config, now_ms, count_r);
}
