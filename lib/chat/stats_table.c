#include "lib/chat/stats_table.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_cover.h"
#include "lib/chat/stats_fix.h"
#include "lib/chat/stats_hours.h"
#include "lib/chat/stats_rows.h"
#include "lib/chat/table.h"

struct place {
    int64_t period, by_id;
};
struct group {
    struct place place;
    struct stats_group_sum out;
    UT_hash_handle hh;
};
struct making {
    const struct stats_ask *ask;
    struct group *groups; /* owned */
    bool is_exact, has_failed, has_too_many;
};

/* ---- adding up ---- */

static struct stats_sum *sum_at(struct making *m, int64_t period, int64_t by_id)
{
    struct place place = {period, by_id};
    struct group *g;

    HASH_FIND(hh, m->groups, &place, sizeof(place), g);
    if (g)
        return &g->out.sum;
    if (HASH_COUNT(m->groups) >= STATS_ROWS_MAX) {
        m->has_too_many = true;
        return NULL;
    }
    g = calloc(1, sizeof(*g));
    if (!g) {
        m->has_failed = true;
        return NULL;
    }
    g->place = place;
    g->out.period = period;
    g->out.by_id = by_id;
    stats_sum_init(&g->out.sum, m->is_exact);
    HASH_ADD(hh, m->groups, place, sizeof(g->place), g);
    if (!table_has(g)) {
        free(g);
        m->has_failed = true;
        return NULL;
    }
    return &g->out.sum;
}

static bool add_entry(struct making *m, int64_t period, int64_t by_id, const struct stats_entry *e)
{
    struct stats_sum *sum = sum_at(m, period, by_id);

    if (!sum)
        return false;
    stats_sum_add(sum, e);
    m->has_failed |= sum->has_failed;
    return !sum->has_failed;
}

/* A chat's figures go to its last agent, but frt_s to the one who answered: with agents one chat may give to two rows. */
static bool add_chat(struct making *m, int64_t cdate_ms, int32_t category_id, const struct stats_figures *f, struct stats_entry *e)
{
    const struct stats_ask *ask = m->ask;
    bool by_agent = ask->by == STATS_BY_AGENT, is_split = (by_agent || ask->agent_id) && f->answerer_id && f->answerer_id != f->agent_id;
    int64_t period = stats_period(ask->zone, ask->group, cdate_ms), by_id = ask->by == STATS_BY_CATEGORY ? category_id : 0;

    if (ask->is_open_only && !f->is_open)
        return true;
    e->is_chat = true;
    e->missed = f->missed;
    e->abandoned = f->abandoned;
    e->dropped = f->dropped;
    memcpy(e->value, f->value, sizeof(e->value));
    if (is_split)
        e->value[FIGURE_FRT] = -1;
    if ((!ask->agent_id || ask->agent_id == f->agent_id) && !add_entry(m, period, by_agent ? f->agent_id : by_id, e))
        return false;
    if (!is_split || (ask->agent_id && ask->agent_id != f->answerer_id))
        return true;
    e->is_chat = false;
    for (int i = 0; i < FIGURE_TOTAL; i++)
        e->value[i] = i == FIGURE_FRT ? f->value[i] : -1;
    return add_entry(m, period, by_agent ? f->answerer_id : by_id, e);
}

static bool on_unfixed(void *context, const struct stats_chat *c, const struct stats_figures *f)
{
    struct stats_entry e = {.member_rows = c->member_rows, .agent_rows = c->agent_rows, .system_rows = c->system_rows, .score = c->score};

    return add_chat(context, c->cdate_ms, c->category_id, f, &e);
}

static bool on_fixed(void *context, const struct stats_fixed *r)
{
    struct stats_entry e = {.member_rows = r->member_rows, .agent_rows = r->agent_rows, .system_rows = r->system_rows, .score = r->score};

    return add_chat(context, r->cdate_ms, r->category_id, &r->f, &e);
}

/* ---- sources ---- */

static enum outcome add_unfixed(struct db *db, const struct config *config, struct making *m, struct refusal *refusal_r)
{
    struct stats_scan scan = {.from_ms = m->ask->from_ms, .to_ms = m->ask->to_ms, .category_id = m->ask->category_id, .deadline_ms = clock_monotonic_ms() + STATS_TIME_MS};
    struct stats_site site;
    enum outcome outcome;

    if (!stats_site_open(db, config, &site))
        return OUTCOME_AWAY;
    scan.hours = site.hours;
    outcome = stats_scan_unfixed(db, &scan, on_unfixed, m, refusal_r);
    stats_site_close(&site);
    return outcome;
}

static enum outcome add_rows(struct db *db, struct making *m, int64_t from_ms, int64_t to_ms)
{
    struct stats_fixed_scan scan = {.from_ms = from_ms, .to_ms = to_ms, .agent_id = m->ask->agent_id, .category_id = m->ask->category_id, .has_parent = true};

    return stats_fixed_scan(db, &scan, on_fixed, m);
}

/* Whether a cell's id is one that the question is about. */
static bool is_asked_for(const struct stats_ask *ask, enum stats_dim dim, int64_t id)
{
    struct code code;

    if (dim == STATS_DIM_AGENT)
        return !ask->agent_id || id == ask->agent_id;
    if (dim == STATS_DIM_ALL || !ask->category_id || id == ask->category_id)
        return true;
    return code_by_id((int32_t)id, &code) && code.pcode == ask->category_id;
}

static enum outcome add_cells(struct db *db, struct making *m, enum stats_dim dim, const struct stats_piece *piece)
{
    static const char sql[] = "SELECT start, slot, id, is_open, sums FROM stats_cell WHERE level = ? AND dim = ? AND start >= ? AND start < ? AND (? = 0 OR id = ?)";
    const struct stats_ask *ask = m->ask;
    struct db_arg agent = db_int(dim == STATS_DIM_AGENT ? ask->agent_id : 0);
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(piece->level), db_int(dim), db_time(piece->from_ms), db_time(piece->to_ms), agent, agent));

    if (!rows)
        return OUTCOME_AWAY;
    for (size_t i = 0; i < db_rows_count(rows) && !m->has_failed && !m->has_too_many; i++) {
        int64_t start = db_cell_time(rows, i, 0), id = db_cell_int(rows, i, 2), period;
        struct stats_sum *sum;
        size_t len;
        const char *bytes = db_cell(rows, i, 4, &len);

        if (!is_asked_for(ask, dim, id) || (ask->is_open_only && db_cell_int(rows, i, 3) == 0))
            continue;
        period = piece->level == STATS_LEVEL_WEEK_HOURS ? db_cell_int(rows, i, 1) : stats_period(ask->zone, ask->group, start);
        sum = sum_at(m, period, ask->by == STATS_BY_NONE ? 0 : id);
        if (sum && (!stats_sum_read(sum, bytes, len) || sum->has_failed))
            m->has_failed = true;
    }
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

/* *blocks_r malloc'd, ordered. */
static bool read_dirty(struct db *db, struct stats_block **blocks_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT level, start FROM stats_block WHERE dirty = 1 ORDER BY level, start", NULL, 0);
    size_t n = db_rows_count(rows);

    *blocks_r = rows ? calloc(n + 1, sizeof(**blocks_r)) : NULL;
    *n_r = n;
    for (size_t i = 0; *blocks_r && i < n; i++)
        (*blocks_r)[i] = (struct stats_block){(enum stats_level)db_cell_int(rows, i, 0), db_cell_time(rows, i, 1)};
    db_rows_free(&rows);
    return *blocks_r != NULL;
}

static bool has_site_zone(struct db *db, const struct zone *zone, bool *is_same_r)
{
    struct db_rows *rows = db_query(db, "SELECT name FROM stats_zone", NULL, 0);

    *is_same_r = rows && db_rows_count(rows) > 0 && !strcmp(db_cell(rows, 0, 0, NULL), zone_name(zone));
    if (!rows)
        return false;
    db_rows_free(&rows);
    return true;
}

static enum outcome add_blocks(struct db *db, struct making *m, enum stats_dim dim)
{
    struct stats_cover cover = {.zone = m->ask->zone, .group = m->ask->group, .from_ms = m->ask->from_ms, .to_ms = m->ask->to_ms};
    struct stats_block *dirty = NULL;
    struct stats_piece *pieces = NULL;
    enum outcome outcome = OUTCOME_AWAY;
    size_t n;

    if (has_site_zone(db, m->ask->zone, &cover.is_site_zone) && read_dirty(db, &dirty, &cover.dirty_n)) {
        cover.dirty = dirty;
        n = stats_cover(&cover, &pieces);
        outcome = n == SIZE_MAX ? OUTCOME_AWAY : OUTCOME_DONE;
        for (size_t i = 0; i < n && outcome == OUTCOME_DONE && !m->has_failed && !m->has_too_many; i++)
            outcome = pieces[i].is_rows ? add_rows(db, m, pieces[i].from_ms, pieces[i].to_ms) : add_cells(db, m, dim, &pieces[i]);
        free(pieces);
    }
    free(dirty);
    return outcome;
}

/* ---- the list ---- */

/* By period, then by id; nobody (0) comes last. */
static int compare(const void *a, const void *b)
{
    const struct stats_group_sum *x = *(struct stats_group_sum *const *)a, *y = *(struct stats_group_sum *const *)b;

    if (x->period != y->period)
        return x->period < y->period ? -1 : 1;
    if (x->by_id == y->by_id)
        return 0;
    if (!x->by_id || !y->by_id)
        return x->by_id ? -1 : 1;
    return x->by_id < y->by_id ? -1 : 1;
}

static void free_groups(struct making *m)
{
    struct group *g, *next;

    HASH_ITER(hh, m->groups, g, next) {
        HASH_DEL(m->groups, g);
        stats_sum_clear(&g->out.sum);
        free(g);
    }
}

/* The sums move into a list of their own. */
static bool take_list(struct making *m, struct stats_group_list *list)
{
    struct group *g, *next;

    list->sums = calloc(HASH_COUNT(m->groups) + 1, sizeof(struct stats_group_sum *));
    if (!list->sums)
        return false;
    HASH_ITER(hh, m->groups, g, next) {
        struct stats_group_sum *one = malloc(sizeof(*one));

        if (!one)
            return false;
        *one = g->out;
        list->sums[list->n++] = one;
        HASH_DEL(m->groups, g);
        free(g);
    }
    if (list->n > 0)
        qsort(list->sums, list->n, sizeof(list->sums[0]), compare);
    return true;
}

/* Few chats are read one by one: then median and p90 are those of real chats. */
static bool is_small(struct db *db, const struct config *config, const struct stats_ask *ask, bool *is_small_r)
{
    struct db_rows *rows = db_query(db, "SELECT COUNT(*) FROM (SELECT 1 FROM chat_figure FORCE INDEX (PRIMARY) WHERE cdate >= ? AND cdate < ? LIMIT ?) AS some",
                                    DB_ARGS(db_time(ask->from_ms), db_time(ask->to_ms), db_int(config->stats_exact_max + 1)));

    if (!rows)
        return false;
    *is_small_r = db_cell_int(rows, 0, 0) <= config->stats_exact_max;
    db_rows_free(&rows);
    return true;
}

enum outcome stats_group_sums(struct db *db, const struct config *config, const struct stats_ask *ask, struct stats_group_list *list, struct refusal *refusal_r)
{
    bool of_agent = ask->by == STATS_BY_AGENT || ask->agent_id, of_category = ask->by == STATS_BY_CATEGORY || ask->category_id;
    struct making m = {.ask = ask};
    enum outcome outcome;

    *list = (struct stats_group_list){0};
    if (!is_small(db, config, ask, &m.is_exact))
        return OUTCOME_AWAY;
    if (m.is_exact || (of_agent && of_category)) /* no cell is of an agent in a category */
        outcome = add_rows(db, &m, ask->from_ms, ask->to_ms);
    else
        outcome = add_blocks(db, &m, of_agent ? STATS_DIM_AGENT : of_category ? STATS_DIM_CATEGORY : STATS_DIM_ALL);
    if (outcome == OUTCOME_DONE && !m.has_failed && !m.has_too_many)
        outcome = add_unfixed(db, config, &m, refusal_r);
    if (outcome == OUTCOME_DONE && m.has_too_many)
        outcome = refuse_field(refusal_r, 400, CODE_INPUT, "That would be too many rows. Choose longer periods or a shorter time.", "group");
    if (outcome == OUTCOME_DONE && (m.has_failed || !take_list(&m, list)))
        outcome = OUTCOME_AWAY;
    list->is_exact = m.is_exact;
    free_groups(&m);
    if (outcome != OUTCOME_DONE)
        stats_group_list_clear(list);
    return outcome;
}

void stats_group_list_clear(struct stats_group_list *list)
{
    for (size_t i = 0; i < list->n; i++) {
        stats_sum_clear(&list->sums[i]->sum);
        free(list->sums[i]);
    }
    free(list->sums);
    *list = (struct stats_group_list){0};
}
