/* agent_load: see agent_load.h. */
#include "lib/chat/agent_load.h"

#include <string.h>

#include "lib/chat/agent_state.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

/* -1 on failure. */
static int64_t read_load(struct db *db, int64_t member_id, int64_t session_no, int64_t now_ms)
{
    struct db_rows *rows = db_query(db, "SELECT " AGENT_LOAD_SQL("a.member_id") " FROM (SELECT ? AS member_id) a", DB_ARGS(AGENT_LOAD_ARGS(now_ms, session_no), db_int(member_id)));
    const int64_t load = rows ? db_cell_int(rows, 0, 0) : -1;

    db_rows_free(&rows);
    return load;
}

enum outcome agent_load_lock(struct db *db, const struct config *config, int64_t member_id, int64_t session_no, int64_t now_ms, struct agent_load *load_r)
{
    struct db_rows *rows = db_query(db, "SELECT state, chats_max FROM agent_state WHERE member_id = ? FOR UPDATE", DB_ARGS(db_int(member_id)));
    int64_t most = config->chats_max, load;

    *load_r = (struct agent_load){0};
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows)) {
        const char *state = db_cell(rows, 0, 0, NULL);
        load_r->is_online = state && strcmp(state, agent_presence_name(AGENT_ONLINE)) == 0;
        most = db_cell_is_null(rows, 0, 1) ? most : db_cell_int(rows, 0, 1);
    }
    db_rows_free(&rows);
    load = read_load(db, member_id, session_no, now_ms);
    if (load < 0)
        return OUTCOME_AWAY;
    load_r->has_room = !most || load < most;
    return OUTCOME_DONE;
}
