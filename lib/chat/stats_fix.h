/* stats_fix: the figures of a chat that is over are worked out once from its messages and kept in chat_figure. Closing a chat does not wait for that: it stays
 * figured = 0, and every answer computes such chats itself (stats_rows.h), until the next stats_fix(). Both give the same figures, so nobody sees when it
 * happens. Fixing twice, or on two machines at once, does no harm: rows are locked (SKIP LOCKED) and replaced.
 *
 * Whatever changes a chat that is over (a rating, an erased row) calls stats_unfix() in its own transaction. All functions block. */
#ifndef SANGDAM_CHAT_STATS_FIX_H
#define SANGDAM_CHAT_STATS_FIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"
#include "lib/chat/stats_figure.h"

struct config;
struct db;
struct stats_hours;
struct zone;

/* What the functions here and of stats_roll.h need to know of the site. */
struct stats_site {
    struct zone *zone;         /* owned */
    struct stats_hours *hours; /* owned */
};
/* Reads the codes, the zone of the configuration (UTC when the system lacks it) and the opening hours. */
bool stats_site_open(struct db *db, const struct config *config, struct stats_site *site_r);
void stats_site_close(struct stats_site *site);

#define STATS_FIX_MAX 200
/* Up to most chats that are over and not fixed, oldest request first. */
enum outcome stats_fix_list(struct db *db, int64_t *session_nos, size_t most, size_t *n_r);
/* Fixes those of the chats (1..STATS_FIX_MAX) that are over. n_r: how many. */
enum outcome stats_fix(struct db *db, const struct stats_site *site, const int64_t *session_nos, size_t n, size_t *n_r);
/* Forgets the figures of a chat; they are worked out anew. Within the caller's transaction, which has locked the chat's row. */
bool stats_unfix(struct db *db, const struct config *config, int64_t session_no);

/* One row of chat_figure. */
struct stats_fixed {
    int64_t session_no, cdate_ms, end_ms;
    int32_t category_id, member_rows, agent_rows, system_rows, score;
    struct stats_figures f;
};
/* Of a chat that is over, as it is to be stored. */
void stats_fixed_of(const struct stats_chat *c, const struct stats_figures *f, struct stats_fixed *fixed_r);
/* Rows of chat_figure as they are, without the marks that go with them. Within a transaction. */
bool stats_fixed_insert(struct db *db, const struct stats_fixed *list, size_t n);
/* Called for each row in the order of (cdate, session_no); false ends the scan. */
typedef bool stats_on_fixed(void *context, const struct stats_fixed *row);
struct stats_fixed_scan {
    int64_t from_ms, to_ms;       /* of cdate, half open */
    int64_t agent_id, category_id; /* 0: any. agent: the last one, or who answered first; a parent category without its children */
    bool has_parent;              /* category_id's children count as well */
};
/* In keyset pages of STATS_FIXED_PAGE. */
#define STATS_FIXED_PAGE 5000
enum outcome stats_fixed_scan(struct db *db, const struct stats_fixed_scan *scan, stats_on_fixed *on_fixed, void *context);

#endif
