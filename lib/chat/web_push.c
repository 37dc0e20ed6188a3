#include "lib/chat/web_push.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/web_push_crypto.h"
#include "lib/chat/web_push_send.h"

#define FRESH_MS 300000  /* what waits longer is no news; the page and the mail say so */
#define ONLINE_MS 45000  /* pushd notes who is connected every 20 s */
#define CLAIM_MS 30000
#define LINE_POINTS 120
#define TRIES_MAX 6

/* ---- what is to be told ---- */

/* In one transaction: the mark, which only one node can set, and the rows of those who are not here. */
static bool tell(struct db *db, int64_t session_no, int64_t entered_ms, int64_t category_id)
{
    static const char sql[] = "INSERT INTO push_outbox (subscription_id, session_no, next_try) SELECT p.subscription_id, ?, ? FROM push_subscription p"
                              " JOIN member m ON m.member_id = p.member_id WHERE m.gubun IN (2, 3, 5) AND m.status = 1"
                              " AND NOT EXISTS (SELECT 1 FROM staff_online o WHERE o.member_id = m.member_id AND o.seen > ?)"
                              " AND (NOT EXISTS (SELECT 1 FROM staff_category c WHERE c.member_id = m.member_id) OR"
                              " EXISTS (SELECT 1 FROM staff_category c WHERE c.member_id = m.member_id AND c.category_id = ?))";
    const int64_t now = clock_wall_ms();
    uint64_t is_mine = 0;
    bool is_done = db_begin(db) && db_exec(db, "INSERT IGNORE INTO push_told (session_no, queue_entered) VALUES (?,?)", DB_ARGS(db_int(session_no), db_time(entered_ms)), &is_mine);

    if (is_done && is_mine)
        is_done = db_exec(db, sql, DB_ARGS(db_int(session_no), db_time(now), db_time(now - ONLINE_MS), db_int(category_id)), NULL) && db_commit(db);
    if (db_in_transaction(db))
        db_rollback(db);
    return is_done;
}

static enum outcome tell_new(struct db *db)
{
    struct db_rows *rows = db_query(db,
                                    "SELECT s.session_no, s.queue_entered, s.category_id FROM chat_session s WHERE s.status_id = 1 AND s.offline = 0 AND s.queue_entered > ?"
                                    " AND NOT EXISTS (SELECT 1 FROM push_told t WHERE t.session_no = s.session_no AND t.queue_entered = s.queue_entered) LIMIT 100",
                                    DB_ARGS(db_time(clock_wall_ms() - FRESH_MS)));
    bool is_done = rows != NULL;

    for (size_t i = 0; is_done && i < db_rows_count(rows); i++)
        is_done = tell(db, db_cell_int(rows, i, 0), db_cell_time(rows, i, 1), db_cell_int(rows, i, 2));
    db_rows_free(&rows);
    return is_done ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* ---- sending ---- */

struct parcel {
    int64_t push_id, subscription_id, tries;
    const char *endpoint, *p256dh, *auth, *session_id, *name, *line; /* in rows */
    int32_t category_id;
    bool is_waiting, with_line;
    enum lang lang;
    struct db_rows *rows;
    char claim[UUID_TEXT_SIZE];
};

/* False: none is due, or see db_last_error(). */
static bool claim(struct db *db, struct parcel *p)
{
    const int64_t now = clock_wall_ms();
    const char *line;
    uint64_t n = 0;

    uuid_new(p->claim);
    if (!db_exec(db, "UPDATE push_outbox SET claim = ?, next_try = ?, tries = tries + 1 WHERE next_try <= ? ORDER BY next_try, push_id LIMIT 1",
                 DB_ARGS(db_text(p->claim), db_time(now + CLAIM_MS), db_time(now)), &n) ||
        !n)
        return false;
    p->rows = db_query(db,
                       "SELECT o.push_id, o.subscription_id, o.tries, p.endpoint, p.p256dh, p.auth, s.session_id, m.nickname, s.title, s.category_id, s.status_id, p.with_line,"
                       " p.lang FROM push_outbox o JOIN push_subscription p ON p.subscription_id = o.subscription_id JOIN chat_session s ON s.session_no = o.session_no"
                       " JOIN member m ON m.member_id = s.member_id WHERE o.claim = ?",
                       DB_ARGS(db_text(p->claim)));
    if (!p->rows || db_rows_count(p->rows) != 1) {
        db_rows_free(&p->rows);
        return false;
    }
    line = db_cell(p->rows, 0, 8, NULL);
    p->push_id = db_cell_int(p->rows, 0, 0);
    p->subscription_id = db_cell_int(p->rows, 0, 1);
    p->tries = db_cell_int(p->rows, 0, 2);
    p->endpoint = db_cell(p->rows, 0, 3, NULL);
    p->p256dh = db_cell(p->rows, 0, 4, NULL);
    p->auth = db_cell(p->rows, 0, 5, NULL);
    p->session_id = db_cell(p->rows, 0, 6, NULL);
    p->name = db_cell(p->rows, 0, 7, NULL);
    p->line = line ? line : "";
    p->category_id = (int32_t)db_cell_int(p->rows, 0, 9);
    p->is_waiting = db_cell_int(p->rows, 0, 10) == STATUS_WAITING;
    p->with_line = db_cell_int(p->rows, 0, 11) != 0;
    lang_from_tag(db_cell(p->rows, 0, 12, NULL), &p->lang);
    return true;
}

/* {sessionId, title, body}: what static/js/push_worker.js shows. */
static void write_text(struct buf *out, const struct parcel *p)
{
    struct buf title = BUF_INIT;
    struct json_writer w = JSON_WRITER(out);
    char category[401];

    code_name(p->category_id, p->lang, category, sizeof category);
    buf_printf(&title, "%s: %s", catalog_text(p->lang, "A chat waits for an agent"), p->name);
    jw_object(&w);
    jw_str(&w, "sessionId", p->session_id);
    jw_str(&w, "title", buf_str(&title));
    if (p->with_line && p->line[0])
        jw_strn(&w, "body", p->line, utf8_cut(p->line, strlen(p->line), LINE_POINTS));
    else
        jw_str(&w, "body", category);
    jw_object_end(&w);
    if (buf_failed(&title))
        out->failed = true;
    buf_free(&title);
}

static enum web_push_answer send_one(const struct config *config, const struct parcel *p, const atomic_bool *stop, int *status_r, int64_t *retry_ms_r)
{
    const char *subject = config->webpush_contact;
    struct buf text = BUF_INIT, body = BUF_INIT, authorization = BUF_INIT;
    struct web_push_key key, sender;
    uint8_t to[WEB_PUSH_PUBLIC], auth[WEB_PUSH_AUTH], salt[WEB_PUSH_SALT];
    enum web_push_answer answer = WEB_PUSH_REFUSED;

    *status_r = 0;
    *retry_ms_r = 0;
    randombytes_buf(salt, sizeof salt);
    write_text(&text, p);
    if (!buf_failed(&text) && web_push_key_read(config->webpush_public, config->webpush_private, &key) && web_push_key_new(&sender) &&
        web_push_decode(p->p256dh, to, sizeof to) && web_push_decode(p->auth, auth, sizeof auth) &&
        web_push_encrypt(to, auth, &sender, salt, buf_str(&text), text.len, &body) && web_push_authorization(&key, p->endpoint, subject, clock_wall_ms(), &authorization)) {
        const struct web_push_request request = {
            .endpoint = p->endpoint, .authorization = buf_str(&authorization), .body = body.p, .body_n = body.len, .ttl_s = FRESH_MS / 1000};
        answer = web_push_send(config, &request, stop, status_r, retry_ms_r);
    }
    buf_free(&text);
    buf_free(&body);
    buf_free(&authorization);
    return answer;
}

static bool settle(struct db *db, const struct parcel *p, enum web_push_answer answer, int status, int64_t retry_ms)
{
    const int64_t wait = retry_ms ? retry_ms : INT64_C(1000) << (p->tries < 10 ? p->tries : 10);

    if (answer == WEB_PUSH_GONE) {
        log_info("web_push_gone subscription=%lld status=%d", (long long)p->subscription_id, status);
        return db_exec(db, "DELETE FROM push_subscription WHERE subscription_id = ?", DB_ARGS(db_int(p->subscription_id)), NULL);
    }
    if (answer == WEB_PUSH_LATER && p->tries < TRIES_MAX) {
        log_warn("web_push_put_off subscription=%lld status=%d wait=%lldms", (long long)p->subscription_id, status, (long long)wait);
        return db_exec(db, "UPDATE push_outbox SET claim = NULL, next_try = ? WHERE subscription_id = ?", DB_ARGS(db_time(clock_wall_ms() + wait), db_int(p->subscription_id)), NULL);
    }
    if (answer == WEB_PUSH_STOPPED)
        return db_exec(db, "UPDATE push_outbox SET claim = NULL, tries = tries - 1, next_try = ? WHERE claim = ?", DB_ARGS(db_time(clock_wall_ms()), db_text(p->claim)), NULL);
    if (answer != WEB_PUSH_SENT)
        log_error("web_push_given_up subscription=%lld status=%d tries=%lld", (long long)p->subscription_id, status, (long long)p->tries);
    return db_exec(db, "DELETE FROM push_outbox WHERE push_id = ?", DB_ARGS(db_int(p->push_id)), NULL);
}

enum outcome web_push_run(struct db *db, const struct config *config, unsigned most, const atomic_bool *stop)
{
    if (!web_push_is_on(config))
        return OUTCOME_DONE;
    if (tell_new(db) != OUTCOME_DONE || !code_refresh(db))
        return OUTCOME_AWAY;
    while (most-- && !(stop && atomic_load(stop))) {
        struct parcel p = {0};
        enum web_push_answer answer = WEB_PUSH_SENT; /* of a chat that somebody took: nothing is left to say */
        int64_t retry_ms = 0;
        int status = 0;
        bool is_noted;

        if (!claim(db, &p))
            return db_last_error(db) == DB_FINE || db_last_error(db) == DB_BUSY ? OUTCOME_DONE : OUTCOME_AWAY;
        if (p.is_waiting)
            answer = send_one(config, &p, stop, &status, &retry_ms);
        is_noted = settle(db, &p, answer, status, retry_ms);
        db_rows_free(&p.rows);
        if (!is_noted)
            return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

enum outcome web_push_sweep(struct db *db)
{
    return db_exec(db, "DELETE FROM push_told WHERE queue_entered < ? LIMIT 1000", DB_ARGS(db_time(clock_wall_ms() - INT64_C(86400000))), NULL) ? OUTCOME_DONE : OUTCOME_AWAY;
}
