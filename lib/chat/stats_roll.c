#include "lib/chat/stats_roll.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_fix.h"
#include "lib/chat/stats_load.h"
#include "lib/chat/stats_sum.h"
#include "lib/chat/stats_time.h"
#include "lib/chat/table.h"

#define CELLS_AT_ONCE 200
#define COMPARE_MS 60000

struct cell_key {
    int64_t id;
    int32_t slot;
    int16_t dim, is_open;
};
struct cell {
    struct cell_key key;
    struct stats_sum sum;
    UT_hash_handle hh;
};
struct making {
    const struct stats_site *site;
    enum stats_level level;
    struct cell *cells; /* owned */
    bool is_out_of_memory;
};

/* ---- adding up ---- */

static void add_to(struct making *m, int dim, int64_t id, int slot, bool is_open, const struct stats_entry *e)
{
    struct cell_key key = {.id = id, .slot = slot, .dim = (int16_t)dim, .is_open = is_open};
    struct cell *c;

    HASH_FIND(hh, m->cells, &key, sizeof(key), c);
    if (!c && (c = calloc(1, sizeof(*c)))) {
        c->key = key;
        stats_sum_init(&c->sum, false);
        HASH_ADD(hh, m->cells, key, sizeof(c->key), c);
        if (!table_has(c)) {
            free(c);
            c = NULL;
        }
    }
    if (c)
        stats_sum_add(&c->sum, e);
    m->is_out_of_memory |= !c || c->sum.has_failed;
}

/* The same split as in stats.c: a chat's figures go to its last agent, but frt_s to the one who answered. */
static bool add_fixed(void *context, const struct stats_fixed *row)
{
    struct making *m = context;
    int slot = m->level == STATS_LEVEL_WEEK_HOURS ? (int)stats_period(m->site->zone, STATS_GROUP_WEEKDAY_HOUR, row->cdate_ms) : 0;
    bool is_split = row->f.answerer_id && row->f.answerer_id != row->f.agent_id;
    struct stats_entry e = {.is_chat = true, .missed = row->f.missed, .abandoned = row->f.abandoned, .dropped = row->f.dropped, .member_rows = row->member_rows,
                            .agent_rows = row->agent_rows, .system_rows = row->system_rows, .score = row->score};

    memcpy(e.value, row->f.value, sizeof(e.value));
    add_to(m, STATS_DIM_ALL, 0, slot, row->f.is_open, &e);
    add_to(m, STATS_DIM_CATEGORY, row->category_id, slot, row->f.is_open, &e);
    if (is_split)
        e.value[FIGURE_FRT] = -1;
    add_to(m, STATS_DIM_AGENT, row->f.agent_id, slot, row->f.is_open, &e);
    if (is_split) {
        struct stats_entry only = {.is_chat = false};

        for (int i = 0; i < FIGURE_TOTAL; i++)
            only.value[i] = i == FIGURE_FRT ? row->f.value[i] : -1;
        add_to(m, STATS_DIM_AGENT, row->f.answerer_id, slot, row->f.is_open, &only);
    }
    return !m->is_out_of_memory;
}

static void free_cells(struct making *m)
{
    struct cell *c, *next;

    HASH_ITER(hh, m->cells, c, next) {
        HASH_DEL(m->cells, c);
        stats_sum_clear(&c->sum);
        free(c);
    }
}

/* ---- writing ---- */

static bool write_some(struct db *db, const struct making *m, int64_t start_ms, struct cell **next, struct buf *texts)
{
    static const char sql[] = "INSERT INTO stats_cell (level, dim, start, slot, id, is_open, sums) VALUES (?, ?, ?, ?, ?, ?, ?)";
    struct db_arg args[CELLS_AT_ONCE * 7];
    size_t ends[CELLS_AT_ONCE], n = 0, from = 0;
    struct cell *c = *next;

    buf_reset(texts);
    for (; c && n < CELLS_AT_ONCE; c = c->hh.next, n++) {
        const struct db_arg row[7] = {db_int(m->level), db_int(c->key.dim), db_time(start_ms), db_int(c->key.slot), db_int(c->key.id), db_int(c->key.is_open), db_null()};

        memcpy(&args[n * 7], row, sizeof(row));
        stats_sum_write(&c->sum, texts);
        ends[n] = texts->len;
    }
    *next = c;
    if (buf_failed(texts))
        return false;
    for (size_t i = 0; i < n; from = ends[i++])
        args[i * 7 + 6] = db_bytes(texts->p + from, ends[i] - from);
    return n == 0 || db_exec_rows(db, sql, args, 7, n);
}

static bool write_cells(struct db *db, const struct making *m, int64_t start_ms)
{
    struct cell *next = m->cells;
    struct buf texts = BUF_INIT;
    bool ok = true;

    for (int dim = 0; ok && dim < STATS_DIM_TOTAL; dim++)
        ok = db_exec(db, "DELETE FROM stats_cell WHERE level = ? AND dim = ? AND start = ?", DB_ARGS(db_int(m->level), db_int(dim), db_time(start_ms)), NULL);
    while (ok && next)
        ok = write_some(db, m, start_ms, &next, &texts);
    buf_free(&texts);
    return ok;
}

static enum outcome roll_locked(struct db *db, const struct stats_site *site, struct stats_block block)
{
    struct making m = {.site = site, .level = block.level};
    struct stats_fixed_scan scan = {.from_ms = 0};
    enum outcome outcome;

    stats_block_span(site->zone, block.level, block.start_ms, &scan.from_ms, &scan.to_ms);
    outcome = stats_fixed_scan(db, &scan, add_fixed, &m);
    if (outcome == OUTCOME_DONE &&
        (m.is_out_of_memory || !write_cells(db, &m, block.start_ms) ||
         !db_exec(db, "UPDATE stats_block SET dirty = 0 WHERE level = ? AND start = ?", DB_ARGS(db_int(block.level), db_time(block.start_ms)), NULL) || !db_commit(db)))
        outcome = OUTCOME_AWAY;
    free_cells(&m);
    return outcome;
}

enum outcome stats_roll(struct db *db, const struct stats_site *site, struct stats_block block)
{
    enum outcome outcome = OUTCOME_AWAY;
    struct db_rows *rows;

    for (int tries = 1; tries <= DB_TRIES; tries++) {
        rows = db_begin(db) ? db_query(db, "SELECT 1 FROM stats_block WHERE level = ? AND start = ? AND dirty = 1 FOR UPDATE SKIP LOCKED",
                                       DB_ARGS(db_int(block.level), db_time(block.start_ms)))
                            : NULL;
        outcome = !rows ? OUTCOME_AWAY : db_rows_count(rows) == 0 ? OUTCOME_SAME : roll_locked(db, site, block);
        db_rows_free(&rows);
        if (db_in_transaction(db))
            db_rollback(db);
        if (outcome != OUTCOME_AWAY || db_last_error(db) != DB_BUSY)
            break;
    }
    return outcome;
}

/* ---- comparing ---- */

static bool is_same_cell(struct making *m, const struct db_rows *rows, size_t i, struct buf *text)
{
    struct cell_key key = {.id = db_cell_int(rows, i, 2), .slot = (int32_t)db_cell_int(rows, i, 1), .dim = (int16_t)db_cell_int(rows, i, 0), .is_open = (int16_t)db_cell_int(rows, i, 3)};
    const char *bytes;
    struct cell *c;
    size_t len;

    HASH_FIND(hh, m->cells, &key, sizeof(key), c);
    if (!c)
        return false;
    buf_reset(text);
    stats_sum_write(&c->sum, text);
    bytes = db_cell(rows, i, 4, &len);
    return !buf_failed(text) && len == text->len && memcmp(bytes, text->p, len) == 0;
}

static enum outcome compare_cells(struct db *db, struct making *m, int64_t start_ms, size_t *different_r)
{
    struct buf text = BUF_INIT;
    size_t same = 0, stored = 0;

    for (int dim = 0; dim < STATS_DIM_TOTAL; dim++) {
        struct db_rows *rows = db_query(db, "SELECT dim, slot, id, is_open, sums FROM stats_cell WHERE level = ? AND dim = ? AND start = ?",
                                        DB_ARGS(db_int(m->level), db_int(dim), db_time(start_ms)));

        if (!rows) {
            buf_free(&text);
            return OUTCOME_AWAY;
        }
        stored += db_rows_count(rows);
        for (size_t i = 0; i < db_rows_count(rows); i++)
            same += is_same_cell(m, rows, i, &text);
        db_rows_free(&rows);
    }
    buf_free(&text);
    *different_r = stored - same + HASH_COUNT(m->cells) - same;
    return OUTCOME_DONE;
}

enum outcome stats_roll_compare(struct db *db, const struct stats_site *site, struct stats_block block, size_t *different_r)
{
    struct making m = {.site = site, .level = block.level};
    struct stats_fixed_scan scan = {.from_ms = 0};
    enum outcome outcome = OUTCOME_AWAY;
    struct db_rows *rows = NULL;

    *different_r = 0;
    stats_block_span(site->zone, block.level, block.start_ms, &scan.from_ms, &scan.to_ms);
    if (db_begin_snapshot(db, COMPARE_MS))
        rows = db_query(db, "SELECT 1 FROM stats_block WHERE level = ? AND start = ? AND dirty = 0", DB_ARGS(db_int(block.level), db_time(block.start_ms)));
    if (rows)
        outcome = db_rows_count(rows) ? stats_fixed_scan(db, &scan, add_fixed, &m) : OUTCOME_SAME;
    db_rows_free(&rows);
    if (outcome == OUTCOME_DONE)
        outcome = m.is_out_of_memory ? OUTCOME_AWAY : compare_cells(db, &m, block.start_ms, different_r);
    db_rollback(db);
    free_cells(&m);
    return outcome;
}

/* ---- what is to do ---- */

enum outcome stats_roll_list(struct db *db, const struct stats_site *site, int64_t now_ms, struct stats_block *blocks, size_t most, size_t *n_r)
{
    int64_t from, to;

    *n_r = 0;
    for (int level = 0; level < STATS_LEVEL_TOTAL && *n_r < most; level++) {
        stats_block_span(site->zone, (enum stats_level)level, now_ms, &from, &to);
        struct db_rows *rows = db_query(db, "SELECT start FROM stats_block WHERE dirty = 1 AND level = ? AND start < ? ORDER BY start LIMIT ?",
                                        DB_ARGS(db_int(level), db_time(from), db_int((int64_t)(most - *n_r))));

        if (!rows)
            return OUTCOME_AWAY;
        for (size_t i = 0; i < db_rows_count(rows); i++)
            blocks[(*n_r)++] = (struct stats_block){(enum stats_level)level, db_cell_time(rows, i, 0)};
        db_rows_free(&rows);
    }
    return OUTCOME_DONE;
}

/* Under the lock of the row of stats_zone. */
static bool change_zone(struct db *db, const struct stats_site *site)
{
    struct db_rows *rows;
    size_t n;
    int64_t *moments;
    bool ok;

    if (!db_exec(db, "DELETE FROM stats_cell WHERE level > 0", NULL, 0, NULL) || !db_exec(db, "DELETE FROM stats_block WHERE level > 0", NULL, 0, NULL))
        return false;
    rows = db_query(db, "SELECT start FROM stats_block WHERE level = 0", NULL, 0);
    n = db_rows_count(rows);
    moments = rows ? calloc(3 * n + 1, sizeof(*moments)) : NULL;
    for (size_t i = 0; moments && i < n; i++) { /* both ends: where the zone's day or month changes inside an hour, both have chats in it */
        moments[2 * i] = db_cell_time(rows, i, 0);
        moments[2 * i + 1] = moments[2 * i] + 3599999;
    }
    ok = moments != NULL && (n == 0 || stats_block_dirty(db, site->zone, moments, 2 * n)) &&
         db_exec(db, "UPDATE stats_zone SET name = ?", DB_ARGS(db_text(zone_name(site->zone))), NULL) && db_commit(db);
    db_rows_free(&rows);
    free(moments);
    return ok;
}

enum outcome stats_roll_check_zone(struct db *db, const struct stats_site *site)
{
    struct db_rows *rows = db_query(db, "SELECT name FROM stats_zone", NULL, 0);
    bool is_same = rows && db_rows_count(rows) > 0 && !strcmp(db_cell(rows, 0, 0, NULL), zone_name(site->zone)), ok = false;

    if (!rows)
        return OUTCOME_AWAY;
    db_rows_free(&rows);
    if (is_same)
        return OUTCOME_SAME;
    if (!db_exec(db, "INSERT IGNORE INTO stats_zone (zone_id, name) VALUES (1, '')", NULL, 0, NULL))
        return OUTCOME_AWAY;
    rows = db_begin(db) ? db_query(db, "SELECT name FROM stats_zone FOR UPDATE", NULL, 0) : NULL;
    if (rows && db_rows_count(rows) > 0)
        ok = !strcmp(db_cell(rows, 0, 0, NULL), zone_name(site->zone)) || change_zone(db, site);
    db_rows_free(&rows);
    if (db_in_transaction(db))
        db_rollback(db);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* Keeps those of the list that the last turn found too, and remembers the whole list. */
static size_t only_known(int64_t *nos, size_t n, struct stats_turn *turn)
{
    struct stats_turn next = {.n = n};
    size_t known = 0;

    memcpy(next.session_nos, nos, n * sizeof(*nos));
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < turn->n; k++)
            if (turn->session_nos[k] == nos[i]) {
                nos[known++] = nos[i];
                break;
            }
    *turn = next;
    return known;
}

static enum outcome fix_all(struct db *db, const struct stats_site *site, int64_t until_ms, struct stats_turn *turn, struct stats_roll_done *done)
{
    int64_t nos[STATS_TURN_MAX];
    enum outcome outcome;
    size_t n, fixed;
    bool is_last;

    do {
        outcome = stats_fix_list(db, nos, STATS_TURN_MAX, &n);
        is_last = n < STATS_TURN_MAX;
        fixed = 0;
        if (turn && is_last)
            n = only_known(nos, n, turn);
        if (outcome == OUTCOME_DONE && n > 0)
            outcome = stats_fix(db, site, nos, n, &fixed);
        done->fixed += fixed;
        done->is_unfinished = clock_monotonic_ms() > until_ms;
    } while (outcome == OUTCOME_DONE && fixed > 0 && !is_last && !done->is_unfinished);
    return outcome;
}

static enum outcome roll_dirty(struct db *db, const struct stats_site *site, int64_t now_ms, int64_t until_ms, struct stats_roll_done *done)
{
    struct stats_block blocks[64];
    enum outcome outcome;
    size_t n, rolled;

    do {
        rolled = 0;
        outcome = stats_roll_list(db, site, now_ms, blocks, sizeof(blocks) / sizeof(blocks[0]), &n);
        for (size_t i = 0; outcome != OUTCOME_AWAY && i < n && !done->is_unfinished; i++) {
            outcome = stats_roll(db, site, blocks[i]);
            rolled += outcome == OUTCOME_DONE;
            done->is_unfinished = clock_monotonic_ms() > until_ms;
        }
        done->rolled += rolled;
    } while (outcome != OUTCOME_AWAY && rolled > 0 && !done->is_unfinished);
    return outcome;
}

enum outcome stats_roll_all(struct db *db, const struct config *config, int64_t now_ms, int64_t until_ms, struct stats_turn *turn, struct stats_roll_done *done)
{
    struct stats_site site;
    enum outcome outcome;
    size_t days = 0;

    *done = (struct stats_roll_done){0};
    if (!stats_site_open(db, config, &site))
        return OUTCOME_AWAY;
    outcome = stats_roll_check_zone(db, &site);
    if (outcome != OUTCOME_AWAY)
        outcome = fix_all(db, &site, until_ms, turn, done);
    if (outcome != OUTCOME_AWAY && !done->is_unfinished)
        outcome = roll_dirty(db, &site, now_ms, until_ms, done);
    if (outcome != OUTCOME_AWAY && !done->is_unfinished) {
        outcome = stats_load_roll(db, now_ms, until_ms, &days);
        done->rolled += days;
    }
    stats_site_close(&site);
    return outcome == OUTCOME_AWAY ? OUTCOME_AWAY : OUTCOME_DONE;
}
