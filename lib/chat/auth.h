/* auth: who somebody is. A principal comes from a cookie, a bearer token or e-mail and password; nothing that a client says about itself counts.
 * All functions read or write the database and may block. */
#ifndef SANGDAM_CHAT_AUTH_H
#define SANGDAM_CHAT_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/base/token.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

enum role { ROLE_NONE, ROLE_GUEST, ROLE_CUSTOMER, ROLE_AGENT, ROLE_SUPERVISOR, ROLE_ADMIN };
#define NICKNAME_SIZE 260 /* 64 code points and NUL */
#define EMAIL_SIZE 255

struct principal {
    int64_t member_id; /* 0: not signed in */
    enum role role;
    char nickname[NICKNAME_SIZE];
    char email[EMAIL_SIZE]; /* "" for guests */
    char lang[3];           /* "ko", "en" or "" */
    char scope[101];        /* of an api_token; "" is all */
    bool by_bearer;         /* no CSRF rule applies */
};

const char *role_name(enum role role); /* "CUSTOMER" ...; "NONE" */
enum role role_from_gubun(int gubun);
int role_gubun(enum role role);
static inline bool role_is_staff(enum role r) { return r >= ROLE_AGENT; }
static inline bool role_is_chief(enum role r) { return r >= ROLE_SUPERVISOR; }

/* By cookie or bearer token. OUTCOME_REFUSED (401) when unknown, expired, or the member is disabled. Extends a cookie's life at most once a minute. */
enum outcome auth_by_cookie(struct db *db, const struct config *config, const char *cookie, struct principal *who_r, struct refusal *refusal_r);
enum outcome auth_by_bearer(struct db *db, const struct config *config, const char *token, struct principal *who_r, struct refusal *refusal_r);
/* The same for many, whoever they are: one statement for up to 64 of a kind, and nobody's outcome depends on another's. */
struct auth_claim {
    const char *secret;   /* borrowed */
    bool is_bearer;       /* else a cookie */
    enum outcome outcome; /* DONE, REFUSED (401), AWAY */
    struct principal who; /* nobody unless DONE */
};
void auth_by_secrets(struct db *db, const struct config *config, struct auth_claim **claims, size_t n);
/* By e-mail and password: brake first (login_tries per account and per address; 429 with retry_after_ms), then argon2id, which also runs for an
 * unknown e-mail so that time tells nothing; one answer for unknown and wrong. At most four argon2id at once in a process. address may be "". */
enum outcome auth_by_password(struct db *db, const struct config *config, const char *email, const char *password, const char *address,
                              struct principal *who_r, struct refusal *refusal_r);
/* Signs in: a new login_session; the secret for the cookie is in cookie_r. */
enum outcome auth_sign_in(struct db *db, const struct config *config, int64_t member_id, char cookie_r[TOKEN_TEXT_SIZE]);
/* Ends the sign-in whose cookie or bearer token this is, and tells pushd by right_change. SAME when it is neither's form. */
enum outcome auth_sign_out(struct db *db, const char *secret);
enum outcome auth_new_token(struct db *db, const struct config *config, int64_t member_id, const char *scope, char token_r[TOKEN_TEXT_SIZE], int64_t *expires_ms_r);
/* The principal of a member as the database has it now; REFUSED when disabled or erased. For re-checks by pushd. */
enum outcome auth_by_member(struct db *db, int64_t member_id, struct principal *who_r);
/* Removes what has expired: sign-ins, tokens, used words of sites (site_member.h), and notes of right_change older than a day. For pushd's timers; idempotent. */
enum outcome auth_sweep(struct db *db);

#endif
