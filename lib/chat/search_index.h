/* search_index: which chats that are over may hold a word. search_token has a row for a token and a block of 60 chats that follow each other: a bit for each
 * chat that has the token (search_text.h) in its title, in its customer's name or e-mail, in a message, or as a fact. So several words and filters are an AND
 * of bits, newest first along the primary key, and a common word costs one row for 60 chats instead of one for each message.
 *
 * It is filled behind the writers: a chat that ends, or gets a row afterwards (an edit), becomes due by a virtual column, in no transaction but its own. What
 * is due is looked through by the search itself (search.h), so nobody waits for this. Bits are never taken back when a text is edited or deleted: every
 * chat that is found is held against its messages as they are now. All functions block. */
#ifndef SANGDAM_CHAT_SEARCH_INDEX_H
#define SANGDAM_CHAT_SEARCH_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"

struct db;
struct db_rows;

#define SEARCH_BLOCK 60 /* chats: bits of a positive BIGINT */

/* Enters what is due, newest first, until nothing is or the deadline (monotonic ms) has passed. One node at a time does it: another finds the claim, and has
 * nothing to do; one that died leaves it for 30 s. Twice does no harm. */
struct search_filled {
    size_t chats;
    bool is_unfinished;
};
enum outcome search_fill(struct db *db, int64_t deadline_ms, struct search_filled *done_r);

/* Makes it anew: all chats become due, the old bits go, everything is entered. Meanwhile a search finds what is entered and the newest of what is due. */
enum outcome search_rebuild(struct db *db, struct search_filled *done_r);

/* Holds it against the texts: every token of every chat that is entered must have its bit. Says what is missing. */
struct search_checked {
    size_t chats, due, tokens, missing;
};
typedef void search_on_missing(void *context, int64_t session_no, int64_t token);
enum outcome search_verify(struct db *db, search_on_missing *on_missing, void *context, struct search_checked *checked_r);

/* Whoever changes a member's name or e-mail calls this in the same transaction: the chats of that customer become due. */
bool search_member_again(struct db *db, int64_t member_id);

/* ---- for search.c ---- */
#define SEARCH_ROWS 500
/* Messages of people as they hold now, behind after_seq, ascending, at most SEARCH_ROWS: seq, sender_type, cdate, content. Deleted ones are not there. */
struct db_rows *search_read_rows(struct db *db, int64_t session_no, int32_t after_seq);

#endif
