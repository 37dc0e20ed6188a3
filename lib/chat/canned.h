/* canned: replies that agents keep ready. A reply is shared by all, belongs to a category (and is offered in its chats), or is one agent's own. All may block. */
#ifndef SANGDAM_CHAT_CANNED_H
#define SANGDAM_CHAT_CANNED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

#define CANNED_SHORTCUT_POINTS 40
#define CANNED_TITLE_POINTS 100
#define CANNED_OWN_MAX 200    /* replies of one agent */
#define CANNED_SHARED_MAX 500 /* all that are shared or belong to a category */

struct db;
struct json_writer;

enum canned_scope { CANNED_SHARED, CANNED_CATEGORY, CANNED_PERSONAL };
const char *canned_scope_name(enum canned_scope scope); /* "SHARED", "CATEGORY", "PERSONAL" */
bool canned_scope_from_name(const char *name, enum canned_scope *scope_r);

struct canned_reply {
    int64_t canned_reply_id;
    enum canned_scope scope;
    int64_t member_id;   /* of PERSONAL, else 0 */
    int32_t category_id; /* of CATEGORY, else 0 */
    char lang[3];        /* "ko", "en", "": any */
    char shortcut[CANNED_SHORTCUT_POINTS * 4 + 1], title[CANNED_TITLE_POINTS * 4 + 1];
    int64_t udate_ms;
    char *content; /* owned, NUL-terminated UTF-8, with {{holes}} for canned_fill() */
};
void canned_clear(struct canned_reply *reply);
void canned_free_list(struct canned_reply **list, size_t n);

/* What somebody wants a reply to be. Borrowed. */
struct canned_draft {
    enum canned_scope scope;
    int32_t category_id; /* CATEGORY: a used category (422); else not looked at */
    const char *lang;    /* "ko", "en", ""; else 422 */
    const char *shortcut; /* 1..CANNED_SHORTCUT_POINTS, no white space, no / or # (422); kept in NFC */
    const char *title;    /* 1..CANNED_TITLE_POINTS */
    const char *content;  /* as message_check() wants a message */
    size_t content_len;
};

/* All that who may use, by scope and shortcut: the shared ones, those of categories, their own. category_id not 0: of categories only those of this one and of the one above
 * it. *list_r is canned_free_list()'s. REFUSED (403) for who is not staff. */
enum outcome canned_list(struct db *db, const struct principal *who, int32_t category_id, struct canned_reply **list_r, size_t *n_r, struct refusal *refusal_r);
/* REFUSED (404) when there is none, or it is another agent's own. canned_clear() it. */
enum outcome canned_find(struct db *db, const struct principal *who, int64_t id, struct canned_reply *reply_r, struct refusal *refusal_r);
/* What is not one's own needs DESK_CANNED_SHARED (403). 409 when the shortcut is taken in that scope, category and language, or there are too many. reply_r: as it is
 * stored; canned_clear() it. */
enum outcome canned_add(struct db *db, const struct principal *who, const struct canned_draft *draft, struct canned_reply *reply_r, struct refusal *refusal_r);
enum outcome canned_change(struct db *db, const struct principal *who, int64_t id, const struct canned_draft *draft, struct canned_reply *reply_r,
                           struct refusal *refusal_r);
enum outcome canned_remove(struct db *db, const struct principal *who, int64_t id, struct refusal *refusal_r);
bool canned_may_change(const struct principal *who, const struct canned_reply *reply);
/* {cannedReplyId, scope, categoryId, lang, shortcut, title, content, canChange, udate, text?}; text: content filled for a chat, NULL: not asked for */
void canned_write_json(struct json_writer *w, const char *key, const struct canned_reply *reply, const struct principal *reader, const char *text);

#endif
