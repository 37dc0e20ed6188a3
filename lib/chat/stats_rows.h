/* stats_rows: reads the raw rows of chat_session and chat_message in one streaming pass, in pages, and folds each chat into its figures. */
#ifndef SANGDAM_CHAT_STATS_ROWS_H
#define SANGDAM_CHAT_STATS_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/chat/outcome.h"
#include "lib/chat/stats_figure.h"

struct db;

struct stats_scan {
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

/* 200 holes for a list of ids */
#define STATS_PAGE 200
#define STATS_HOLES_10 "?,?,?,?,?,?,?,?,?,?"
#define STATS_HOLES_50 STATS_HOLES_10 "," STATS_HOLES_10 "," STATS_HOLES_10 "," STATS_HOLES_10 "," STATS_HOLES_10
#define STATS_HOLES STATS_HOLES_50 "," STATS_HOLES_50 "," STATS_HOLES_50 "," STATS_HOLES_50

#endif
