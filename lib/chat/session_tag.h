/* session_tag: words by which the staff find a chat again. Free text, or with tags_free = off
 * those that supervisors keep (tag_word.h), which are offered first; then what others wrote. Never the customer's. All may block. */
#ifndef SANGDAM_CHAT_SESSION_TAG_H
#define SANGDAM_CHAT_SESSION_TAG_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

#define TAG_POINTS 40
#define TAGS_MAX 10         /* of a chat */
#define TAGS_OFFERED_MAX 100

struct db;
struct session;

struct tag {
    char text[TAG_POINTS * 4 + 1];
};

/* text as a tag is kept: in NFC, without blanks around it. 422 what is none. */
enum outcome session_tag_clean(const char *text, struct tag *tag_r, struct refusal *refusal_r);
/* In NFC, without blanks around it. SAME when it stands there already, whatever its case; one that is kept is written as it is there.
 * 422 what is no tag, or with is_free false not a kept one; 409 when there are TAGS_MAX; 403, 404 without RIGHT_TAG. */
enum outcome session_tag_add(struct db *db, const struct principal *who, const struct session *s, const char *text, bool is_free, struct refusal *refusal_r);
/* SAME when it is not there. */
enum outcome session_tag_remove(struct db *db, const struct principal *who, const struct session *s, const char *text, struct refusal *refusal_r);
/* By name. *list_r is free()'s. 404 without RIGHT_TAG. */
enum outcome session_tag_list(struct db *db, const struct principal *who, const struct session *s, struct tag **list_r, size_t *n_r, struct refusal *refusal_r);
/* Those that are kept, by name; is_free: then what was used most of late. */
enum outcome session_tag_offered(struct db *db, bool is_free, struct tag **list_r, size_t *n_r);

#endif
