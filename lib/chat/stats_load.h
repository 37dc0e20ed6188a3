/* stats_load: what agents had to do: how many chats at once, how long they were online and away. chat_duty keeps the stretches of chats that are over, cut at UTC days, and is
 * written when a chat is fixed (stats_fix.h); staff_stretch when somebody was connected (online.h). A day that is over is added up into agent_load, again whenever
 * agent_day says that it changed. An answer takes whole days where it can, stretches where it must, and those of open chats from their messages. All block. */
#ifndef SANGDAM_CHAT_STATS_LOAD_H
#define SANGDAM_CHAT_STATS_LOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/db.h"
#include "lib/chat/outcome.h"
#include "lib/chat/stats.h"
#include "lib/chat/stats_figure.h"

/* The stretches of chats that are over, within the caller's transaction, whose marks are made too. */
bool stats_load_store(struct db *db, const struct stats_chat *const *chats, size_t n);
/* Those of these chats go (nos as for STATS_HOLES). */
bool stats_load_forget(struct db *db, const struct db_arg *nos);
/* A member of the staff is connected at now_ms; since when is known from the last time. Whether they say that they are away is noted too. */
bool stats_load_online(struct db *db, int64_t member_id, int64_t now_ms);

/* Adds up days that are over and changed, until until_ms of clock_monotonic_ms(). done_r: how many. */
enum outcome stats_load_roll(struct db *db, int64_t now_ms, int64_t until_ms, size_t *done_r);
/* Days between the two that are not what their stretches add up to. */
enum outcome stats_load_compare(struct db *db, int64_t from_ms, int64_t to_ms, size_t *days_r, size_t *different_r);

/* Fills load of rows by agent (in period none, day, week or month). Within the caller's snapshot. */
enum outcome stats_load_read(struct db *db, const struct stats_ask *ask, int64_t now_ms, struct stats_row *rows, size_t n, struct refusal *refusal_r);

#endif
