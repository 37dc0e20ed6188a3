#include "lib/chat/online.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/chat/agent_load.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_load.h"

enum outcome online_note(struct db *db, const int64_t *member_ids, size_t n, int64_t now_ms)
{
    static const char sql[] = "INSERT INTO staff_online (member_id, seen) VALUES (?, ?) ON DUPLICATE KEY UPDATE seen = GREATEST(seen, VALUES(seen))";

    for (size_t i = 0; i < n; i++)
        if (!db_exec(db, sql, DB_ARGS(db_int(member_ids[i]), db_time(now_ms)), NULL) || !stats_load_online(db, member_ids[i], now_ms))
            return OUTCOME_AWAY;
    return OUTCOME_DONE;
}

enum outcome online_forget(struct db *db, int64_t member_id)
{
    uint64_t affected = 0;

    if (!db_exec(db, "DELETE FROM staff_online WHERE member_id = ?", DB_ARGS(db_int(member_id)), &affected))
        return OUTCOME_AWAY;
    return !affected || stats_load_online(db, member_id, clock_wall_ms()) ? OUTCOME_DONE : OUTCOME_AWAY; /* until this moment */
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
                 " AND NOT EXISTS (SELECT 1 FROM agent_state t WHERE t.member_id = m.member_id AND (t.chosen <> 'ONLINE' OR t.state = 'AWAY'))",
                 config, now_ms, count_r);
}

enum outcome online_list(struct db *db, const struct config *config, int64_t now_ms, struct online_member **list_r, size_t *n_r)
{
    static const char sql[] = "SELECT m.member_id, m.gubun, m.nickname,"
                              " (SELECT COUNT(*) FROM chat_session c WHERE c.admin_id = m.member_id AND c.status_id IN (2, 4)) AS chats, COALESCE(a.chats_max, ?), "
                              AGENT_LOAD_SQL("m.member_id")
                              " FROM member m LEFT JOIN agent_state a ON a.member_id = m.member_id WHERE m.gubun IN (2, 3, 5) AND m.status = 1 AND " ONLINE_IS
                              " AND NOT EXISTS (SELECT 1 FROM agent_state t WHERE t.member_id = m.member_id AND (t.chosen <> 'ONLINE' OR t.state = 'AWAY'))"
                              " ORDER BY chats, m.nickname, m.member_id";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(config->chats_max), AGENT_LOAD_ARGS(now_ms, 0), ONLINE_ARGS(config, now_ms)));
    size_t n = db_rows_count(rows), i;
    struct online_member *list = rows ? calloc(n + 1, sizeof *list) : NULL;

    *list_r = list;
    *n_r = list ? n : 0;
    for (i = 0; list && i < n; i++) {
        list[i].member_id = db_cell_int(rows, i, 0);
        list[i].gubun = (int32_t)db_cell_int(rows, i, 1);
        snprintf(list[i].nickname, sizeof list[i].nickname, "%s", db_cell(rows, i, 2, NULL));
        list[i].chats = (int32_t)db_cell_int(rows, i, 3);
        list[i].chats_max = (int32_t)db_cell_int(rows, i, 4);
        list[i].load = (int32_t)db_cell_int(rows, i, 5);
    }
    db_rows_free(&rows);
    return list ? OUTCOME_DONE : OUTCOME_AWAY;
}

bool online_is_full(const struct online_member *m)
{
    return m->chats_max > 0 && m->load >= m->chats_max;
}
