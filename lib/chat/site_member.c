/* site_member: see site_member.h. */
#include "lib/chat/site_member.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/audit.h"
#include "lib/chat/auth_priv.h"
#include "lib/chat/member.h"

/* ---- keys ---- */

/* Secrets too, for those who check a word; n is at most HOST_JWT_KEYS. */
static bool read_keys(struct db *db, int32_t site_id, struct host_jwt_key *keys, int64_t *cdates_ms, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT kid, secret, cdate FROM site_secret WHERE site_id = ? ORDER BY secret_id DESC LIMIT 2", DB_ARGS(db_int(site_id)));

    *n_r = 0;
    if (!rows)
        return false;
    for (size_t i = db_rows_count(rows); i-- > 0; ++*n_r) {
        auth_copy_cell(keys[*n_r].kid, sizeof keys[*n_r].kid, rows, i, 0);
        auth_copy_cell(keys[*n_r].secret, sizeof keys[*n_r].secret, rows, i, 1);
        cdates_ms[*n_r] = db_cell_time(rows, i, 2);
    }
    db_rows_free(&rows);
    return true;
}

enum outcome site_key_list(struct db *db, int32_t site_id, struct site_key keys_r[HOST_JWT_KEYS], size_t *n_r)
{
    struct host_jwt_key keys[HOST_JWT_KEYS];
    int64_t cdates_ms[HOST_JWT_KEYS];

    if (!read_keys(db, site_id, keys, cdates_ms, n_r))
        return OUTCOME_AWAY;
    for (size_t i = 0; i < *n_r; i++) {
        memcpy(keys_r[i].kid, keys[i].kid, sizeof keys_r[i].kid);
        keys_r[i].cdate_ms = cdates_ms[i];
    }
    return OUTCOME_DONE;
}

static enum outcome finish(struct db *db, bool ok)
{
    if (!ok) {
        if (db_in_transaction(db))
            db_rollback(db);
        return OUTCOME_AWAY;
    }
    return db_commit(db) ? OUTCOME_DONE : db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

/* All but the two newest go. */
static bool drop_old(struct db *db, int32_t site_id)
{
    struct db_rows *rows = db_query(db, "SELECT secret_id FROM site_secret WHERE site_id = ? ORDER BY secret_id DESC LIMIT 2", DB_ARGS(db_int(site_id)));
    bool ok = rows != NULL;

    if (rows && db_rows_count(rows) == 2)
        ok = db_exec(db, "DELETE FROM site_secret WHERE site_id = ? AND secret_id < ?", DB_ARGS(db_int(site_id), db_int(db_cell_int(rows, 1, 0))), NULL);
    db_rows_free(&rows);
    return ok;
}

enum outcome site_key_new(struct db *db, int64_t by, const char *key, char kid_r[HOST_JWT_KID_SIZE], char secret_r[TOKEN_TEXT_SIZE], struct refusal *refusal_r)
{
    struct site site;
    char detail[HOST_JWT_KID_SIZE + 8], fresh[TOKEN_TEXT_SIZE];
    enum outcome outcome = site_find(db, key, &site, refusal_r);
    bool ok;

    if (outcome != OUTCOME_DONE)
        return outcome;
    token_new(fresh);
    snprintf(kid_r, HOST_JWT_KID_SIZE, "k%.8s", fresh);
    token_new(secret_r);
    snprintf(detail, sizeof detail, "new %s", kid_r);
    if (!db_begin(db))
        return OUTCOME_AWAY;
    ok = db_exec(db, "INSERT INTO site_secret (site_id, kid, secret, cdate) VALUES (?,?,?,?)",
                 DB_ARGS(db_int(site.site_id), db_text(kid_r), db_text(secret_r), db_time(clock_wall_ms())), NULL) &&
         drop_old(db, site.site_id) && audit_add(db, by, "site.key", key, detail);
    return finish(db, ok);
}

enum outcome site_key_drop(struct db *db, int64_t by, const char *key, const char *kid, struct refusal *refusal_r)
{
    struct site site;
    char detail[HOST_JWT_KID_SIZE + 8];
    uint64_t gone = 0;
    enum outcome outcome = site_find(db, key, &site, refusal_r);
    bool ok;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!db_begin(db))
        return OUTCOME_AWAY;
    ok = db_exec(db, "DELETE FROM site_secret WHERE site_id = ? AND kid = ?", DB_ARGS(db_int(site.site_id), db_text(kid)), &gone);
    if (ok && gone == 0) {
        db_rollback(db);
        return refuse_field(refusal_r, 404, CODE_ABSENT, "There is no such key.", "kid");
    }
    snprintf(detail, sizeof detail, "drop %.*s", HOST_JWT_KID_SIZE - 1, kid);
    return finish(db, ok && audit_add(db, by, "site.key", key, detail));
}

/* ---- who it is ---- */

static enum outcome refuse_word(struct refusal *refusal_r)
{
    return refuse_field(refusal_r, 401, CODE_SIGNED_OUT, "The site's signed identity is not valid.", "jwt");
}

/* Counts the word; false with db_last_error() DB_DUPLICATE when it was counted before. */
static bool use_up(struct db *db, int32_t site_id, const struct host_jwt *jwt)
{
    uint8_t hash[TOKEN_HASH_SIZE];

    token_hash(jwt->jti, hash);
    return db_exec(db, "INSERT INTO site_jti (site_id, jti_hash, expires) VALUES (?,?,?)",
                   DB_ARGS(db_int(site_id), db_bytes(hash, sizeof hash), db_time(jwt->exp_s * 1000)), NULL);
}

/* The member's number, 0: none yet. */
static bool find_member(struct db *db, int32_t site_id, const char *sub, int64_t *member_id_r)
{
    struct db_rows *rows = db_query(db, "SELECT member_id FROM site_member WHERE site_id = ? AND subject = ?", DB_ARGS(db_int(site_id), db_bytes(sub, strlen(sub))));

    *member_id_r = rows && db_rows_count(rows) ? db_cell_int(rows, 0, 0) : 0;
    db_rows_free(&rows);
    return rows == NULL ? db_last_error(db) == DB_FINE : true;
}

static bool add_member(struct db *db, int32_t site_id, const char *sub, const char *name, int64_t *member_id_r)
{
    int64_t now = clock_wall_ms();

    if (!db_exec(db, "INSERT INTO member (nickname, gubun, status, cdate, udate) VALUES (?,?,1,?,?)",
                 DB_ARGS(db_text(name), db_int(role_gubun(ROLE_CUSTOMER)), db_time(now), db_time(now)), NULL))
        return false;
    *member_id_r = db_insert_id(db);
    return db_exec(db, "INSERT INTO site_member (site_id, subject, member_id, cdate) VALUES (?,?,?,?)",
                   DB_ARGS(db_int(site_id), db_bytes(sub, strlen(sub)), db_int(*member_id_r), db_time(now)), NULL);
}

static bool rename_member(struct db *db, int64_t member_id, const char *name)
{
    return db_exec(db, "UPDATE member SET nickname = ?, udate = ? WHERE member_id = ? AND nickname <> ?",
                   DB_ARGS(db_text(name), db_time(clock_wall_ms()), db_int(member_id), db_text(name)), NULL);
}

/* One try: the word is used up and the member there, or nothing is. name "": none that may be had. */
static enum outcome enter_once(struct db *db, int32_t site_id, const struct host_jwt *jwt, const char *name, const char *usual_name, int64_t *member_id_r)
{
    if (!db_begin(db) || !use_up(db, site_id, jwt))
        return OUTCOME_AWAY;
    if (!find_member(db, site_id, jwt->sub, member_id_r))
        return OUTCOME_AWAY;
    if (*member_id_r == 0 && !add_member(db, site_id, jwt->sub, *name ? name : usual_name, member_id_r))
        return OUTCOME_AWAY;
    if (*name && !rename_member(db, *member_id_r, name))
        return OUTCOME_AWAY;
    return db_commit(db) ? OUTCOME_DONE : db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

static enum outcome enter(struct db *db, int32_t site_id, const struct host_jwt *jwt, const char *usual_name, int64_t *member_id_r, struct refusal *refusal_r)
{
    char name[NICKNAME_SIZE] = "";
    struct refusal ignored;
    enum outcome outcome = OUTCOME_AWAY;

    if (member_check_nickname(jwt->name, strlen(jwt->name), name, &ignored) != OUTCOME_DONE)
        name[0] = '\0';
    for (int tries = 0; tries < DB_TRIES; tries++) {
        outcome = enter_once(db, site_id, jwt, name, usual_name, member_id_r);
        if (outcome == OUTCOME_DONE)
            break;
        bool is_used = db_last_error(db) == DB_DUPLICATE && strcmp(db_duplicate_key(db), "PRIMARY") == 0;
        bool may_retry = db_last_error(db) == DB_BUSY || db_last_error(db) == DB_DUPLICATE;
        if (db_in_transaction(db))
            db_rollback(db);
        if (is_used) {
            log_info("host_jwt_refused reason=\"jti was used before\"");
            return refuse_word(refusal_r);
        }
        if (outcome == OUTCOME_UNKNOWN || !may_retry)
            break; /* two tabs of a new member at once: the second finds the first's */
    }
    return outcome;
}

enum outcome site_member_enter(struct db *db, const char *site_key, const char *jwt, const char *usual_name, struct principal *who_r, struct refusal *refusal_r)
{
    struct site site;
    struct host_jwt_key keys[HOST_JWT_KEYS];
    struct host_jwt word;
    int64_t cdates_ms[HOST_JWT_KEYS], member_id = 0;
    size_t n;
    const char *why;
    enum outcome outcome = site_find(db, site_key, &site, refusal_r);

    *who_r = (struct principal){0};
    if (outcome == OUTCOME_DONE && !site.is_active)
        outcome = refuse_field(refusal_r, 404, CODE_ABSENT, "There is no such site.", "siteKey");
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!read_keys(db, site.site_id, keys, cdates_ms, &n))
        return OUTCOME_AWAY;
    why = host_jwt_read(jwt, site.key, keys, n, clock_wall_ms() / 1000, &word);
    if (why) {
        log_info("host_jwt_refused site=%s reason=\"%s\"", site.key, why);
        return refuse_word(refusal_r);
    }
    outcome = enter(db, site.site_id, &word, usual_name, &member_id, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    outcome = auth_by_member(db, member_id, who_r);
    return outcome == OUTCOME_REFUSED ? refuse_word(refusal_r) : outcome; /* disabled or erased here */
}

enum outcome site_member_look_up(struct db *db, int64_t member_id, struct site_identity *identity_r)
{
    struct db_rows *rows = db_query(db, "SELECT m.gubun, s.name, i.subject FROM member m LEFT JOIN site_member i ON i.member_id = m.member_id"
                                        " LEFT JOIN site s ON s.site_id = i.site_id WHERE m.member_id = ?", DB_ARGS(db_int(member_id)));

    *identity_r = (struct site_identity){0};
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows)) {
        identity_r->is_guest = role_from_gubun((int)db_cell_int(rows, 0, 0)) == ROLE_GUEST;
        auth_copy_cell(identity_r->site_name, sizeof identity_r->site_name, rows, 0, 1);
        auth_copy_cell(identity_r->subject, sizeof identity_r->subject, rows, 0, 2);
    }
    db_rows_free(&rows);
    return OUTCOME_DONE;
}
