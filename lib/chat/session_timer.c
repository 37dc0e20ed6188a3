/* session_timer: what happens to chats by the clock. pushd runs these; each looks again under the row lock, so running twice does no harm. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/session_priv.h"

static enum outcome run_timer(struct db *db, int64_t session_no, session_step step, const struct step *arg, struct change *change_r)
{
    if (!code_refresh(db)) {
        change_init(change_r);
        return OUTCOME_AWAY;
    }
    return session_run(db, NULL, session_no, step, arg, change_r, NULL);
}

enum outcome session_side_lost(struct db *db, const struct config *config, int64_t session_no, enum side side, int64_t seen_before_ms, int32_t reason_id,
                               struct change *change_r)
{
    const struct step arg = {.config = config, .now_ms = clock_wall_ms(), .number = seen_before_ms, .side = side, .reason_id = reason_id};

    return run_timer(db, session_no, step_side_lost, &arg, change_r);
}

enum outcome session_grace_over(struct db *db, int64_t session_no, int64_t now_ms, struct change *change_r)
{
    const struct step arg = {.now_ms = now_ms};

    return run_timer(db, session_no, step_grace_over, &arg, change_r);
}

enum outcome session_queue_over(struct db *db, const struct config *config, int64_t session_no, int64_t now_ms, struct change *change_r)
{
    const struct step arg = {.now_ms = now_ms, .number = config->queue_timeout};

    return run_timer(db, session_no, step_queue_over, &arg, change_r);
}

enum side_due session_side_due(const struct config *config, bool is_pushed, int64_t last_seen_ms, int64_t grace_until_ms, int64_t now_ms, int64_t *limit_ms_r)
{
    *limit_ms_r = is_pushed ? config->linger : config->rest_idle;
    if (grace_until_ms >= 0)
        return now_ms >= grace_until_ms ? SIDE_GRACE_OVER : SIDE_NOT_DUE;
    return last_seen_ms < 0 || now_ms - last_seen_ms >= *limit_ms_r ? SIDE_LOST : SIDE_NOT_DUE;
}

#define WATCH_SELECT \
    "SELECT session_no, member_id, admin_id, member_last_seen, admin_last_seen, member_grace_until, admin_grace_until, queue_entered, status_id," \
    " message_count, member_pushed, admin_pushed, offline, offline = 1 AND (accept_time IS NULL OR member_last_seen < accept_time), offer_until, hold_until FROM chat_session"

static enum outcome take_watches(struct db_rows *rows, struct session_watch **list_r, size_t *n_r)
{
    size_t n = db_rows_count(rows), i;
    struct session_watch *list;

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    list = calloc(n ? n : 1, sizeof(*list));
    for (i = 0; list && i < n; i++)
        list[i] = (struct session_watch){
            .session_no = db_cell_int(rows, i, 0),
            .member_id = db_cell_int(rows, i, 1),
            .admin_id = db_cell_int(rows, i, 2),
            .member_last_seen = db_cell_time(rows, i, 3),
            .admin_last_seen = db_cell_time(rows, i, 4),
            .member_grace_until = db_cell_time(rows, i, 5),
            .admin_grace_until = db_cell_time(rows, i, 6),
            .queue_entered = db_cell_time(rows, i, 7),
            .status_id = (int32_t)db_cell_int(rows, i, 8),
            .head = (int32_t)db_cell_int(rows, i, 9),
            .member_pushed = db_cell_int(rows, i, 10) != 0,
            .admin_pushed = db_cell_int(rows, i, 11) != 0,
            .is_offline = db_cell_int(rows, i, 12) != 0,
            .is_member_excused = db_cell_int(rows, i, 13) != 0,
            .offer_until = db_cell_time(rows, i, 14),
            .hold_until = db_cell_time(rows, i, 15),
        };
    db_rows_free(&rows);
    if (!list)
        return OUTCOME_AWAY;
    *list_r = list;
    *n_r = n;
    return OUTCOME_DONE;
}

#define WATCHES_AT_ONCE 500

/* Adds a page to the list; false when memory is out. */
static bool add_watches(struct session_watch **list, size_t *n, const struct session_watch *page, size_t page_n)
{
    struct session_watch *grown = realloc(*list, (*n + page_n + 1) * sizeof **list);

    if (!grown)
        return false;
    memcpy(grown + *n, page, page_n * sizeof *page);
    *list = grown;
    *n += page_n;
    return true;
}

/* In pages by the index of open chats: the connector's copy of a row takes four times what is kept, and a server may have tens of thousands open. */
enum outcome session_watch_list(struct db *db, struct session_watch **list_r, size_t *n_r)
{
    struct session_watch *all = calloc(1, sizeof *all), *page;
    int64_t behind = 0;
    size_t total = 0, n = WATCHES_AT_ONCE;

    *list_r = NULL;
    *n_r = 0;
    while (all && n == WATCHES_AT_ONCE) {
        bool is_added;
        if (take_watches(db_query(db, WATCH_SELECT " WHERE open_member_id > ? ORDER BY open_member_id LIMIT 500", DB_ARGS(db_int(behind))), &page, &n) != OUTCOME_DONE)
            break;
        if (n)
            behind = page[n - 1].member_id;
        is_added = add_watches(&all, &total, page, n);
        free(page);
        if (!is_added)
            break;
        if (n < WATCHES_AT_ONCE) {
            *list_r = all;
            *n_r = total;
            return OUTCOME_DONE;
        }
    }
    free(all);
    return OUTCOME_AWAY;
}

#define HEADS_AT_ONCE 40 /* marks in one statement; its text is fixed so that it stays prepared */

enum outcome session_heads(struct db *db, const int64_t *session_nos, size_t n, struct session_watch **list_r, size_t *n_r)
{
    static const char sql[] = WATCH_SELECT " WHERE session_no IN (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    struct session_watch *all = calloc(n ? n : 1, sizeof(*all)), *some;
    size_t total = 0, from, i, got;

    *list_r = NULL;
    *n_r = 0;
    if (!all)
        return OUTCOME_AWAY;
    for (from = 0; from < n; from += HEADS_AT_ONCE) {
        struct db_arg args[HEADS_AT_ONCE];

        for (i = 0; i < HEADS_AT_ONCE; i++)
            args[i] = from + i < n ? db_int(session_nos[from + i]) : db_null();
        if (take_watches(db_query(db, sql, args, HEADS_AT_ONCE), &some, &got) != OUTCOME_DONE) {
            free(all);
            return OUTCOME_AWAY;
        }
        for (i = 0; i < got && total < n; i++)
            all[total++] = some[i];
        free(some);
    }
    *list_r = all;
    *n_r = total;
    return OUTCOME_DONE;
}
