#include "lib/chat/stats_cover.h"

#include <stdint.h>
#include <stdlib.h>

#define HOUR_MS INT64_C(3600000)
#define RUN_MS (31 * 24 * HOUR_MS) /* longest run of hours: what one SELECT brings into memory */

struct cutting {
    const struct stats_cover *c;
    struct stats_piece *pieces;
    size_t n, cap;
    bool is_out_of_memory;
};

static bool is_dirty(const struct stats_cover *c, enum stats_level level, int64_t start_ms)
{
    size_t low = 0, high = c->dirty_n;

    while (low < high) {
        size_t middle = (low + high) / 2;
        const struct stats_block *b = &c->dirty[middle];

        if (b->level == level && b->start_ms == start_ms)
            return true;
        if (b->level < level || (b->level == level && b->start_ms < start_ms))
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* A piece that goes on where the last one of its kind ended makes that one longer. */
static void add(struct cutting *k, bool is_rows, enum stats_level level, int64_t from, int64_t to)
{
    struct stats_piece *last = k->n ? &k->pieces[k->n - 1] : NULL;

    if (last && last->to_ms == from && last->is_rows == is_rows && (is_rows || last->level == level) &&
        (is_rows || level != STATS_LEVEL_HOUR || to - last->from_ms <= RUN_MS)) {
        last->to_ms = to;
        return;
    }
    if (k->n == k->cap) {
        size_t more = k->cap ? k->cap * 2 : 16;
        struct stats_piece *p = realloc(k->pieces, more * sizeof(*p));

        if (!p) {
            k->is_out_of_memory = true;
            return;
        }
        k->pieces = p;
        k->cap = more;
    }
    k->pieces[k->n++] = (struct stats_piece){.is_rows = is_rows, .level = level, .from_ms = from, .to_ms = to};
}

static bool may_use(const struct stats_cover *c, enum stats_level level)
{
    enum stats_group g = c->group;

    switch (level) {
    case STATS_LEVEL_HOUR:
        return true;
    case STATS_LEVEL_DAY:
        return c->is_site_zone && g != STATS_GROUP_HOUR && g != STATS_GROUP_WEEKDAY_HOUR;
    case STATS_LEVEL_MONTH:
        return c->is_site_zone && (g == STATS_GROUP_NONE || g == STATS_GROUP_MONTH);
    default:
        return c->is_site_zone && g == STATS_GROUP_WEEKDAY_HOUR;
    }
}

/* The end of the largest block that begins at ms and ends by limit; 0 when there is none. */
static int64_t block_at(const struct stats_cover *c, int64_t ms, int64_t limit, enum stats_level *level_r)
{
    int64_t from, to;

    for (int level = STATS_LEVEL_TOTAL - 1; level >= 0; level--) {
        if (!may_use(c, (enum stats_level)level))
            continue;
        stats_block_span(c->zone, (enum stats_level)level, ms, &from, &to);
        if (from != ms || to > limit || is_dirty(c, (enum stats_level)level, from))
            continue;
        if (level == STATS_LEVEL_HOUR && stats_period(c->zone, c->group, from) != stats_period(c->zone, c->group, to - 1))
            continue; /* half an hour of each of two periods */
        *level_r = (enum stats_level)level;
        return to;
    }
    return 0;
}

static int64_t period_end(const struct stats_cover *c, int64_t ms)
{
    int64_t from, to = -1;

    if (c->group != STATS_GROUP_NONE && c->group != STATS_GROUP_WEEKDAY_HOUR)
        stats_period_span(c->zone, c->group, stats_period(c->zone, c->group, ms), &from, &to);
    return to > ms && to < c->to_ms ? to : c->to_ms;
}

size_t stats_cover(const struct stats_cover *c, struct stats_piece **pieces_r)
{
    struct cutting k = {.c = c};
    int64_t ms = c->from_ms, limit = ms, to;
    enum stats_level level = STATS_LEVEL_HOUR;

    while (ms < c->to_ms && !k.is_out_of_memory) {
        if (ms >= limit)
            limit = period_end(c, ms);
        to = block_at(c, ms, limit, &level);
        if (to) {
            add(&k, false, level, ms, to);
        } else {
            to = (ms / HOUR_MS + 1) * HOUR_MS;
            if (to > limit)
                to = limit;
            add(&k, true, level, ms, to);
        }
        ms = to;
    }
    if (k.is_out_of_memory) {
        free(k.pieces);
        return SIZE_MAX;
    }
    *pieces_r = k.pieces;
    return k.n;
}
