#include "lib/chat/member.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/db.h"
#include "lib/chat/member_priv.h"
#include "lib/chat/nickname.h"
#include "lib/chat/password.h"

#define NICKNAME_RAW_MAX 4096 /* bytes before NFC; nothing that becomes 64 code points is longer */
#define LOCAL_PART_MAX 64     /* RFC 5321 4.5.3.1.1 */

enum outcome member_check_name(const char *name, size_t n, bool allow_reserved, char out[NICKNAME_SIZE], struct refusal *refusal_r)
{
    static const char field[] = "nickname";
    const char *problem = NULL;
    struct buf nfc = BUF_INIT;

    while (n > 0 && *name == ' ') {
        name++;
        n--;
    }
    while (n > 0 && name[n - 1] == ' ')
        n--;
    if (n > NICKNAME_RAW_MAX)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A name has at most 64 characters.", field);
    if (!utf8_is_valid(name, n) || memchr(name, '\0', n))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", field);
    if (!nickname_normalise(name, n, &nfc)) {
        buf_free(&nfc);
        return OUTCOME_AWAY;
    }
    problem = nickname_problem(buf_str(&nfc), nfc.len, allow_reserved);
    if (!problem)
        memcpy(out, buf_str(&nfc), nfc.len + 1);
    buf_free(&nfc);
    return problem ? refuse_field(refusal_r, 422, CODE_INPUT, problem, field) : OUTCOME_DONE;
}

enum outcome member_check_nickname(const char *name, size_t n, char out[NICKNAME_SIZE], struct refusal *refusal_r)
{
    return member_check_name(name, n, false, out, refusal_r);
}

/* Letters, digits, - and inner dots, none of them doubled: a host name as mail needs it, a single label too. */
static bool is_domain(const char *s, size_t n)
{
    char before = '.';

    for (size_t i = 0; i < n; i++) {
        char c = s[i];

        if (c == '.' && before == '.')
            return false;
        if (c != '.' && c != '-' && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
            return false;
        before = c;
    }
    return n > 0 && before != '.';
}

/* ASCII alone: the column's collation takes accented letters for plain ones, so others could stand for an existing address. */
enum outcome member_check_email(const char *email, size_t n, char out[EMAIL_SIZE], struct refusal *refusal_r)
{
    static const char field[] = "email", message[] = "This is not an e-mail address.";
    const char *at = memchr(email, '@', n);
    size_t local = at ? (size_t)(at - email) : 0;

    if (n >= EMAIL_SIZE || local == 0 || local > LOCAL_PART_MAX)
        return refuse_field(refusal_r, 422, CODE_INPUT, message, field);
    for (size_t i = 0; i < n; i++) {
        char c = email[i];

        if (c <= ' ' || c > '~' || (i < local && strchr("\"(),:;<>[\\]", c)))
            return refuse_field(refusal_r, 422, CODE_INPUT, message, field);
        out[i] = c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
    }
    out[n] = '\0';
    if (!is_domain(out + local + 1, n - local - 1))
        return refuse_field(refusal_r, 422, CODE_INPUT, message, field);
    return OUTCOME_DONE;
}

enum outcome member_check_password(const char *password, size_t n, struct refusal *refusal_r)
{
    static const char field[] = "password";

    if (n > PASSWORD_MAX)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The password is too long.", field);
    if (!utf8_is_valid(password, n) || memchr(password, '\0', n))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", field);
    if (utf8_count(password, n) < PASSWORD_MIN)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A password has at least 8 characters.", field);
    return OUTCOME_DONE;
}

enum outcome member_insert(struct db *db, const char *email, const char *hash, const char *nickname, enum role role, int64_t *member_id_r, struct refusal *refusal_r)
{
    static const char sql[] = "INSERT INTO member (email, nickname, gubun, status, password_hash, cdate, udate) VALUES (?, ?, ?, 1, ?, ?, ?)";
    int64_t now_ms = clock_wall_ms();

    if (db_exec(db, sql, DB_ARGS(db_text(email), db_text(nickname), db_int(role_gubun(role)), db_text(hash), db_time(now_ms), db_time(now_ms)), NULL)) {
        *member_id_r = db_insert_id(db);
        return OUTCOME_DONE;
    }
    if (db_last_error(db) == DB_DUPLICATE)
        return refuse_field(refusal_r, 409, CODE_RULE, "This e-mail is taken.", "email");
    return OUTCOME_AWAY;
}

static enum outcome add(struct db *db, const char *email, const char *password, const char *nickname, enum role role, bool allow_reserved, int64_t *member_id_r,
                        struct refusal *refusal_r)
{
    char clean_email[EMAIL_SIZE], clean_name[NICKNAME_SIZE], hash[PASSWORD_HASH_SIZE];
    enum outcome outcome;

    if ((outcome = member_check_email(email, strlen(email), clean_email, refusal_r)) != OUTCOME_DONE ||
        (outcome = member_check_password(password, strlen(password), refusal_r)) != OUTCOME_DONE ||
        (outcome = member_check_name(nickname, strlen(nickname), allow_reserved, clean_name, refusal_r)) != OUTCOME_DONE)
        return outcome;
    if (!password_hash(password, hash))
        return OUTCOME_AWAY;
    return member_insert(db, clean_email, hash, clean_name, role, member_id_r, refusal_r);
}

enum outcome member_sign_up(struct db *db, const char *email, const char *password, const char *nickname, int64_t *member_id_r, struct refusal *refusal_r)
{
    return add(db, email, password, nickname, ROLE_CUSTOMER, false, member_id_r, refusal_r);
}

enum outcome member_new_guest(struct db *db, const char *nickname, int64_t *member_id_r, struct refusal *refusal_r)
{
    char clean_name[NICKNAME_SIZE];
    enum outcome outcome = member_check_name(nickname, strlen(nickname), false, clean_name, refusal_r);

    return outcome == OUTCOME_DONE ? member_insert(db, NULL, NULL, clean_name, ROLE_GUEST, member_id_r, refusal_r) : outcome;
}

enum outcome member_add(struct db *db, const char *email, const char *password, const char *nickname, enum role role, int64_t *member_id_r, struct refusal *refusal_r)
{
    return add(db, email, password, nickname, role, true, member_id_r, refusal_r);
}

/* In a transaction: the member's number by e-mail, locked. REFUSED when there is none. */
static enum outcome lock_by_email(struct db *db, const char *email, int64_t *member_id_r, struct refusal *refusal_r)
{
    static const char sql[] = "SELECT member_id FROM member WHERE email = ? FOR UPDATE";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_text(email)));
    bool is_there = rows && db_rows_count(rows) == 1;
    enum outcome outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;

    if (is_there)
        *member_id_r = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return outcome == OUTCOME_DONE && !is_there ? refuse_field(refusal_r, 404, CODE_ABSENT, "There is no such member.", "email") : outcome;
}

bool member_note_right_change(struct db *db, int64_t member_id, int64_t now_ms)
{
    return db_exec(db, "INSERT INTO right_change (member_id, cdate) VALUES (?, ?)", DB_ARGS(db_int(member_id), db_time(now_ms)), NULL);
}

bool member_end_sign_ins(struct db *db, int64_t member_id, int64_t now_ms)
{
    static const char logins[] = "DELETE FROM login_session WHERE member_id = ?";
    static const char tokens[] = "DELETE FROM api_token WHERE member_id = ?";

    return db_exec(db, logins, DB_ARGS(db_int(member_id)), NULL) && db_exec(db, tokens, DB_ARGS(db_int(member_id)), NULL) &&
           member_note_right_change(db, member_id, now_ms);
}

/* One transaction: the member of email gets hash (when not NULL) and status (when not negative), and loses the sign-ins. */
static enum outcome change(struct db *db, const char *email, const char *hash, int status, struct refusal *refusal_r)
{
    static const char set_hash[] = "UPDATE member SET password_hash = ?, udate = ? WHERE member_id = ?";
    static const char set_status[] = "UPDATE member SET status = ?, udate = ? WHERE member_id = ?";
    int64_t member_id = 0, now_ms = clock_wall_ms();
    char clean[EMAIL_SIZE];
    enum outcome outcome = member_check_email(email, strlen(email), clean, refusal_r);
    bool changed = true;

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!db_begin(db))
        return OUTCOME_AWAY;
    outcome = lock_by_email(db, clean, &member_id, refusal_r);
    if (outcome == OUTCOME_DONE) {
        if (hash)
            changed = db_exec(db, set_hash, DB_ARGS(db_text(hash), db_time(now_ms), db_int(member_id)), NULL);
        if (changed && status >= 0)
            changed = db_exec(db, set_status, DB_ARGS(db_int(status), db_time(now_ms), db_int(member_id)), NULL);
        if (!changed || !member_end_sign_ins(db, member_id, now_ms))
            outcome = OUTCOME_AWAY;
    }
    if (outcome != OUTCOME_DONE) {
        db_rollback(db);
        return outcome;
    }
    if (db_commit(db))
        return OUTCOME_DONE;
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

enum outcome member_set_password(struct db *db, const char *email, const char *password, struct refusal *refusal_r)
{
    char hash[PASSWORD_HASH_SIZE];
    enum outcome outcome = member_check_password(password, strlen(password), refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    return password_hash(password, hash) ? change(db, email, hash, -1, refusal_r) : OUTCOME_AWAY;
}

enum outcome member_set_status(struct db *db, const char *email, int status, struct refusal *refusal_r)
{
    return change(db, email, NULL, status, refusal_r);
}

enum outcome member_set_lang(struct db *db, int64_t member_id, const char *lang)
{
    static const char sql[] = "UPDATE member SET lang = ?, udate = ? WHERE member_id = ?";

    return db_exec(db, sql, DB_ARGS(db_text(lang), db_time(clock_wall_ms()), db_int(member_id)), NULL) ? OUTCOME_DONE : OUTCOME_AWAY;
}

bool member_hash_password(const char *password, char *out)
{
    return password_hash(password, out);
}
