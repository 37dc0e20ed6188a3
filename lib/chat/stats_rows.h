/* stats_rows: reads the raw rows of chat_session and chat_message in one streaming pass, in pages, and folds each chat into its figures. Those of
 * chats that are over are read once, by stats_fix.h; afterwards chat_figure has them. */
#ifndef SANGDAM_CHAT_STATS_ROWS_H
#define SANGDAM_CHAT_STATS_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/chat/outcome.h"
#include "lib/chat/stats_figure.h"

struct db;
struct stats_hours;

struct stats_scan {
    const struct stats_hours *hours; /* NULL: always open */
    int32_t status_id;        /* of chats whose figures are not fixed (0: all chats, fixed or not) */
    int64_t from_ms, to_ms;   /* of cdate, half open */
    int32_t category_id;      /* 0: any; a parent's children count as well */
    bool is_newest_first;
    int64_t after_ms, after_no; /* go on behind this cdate and session_no; after_no 0: from the start */
    int64_t deadline_ms;      /* of clock_monotonic_ms() */
};
/* Called for each chat in the order of (cdate, session_no). False ends the scan. */
typedef bool stats_on_chat(void *context, const struct stats_chat *chat, const struct stats_figures *figures);

/* Blocks until done, refused (503 when the deadline passed) or the database is away. The caller has begun a transaction when it wants
 * one moment's picture. */
enum outcome stats_scan_chats(struct db *db, const struct stats_scan *scan, stats_on_chat *on_chat, void *context, struct refusal *refusal_r);

/* The same for all chats whose figures are not fixed: the open ones, and those that are over since a moment. By status, then as above. */
enum outcome stats_scan_unfixed(struct db *db, const struct stats_scan *scan, stats_on_chat *on_chat, void *context, struct refusal *refusal_r);
/* Locks those of the chats (1..STATS_PAGE) that are over and that nobody else locks, and folds them. The caller has begun a transaction. */
enum outcome stats_lock_chats(struct db *db, const int64_t *session_nos, size_t n, struct stats_chat *chats_r, size_t *n_r);

/* 200 holes for a list of ids */
#define STATS_PAGE 200
#define STATS_HOLES_10 "?,?,?,?,?,?,?,?,?,?"
#define STATS_HOLES_50 STATS_HOLES_10 "," STATS_HOLES_10 "," STATS_HOLES_10 "," STATS_HOLES_10 "," STATS_HOLES_10
#define STATS_HOLES STATS_HOLES_50 "," STATS_HOLES_50 "," STATS_HOLES_50 "," STATS_HOLES_50

#endif
