/* stats_cover: which blocks an answer is added up from. A span is cut into pieces: runs of whole, clean blocks of one level, and what is left over (its ragged ends,
 * hours that changed since they were added up, hours that a period's border cuts), which is read chat by chat. Pure. */
#ifndef SANGDAM_CHAT_STATS_COVER_H
#define SANGDAM_CHAT_STATS_COVER_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/chat/stats_block.h"
#include "lib/chat/stats_time.h"

struct zone;

struct stats_piece {
    bool is_rows;           /* true: level says nothing */
    enum stats_level level; /* with WEEK_HOURS the slot of a cell is its period */
    int64_t from_ms, to_ms;
};
struct stats_cover {
    const struct zone *zone;
    bool is_site_zone;      /* zone is that of the days and months */
    enum stats_group group;
    int64_t from_ms, to_ms;
    const struct stats_block *dirty; /* ordered by level and start */
    size_t dirty_n;
};
/* *pieces_r malloc'd. Their number; SIZE_MAX: memory is out. */
size_t stats_cover(const struct stats_cover *c, struct stats_piece **pieces_r);

#endif
