/* search: chats that are over, by words. A chat fits when each word (search_text.h) stands in its title, its customer's name or e-mail, or one of its messages
 * as they are now; internal notes are not looked through. search_index.h says which chats may fit, newest first; each is held against the filter, the
 * reader's right and its texts before it counts, and so are the newest chats that are not entered there yet: a chat is found as soon as it is over. */
#ifndef SANGDAM_CHAT_SEARCH_H
#define SANGDAM_CHAT_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"
#include "lib/chat/search_text.h"

struct db;
struct session_filter;

/* The message of a chat that has the most of the words, the first of them. */
struct search_hit {
    int32_t seq;      /* 0: the words stand in the title, the name or the e-mail alone */
    char sender_type; /* 'M' or 'A' */
    int64_t cdate_ms;
    char *text; /* owned; NULL without seq */
};
struct search_found {
    struct session *list;    /* owned: newest first */
    struct search_hit *hits; /* owned: one for each */
    size_t n;
    int64_t next;        /* cursor of the next page, 0: nothing is left. A page may have fewer chats than its limit and a next one all the same: the time was up */
    int64_t total;       /* how many fit */
    bool is_about;       /* total is what the index says, which may be a little more */
    bool is_behind;      /* more chats than are looked through wait to be entered: some may be missing */
};
/* filter->kind is LIST_COMPLETED and filter->search a text with at least one word, or filter->customer is given. offset is walked over, so it is for few pages. REFUSED: 400
 * at `q` when there are more than SEARCH_WORDS_MAX words. Bounded in time: see next. search_found_clear() it, whatever came. */
enum outcome search_chats(struct db *db, const struct principal *who, const struct session_filter *filter, struct search_found *found_r, struct refusal *refusal_r);
void search_found_clear(struct search_found *found);

#endif
