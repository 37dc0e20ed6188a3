#include "lib/chat/stats_block.h"

#include <stdlib.h>

#include "lib/base/zone.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_time.h"

#define HOUR_MS INT64_C(3600000)

void stats_block_span(const struct zone *z, enum stats_level level, int64_t ms, int64_t *from_r, int64_t *to_r)
{
    enum stats_group group = level == STATS_LEVEL_DAY ? STATS_GROUP_DAY : STATS_GROUP_MONTH;

    if (level == STATS_LEVEL_HOUR) {
        *from_r = ms / HOUR_MS * HOUR_MS;
        *to_r = *from_r + HOUR_MS;
        return;
    }
    stats_period_span(z, group, stats_period(z, group, ms), from_r, to_r);
    if (*from_r < 0) /* the first day of 1970 begins before 0 in the east */
        *from_r = 0;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* In one order, so that two that mark the same blocks wait for each other instead of ending in a deadlock. */
bool stats_block_dirty(struct db *db, const struct zone *z, int64_t *moments, size_t n)
{
    static const char sql[] = "INSERT INTO stats_block (level, start, dirty) VALUES (?, ?, 1) ON DUPLICATE KEY UPDATE dirty = 1";
    struct db_arg *args = calloc(n * STATS_LEVEL_TOTAL * 2 + 1, sizeof(*args));
    size_t rows = 0;
    int64_t from, to, last;
    bool ok = args != NULL;

    if (n > 0)
        qsort(moments, n, sizeof(*moments), compare);
    for (int level = 0; ok && level < STATS_LEVEL_TOTAL; level++) {
        last = -1;
        for (size_t i = 0; i < n; i++) {
            if (i > 0 && moments[i] < last)
                continue;
            stats_block_span(z, (enum stats_level)level, moments[i], &from, &to);
            last = to;
            args[rows * 2] = db_int(level);
            args[rows * 2 + 1] = db_time(from);
            rows++;
        }
    }
    if (ok && rows > 0)
        ok = db_exec_rows(db, sql, args, 2, rows);
    free(args);
    return ok;
}
