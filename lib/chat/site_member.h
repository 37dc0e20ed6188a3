/* site_member: who a visitor of a site is, by the site's own signed word (host_jwt.h): its keys, the members that came of it, and that each word counts once. */
#ifndef SANGDAM_CHAT_SITE_MEMBER_H
#define SANGDAM_CHAT_SITE_MEMBER_H

#include "lib/chat/auth.h"
#include "lib/chat/host_jwt.h"
#include "lib/chat/site.h"

struct site_key {
    char kid[HOST_JWT_KID_SIZE];
    int64_t cdate_ms;
};

/* Live keys of a site, oldest first; at most HOST_JWT_KEYS. */
enum outcome site_key_list(struct db *db, int32_t site_id, struct site_key keys_r[HOST_JWT_KEYS], size_t *n_r);
/* A new key beside the one that is in use; a third pushes out the oldest. The secret is given this once. Audited as site.key. by: see site_add(). */
enum outcome site_key_new(struct db *db, int64_t by, const char *key, char kid_r[HOST_JWT_KID_SIZE], char secret_r[TOKEN_TEXT_SIZE], struct refusal *refusal_r);
/* 404 when there is none of that name. Audited. */
enum outcome site_key_drop(struct db *db, int64_t by, const char *key, const char *kid, struct refusal *refusal_r);

/* The member of the site whom jwt names, made when they come for the first time, with the name that it gives (one that nobody may have is left out). 401 for
 * whatever is wrong with it, a jti that was there before included; 404 for a site that is absent or not in use. Blocks. */
enum outcome site_member_enter(struct db *db, const char *site_key, const char *jwt, const char *usual_name, struct principal *who_r, struct refusal *refusal_r);

/* How a member is known to us, for the staff. */
struct site_identity {
    bool is_guest;
    char site_name[SITE_NAME_SIZE]; /* of the site that vouches for them; "" when none does */
    char subject[HOST_JWT_SUB_SIZE]; /* its number or name for the member */
};

/* Of a member who is not there: nothing. Blocks. */
enum outcome site_member_look_up(struct db *db, int64_t member_id, struct site_identity *identity_r);

#endif
