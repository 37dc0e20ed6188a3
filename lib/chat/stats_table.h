/* stats_table: the sums behind an answer, from three sources that never overlap: cells of whole clean blocks (stats_cover.h), rows of chat_figure, and the
 * messages of chats whose figures are not fixed. Private to the family: stats.h is the door. */
#ifndef SANGDAM_CHAT_STATS_TABLE_H
#define SANGDAM_CHAT_STATS_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/stats.h"
#include "lib/chat/stats_sum.h"

struct stats_group_sum {
    int64_t period, by_id;
    struct stats_sum sum;
};
struct stats_group_list {
    struct stats_group_sum **sums; /* owned, in the order of rows: by period, then by id, nobody (0) last */
    size_t n;
    bool is_exact;
};
/* Within the caller's snapshot, after code_refresh(). Blocks. */
enum outcome stats_group_sums(struct db *db, const struct config *config, const struct stats_ask *ask, struct stats_group_list *list_r, struct refusal *refusal_r);
void stats_group_list_clear(struct stats_group_list *list);

#endif
