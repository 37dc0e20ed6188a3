/* history_export: chats that are over, in pages, for a file. Who takes customers' words out of the house says why, and that stands in the audit log before the first
 * chat leaves. */
#ifndef SANGDAM_CHAT_HISTORY_EXPORT_H
#define SANGDAM_CHAT_HISTORY_EXPORT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct db;
struct session_filter;

#define HISTORY_EXPORT_PAGE 5000
#define HISTORY_EXPORT_PURPOSE_POINTS 200

/* Notes the export. purpose: why, 422 at `purpose` when it is blank or longer than HISTORY_EXPORT_PURPOSE_POINTS. what: the format and the filter, for the log; UTF-8, borrowed.
 * DONE: it may begin. Blocks. */
enum outcome history_export_begin(struct db *db, const struct principal *who, const char *purpose, const char *what, struct refusal *refusal_r);

struct history_export_chats {
    struct session *list; /* owned: newest first */
    int32_t *scores;      /* owned: the rating of each, 0: none */
    size_t n;
};
/* The next page of filter (limit HISTORY_EXPORT_PAGE), and moves its cursor on; 0 there: this was the last. history_export_clear() the page. REFUSED: see search_chats().
 * Each page is a moment of its own; they meet by number, so no chat is there twice or missing that was there all the time. Blocks. */
enum outcome history_export_read(struct db *db, const struct principal *who, struct session_filter *filter, struct history_export_chats *page_r, struct refusal *refusal_r);
void history_export_clear(struct history_export_chats *page);

#endif
