#include "lib/chat/stats_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_fix.h"
#include "lib/chat/stats_load.h"
#include "lib/chat/stats_roll.h"
#include "lib/chat/stats_rows.h"

#define CHUNK_MS INT64_C(86400000)
#define PATIENT_MS 60000 /* of one statement: nobody waits for an answer here */

/* ---- verify: chats ---- */

struct verifying {
    struct stats_check_done *done;
    stats_on_difference *on_difference;
    void *context;
    struct stats_fixed *rows; /* owned: the rows of chat_figure of this chunk, in order */
    size_t n, cap, at;
    bool is_out_of_memory;
};

static bool keep_row(void *context, const struct stats_fixed *row)
{
    struct verifying *v = context;

    if (v->n == v->cap) {
        size_t more = v->cap ? v->cap * 2 : 1024;
        struct stats_fixed *p = realloc(v->rows, more * sizeof(*p));

        if (!p) {
            v->is_out_of_memory = true;
            return false;
        }
        v->rows = p;
        v->cap = more;
    }
    v->rows[v->n++] = *row;
    return true;
}

static void differ(struct verifying *v, const char *what, int64_t no, const char *name, int64_t fixed, int64_t counted)
{
    char line[160];

    snprintf(line, sizeof(line), "%s %lld %s fixed=%lld counted=%lld", what, (long long)no, name, (long long)fixed, (long long)counted);
    v->done->differences++;
    v->on_difference(v->context, line);
}

static void compare_chat(struct verifying *v, const struct stats_fixed *a, const struct stats_fixed *b)
{
    const struct {
        const char *name;
        int64_t fixed, counted;
    } fields[] = {
        {"end_time", a->end_ms, b->end_ms}, {"category_id", a->category_id, b->category_id}, {"agent_id", a->f.agent_id, b->f.agent_id},
        {"answerer_id", a->f.answerer_id, b->f.answerer_id}, {"missed", a->f.missed, b->f.missed}, {"abandoned", a->f.abandoned, b->f.abandoned},
        {"dropped", a->f.dropped, b->f.dropped}, {"member_rows", a->member_rows, b->member_rows}, {"agent_rows", a->agent_rows, b->agent_rows},
        {"system_rows", a->system_rows, b->system_rows}, {"score", a->score, b->score},
    };

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (fields[i].fixed != fields[i].counted)
            differ(v, "chat", a->session_no, fields[i].name, fields[i].fixed, fields[i].counted);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        if (a->f.value[f] != b->f.value[f])
            differ(v, "chat", a->session_no, stats_figure_name((enum stats_figure)f), a->f.value[f], b->f.value[f]);
}

static bool is_before(const struct stats_fixed *a, const struct stats_chat *b)
{
    return a->cdate_ms != b->cdate_ms ? a->cdate_ms < b->cdate_ms : a->session_no < b->session_no;
}

/* Both come in the order of (cdate, session_no). */
static bool verify_chat(void *context, const struct stats_chat *c, const struct stats_figures *f)
{
    struct verifying *v = context;
    struct stats_fixed counted;

    for (; v->at < v->n && is_before(&v->rows[v->at], c); v->at++)
        differ(v, "chat", v->rows[v->at].session_no, "row", 1, 0);
    v->done->chats++;
    if (v->at == v->n || v->rows[v->at].session_no != c->session_no || v->rows[v->at].cdate_ms != c->cdate_ms) {
        if (c->is_figured)
            differ(v, "chat", c->session_no, "row", 0, 1);
        else
            v->done->unfixed++;
        return true;
    }
    stats_fixed_of(c, f, &counted);
    if (c->status_id != STATUS_COMPLETED || !c->is_figured)
        differ(v, "chat", c->session_no, "row", 1, 0);
    else
        compare_chat(v, &v->rows[v->at], &counted);
    v->at++;
    return true;
}

static enum outcome verify_chunk(struct db *db, struct verifying *v, int64_t from_ms, int64_t to_ms)
{
    struct stats_fixed_scan fixed = {.from_ms = from_ms, .to_ms = to_ms};
    struct stats_scan scan = {.from_ms = from_ms, .to_ms = to_ms, .deadline_ms = INT64_MAX};
    struct refusal unasked;
    enum outcome outcome;

    v->n = v->at = 0;
    outcome = db_begin_snapshot(db, PATIENT_MS) ? stats_fixed_scan(db, &fixed, keep_row, v) : OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE)
        outcome = stats_scan_chats(db, &scan, verify_chat, v, &unasked);
    for (; outcome == OUTCOME_DONE && v->at < v->n; v->at++)
        differ(v, "chat", v->rows[v->at].session_no, "row", 1, 0);
    db_rollback(db);
    return v->is_out_of_memory ? OUTCOME_AWAY : outcome;
}

/* ---- verify: blocks ---- */

static enum outcome verify_blocks(struct db *db, const struct stats_site *site, struct verifying *v, int64_t from_ms, int64_t to_ms)
{
    static const char *const names[STATS_LEVEL_TOTAL] = {"hour", "day", "month", "week_hours"};
    struct db_rows *rows = db_query(db, "SELECT level, start, dirty FROM stats_block WHERE start >= ? AND start < ? ORDER BY level, start", DB_ARGS(db_time(from_ms), db_time(to_ms)));
    enum outcome outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;

    for (size_t i = 0; outcome == OUTCOME_DONE && i < db_rows_count(rows); i++) {
        struct stats_block block = {(enum stats_level)db_cell_int(rows, i, 0), db_cell_time(rows, i, 1)};
        size_t different = 0;

        if (db_cell_int(rows, i, 2)) {
            v->done->dirty++;
            continue;
        }
        outcome = stats_roll_compare(db, site, block, &different);
        v->done->blocks++;
        if (outcome == OUTCOME_SAME) { /* changed meanwhile */
            outcome = OUTCOME_DONE;
            continue;
        }
        if (different > 0)
            differ(v, names[block.level], block.start_ms, "cells", 0, (int64_t)different);
    }
    db_rows_free(&rows);
    return outcome;
}

/* What agents had to do on each day. */
static enum outcome verify_days(struct db *db, struct verifying *v, int64_t from_ms, int64_t to_ms)
{
    size_t days, different;
    enum outcome outcome = stats_load_compare(db, from_ms, to_ms, &days, &different);

    v->done->blocks += days;
    if (different > 0)
        differ(v, "agents", from_ms, "days", 0, (int64_t)different);
    return outcome;
}

/* The first and last cdate narrow the span, or a walk by days from 1970 would look at many days of nothing. */
static bool narrow(struct db *db, int64_t *from_ms, int64_t *to_ms)
{
    struct db_rows *rows = db_query(db, "SELECT LEAST(COALESCE(MIN(s.cdate), '9999-01-01'), COALESCE((SELECT MIN(cdate) FROM chat_figure), '9999-01-01')),"
                                        " GREATEST(COALESCE(MAX(s.cdate), '1970-01-01'), COALESCE((SELECT MAX(cdate) FROM chat_figure), '1970-01-01')) FROM chat_session s",
                                    NULL, 0);
    int64_t first, last;

    if (!rows)
        return false;
    first = db_cell_time(rows, 0, 0);
    last = db_cell_time(rows, 0, 1);
    db_rows_free(&rows);
    if (first > *from_ms)
        *from_ms = first;
    if (last + 1 < *to_ms)
        *to_ms = last + 1;
    return true;
}

enum outcome stats_verify(struct db *db, const struct config *config, int64_t from_ms, int64_t to_ms, stats_on_difference *on_difference, void *context,
                          struct stats_check_done *done)
{
    struct verifying v = {.done = done, .on_difference = on_difference, .context = context};
    int64_t from = from_ms, to = to_ms;
    struct stats_site site;
    enum outcome outcome;

    *done = (struct stats_check_done){0};
    if (!stats_site_open(db, config, &site))
        return OUTCOME_AWAY;
    outcome = narrow(db, &from, &to) ? OUTCOME_DONE : OUTCOME_AWAY;
    for (int64_t at = from; outcome == OUTCOME_DONE && at < to; at += CHUNK_MS)
        outcome = verify_chunk(db, &v, at, at + CHUNK_MS < to ? at + CHUNK_MS : to);
    if (outcome == OUTCOME_DONE)
        outcome = verify_blocks(db, &site, &v, from_ms, to_ms);
    if (outcome == OUTCOME_DONE)
        outcome = verify_days(db, &v, from_ms, to_ms);
    free(v.rows);
    stats_site_close(&site);
    return outcome;
}

/* ---- rebuild ---- */

/* Rows of chats that are not there, not over, or whose cdate was changed: their blocks are made anew as well. */
static bool drop_strangers(struct db *db, const struct stats_site *site, int64_t from_ms, int64_t to_ms)
{
    struct db_arg nos[STATS_PAGE];
    struct db_rows *rows;
    int64_t moment;
    bool ok;

    if (!db_begin(db))
        return false;
    rows = db_query(db,
                    "SELECT f.session_no, f.cdate FROM chat_figure f LEFT JOIN chat_session s ON s.session_no = f.session_no WHERE f.cdate >= ? AND f.cdate < ?"
                    " AND (s.session_no IS NULL OR s.status_id <> 3 OR s.cdate <> f.cdate)",
                    DB_ARGS(db_time(from_ms), db_time(to_ms)));
    ok = rows != NULL;
    for (size_t i = 0; ok && i < db_rows_count(rows); i++) {
        moment = db_cell_time(rows, i, 1);
        for (size_t k = 0; k < STATS_PAGE; k++)
            nos[k] = db_int(db_cell_int(rows, i, 0));
        ok = db_exec(db, "DELETE FROM chat_figure WHERE session_no = ?", nos, 1, NULL) && stats_block_dirty(db, site->zone, &moment, 1) && stats_load_forget(db, nos);
    }
    db_rows_free(&rows);
    ok = ok && db_commit(db);
    if (db_in_transaction(db))
        db_rollback(db);
    return ok;
}

static enum outcome rebuild_chunk(struct db *db, const struct stats_site *site, int64_t from_ms, int64_t to_ms, struct stats_check_done *done)
{
    int64_t nos[STATS_FIX_MAX], at_ms = from_ms, at_no = 0;
    size_t n = STATS_FIX_MAX, fixed;
    enum outcome outcome = drop_strangers(db, site, from_ms, to_ms) ? OUTCOME_DONE : OUTCOME_AWAY;

    while (outcome == OUTCOME_DONE && n == STATS_FIX_MAX) {
        struct db_rows *rows = db_query(db,
                                        "SELECT session_no, cdate FROM chat_session FORCE INDEX (idx_chat_session_cdate) WHERE cdate >= ? AND cdate < ?"
                                        " AND (cdate > ? OR session_no > ?) AND status_id = 3 ORDER BY cdate, session_no LIMIT 200",
                                        DB_ARGS(db_time(at_ms), db_time(to_ms), db_time(at_ms), db_int(at_no)));

        if (!rows)
            return OUTCOME_AWAY;
        n = db_rows_count(rows);
        for (size_t i = 0; i < n; i++) {
            nos[i] = at_no = db_cell_int(rows, i, 0);
            at_ms = db_cell_time(rows, i, 1);
        }
        db_rows_free(&rows);
        if (n > 0)
            outcome = stats_fix(db, site, nos, n, &fixed);
        done->chats += n;
    }
    return outcome;
}

enum outcome stats_rebuild(struct db *db, const struct config *config, int64_t from_ms, int64_t to_ms, struct stats_check_done *done)
{
    struct stats_roll_done rolled = {0};
    struct stats_site site;
    enum outcome outcome;

    *done = (struct stats_check_done){0};
    if (!stats_site_open(db, config, &site))
        return OUTCOME_AWAY;
    outcome = narrow(db, &from_ms, &to_ms) ? OUTCOME_DONE : OUTCOME_AWAY;
    for (int64_t at = from_ms; outcome == OUTCOME_DONE && at < to_ms; at += CHUNK_MS)
        outcome = rebuild_chunk(db, &site, at, at + CHUNK_MS < to_ms ? at + CHUNK_MS : to_ms, done);
    if (outcome == OUTCOME_DONE && !db_exec(db, "UPDATE stats_block SET dirty = 1 WHERE start >= ? AND start < ?", DB_ARGS(db_time(from_ms), db_time(to_ms)), NULL))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && !db_exec(db, "UPDATE agent_day SET dirty = 1 WHERE day >= ? AND day <= ?", DB_ARGS(db_int(from_ms / CHUNK_MS), db_int(to_ms / CHUNK_MS)), NULL))
        outcome = OUTCOME_AWAY;
    stats_site_close(&site);
    if (outcome == OUTCOME_DONE)
        outcome = stats_roll_all(db, config, clock_wall_ms(), INT64_MAX, NULL, &rolled);
    done->blocks = rolled.rolled;
    return outcome;
}
