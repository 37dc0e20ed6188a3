#include "lib/chat/stats.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/online.h"
#include "lib/chat/program_count.h"
#include "lib/chat/session.h"
#include "lib/chat/stats_fix.h"
#include "lib/chat/stats_load.h"
#include "lib/chat/stats_table.h"

static void period_label(const struct stats_ask *ask, enum lang lang, int64_t period, const char *key, char *out, size_t size)
{
    static const char *const weekdays[] = {N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun")};
    char monday[STATS_KEY_SIZE];

    switch (ask->group) {
    case STATS_GROUP_NONE:
        snprintf(out, size, "%s", catalog_text(lang, "All chats"));
        break;
    case STATS_GROUP_HOUR:
        snprintf(out, size, "%.10s %.5s", key, key + 11);
        break;
    case STATS_GROUP_WEEK:
        stats_period_key(ask->zone, STATS_GROUP_DAY, period, monday);
        snprintf(out, size, "%.20s (%.20s)", key, monday);
        break;
    case STATS_GROUP_WEEKDAY_HOUR:
        snprintf(out, size, "%s %02d:00", catalog_text(lang, weekdays[period / 24]), (int)(period % 24));
        break;
    default:
        snprintf(out, size, "%s", key);
    }
}

static bool by_label(struct db *db, const struct stats_ask *ask, enum lang lang, int64_t id, char *out, size_t size)
{
    char name[NICKNAME_SIZE] = "";

    if (ask->by == STATS_BY_CATEGORY)
        code_name((int32_t)id, lang, out, size);
    else if (!id)
        snprintf(out, size, "%s", catalog_text(lang, "Nobody"));
    else if (stats_member_name(db, id, name, NULL))
        snprintf(out, size, "%s", name);
    else
        return false;
    return true;
}

static bool name_rows(struct db *db, const struct stats_ask *ask, enum lang lang, struct stats_table *table)
{
    char key[STATS_KEY_SIZE], label[96], by[NICKNAME_SIZE + 145] = "";

    for (size_t i = 0; i < table->n; i++) {
        struct stats_row *row = &table->rows[i];

        stats_period_key(ask->zone, ask->group, row->period, key);
        period_label(ask, lang, row->period, key, label, sizeof(label));
        if (ask->by == STATS_BY_NONE) {
            snprintf(row->key, sizeof(row->key), "%s", key);
            snprintf(row->label, sizeof(row->label), "%s", label);
            continue;
        }
        if (!by_label(db, ask, lang, row->by_id, by, sizeof(by)))
            return false;
        if (ask->group == STATS_GROUP_NONE) {
            snprintf(row->key, sizeof(row->key), "%lld", (long long)row->by_id);
            snprintf(row->label, sizeof(row->label), "%s", by);
        } else {
            snprintf(row->key, sizeof(row->key), "%s/%lld", key, (long long)row->by_id);
            snprintf(row->label, sizeof(row->label), "%s · %s", label, by);
        }
    }
    return true;
}

/* ---- asking ---- */

static void fill_row(struct stats_row *row, struct stats_group_sum *g)
{
    row->period = g->period;
    row->by_id = g->by_id;
    row->chats = g->sum.chats;
    row->missed = g->sum.missed;
    row->abandoned = g->sum.abandoned;
    row->dropped = g->sum.dropped;
    row->member_rows = g->sum.member_rows;
    row->agent_rows = g->sum.agent_rows;
    row->system_rows = g->sum.system_rows;
    memcpy(row->scores, g->sum.scores, sizeof(row->scores));
    for (int f = 0; f < FIGURE_TOTAL; f++)
        stats_sum_dist(&g->sum, (enum stats_figure)f, &row->dist[f]);
}

/* One row for every period of the list, which holds all periods that sums have; without `periods` one for each sum. */
static bool make_rows(const struct stats_group_list *list, const int64_t *periods, size_t n, struct stats_table *table)
{
    struct stats_group_sum empty = {0};
    size_t at = 0;

    table->n = periods ? n : list->n;
    table->is_exact = list->is_exact;
    table->rows = calloc(table->n + 1, sizeof(*table->rows));
    if (!table->rows)
        return false;
    stats_sum_init(&empty.sum, true);
    for (size_t i = 0; i < table->n; i++) {
        bool is_there = !periods || (at < list->n && list->sums[at]->period == periods[i]);

        fill_row(&table->rows[i], is_there ? list->sums[at] : &empty);
        at += is_there;
        if (periods)
            table->rows[i].period = periods[i];
    }
    return true;
}

static bool has_load(const struct stats_ask *ask)
{
    return ask->by == STATS_BY_AGENT && !ask->category_id && !ask->is_open_only && ask->group != STATS_GROUP_HOUR && ask->group != STATS_GROUP_WEEKDAY_HOUR;
}

enum outcome stats_table_make(struct db *db, const struct config *config, const struct stats_ask *ask, enum lang lang, struct stats_table *table, struct refusal *refusal_r)
{
    struct stats_group_list list = {0};
    int64_t *periods = NULL;
    enum outcome outcome;
    size_t n = 0;

    *table = (struct stats_table){0};
    if (ask->by == STATS_BY_NONE) {
        n = stats_periods(ask->zone, ask->group, ask->from_ms, ask->to_ms, STATS_ROWS_MAX, &periods);
        if (n == SIZE_MAX)
            return refuse_field(refusal_r, 400, CODE_INPUT, "That would be too many rows. Choose longer periods or a shorter time.", "group");
    }
    outcome = db_begin_snapshot(db, STATS_TIME_MS) && code_refresh(db) ? stats_group_sums(db, config, ask, &list, refusal_r) : OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && (!make_rows(&list, periods, n, table) || !name_rows(db, ask, lang, table)))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && has_load(ask))
        outcome = stats_load_read(db, ask, clock_wall_ms(), table->rows, table->n, refusal_r);
    db_rollback(db);
    stats_group_list_clear(&list);
    free(periods);
    if (outcome != OUTCOME_DONE)
        stats_table_clear(table);
    return outcome;
}

void stats_table_clear(struct stats_table *table)
{
    free(table->rows);
    *table = (struct stats_table){0};
}

bool stats_member_name(struct db *db, int64_t member_id, char out[NICKNAME_SIZE], bool *is_staff_r)
{
    struct db_rows *rows = db_query(db, "SELECT nickname, gubun FROM member WHERE member_id = ?", DB_ARGS(db_int(member_id)));

    out[0] = '\0';
    if (is_staff_r)
        *is_staff_r = false;
    if (!rows)
        return false;
    if (db_rows_count(rows) > 0) {
        snprintf(out, NICKNAME_SIZE, "%s", db_cell(rows, 0, 0, NULL));
        if (is_staff_r)
            *is_staff_r = role_is_staff(role_from_gubun((int)db_cell_int(rows, 0, 1)));
    }
    db_rows_free(&rows);
    return true;
}

/* ---- now ---- */

const int64_t stats_limits_s[STATS_LIMITS] = {5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600};

static const char sql_open[] = "SELECT SUM(status_id = 1), SUM(status_id IN (2, 4)), MIN(IF(status_id = 1, queue_since, NULL)),"
                               " (SELECT COUNT(*) FROM member WHERE gubun IN (2, 3, 5) AND status = 1) FROM chat_session WHERE status_id IN (1, 2, 4)";
static bool read_now(struct db *db, const struct config *config, struct stats_live *live)
{
    struct db_rows *rows = db_query(db, sql_open, NULL, 0);
    int64_t since;

    if (!rows)
        return false;
    live->waiting = db_cell_int(rows, 0, 0);
    live->active = db_cell_int(rows, 0, 1);
    since = db_cell_time(rows, 0, 2);
    live->longest_wait_s = since < 0 ? -1 : live->now_ms > since ? (live->now_ms - since) / 1000 : 0;
    live->agents_max = db_cell_int(rows, 0, 3);
    db_rows_free(&rows);
    live->connections = program_count_connections(live->now_ms);
    return online_count(db, config, live->now_ms, &live->agents_online) == OUTCOME_DONE;
}

static void read_spread(const struct stats_sum *sum, struct stats_spread spread[FIGURE_TOTAL])
{
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        spread[f].n = sum->figure[f].n;
        spread[f].sum_ns = (int64_t)sum->figure[f].sum_ns;
        for (int i = 0; i < STATS_LIMITS; i++)
            spread[f].below[i] = stats_sum_below(sum, (enum stats_figure)f, stats_limits_s[i] * 1000000000);
    }
}

enum outcome stats_live_read(struct db *db, const struct config *config, const struct zone *zone, int64_t now_ms, enum lang lang, struct stats_live *live,
                             struct refusal *refusal_r)
{
    struct stats_group_sum nothing = {0};
    struct stats_group_list list = {0};
    struct stats_ask ask = {.zone = zone};
    enum outcome outcome;

    *live = (struct stats_live){.now_ms = now_ms};
    stats_sum_init(&nothing.sum, true);
    stats_today(zone, now_ms, &ask.from_ms, &ask.to_ms);
    outcome = db_begin_snapshot(db, STATS_TIME_MS) && code_refresh(db) ? stats_group_sums(db, config, &ask, &list, refusal_r) : OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE) {
        struct stats_group_sum *today = list.n > 0 ? list.sums[0] : &nothing;

        fill_row(&live->today, today);
        snprintf(live->today.key, sizeof(live->today.key), "all");
        snprintf(live->today.label, sizeof(live->today.label), "%s", catalog_text(lang, "All chats"));
        read_spread(&today->sum, live->spread);
        outcome = read_now(db, config, live) ? OUTCOME_DONE : OUTCOME_AWAY;
    }
    db_rollback(db);
    stats_group_list_clear(&list);
    return outcome;
}

static bool whole_span(struct db *db, struct stats_ask *ask)
{
    struct db_rows *rows = db_query(db, "SELECT MIN(cdate), MAX(cdate) FROM chat_session", NULL, 0);

    if (!rows)
        return false;
    ask->from_ms = db_cell_time(rows, 0, 0);
    ask->to_ms = db_cell_time(rows, 0, 1) + 1;
    db_rows_free(&rows);
    return true;
}

enum outcome stats_count_all(struct db *db, struct session_counts *counts, int64_t *chats_r)
{
    struct stats_group_list list = {0};
    struct stats_site site;
    struct stats_ask ask = {.from_ms = 0};
    struct refusal unasked;
    const struct config *config = db_config(db);
    enum outcome outcome = OUTCOME_AWAY;

    *chats_r = 0;
    if (!stats_site_open(db, config, &site))
        return OUTCOME_AWAY;
    ask.zone = site.zone;
    if (db_begin_snapshot(db, STATS_TIME_MS) && whole_span(db, &ask))
        outcome = session_count_open(db, counts);
    if (outcome == OUTCOME_DONE && ask.from_ms >= 0)
        outcome = stats_group_sums(db, config, &ask, &list, &unasked);
    db_rollback(db);
    if (outcome == OUTCOME_DONE && list.n > 0) {
        const struct stats_sum *all = &list.sums[0]->sum;

        *chats_r = all->chats;
        counts->total_messages = all->member_rows + all->agent_rows + all->system_rows;
    }
    stats_group_list_clear(&list);
    stats_site_close(&site);
    return outcome;
}

bool stats_queue_read(struct db *db, int64_t now_ms, struct stats_queue *queue)
{
    struct db_rows *rows = db_query(db, "SELECT category_id, COUNT(*), MIN(queue_since) FROM chat_session WHERE status_id = 1 GROUP BY category_id ORDER BY category_id", NULL, 0);

    *queue = (struct stats_queue){0};
    if (!rows)
        return false;
    queue->list = calloc(db_rows_count(rows) + 1, sizeof(*queue->list));
    for (size_t i = 0; queue->list && i < db_rows_count(rows); i++) {
        int64_t since = db_cell_time(rows, i, 2);

        queue->list[queue->n++] = (struct stats_waiting){(int32_t)db_cell_int(rows, i, 0), db_cell_int(rows, i, 1), now_ms > since ? (now_ms - since) / 1000 : 0};
    }
    db_rows_free(&rows);
    return queue->list != NULL;
}
