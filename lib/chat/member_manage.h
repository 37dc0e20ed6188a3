/* member_manage: what supervisors and admins do with accounts. One rule for all of it: who acts may only touch members whose role is below their own and give
 * roles below their own; an admin may do all. The last active admin can be neither disabled nor demoted, whoever tries and however many at once. Every change
 * stands in audit_log, and a changed right is told to pushd (right_change) in the same transaction. All block. */
#ifndef SANGDAM_CHAT_MEMBER_MANAGE_H
#define SANGDAM_CHAT_MEMBER_MANAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct db;

#define MEMBER_SECRET_SIZE 17 /* of a password made here: 16 characters, 79 bits */

struct member_row {
    int64_t member_id;
    char email[EMAIL_SIZE]; /* "" for guests */
    char nickname[NICKNAME_SIZE];
    enum role role;
    int status; /* 1 active, 0 disabled */
    int64_t cdate_ms;
};
struct member_filter {
    const char *search; /* within name or e-mail; NULL: any; NFC */
    enum role role;     /* ROLE_NONE: the staff */
    int status;         /* negative: any but erased */
    int64_t cursor;     /* keyset: members older than this number; 0: from the newest */
    int limit;          /* 1..200 */
};
/* Newest first. *list_r is malloc'd; *next_r 0: that was all. DONE or AWAY (also when the search takes longer than two seconds). */
enum outcome member_list(struct db *db, const struct member_filter *filter, struct member_row **list_r, size_t *n_r, int64_t *next_r);
/* REFUSED (404): none, erased, or the system. */
enum outcome member_find(struct db *db, int64_t member_id, struct member_row *row_r, struct refusal *refusal_r);

/* True when who may change a member of that role. Pure. */
bool member_may_manage(const struct principal *who, enum role role);

/* A new member of the staff (or a customer) with a password made here, to be shown once. 409 field email; 422 field email, nickname, role. */
enum outcome member_manage_add(struct db *db, const struct principal *who, const char *email, const char *nickname, enum role role, char secret_r[MEMBER_SECRET_SIZE],
                               int64_t *member_id_r, struct refusal *refusal_r);
/* Name and role. SAME: nothing changed. 409: the last admin. */
enum outcome member_manage_change(struct db *db, const struct principal *who, int64_t member_id, const char *nickname, enum role role, struct refusal *refusal_r);
/* Disabled members lose their sign-ins and all rights. */
enum outcome member_manage_set_active(struct db *db, const struct principal *who, int64_t member_id, bool is_active, struct refusal *refusal_r);
/* A new password, which ends all sign-ins. 422 for guests, who have none. */
enum outcome member_manage_reset(struct db *db, const struct principal *who, int64_t member_id, char secret_r[MEMBER_SECRET_SIZE], struct refusal *refusal_r);

/* ---- topics of the staff: for whom nothing is kept, all topics are theirs ---- */
/* Into ids_r, at most max. DONE or AWAY. */
enum outcome member_topics(struct db *db, int64_t member_id, int32_t *ids_r, size_t max, size_t *n_r);
/* Adds or takes away one. SAME: it was so. 422 field categoryId. */
enum outcome member_manage_topic(struct db *db, const struct principal *who, int64_t member_id, int32_t category_id, bool is_added, struct refusal *refusal_r);

#endif
