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
#include "lib/chat/stats_rows.h"

/* What one chat gives to one row. With agents a chat may give to two: its last agent, and the one who answered first. */
struct entry {
    int64_t period, by_id;
    int64_t value[FIGURE_TOTAL];
    bool is_chat, missed, abandoned, dropped; /* is_chat false: only a frt_s */
};
struct gather {
    const struct stats_ask *ask;
    struct entry *entries; /* owned */
    size_t n, cap;
    bool is_out_of_memory;
};

/* ---- gathering ---- */

static struct entry *new_entry(struct gather *g, int64_t period, int64_t by_id)
{
    struct entry *e;

    if (g->n == g->cap) {
        size_t more = g->cap ? g->cap * 2 : 256;
        struct entry *p = realloc(g->entries, more * sizeof(*p));

        if (!p) {
            g->is_out_of_memory = true;
            return NULL;
        }
        g->entries = p;
        g->cap = more;
    }
    e = &g->entries[g->n++];
    *e = (struct entry){.period = period, .by_id = by_id};
    for (int i = 0; i < FIGURE_TOTAL; i++)
        e->value[i] = -1;
    return e;
}

static bool is_asked_for(const struct stats_ask *ask, int64_t agent_id)
{
    return !ask->agent_id || ask->agent_id == agent_id;
}

static bool gather_chat(void *context, const struct stats_chat *chat, const struct stats_figures *f)
{
    struct gather *g = context;
    bool by_agent = g->ask->by == STATS_BY_AGENT;
    bool is_split = (by_agent || g->ask->agent_id) && f->answerer_id && f->answerer_id != f->agent_id;
    int64_t period = stats_period(g->ask->zone, g->ask->group, chat->cdate_ms);
    int64_t category_id = g->ask->by == STATS_BY_CATEGORY ? chat->category_id : 0;
    struct entry *e;

    if (is_asked_for(g->ask, f->agent_id)) {
        e = new_entry(g, period, by_agent ? f->agent_id : category_id);
        if (!e)
            return false;
        memcpy(e->value, f->value, sizeof(e->value));
        if (is_split)
            e->value[FIGURE_FRT] = -1;
        e->is_chat = true;
        e->missed = f->missed;
        e->abandoned = f->abandoned;
        e->dropped = f->dropped;
    }
    if (is_split && is_asked_for(g->ask, f->answerer_id)) {
        e = new_entry(g, period, by_agent ? f->answerer_id : category_id);
        if (!e)
            return false;
        e->value[FIGURE_FRT] = f->value[FIGURE_FRT];
    }
    return true;
}

/* By period, then by id; nobody (0) comes last. */
static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;

    if (x->period != y->period)
        return x->period < y->period ? -1 : 1;
    if (x->by_id == y->by_id)
        return 0;
    if (!x->by_id || !y->by_id)
        return x->by_id ? -1 : 1;
    return x->by_id < y->by_id ? -1 : 1;
}

/* ---- rows ---- */

/* Entries of one row. values: room for n numbers. */
static void fill_row(struct stats_row *row, const struct entry *entries, size_t n, int64_t *values)
{
    size_t count;

    for (size_t i = 0; i < n; i++) {
        row->chats += entries[i].is_chat;
        row->missed += entries[i].missed;
        row->abandoned += entries[i].abandoned;
        row->dropped += entries[i].dropped;
    }
    for (int figure = 0; figure < FIGURE_TOTAL; figure++) {
        count = 0;
        for (size_t i = 0; i < n; i++)
            if (entries[i].value[figure] >= 0)
                values[count++] = entries[i].value[figure];
        stats_dist_make(values, count, figure == FIGURE_ART, &row->dist[figure]);
    }
}

static bool same_row(const struct entry *a, const struct entry *b)
{
    return a->period == b->period && a->by_id == b->by_id;
}

/* One row for every run of equal (period, by_id). False when there are more than STATS_ROWS_MAX or memory is out. */
static bool rows_of_entries(const struct gather *g, int64_t *values, struct stats_table *table)
{
    size_t n = 0, end;

    for (size_t i = 0; i < g->n; i++)
        n += i == 0 || !same_row(&g->entries[i - 1], &g->entries[i]);
    if (n > STATS_ROWS_MAX)
        return false;
    table->rows = calloc(n + 1, sizeof(*table->rows));
    if (!table->rows)
        return false;
    for (size_t i = 0; i < g->n; i = end) {
        struct stats_row *row = &table->rows[table->n++];

        for (end = i + 1; end < g->n && same_row(&g->entries[i], &g->entries[end]); end++)
            ;
        row->period = g->entries[i].period;
        row->by_id = g->entries[i].by_id;
        fill_row(row, &g->entries[i], end - i, values);
    }
    return true;
}

/* One row for every period of the list, which holds all periods that entries have. */
static bool rows_of_periods(const struct gather *g, const int64_t *periods, size_t n, int64_t *values, struct stats_table *table)
{
    size_t at = 0, end;

    table->rows = calloc(n + 1, sizeof(*table->rows));
    if (!table->rows)
        return false;
    table->n = n;
    for (size_t i = 0; i < n; i++, at = end) {
        for (end = at; end < g->n && g->entries[end].period <= periods[i]; end++)
            ;
        table->rows[i].period = periods[i];
        fill_row(&table->rows[i], end > at ? &g->entries[at] : NULL, end - at, values);
    }
    return true;
}

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

/* Counted by the index alone, so that a span that is too long is refused at once. */
static enum outcome check_size(struct db *db, const struct stats_ask *ask, struct refusal *refusal_r)
{
    struct db_rows *rows = db_query(db, "SELECT COUNT(*) FROM (SELECT 1 FROM chat_session WHERE cdate >= ? AND cdate < ? LIMIT ?) AS some",
                                    DB_ARGS(db_time(ask->from_ms), db_time(ask->to_ms), db_int(STATS_CHATS_MAX + 1)));
    int64_t n;

    if (!rows)
        return OUTCOME_AWAY;
    n = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return n > STATS_CHATS_MAX ? refuse_field(refusal_r, 400, CODE_INPUT, "There are too many chats in this time. Choose a shorter one.", "from") : OUTCOME_DONE;
}

static enum outcome make_rows(struct gather *g, struct stats_table *table, struct refusal *refusal_r)
{
    const struct stats_ask *ask = g->ask;
    int64_t *values = calloc(g->n + 1, sizeof(*values)), *periods = NULL;
    enum outcome outcome = values ? OUTCOME_DONE : OUTCOME_AWAY;
    size_t n = 0;

    if (outcome == OUTCOME_DONE && ask->by == STATS_BY_NONE) {
        n = stats_periods(ask->zone, ask->group, ask->from_ms, ask->to_ms, STATS_ROWS_MAX, &periods);
        if (n == SIZE_MAX)
            outcome = refuse_field(refusal_r, 400, CODE_INPUT, "That would be too many rows. Choose longer periods or a shorter time.", "group");
        else if (!rows_of_periods(g, periods, n, values, table))
            outcome = OUTCOME_AWAY;
    } else if (outcome == OUTCOME_DONE && !rows_of_entries(g, values, table)) {
        outcome = refuse_field(refusal_r, 400, CODE_INPUT, "That would be too many rows. Choose longer periods or a shorter time.", "group");
    }
    free(periods);
    free(values);
    return outcome;
}

enum outcome stats_table_make(struct db *db, const struct stats_ask *ask, enum lang lang, struct stats_table *table, struct refusal *refusal_r)
{
    struct gather g = {.ask = ask};
    struct stats_scan scan = {
        .from_ms = ask->from_ms, .to_ms = ask->to_ms, .category_id = ask->category_id, .deadline_ms = clock_monotonic_ms() + STATS_TIME_MS};
    enum outcome outcome;

    *table = (struct stats_table){0};
    if (!db_begin(db)) /* one moment's picture of all tables; nothing is written */
        return OUTCOME_AWAY;
    outcome = code_refresh(db) ? check_size(db, ask, refusal_r) : OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE)
        outcome = stats_scan_chats(db, &scan, gather_chat, &g, refusal_r);
    if (g.is_out_of_memory)
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && g.n > 0)
        qsort(g.entries, g.n, sizeof(*g.entries), compare_entries);
    if (outcome == OUTCOME_DONE)
        outcome = make_rows(&g, table, refusal_r);
    if (outcome == OUTCOME_DONE && !name_rows(db, ask, lang, table))
        outcome = OUTCOME_AWAY;
    db_rollback(db);
    free(g.entries);
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

static const char sql_open[] = "SELECT SUM(status_id = 1), SUM(status_id IN (2, 4)), MIN(IF(status_id = 1, queue_since, NULL)) FROM chat_session"
                               " WHERE status_id IN (1, 2, 4)";
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
    db_rows_free(&rows);
    return online_count(db, config, live->now_ms, &live->agents_online) == OUTCOME_DONE;
}

enum outcome stats_live_read(struct db *db, const struct config *config, const struct zone *zone, int64_t now_ms, enum lang lang, struct stats_live *live,
                             struct refusal *refusal_r)
{
    struct stats_ask ask = {.zone = zone};
    struct stats_table table;
    enum outcome outcome;

    *live = (struct stats_live){.now_ms = now_ms};
    stats_today(zone, now_ms, &ask.from_ms, &ask.to_ms);
    outcome = stats_table_make(db, &ask, lang, &table, refusal_r);
    if (outcome == OUTCOME_DONE && table.n > 0)
        live->today = table.rows[0];
    stats_table_clear(&table);
    return outcome == OUTCOME_DONE && !read_now(db, config, live) ? OUTCOME_AWAY : outcome;
}
