/* rating: what a customer thinks of a chat that is over: 1 to 5, and a text if they like. One a chat; for rating_window after the end the customer may
 * give it and give it anew. */
#ifndef SANGDAM_CHAT_RATING_H
#define SANGDAM_CHAT_RATING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct config;
struct db;
struct json_writer;

#define RATING_COMMENT_POINTS 500

struct rating {
    int32_t score;                                 /* 1..5; 0: none was given */
    char comment[RATING_COMMENT_POINTS * 4 + 1]; /* "" when none */
    int64_t cdate_ms;                              /* of the last change */
};

/* True while a rating of s would be taken from its customer. Pure. */
bool rating_is_open(const struct config *config, const struct session *s, int64_t now_ms);
/* score: 1..5, else 422. comment: NULL, blank (none) or at most RATING_COMMENT_POINTS; else message_check()'s rules. DONE: *rating_r is stored, in the place
 * of an earlier one, and the chat's figures will be worked out anew. SAME: it stands so already. REFUSED: 404 for who may not read the chat, 403 for who is
 * not its customer, 409 while it is open and after the window, 422. Blocks. */
enum outcome rating_give(struct db *db, const struct config *config, const struct principal *who, const char *session_id, int64_t score, const char *comment,
                         size_t len, struct rating *rating_r, struct refusal *refusal_r);
/* The rating of a chat that the caller may read; score 0 when there is none. DONE or AWAY. Blocks. */
enum outcome rating_find(struct db *db, int64_t session_no, struct rating *rating_r);
/* {score, comment (null: none), timestamp}; null for score 0. */
void rating_write_json(struct json_writer *w, const char *key, const struct rating *rating);

#endif
