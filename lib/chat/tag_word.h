/* tag_word: the tags that supervisors keep for all: offered first where a chat is tagged, and with tags_free = off the only ones. Changes are audited. All may block. */
#ifndef SANGDAM_CHAT_TAG_WORD_H
#define SANGDAM_CHAT_TAG_WORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"
#include "lib/chat/session_tag.h"

#define TAG_WORDS_MAX 100 /* retired ones too */

struct db;

struct tag_word {
    int64_t tag_no;
    struct tag tag;
    bool is_retired; /* offered no more, and put on no more chats while tags_free = off; chats keep it */
};

/* All, by name, those that are retired last. *list_r is free()'s. */
enum outcome tag_word_list(struct db *db, struct tag_word **list_r, size_t *n_r);
/* 403 below SUPERVISOR; 422 what is no tag; 409 one that is there, whatever its case, or when there are TAG_WORDS_MAX. */
enum outcome tag_word_add(struct db *db, const struct principal *who, const char *text, struct tag_word *word_r, struct refusal *refusal_r);
/* text NULL: as it is; is_retired NULL: as it is. Another name is that of the chats that have the tag, too. 404 for an unknown one; else as tag_word_add. */
enum outcome tag_word_change(struct db *db, const struct principal *who, int64_t tag_no, const char *text, const bool *is_retired, struct tag_word *word_r,
                             struct refusal *refusal_r);
/* The kept tag that text is, as it is written there: DONE; SAME when there is none. */
enum outcome tag_word_find(struct db *db, const char *text, struct tag *tag_r);

#endif
