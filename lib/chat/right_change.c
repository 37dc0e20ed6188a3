/* right_change: see right_change.h. */
#include "lib/chat/right_change.h"

#include <stdlib.h>

#include "lib/chat/db.h"

enum outcome right_change_list(struct db *db, int64_t since_ms, struct right_change **list_r, size_t *n_r)
{
    static const char sql[] = "SELECT change_no, member_id, session_no FROM right_change WHERE cdate >= ? ORDER BY change_no LIMIT 10000";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_time(since_ms)));
    size_t n;

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    *list_r = calloc(n ? n : 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < n; i++)
        (*list_r)[i] = (struct right_change){.change_no = db_cell_int(rows, i, 0), .member_id = db_cell_int(rows, i, 1), .session_no = db_cell_int(rows, i, 2)};
    *n_r = *list_r ? n : 0;
    db_rows_free(&rows);
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}
