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

enum outcome online_count(struct db *db, const struct config *config, int64_t now_ms, int64_t *count_r)
{
    static const char sql[] = "SELECT COUNT(*) FROM member m WHERE m.gubun IN (2, 3, 5) AND m.status = 1 AND ("
                              "EXISTS (SELECT 1 FROM staff_online o WHERE o.member_id = m.member_id AND o.seen >= ?)"
                              " OR EXISTS (SELECT 1 FROM login_session l WHERE l.member_id = m.member_id AND l.last_used >= ? AND l.expires > ?)"
                              " OR EXISTS (SELECT 1 FROM chat_session s WHERE s.admin_id = m.member_id AND s.status_id IN (2, 4) AND s.admin_grace_until IS NULL"
                              " AND s.admin_last_seen >= ?))";
    struct db_rows *rows = db_query(db, sql,
                                    DB_ARGS(db_time(now_ms - ONLINE_FRESH_MS), db_time(now_ms - ONLINE_USED_MS), db_time(now_ms),
                                            db_time(now_ms - config->rest_idle)));

    if (!rows)
        return OUTCOME_AWAY;
    *count_r = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}
