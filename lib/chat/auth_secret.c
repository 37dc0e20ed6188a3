/* auth_secret: who shows a cookie or a bearer token. Many are looked up by one statement; one alone is a list of one, so that the checks stand here
 * once. Hashes are compared, as the database keeps no secret. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/auth_priv.h"
#include "lib/chat/config.h"
#include "lib/chat/db_list.h"

#define EXTEND_EVERY_MS (60 * 1000) /* a cookie's life is written anew at most this often; who is online is read from it */

/* Claims of one kind, looked up together. */
struct group {
    struct auth_claim *claims[DB_LIST_MAX];
    uint8_t hash[DB_LIST_MAX][TOKEN_HASH_SIZE];
    size_t n;
};

/* The number of the next claim with that hash, from `from` on; n when there is none. Two tabs show the same cookie. */
static size_t next_with(const struct group *g, size_t from, const char *hash)
{
    while (from < g->n && memcmp(g->hash[from], hash, TOKEN_HASH_SIZE) != 0)
        from++;
    return from;
}

static struct db_rows *look_up(struct db *db, const struct group *g, bool is_bearer, int64_t now_ms)
{
    static const char *const cookies[DB_LIST_SIZES] =
        DB_LIST_SQL("SELECT " PRINCIPAL_COLUMNS ", l.token_hash, l.last_used FROM login_session l JOIN member m ON m.member_id = l.member_id"
                    " WHERE l.token_hash IN (", ") AND l.expires > ?");
    static const char *const bearers[DB_LIST_SIZES] =
        DB_LIST_SQL("SELECT " PRINCIPAL_COLUMNS ", t.token_hash, t.scope FROM api_token t JOIN member m ON m.member_id = t.member_id"
                    " WHERE t.token_hash IN (", ") AND t.expires > ?");
    struct db_arg args[DB_LIST_MAX + 1];
    struct db_list list;

    for (size_t i = 0; i < g->n; i++)
        args[i] = db_bytes(g->hash[i], TOKEN_HASH_SIZE);
    list = db_list_fill(args, g->n);
    args[list.count] = db_time(now_ms);
    return db_query(db, is_bearer ? bearers[list.size] : cookies[list.size], args, list.count + 1);
}

/* Best effort: when it fails the cookies merely end earlier. */
static void extend_life(struct db *db, const struct config *config, struct db_arg *hashes, size_t n, int64_t now_ms)
{
    static const char *const sql[DB_LIST_SIZES] = DB_LIST_SQL("UPDATE login_session SET last_used = ?, expires = ? WHERE token_hash IN (", ")");
    struct db_arg args[2 + DB_LIST_MAX] = {db_time(now_ms), db_time(now_ms + config->login_lifetime)};
    struct db_list list;

    memcpy(args + 2, hashes, n * sizeof(args[0]));
    list = db_list_fill(args + 2, n);
    if (!db_exec(db, sql[list.size], args, list.count + 2, NULL))
        log_debug("login_not_extended errno=%u", db_last_errno(db));
}

/* One row of a look-up: the claims that it answers become DONE. Their hash as it was asked for, NULL when nobody may act by this row. */
static const uint8_t *take_row(struct group *g, const struct db_rows *rows, size_t row, bool is_bearer)
{
    struct principal who;
    const char *hash;
    size_t len, i;
    const uint8_t *asked;

    hash = db_cell(rows, row, COL_MORE, &len);
    if (!hash || len != TOKEN_HASH_SIZE || !auth_read_principal(rows, row, &who))
        return NULL;
    if (is_bearer) {
        auth_copy_cell(who.scope, sizeof(who.scope), rows, row, COL_MORE + 1);
        who.by_bearer = true;
    }
    i = next_with(g, 0, hash);
    asked = i < g->n ? g->hash[i] : NULL;
    for (; i < g->n; i = next_with(g, i + 1, hash)) {
        g->claims[i]->outcome = OUTCOME_DONE;
        g->claims[i]->who = who;
    }
    return asked;
}

/* False, and all stay AWAY, when the database does not answer. */
static bool check_group(struct db *db, const struct config *config, struct group *g, bool is_bearer)
{
    const int64_t now_ms = clock_wall_ms();
    struct db_rows *rows = look_up(db, g, is_bearer, now_ms);
    struct db_arg old[DB_LIST_MAX]; /* cookies whose life is to be written anew */
    size_t olds = 0;

    if (!rows)
        return false;
    for (size_t i = 0; i < g->n; i++)
        g->claims[i]->outcome = OUTCOME_REFUSED;
    for (size_t row = 0; row < db_rows_count(rows); row++) {
        const uint8_t *hash = take_row(g, rows, row, is_bearer);

        if (hash && !is_bearer && now_ms - db_cell_time(rows, row, COL_MORE + 1) > EXTEND_EVERY_MS && olds < DB_LIST_MAX)
            old[olds++] = db_bytes(hash, TOKEN_HASH_SIZE);
    }
    db_rows_free(&rows);
    if (olds > 0 && !db_in_transaction(db))
        extend_life(db, config, old, olds, now_ms);
    return true;
}

/* Gathers the claims of one kind that are worth a look, from *at on, until a group is full. */
static void gather(struct auth_claim **claims, size_t n, bool is_bearer, size_t *at, struct group *g)
{
    g->n = 0;
    for (; *at < n && g->n < DB_LIST_MAX; ++*at) {
        struct auth_claim *c = claims[*at];

        if (c->is_bearer != is_bearer || c->outcome == OUTCOME_REFUSED)
            continue;
        token_hash(c->secret, g->hash[g->n]);
        g->claims[g->n++] = c;
    }
}

void auth_by_secrets(struct db *db, const struct config *config, struct auth_claim **claims, size_t n)
{
    struct group g;
    bool is_there = true;

    for (size_t i = 0; i < n; i++) {
        claims[i]->who = (struct principal){0};
        claims[i]->outcome = auth_is_secret(claims[i]->secret) ? OUTCOME_AWAY : OUTCOME_REFUSED;
    }
    /* One time-out is enough for all. */
    for (int is_bearer = 0; is_bearer <= 1; is_bearer++) {
        for (size_t at = 0; at < n && is_there;) {
            gather(claims, n, is_bearer, &at, &g);
            is_there = g.n == 0 || check_group(db, config, &g, is_bearer);
        }
    }
}

static enum outcome by_one(struct db *db, const struct config *config, const char *secret, bool is_bearer, struct principal *who_r, struct refusal *refusal_r)
{
    struct auth_claim claim = {.secret = secret, .is_bearer = is_bearer}, *claims = &claim;

    auth_by_secrets(db, config, &claims, 1);
    *who_r = claim.who;
    return claim.outcome == OUTCOME_REFUSED ? auth_refuse_signed_out(refusal_r) : claim.outcome;
}

enum outcome auth_by_cookie(struct db *db, const struct config *config, const char *cookie, struct principal *who_r, struct refusal *refusal_r)
{
    return by_one(db, config, cookie, false, who_r, refusal_r);
}

enum outcome auth_by_bearer(struct db *db, const struct config *config, const char *token, struct principal *who_r, struct refusal *refusal_r)
{
    return by_one(db, config, token, true, who_r, refusal_r);
}
