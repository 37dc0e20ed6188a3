/* stats_check: what was fixed and added up, held against the messages themselves: stats_verify() compares, stats_rebuild() makes it anew. Both take their time
 * (some 100 us a chat) and may run while everything else does: they go chunk by chunk, a day in a snapshot, and lock no more than stats_fix() does. */
#ifndef SANGDAM_CHAT_STATS_CHECK_H
#define SANGDAM_CHAT_STATS_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"

struct config;
struct db;

struct stats_check_done {
    uint64_t chats, blocks;  /* looked at, or made anew */
    uint64_t unfixed, dirty; /* verify: not fixed, not added up yet; no fault */
    uint64_t differences;
};
/* A line without its end, as "chat 12 frt_s fixed=30000 counted=31000". */
typedef void stats_on_difference(void *context, const char *line);

/* Chats by cdate and blocks by their beginning, from from_ms to to_ms (not included). */
enum outcome stats_verify(struct db *db, const struct config *config, int64_t from_ms, int64_t to_ms, stats_on_difference *on_difference, void *context,
                          struct stats_check_done *done_r);
enum outcome stats_rebuild(struct db *db, const struct config *config, int64_t from_ms, int64_t to_ms, struct stats_check_done *done_r);

#endif
