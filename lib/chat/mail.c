#include "lib/chat/mail.h"

#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/base/utf8.h"
#include "lib/chat/auth.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/mail_smtp.h"
#include "lib/chat/mail_text.h"
#include "lib/chat/member.h"

#define SUBJECT_POINTS 200
#define TEXT_MAX (1024 * 1024)
#define KEPT_MS (INT64_C(30) * 86400000)

bool mail_is_on(const struct config *config)
{
    return config->smtp_url[0] && config->mail_from[0] && mail_smtp_is_built();
}

enum outcome mail_queue(struct db *db, const struct config *config, const struct mail_draft *draft, struct refusal *refusal_r)
{
    const int64_t now = clock_wall_ms();
    size_t subject_n = strlen(draft->subject), text_n = strlen(draft->text);
    char address[EMAIL_SIZE];
    uint64_t changed = 0;
    enum outcome outcome;

    if (!mail_is_on(config))
        return refuse(refusal_r, 409, CODE_RULE, "This site sends no mail.");
    outcome = member_check_email(draft->to, strlen(draft->to), address, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!utf8_is_valid(draft->subject, subject_n) || !utf8_is_valid(draft->text, text_n) || text_n > TEXT_MAX)
        return refuse(refusal_r, 422, CODE_INPUT, "The text can't be sent by mail.");
    if (!db_exec(db, "INSERT IGNORE INTO mail_outbox (mail_key, recipient, subject, body, next_try, cdate) VALUES (?,?,?,?,?,?)",
                 DB_ARGS(db_text(draft->key), db_text(address), db_textn(draft->subject, utf8_cut(draft->subject, subject_n, SUBJECT_POINTS)),
                         db_textn(draft->text, text_n), db_time(now), db_time(now)),
                 &changed))
        return OUTCOME_AWAY;
    return changed ? OUTCOME_DONE : OUTCOME_SAME;
}

/* ---- sending ---- */

struct letter {
    int64_t mail_id, cdate_ms, tries;
    const char *to, *subject, *text; /* in rows */
    struct db_rows *rows;
    char claim[UUID_TEXT_SIZE];
};

/* Takes the letter that has waited longest. A sender that dies leaves it to others when the claim has run out. False: none, or see db_last_error(). */
static bool claim(struct db *db, const struct config *config, struct letter *l)
{
    const int64_t now = clock_wall_ms();
    uint64_t n = 0;

    uuid_new(l->claim);
    if (!db_exec(db, "UPDATE mail_outbox SET claim = ?, next_try = ?, tries = tries + 1 WHERE status = 0 AND next_try <= ? ORDER BY next_try, mail_id LIMIT 1",
                 DB_ARGS(db_text(l->claim), db_time(now + 2 * config->smtp_timeout + 10000), db_time(now)), &n) ||
        !n)
        return false;
    l->rows = db_query(db, "SELECT mail_id, recipient, subject, body, cdate, tries FROM mail_outbox WHERE claim = ?", DB_ARGS(db_text(l->claim)));
    if (!l->rows || db_rows_count(l->rows) != 1) {
        db_rows_free(&l->rows);
        return false;
    }
    l->mail_id = db_cell_int(l->rows, 0, 0);
    l->to = db_cell(l->rows, 0, 1, NULL);
    l->subject = db_cell(l->rows, 0, 2, NULL);
    l->text = db_cell(l->rows, 0, 3, NULL);
    l->cdate_ms = db_cell_time(l->rows, 0, 4);
    l->tries = db_cell_int(l->rows, 0, 5);
    return true;
}

static int64_t wait_ms(int64_t tries)
{
    static const int minutes[] = {1, 5, 15, 60, 240};
    const int64_t last = sizeof minutes / sizeof minutes[0];

    return (int64_t)minutes[tries < 1 ? 0 : tries > last ? last - 1 : tries - 1] * 60000;
}

/* Notes how it went, if the claim still is ours. A letter that is done keeps nothing of what it said. */
static bool settle(struct db *db, const struct config *config, const struct letter *l, enum mail_answer answer, const char *why, struct mail_counts *counts)
{
    const int64_t now = clock_wall_ms();

    if (answer == MAIL_LATER && now - l->cdate_ms >= config->mail_keep_trying)
        answer = MAIL_REFUSED;
    switch (answer) {
    case MAIL_SENT:
        counts->sent++;
        log_info("mail_sent mail=%lld tries=%lld", (long long)l->mail_id, (long long)l->tries);
        return db_exec(db, "UPDATE mail_outbox SET status = 1, body = '', claim = NULL, error = '', done = ? WHERE mail_id = ? AND claim = ?",
                       DB_ARGS(db_time(now), db_int(l->mail_id), db_text(l->claim)), NULL);
    case MAIL_REFUSED:
        counts->given_up++;
        log_error("mail_given_up mail=%lld tries=%lld reason=%s", (long long)l->mail_id, (long long)l->tries, log_value(why));
        return db_exec(db, "UPDATE mail_outbox SET status = 9, body = '', claim = NULL, error = ?, done = ? WHERE mail_id = ? AND claim = ?",
                       DB_ARGS(db_text(why), db_time(now), db_int(l->mail_id), db_text(l->claim)), NULL);
    case MAIL_LATER:
        counts->put_off++;
        log_warn("mail_put_off mail=%lld tries=%lld reason=%s", (long long)l->mail_id, (long long)l->tries, log_value(why));
        return db_exec(db, "UPDATE mail_outbox SET claim = NULL, error = ?, next_try = ? WHERE mail_id = ? AND claim = ?",
                       DB_ARGS(db_text(why), db_time(now + wait_ms(l->tries)), db_int(l->mail_id), db_text(l->claim)), NULL);
    case MAIL_STOPPED:
        break;
    }
    return db_exec(db, "UPDATE mail_outbox SET claim = NULL, tries = tries - 1, next_try = ? WHERE mail_id = ? AND claim = ?",
                   DB_ARGS(db_time(now), db_int(l->mail_id), db_text(l->claim)), NULL);
}

/* The name of a letter among servers: of the outbox row, so that a second sending is known as the same. */
static void write_letter(struct buf *out, const struct config *config, const struct letter *l)
{
    const char *at = strrchr(config->mail_from, '@');
    struct buf id = BUF_INIT;
    const struct mail_text text = {.from = config->mail_from, .from_name = config->site_name, .to = l->to, .subject = l->subject, .text = l->text, .date_ms = l->cdate_ms};
    struct mail_text whole = text;

    buf_printf(&id, "sangdam.%lld.%lld%s", (long long)l->mail_id, (long long)l->cdate_ms, at ? at : "@localhost");
    whole.message_id = buf_str(&id);
    mail_text_write(out, &whole);
    if (buf_failed(&id))
        out->failed = true;
    buf_free(&id);
}

enum outcome mail_send_due(struct db *db, const struct config *config, unsigned most, const atomic_bool *stop, struct mail_counts *counts_r)
{
    *counts_r = (struct mail_counts){0};
    if (!mail_is_on(config))
        return OUTCOME_DONE;
    while (most-- && !(stop && atomic_load(stop))) {
        struct letter l = {0};
        struct buf bytes = BUF_INIT;
        char why[MAIL_WHY_SIZE] = "out of memory";
        enum mail_answer answer = MAIL_LATER;
        bool is_noted;

        if (!claim(db, config, &l))
            return db_last_error(db) == DB_FINE || db_last_error(db) == DB_BUSY ? OUTCOME_DONE : OUTCOME_AWAY;
        write_letter(&bytes, config, &l);
        if (!buf_failed(&bytes))
            answer = mail_smtp_send(config, l.to, bytes.p, bytes.len, stop, why);
        is_noted = settle(db, config, &l, answer, why, counts_r);
        buf_free(&bytes);
        db_rows_free(&l.rows);
        if (!is_noted)
            return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

enum outcome mail_sweep(struct db *db)
{
    return db_exec(db, "DELETE FROM mail_outbox WHERE status <> 0 AND done < ? LIMIT 1000", DB_ARGS(db_time(clock_wall_ms() - KEPT_MS)), NULL) ? OUTCOME_DONE : OUTCOME_AWAY;
}
