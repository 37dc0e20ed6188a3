/* stats_block: the spans of time of which sums are kept: UTC hours, and days and months of the site's zone (a month twice: whole, and by weekday and hour).
 * A block's row in stats_block says whether its cells are older than the chats in it (dirty); a span without a row has no fixed chat at all. */
#ifndef SANGDAM_CHAT_STATS_BLOCK_H
#define SANGDAM_CHAT_STATS_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct zone;

enum stats_level { STATS_LEVEL_HOUR, STATS_LEVEL_DAY, STATS_LEVEL_MONTH, STATS_LEVEL_WEEK_HOURS, STATS_LEVEL_TOTAL };
enum stats_dim { STATS_DIM_ALL, STATS_DIM_CATEGORY, STATS_DIM_AGENT, STATS_DIM_TOTAL };

struct stats_block {
    enum stats_level level;
    int64_t start_ms;
};
/* The first moment of the block of a level that holds ms, and the first behind it. Pure. */
void stats_block_span(const struct zone *z, enum stats_level level, int64_t ms, int64_t *from_r, int64_t *to_r);
/* Marks the blocks of all levels that hold one of the moments (not ordered, repeats allowed; changed by the call). Within a transaction. */
bool stats_block_dirty(struct db *db, const struct zone *z, int64_t *moments_ms, size_t n);

#endif
