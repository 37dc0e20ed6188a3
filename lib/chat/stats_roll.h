/* stats_roll: keeps the cells of stats_cell, sums over blocks of time (stats_block.h), from chat_figure. A block is made by deleting its cells and writing them
 * anew under the lock of its stats_block row, in one transaction: once by whichever node comes first (others skip a locked row), and again with the same
 * result whenever it is repeated. All functions block. */
#ifndef SANGDAM_CHAT_STATS_ROLL_H
#define SANGDAM_CHAT_STATS_ROLL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"
#include "lib/chat/stats_block.h"

struct config;
struct db;
struct stats_site;

/* Blocks that are over at now_ms and dirty, hours first; at most `most`. */
enum outcome stats_roll_list(struct db *db, const struct stats_site *site, int64_t now_ms, struct stats_block *blocks, size_t most, size_t *n_r);
/* Makes one block's cells. SAME: another node has it, or it is clean. */
enum outcome stats_roll(struct db *db, const struct stats_site *site, struct stats_block block);
/* Days and months belong to a zone: after another one was configured they are thrown away and marked to be made anew. Cheap when nothing changed. */
enum outcome stats_roll_check_zone(struct db *db, const struct stats_site *site);

struct stats_roll_done {
    size_t fixed, rolled;
};
/* All that is to do now: fixes chats that are over and rolls what is dirty. */
enum outcome stats_roll_all(struct db *db, const struct config *config, int64_t now_ms, struct stats_roll_done *done_r);

#endif
