/* member_staff: see member_staff.h. */
#include "lib/chat/member_staff.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/chat/db.h"

enum outcome member_staff_list(struct db *db, struct staff **list_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT member_id, nickname FROM member WHERE gubun IN (2, 3, 5) AND status <> 9 ORDER BY nickname, member_id LIMIT 500", NULL, 0);
    struct staff *list;
    size_t n;

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    list = calloc(n ? n : 1, sizeof *list);
    for (size_t i = 0; list && i < n; i++) {
        list[i].member_id = db_cell_int(rows, i, 0);
        snprintf(list[i].nickname, sizeof list[i].nickname, "%s", db_cell(rows, i, 1, NULL));
    }
    db_rows_free(&rows);
    if (!list)
        return OUTCOME_AWAY;
    *list_r = list;
    *n_r = n;
    return OUTCOME_DONE;
}
