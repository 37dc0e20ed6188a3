/* transcript: see transcript.h. */
#include "lib/chat/transcript.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/mail.h"
#include "lib/chat/rate.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "lib/chat/session_priv.h"

#define DAY_MS INT64_C(86400000)
#define AGAIN_MS 60000 /* the same letter twice within a minute is a button pressed twice */

/* What a letter is made of. */
struct order {
    const struct config *config;
    const struct principal *who;
    const char *session_id, *to, *text;
    enum lang lang;
    int64_t now_ms;
};

static enum outcome check_count(struct db *db, const struct order *o, int64_t session_no, struct refusal *refusal_r)
{
    struct db_rows *rows = db_query(db, "SELECT COUNT(*), MIN(cdate) FROM transcript_link WHERE session_no = ? AND cdate > ?",
                                    DB_ARGS(db_int(session_no), db_time(o->now_ms - DAY_MS)));
    enum outcome outcome = OUTCOME_DONE;

    if (!rows)
        return OUTCOME_AWAY;
    if (o->config->limits && db_cell_int(rows, 0, 0) >= TRANSCRIPT_MAILS_A_DAY) {
        outcome = refuse(refusal_r, 429, CODE_RATE, "This talk was sent by mail often enough today. Please try again tomorrow.");
        refusal_r->retry_after_ms = db_cell_time(rows, 0, 1) + DAY_MS - o->now_ms;
    }
    db_rows_free(&rows);
    return outcome;
}

static bool add_link(struct db *db, const struct order *o, int64_t session_no, char secret_r[TOKEN_TEXT_SIZE])
{
    uint8_t hash[TOKEN_HASH_SIZE];

    token_new(secret_r);
    token_hash(secret_r, hash);
    return db_exec(db, "INSERT INTO transcript_link (session_no, secret_hash, cdate, expires) VALUES (?,?,?,?)",
                   DB_ARGS(db_int(session_no), db_bytes(hash, sizeof hash), db_time(o->now_ms), db_time(o->now_ms + o->config->transcript_link_lifetime)), NULL);
}

static void write_letter(struct buf *out, const struct order *o, const char *secret)
{
    buf_printf(out, "%s\n", catalog_text(o->lang, "Hello. This is the talk that you wanted to have by mail."));
    if (o->text[0])
        buf_printf(out, "\n%s", o->text);
    else
        buf_printf(out, "\n%s\n", catalog_text(o->lang, "The talk is too long for a letter."));
    if (o->config->site_url[0])
        buf_printf(out, "\n%s\n%s/chat/transcript#%s\n", catalog_text(o->lang, "For printing: this link shows it once, to whoever opens it. Please don't pass it on."),
                   o->config->site_url, secret);
}

static enum outcome queue(struct db *db, const struct order *o, const struct session *s, const char *secret, struct refusal *refusal_r)
{
    struct buf text = BUF_INIT, subject = BUF_INIT;
    char key[MAIL_KEY_MAX + 1];
    enum outcome outcome;

    write_letter(&text, o, secret);
    buf_printf(&subject, "%s - %s", catalog_text(o->lang, "Your talk with us"), o->config->site_name);
    snprintf(key, sizeof key, "transcript.%lld.%016llx.%lld", (long long)s->session_no, (unsigned long long)rate_key(o->to), (long long)(o->now_ms / AGAIN_MS));
    const struct mail_draft draft = {.to = o->to, .subject = buf_str(&subject), .text = buf_str(&text), .key = key};
    outcome = buf_failed(&text) || buf_failed(&subject) ? OUTCOME_AWAY : mail_queue(db, o->config, &draft, refusal_r);
    buf_free(&text);
    buf_free(&subject);
    return outcome;
}

/* One try, under the chat's lock, so that letters are counted one after the other. */
static enum outcome mail_once(struct db *db, const struct order *o, struct refusal *refusal_r)
{
    struct session s;
    char secret[TOKEN_TEXT_SIZE];
    enum outcome outcome = db_begin(db) ? session_lock(db, o->session_id, 0, &s, refusal_r) : OUTCOME_AWAY;

    if (outcome == OUTCOME_DONE && !right_may(o->who, RIGHT_READ, &s))
        outcome = refuse_absent(refusal_r);
    if (outcome == OUTCOME_DONE && !right_may(o->who, RIGHT_MAIL, &s))
        outcome = refuse(refusal_r, 403, CODE_RIGHT, "You may not do this in this chat.");
    if (outcome == OUTCOME_DONE && !mail_is_on(o->config))
        outcome = refuse(refusal_r, 409, CODE_RULE, "This site sends no mail.");
    if (outcome == OUTCOME_DONE)
        outcome = check_count(db, o, s.session_no, refusal_r);
    if (outcome == OUTCOME_DONE && !add_link(db, o, s.session_no, secret))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE)
        outcome = queue(db, o, &s, secret, refusal_r);
    if (outcome == OUTCOME_DONE && !db_commit(db))
        outcome = db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    return outcome;
}

enum outcome transcript_mail(struct db *db, const struct config *config, const struct principal *who, const char *session_id, const char *to, const char *text,
                             enum lang lang, struct refusal *refusal_r)
{
    const struct order o = {.config = config, .who = who, .session_id = session_id, .to = to, .text = text, .lang = lang, .now_ms = clock_wall_ms()};
    enum outcome outcome;
    int tries;

    for (tries = 1;; tries++) {
        outcome = mail_once(db, &o, refusal_r);
        if (db_in_transaction(db))
            db_rollback(db);
        if (outcome != OUTCOME_AWAY || db_last_error(db) != DB_BUSY || tries == DB_TRIES)
            return outcome;
    }
}

/* ---- the link ---- */

static enum outcome refuse_spent(struct refusal *refusal_r)
{
    return refuse(refusal_r, 410, CODE_ABSENT, "This link was used already, or is too old. You can ask for another letter on the page of the chat.");
}

enum outcome transcript_find(struct db *db, const char *secret, struct session *session_r, struct refusal *refusal_r)
{
    uint8_t hash[TOKEN_HASH_SIZE];
    struct db_rows *rows;
    int64_t session_no, expires_ms;
    bool is_used;

    token_hash(secret, hash);
    rows = db_query(db, "SELECT session_no, expires, used IS NOT NULL FROM transcript_link WHERE secret_hash = ?", DB_ARGS(db_bytes(hash, sizeof hash)));
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows) == 0) {
        db_rows_free(&rows);
        return refuse(refusal_r, 404, CODE_ABSENT, "There is no such link. Please look whether the address is whole.");
    }
    session_no = db_cell_int(rows, 0, 0);
    expires_ms = db_cell_time(rows, 0, 1);
    is_used = db_cell_int(rows, 0, 2) != 0;
    db_rows_free(&rows);
    if (is_used || clock_wall_ms() >= expires_ms)
        return refuse_spent(refusal_r);
    return session_find_no(db, session_no, session_r);
}

enum outcome transcript_use(struct db *db, const char *secret, struct refusal *refusal_r)
{
    const int64_t now = clock_wall_ms();
    uint8_t hash[TOKEN_HASH_SIZE];
    uint64_t n = 0;

    token_hash(secret, hash);
    if (!db_exec(db, "UPDATE transcript_link SET used = ? WHERE secret_hash = ? AND used IS NULL AND expires > ?",
                 DB_ARGS(db_time(now), db_bytes(hash, sizeof hash), db_time(now)), &n))
        return OUTCOME_AWAY;
    return n ? OUTCOME_DONE : refuse_spent(refusal_r);
}

enum outcome transcript_sweep(struct db *db)
{
    return db_exec(db, "DELETE FROM transcript_link WHERE expires < ? LIMIT 1000", DB_ARGS(db_time(clock_wall_ms() - 30 * DAY_MS)), NULL) ? OUTCOME_DONE : OUTCOME_AWAY;
}
