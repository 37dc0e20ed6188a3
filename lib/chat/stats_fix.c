#include "lib/chat/stats_fix.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_block.h"
#include "lib/chat/stats_hours.h"
#include "lib/chat/stats_load.h"
#include "lib/chat/stats_rows.h"

#define NS_PER_MS INT64_C(1000000)
#define COLUMNS 20

/* ---- the site ---- */

bool stats_site_open(struct db *db, const struct config *config, struct stats_site *site)
{
    *site = (struct stats_site){0};
    if (zone_open(NULL, config->timezone, &site->zone) != ZONE_FOUND && zone_open(NULL, "UTC", &site->zone) != ZONE_FOUND)
        return false;
    if (code_refresh(db))
        site->hours = stats_hours_read(db, site->zone);
    if (site->hours)
        return true;
    stats_site_close(site);
    return false;
}

void stats_site_close(struct stats_site *site)
{
    stats_hours_free(&site->hours);
    zone_free(&site->zone);
}

/* ---- rows of chat_figure ---- */

void stats_fixed_of(const struct stats_chat *c, const struct stats_figures *f, struct stats_fixed *fixed)
{
    *fixed = (struct stats_fixed){.session_no = c->session_no,
                                  .cdate_ms = c->cdate_ms,
                                  .end_ms = c->end_ms >= 0 ? c->end_ms : c->end_row_ms,
                                  .category_id = c->category_id,
                                  .member_rows = c->member_rows,
                                  .agent_rows = c->agent_rows,
                                  .system_rows = c->system_rows,
                                  .score = c->score,
                                  .f = *f};
}

/* In ms, but for the mean. */
static struct db_arg figure_arg(const struct stats_figures *f, enum stats_figure figure)
{
    int64_t ns = f->value[figure];

    return ns < 0 ? db_null() : db_int(figure == FIGURE_ART ? ns : ns / NS_PER_MS);
}

bool stats_fixed_insert(struct db *db, const struct stats_fixed *list, size_t n)
{
    static const char sql[] =
        "INSERT INTO chat_figure (cdate, session_no, end_time, category_id, agent_id, answerer_id, missed, abandoned, dropped, is_open, wait_ms, frt_ms, art_ns,"
        " mrt_ms, handle_ms, dur_ms, member_rows, agent_rows, system_rows, score) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)";
    enum { N = COLUMNS };
    struct db_arg *args = calloc(n * N + 1, sizeof(*args));
    bool ok = args != NULL;

    for (size_t i = 0; ok && i < n; i++) {
        const struct stats_fixed *r = &list[i];
        const struct db_arg row[N] = {db_time(r->cdate_ms), db_int(r->session_no), db_time(r->end_ms), db_int(r->category_id), db_int(r->f.agent_id),
                                      db_int(r->f.answerer_id), db_int(r->f.missed), db_int(r->f.abandoned), db_int(r->f.dropped), db_int(r->f.is_open),
                                      figure_arg(&r->f, FIGURE_WAIT), figure_arg(&r->f, FIGURE_FRT), figure_arg(&r->f, FIGURE_ART),
                                      figure_arg(&r->f, FIGURE_MRT), figure_arg(&r->f, FIGURE_HANDLE), figure_arg(&r->f, FIGURE_DUR),
                                      db_int(r->member_rows), db_int(r->agent_rows), db_int(r->system_rows), r->score ? db_int(r->score) : db_null()};

        memcpy(&args[i * N], row, sizeof(row));
    }
    if (ok && n > 0)
        ok = db_exec_rows(db, sql, args, N, n);
    free(args);
    return ok;
}

static void read_fixed(const struct db_rows *rows, size_t i, struct stats_fixed *r)
{
    *r = (struct stats_fixed){.cdate_ms = db_cell_time(rows, i, 0),
                              .session_no = db_cell_int(rows, i, 1),
                              .end_ms = db_cell_time(rows, i, 2),
                              .category_id = (int32_t)db_cell_int(rows, i, 3),
                              .f.agent_id = db_cell_int(rows, i, 4),
                              .f.answerer_id = db_cell_int(rows, i, 5),
                              .f.missed = db_cell_int(rows, i, 6) != 0,
                              .f.abandoned = db_cell_int(rows, i, 7) != 0,
                              .f.dropped = db_cell_int(rows, i, 8) != 0,
                              .f.is_open = db_cell_int(rows, i, 9) != 0,
                              .member_rows = (int32_t)db_cell_int(rows, i, 16),
                              .agent_rows = (int32_t)db_cell_int(rows, i, 17),
                              .system_rows = (int32_t)db_cell_int(rows, i, 18),
                              .score = (int32_t)db_cell_int(rows, i, 19)};
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        unsigned col = 10 + (unsigned)f;

        r->f.value[f] = db_cell_is_null(rows, i, col) ? -1 : db_cell_int(rows, i, col) * (f == FIGURE_ART ? 1 : NS_PER_MS);
    }
}

#define SELECT                                                                                                                                               \
    "SELECT cdate, session_no, end_time, category_id, agent_id, answerer_id, missed, abandoned, dropped, is_open, wait_ms, frt_ms, art_ns, mrt_ms, handle_ms," \
    " dur_ms, member_rows, agent_rows, system_rows, score FROM chat_figure"
#define BETWEEN " cdate >= ? AND cdate < ? AND (cdate > ? OR session_no > ?)"
#define IN_ORDER " ORDER BY cdate, session_no LIMIT 5000"
#define OF_CATEGORY " (? = 0 OR category_id = ? OR category_id IN (SELECT code_id FROM code WHERE pcode = ?)) AND"

static struct db_rows *fixed_page(struct db *db, const struct stats_fixed_scan *scan, int64_t at_ms, int64_t at_no)
{
    const struct db_arg from = db_time(at_ms), to = db_time(scan->to_ms), no = db_int(at_no), agent = db_int(scan->agent_id), category = db_int(scan->category_id),
                        parent = scan->has_parent ? category : db_int(-1);

    if (scan->agent_id) /* two ranges of two indexes */
        return db_query(db, SELECT " WHERE (agent_id = ? OR answerer_id = ?) AND" OF_CATEGORY BETWEEN IN_ORDER,
                        DB_ARGS(agent, agent, category, category, parent, from, to, from, no));
    if (scan->category_id)
        return db_query(db, SELECT " WHERE" OF_CATEGORY BETWEEN IN_ORDER, DB_ARGS(category, category, parent, from, to, from, no));
    return db_query(db, SELECT " FORCE INDEX (PRIMARY) WHERE" BETWEEN IN_ORDER, DB_ARGS(from, to, from, no));
}

enum outcome stats_fixed_scan(struct db *db, const struct stats_fixed_scan *scan, stats_on_fixed *on_fixed, void *context)
{
    int64_t at_ms = scan->from_ms, at_no = 0;
    size_t n = STATS_FIXED_PAGE;
    bool goes_on = true;

    while (goes_on && n == STATS_FIXED_PAGE) {
        struct db_rows *rows = fixed_page(db, scan, at_ms, at_no);
        struct stats_fixed row;

        if (!rows)
            return OUTCOME_AWAY;
        n = db_rows_count(rows);
        for (size_t i = 0; i < n && goes_on; i++) {
            read_fixed(rows, i, &row);
            at_ms = row.cdate_ms;
            at_no = row.session_no;
            goes_on = on_fixed(context, &row);
        }
        db_rows_free(&rows);
    }
    return OUTCOME_DONE;
}

/* ---- fixing ---- */

enum outcome stats_fix_list(struct db *db, int64_t *session_nos, size_t most, size_t *n_r)
{
    struct db_rows *rows = db_query(db,
                                    "SELECT session_no FROM chat_session FORCE INDEX (idx_chat_session_figured) WHERE figured = 0 AND status_id = 3"
                                    " ORDER BY cdate, session_no LIMIT ?",
                                    DB_ARGS(db_int((int64_t)most)));

    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    for (; *n_r < db_rows_count(rows); ++*n_r)
        session_nos[*n_r] = db_cell_int(rows, *n_r, 0);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

/* The moments of rows that go: their blocks change too when a chat's cdate was changed by hand. Adds to moments. */
static bool forget_rows(struct db *db, const struct db_arg nos[STATS_PAGE], int64_t *moments, size_t *n)
{
    struct db_rows *rows = db_query(db, "SELECT cdate FROM chat_figure WHERE session_no IN (" STATS_HOLES ") FOR UPDATE", nos, STATS_PAGE);
    size_t count = db_rows_count(rows);

    if (!rows)
        return false;
    for (size_t i = 0; i < count; i++)
        moments[(*n)++] = db_cell_time(rows, i, 0);
    db_rows_free(&rows);
    return count == 0 || db_exec(db, "DELETE FROM chat_figure WHERE session_no IN (" STATS_HOLES ")", nos, STATS_PAGE, NULL);
}

static bool store(struct db *db, const struct stats_site *site, const struct stats_chat *chats, size_t n)
{
    struct stats_fixed fixed[STATS_FIX_MAX];
    struct db_arg nos[STATS_PAGE];
    const struct stats_chat *list[STATS_FIX_MAX];
    int64_t moments[2 * STATS_FIX_MAX];
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        struct stats_figures f;

        list[i] = &chats[i];
        stats_chat_end(&chats[i], &f);
        f.is_open = stats_hours_has(site->hours, chats[i].category_id, chats[i].cdate_ms);
        stats_fixed_of(&chats[i], &f, &fixed[i]);
        moments[count++] = chats[i].cdate_ms;
    }
    for (size_t i = 0; i < STATS_PAGE; i++)
        nos[i] = db_int(chats[i < n ? i : n - 1].session_no);
    return forget_rows(db, nos, moments, &count) && stats_fixed_insert(db, fixed, n) &&
           db_exec(db, "UPDATE chat_session SET figured = 1 WHERE session_no IN (" STATS_HOLES ")", nos, STATS_PAGE, NULL) &&
           stats_block_dirty(db, site->zone, moments, count) && stats_load_forget(db, nos) && stats_load_store(db, list, n);
}

enum outcome stats_fix(struct db *db, const struct stats_site *site, const int64_t *session_nos, size_t n, size_t *n_r)
{
    struct stats_chat *chats = calloc(STATS_PAGE, sizeof(*chats));
    enum outcome outcome = OUTCOME_AWAY;

    for (int tries = 1; chats && tries <= DB_TRIES; tries++) {
        outcome = db_begin(db) ? stats_lock_chats(db, session_nos, n, chats, n_r) : OUTCOME_AWAY;
        if (outcome == OUTCOME_DONE && *n_r > 0)
            outcome = store(db, site, chats, *n_r) && db_commit(db) ? OUTCOME_DONE : OUTCOME_AWAY;
        if (db_in_transaction(db))
            db_rollback(db);
        if (outcome == OUTCOME_DONE || db_last_error(db) != DB_BUSY)
            break;
    }
    free(chats);
    return outcome;
}

bool stats_unfix(struct db *db, const struct config *config, int64_t session_no)
{
    struct db_rows *rows = db_query(db, "SELECT cdate FROM chat_figure WHERE session_no = ? FOR UPDATE", DB_ARGS(db_int(session_no)));
    struct db_arg nos[STATS_PAGE];
    struct zone *zone = NULL;
    int64_t at;
    bool ok;

    if (!rows)
        return false;
    if (db_rows_count(rows) == 0) { /* was not fixed */
        db_rows_free(&rows);
        return true;
    }
    at = db_cell_time(rows, 0, 0);
    db_rows_free(&rows);
    if (zone_open(NULL, config->timezone, &zone) != ZONE_FOUND && zone_open(NULL, "UTC", &zone) != ZONE_FOUND)
        return false;
    for (size_t i = 0; i < STATS_PAGE; i++)
        nos[i] = db_int(session_no);
    ok = db_exec(db, "DELETE FROM chat_figure WHERE session_no = ?", DB_ARGS(db_int(session_no)), NULL) &&
         db_exec(db, "UPDATE chat_session SET figured = 0 WHERE session_no = ?", DB_ARGS(db_int(session_no)), NULL) &&
         stats_block_dirty(db, zone, &at, 1) && stats_load_forget(db, nos);
    zone_free(&zone);
    return ok;
}
