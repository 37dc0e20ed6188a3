#include "lib/chat/auth.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/auth_priv.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db.h"
#include "lib/chat/member.h"
#include "lib/chat/password.h"
#include "lib/chat/rate.h"

#define CHANGES_KEPT_MS (24 * 60 * 60 * 1000)

static const struct {
    const char *name;
    int gubun;
} roles[] = {
    [ROLE_NONE] = {"NONE", 0},      [ROLE_GUEST] = {"GUEST", 4},           [ROLE_CUSTOMER] = {"CUSTOMER", 1},
    [ROLE_AGENT] = {"AGENT", 2},    [ROLE_SUPERVISOR] = {"SUPERVISOR", 5}, [ROLE_ADMIN] = {"ADMIN", 3},
};
#define ROLES (sizeof(roles) / sizeof(roles[0]))

const char *role_name(enum role role)
{
    return roles[role].name;
}

enum role role_from_gubun(int gubun)
{
    for (size_t role = ROLE_GUEST; role < ROLES; role++) {
        if (roles[role].gubun == gubun)
            return (enum role)role;
    }
    return ROLE_NONE;
}

int role_gubun(enum role role)
{
    return roles[role].gubun;
}

enum outcome auth_refuse_signed_out(struct refusal *refusal_r)
{
    return refuse(refusal_r, 401, CODE_SIGNED_OUT, "Please sign in.");
}

void auth_copy_cell(char *out, size_t size, const struct db_rows *rows, size_t row, unsigned col)
{
    size_t n;
    const char *text = db_cell(rows, row, col, &n);

    if (!text || n >= size)
        n = 0;
    memcpy(out, text ? text : "", n);
    out[n] = '\0';
}

bool auth_read_principal(const struct db_rows *rows, size_t row, struct principal *who_r)
{
    *who_r = (struct principal){0};
    if (db_cell_int(rows, row, COL_STATUS) != 1)
        return false;
    who_r->role = role_from_gubun((int)db_cell_int(rows, row, COL_GUBUN));
    if (who_r->role == ROLE_NONE)
        return false;
    who_r->member_id = db_cell_int(rows, row, COL_MEMBER);
    auth_copy_cell(who_r->nickname, sizeof(who_r->nickname), rows, row, COL_NICKNAME);
    auth_copy_cell(who_r->email, sizeof(who_r->email), rows, row, COL_EMAIL);
    auth_copy_cell(who_r->lang, sizeof(who_r->lang), rows, row, COL_LANG);
    return true;
}

bool auth_is_secret(const char *s)
{
    return strlen(s) == TOKEN_TEXT_SIZE - 1 &&
           strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") == TOKEN_TEXT_SIZE - 1;
}

enum outcome auth_by_member(struct db *db, int64_t member_id, struct principal *who_r)
{
    static const char sql[] = "SELECT " PRINCIPAL_COLUMNS " FROM member m WHERE m.member_id = ?";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(member_id)));
    enum outcome outcome = rows ? OUTCOME_REFUSED : OUTCOME_AWAY;

    *who_r = (struct principal){0};
    if (db_rows_count(rows) == 1 && auth_read_principal(rows, 0, who_r))
        outcome = OUTCOME_DONE;
    db_rows_free(&rows);
    return outcome;
}

/* Takes a try for the address and the account. 0, or how long to wait. */
static int64_t take_try(const struct config *config, const char *email, const char *address)
{
    struct config_rate rate = config->login_tries;
    int64_t now_ms = clock_wall_ms(), wait_ms = 0;

    if (*address)
        wait_ms = rate_take(RATE_LOGIN_ADDRESS, rate_address_key(address), rate, rate.count, now_ms);
    return wait_ms ? wait_ms : rate_take(RATE_LOGIN_ACCOUNT, rate_key(email), rate, rate.count, now_ms);
}

static void give_back_try(const struct config *config, const char *email, const char *address)
{
    if (*address)
        rate_give_back(RATE_LOGIN_ADDRESS, rate_address_key(address), config->login_tries);
    rate_give_back(RATE_LOGIN_ACCOUNT, rate_key(email), config->login_tries);
}

enum outcome auth_by_password(struct db *db, const struct config *config, const char *email, const char *password, const char *address,
                              struct principal *who_r, struct refusal *refusal_r)
{
    static const char sql[] = "SELECT " PRINCIPAL_COLUMNS ", m.password_hash FROM member m WHERE m.email = ?";
    char clean[EMAIL_SIZE];
    struct db_rows *rows;
    const char *hash = NULL;
    enum outcome outcome;
    int64_t wait_ms;

    *who_r = (struct principal){0};
    /* what can't be an e-mail is nobody's, and takes as long */
    if (member_check_email(email, strlen(email), clean, refusal_r) != OUTCOME_DONE)
        clean[0] = '\0';
    wait_ms = take_try(config, clean, address);
    if (wait_ms > 0) {
        refuse(refusal_r, 429, CODE_RATE, "Too many tries to sign in. Please wait a little.");
        refusal_r->retry_after_ms = wait_ms;
        return OUTCOME_REFUSED;
    }
    rows = db_query(db, sql, DB_ARGS(db_text(clean)));
    if (!rows) {
        give_back_try(config, clean, address);
        return OUTCOME_AWAY;
    }
    if (db_rows_count(rows) == 1 && auth_read_principal(rows, 0, who_r))
        hash = db_cell(rows, 0, COL_MORE, NULL);
    outcome = strlen(password) <= PASSWORD_MAX ? password_verify(hash, password) : password_verify(NULL, "");
    db_rows_free(&rows);
    if (outcome != OUTCOME_REFUSED)
        give_back_try(config, clean, address);
    if (outcome == OUTCOME_DONE)
        return OUTCOME_DONE;
    *who_r = (struct principal){0};
    if (outcome == OUTCOME_AWAY) {
        log_error("password_not_checked error=\"out of memory\"");
        return OUTCOME_AWAY;
    }
    counter_add(COUNT_logins_failed, 1);
    log_info("login_refused address=%s", log_value(address)); /* for those who read logs to shut out guessers */
    return refuse(refusal_r, 401, CODE_SIGNED_OUT, "The e-mail or the password is not right.");
}

enum outcome auth_sign_in(struct db *db, const struct config *config, int64_t member_id, char cookie_r[TOKEN_TEXT_SIZE])
{
    static const char sql[] = "INSERT INTO login_session (token_hash, member_id, cdate, last_used, expires) VALUES (?, ?, ?, ?, ?)";
    int64_t now_ms = clock_wall_ms();
    uint8_t hash[TOKEN_HASH_SIZE];

    token_new(cookie_r);
    token_hash(cookie_r, hash);
    if (db_exec(db, sql, DB_ARGS(db_bytes(hash, sizeof(hash)), db_int(member_id), db_time(now_ms), db_time(now_ms), db_time(now_ms + config->login_lifetime)), NULL))
        return OUTCOME_DONE;
    cookie_r[0] = '\0';
    return OUTCOME_AWAY;
}

enum outcome auth_sign_out(struct db *db, const char *secret)
{
    static const char note[] = "INSERT INTO right_change (member_id, cdate) SELECT member_id, ? FROM login_session WHERE token_hash = ?"
                               " UNION ALL SELECT member_id, ? FROM api_token WHERE token_hash = ?";
    static const char end_login[] = "DELETE FROM login_session WHERE token_hash = ?";
    static const char end_token[] = "DELETE FROM api_token WHERE token_hash = ?";
    int64_t now_ms = clock_wall_ms();
    uint8_t hash[TOKEN_HASH_SIZE];
    struct db_arg by_hash = db_bytes(hash, sizeof(hash));

    if (!auth_is_secret(secret))
        return OUTCOME_SAME;
    token_hash(secret, hash);
    if (!db_begin(db))
        return OUTCOME_AWAY;
    if (!db_exec(db, note, DB_ARGS(db_time(now_ms), by_hash, db_time(now_ms), by_hash), NULL) || !db_exec(db, end_login, DB_ARGS(by_hash), NULL) ||
        !db_exec(db, end_token, DB_ARGS(by_hash), NULL)) {
        db_rollback(db);
        return OUTCOME_AWAY;
    }
    return db_commit(db) ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome auth_new_token(struct db *db, const struct config *config, int64_t member_id, const char *scope, char token_r[TOKEN_TEXT_SIZE], int64_t *expires_ms_r)
{
    static const char sql[] = "INSERT INTO api_token (token_hash, member_id, scope, cdate, expires) VALUES (?, ?, ?, ?, ?)";
    int64_t now_ms = clock_wall_ms();
    uint8_t hash[TOKEN_HASH_SIZE];

    token_new(token_r);
    token_hash(token_r, hash);
    *expires_ms_r = now_ms + config->token_lifetime;
    if (db_exec(db, sql, DB_ARGS(db_bytes(hash, sizeof(hash)), db_int(member_id), db_text(scope), db_time(now_ms), db_time(*expires_ms_r)), NULL))
        return OUTCOME_DONE;
    token_r[0] = '\0';
    return OUTCOME_AWAY;
}

enum outcome auth_sweep(struct db *db)
{
    static const char logins[] = "DELETE FROM login_session WHERE expires <= ?";
    static const char tokens[] = "DELETE FROM api_token WHERE expires <= ?";
    static const char words[] = "DELETE FROM site_jti WHERE expires <= ?";
    static const char changes[] = "DELETE FROM right_change WHERE cdate < ?";
    int64_t now_ms = clock_wall_ms();

    if (!db_exec(db, logins, DB_ARGS(db_time(now_ms)), NULL) || !db_exec(db, tokens, DB_ARGS(db_time(now_ms)), NULL) || !db_exec(db, words, DB_ARGS(db_time(now_ms)), NULL) ||
        !db_exec(db, changes, DB_ARGS(db_time(now_ms - CHANGES_KEPT_MS)), NULL))
        return OUTCOME_AWAY;
    return OUTCOME_DONE;
}
