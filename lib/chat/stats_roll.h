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
/* Makes the block's cells without writing them, in a snapshot, and counts those that are stored otherwise. SAME: it became dirty, or is away. */
enum outcome stats_roll_compare(struct db *db, const struct stats_site *site, struct stats_block block, size_t *different_r);
/* Days and months belong to a zone: after another one was configured they are thrown away and marked to be made anew. Cheap when nothing changed. */
enum outcome stats_roll_check_zone(struct db *db, const struct stats_site *site);

struct stats_roll_done {
    size_t fixed, rolled;
    bool is_unfinished; /* the time ran out */
};
/* What pushd remembers between two turns: which chats waited to be fixed. A chat is fixed in the second turn that finds it, so that rows which somebody puts
 * in one after the other are all there by then. */
#define STATS_TURN_MAX 200
struct stats_turn {
    int64_t session_nos[STATS_TURN_MAX];
    size_t n;
};
/* All that is to do now, until until_ms (of clock_monotonic_ms()): fixes chats that are over and rolls what is dirty. turn NULL: no chat waits for a second
 * turn; neither does any when STATS_TURN_MAX wait. */
enum outcome stats_roll_all(struct db *db, const struct config *config, int64_t now_ms, int64_t until_ms, struct stats_turn *turn, struct stats_roll_done *done_r);

#endif
