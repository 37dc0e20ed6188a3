/* category: the topics of chats as supervisors and admins arrange them: two levels by pcode, shown or hidden, in an order. A topic is never deleted, since chats
 * point to it: it is hidden. Other programs see a change when their code table is read anew (code.h, 10 s). Every change stands in audit_log. All block. */
#ifndef SANGDAM_CHAT_CATEGORY_H
#define SANGDAM_CHAT_CATEGORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/code.h"
#include "lib/chat/outcome.h"

#define CATEGORY_POINTS 100 /* of a name */

/* Hidden ones too, from the database, each main topic followed by its own sub-topics. *list_r is malloc'd. DONE or AWAY. */
enum outcome category_list(struct db *db, struct code **list_r, size_t *n_r);

struct category_edit {
    const char *name[LANG_COUNT];
    int32_t parent_id; /* 0: a main topic */
    bool is_shown;
};
/* 422 with field name, nameEn, code or parentId; 409 (code) when the code is taken. code: A-Z 0-9 _, "" or NULL: made from the number. */
enum outcome category_add(struct db *db, const struct principal *who, const struct category_edit *edit, const char *code, int32_t *category_id_r, struct refusal *refusal_r);
/* 404; 422 parentId: itself, one of its own, a third level; 409 isShown: it is the last one that customers can choose. SAME: nothing changed. */
enum outcome category_change(struct db *db, const struct principal *who, int32_t category_id, const struct category_edit *edit, struct refusal *refusal_r);
/* One place up or down among those beside it. SAME: it is the first or last. */
enum outcome category_move(struct db *db, const struct principal *who, int32_t category_id, bool is_up, struct refusal *refusal_r);

#endif
