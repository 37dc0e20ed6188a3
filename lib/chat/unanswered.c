#include "lib/chat/unanswered.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/utf8.h"
#include "lib/chat/auth.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/mail.h"
#include "lib/chat/member.h"

#define AT_ONCE 50
#define SEPARATORS " \t"
#define LINE_POINTS 200 /* of the customer's question */

/* A chat that waits; the texts are in its row. */
struct late {
    int64_t session_no, since_ms;
    int32_t category_id;
    const char *session_id, *name, *title;
};

/* ---- to whom ---- */

/* The next address of a list that config.c has looked at, as it is to be written; false at the end. *bad_r: it is none. */
static bool next_address(const char **list, char address_r[EMAIL_SIZE], bool *bad_r)
{
    struct refusal refusal;
    size_t n;

    *list += strspn(*list, SEPARATORS);
    n = strcspn(*list, SEPARATORS);
    *bad_r = n && member_check_email(*list, n, address_r, &refusal) != OUTCOME_DONE;
    *list += n;
    return n > 0;
}

/* ---- a letter ---- */

static void write_part(struct buf *out, const struct late *l, enum lang lang)
{
    char category[401];

    code_name(l->category_id, lang, category, sizeof category);
    buf_printf(out, "%s\n\n%s: %s\n%s: %s\n", catalog_text(lang, "A customer waits, and no agent has accepted the chat yet."), catalog_text(lang, "Name"), l->name,
               catalog_text(lang, "Topic"), category);
    if (l->title[0])
        buf_printf(out, "%s: %.*s\n", catalog_text(lang, "Question"), (int)utf8_cut(l->title, strlen(l->title), LINE_POINTS), l->title);
    buf_printf(out, "%s: %lld\n\n", catalog_text(lang, "Minutes waited"), (long long)((clock_wall_ms() - l->since_ms) / 60000));
}

/* In both languages: nobody knows which the reader wants. */
static void write_letter(struct buf *out, const struct config *config, const struct late *l)
{
    if (config->site_url[0])
        buf_printf(out, "%s/agent/chat/%s\n\n", config->site_url, l->session_id);
    write_part(out, l, LANG_KO);
    write_part(out, l, LANG_EN);
}

static enum outcome queue_one(struct db *db, const struct config *config, const struct late *l, const char *to, unsigned no, const char *text, unsigned *queued)
{
    struct buf subject = BUF_INIT;
    struct refusal refusal;
    char key[MAIL_KEY_MAX];
    enum outcome outcome = OUTCOME_AWAY;

    snprintf(key, sizeof key, "unanswered.%lld.%u", (long long)l->session_no, no);
    buf_printf(&subject, "%s: %s - %s", catalog_text(LANG_KO, "A chat waits for an agent"), l->name, config->site_name);
    if (!buf_failed(&subject)) {
        const struct mail_draft draft = {.to = to, .subject = buf_str(&subject), .text = text, .key = key};
        outcome = mail_queue(db, config, &draft, &refusal);
    }
    buf_free(&subject);
    if (outcome == OUTCOME_DONE)
        ++*queued;
    return outcome == OUTCOME_AWAY ? OUTCOME_AWAY : OUTCOME_DONE; /* one bad address keeps no letter from the others */
}

static enum outcome queue_for_list(struct db *db, const struct config *config, const struct late *l, const char *text, unsigned *queued)
{
    const char *list = config->unanswered_mail_to;
    enum outcome outcome = OUTCOME_DONE;
    char address[EMAIL_SIZE];
    bool is_bad;

    for (unsigned no = 1; outcome == OUTCOME_DONE && next_address(&list, address, &is_bad); no++)
        if (!is_bad)
            outcome = queue_one(db, config, l, address, no, text, queued);
    return outcome;
}

static enum outcome queue_for_staff(struct db *db, const struct config *config, const struct late *l, const char *text, unsigned *queued)
{
    static const char sql[] = "SELECT m.email FROM member m WHERE m.gubun IN (2, 3, 5) AND m.status = 1 AND m.email IS NOT NULL AND"
                              " (NOT EXISTS (SELECT 1 FROM staff_category c WHERE c.member_id = m.member_id) OR"
                              " EXISTS (SELECT 1 FROM staff_category c WHERE c.member_id = m.member_id AND c.category_id = ?)) ORDER BY m.member_id LIMIT 200";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(l->category_id)));
    enum outcome outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;

    for (size_t i = 0; outcome == OUTCOME_DONE && i < db_rows_count(rows); i++)
        outcome = queue_one(db, config, l, db_cell(rows, i, 0, NULL), (unsigned)i + 1, text, queued);
    db_rows_free(&rows);
    return outcome;
}

/* In one transaction: the mark, which only one node can set, and the letters. */
static enum outcome tell(struct db *db, const struct config *config, const struct late *l, unsigned *queued)
{
    struct buf text = BUF_INIT;
    uint64_t is_mine = 0;
    unsigned n = 0;
    enum outcome outcome = OUTCOME_DONE;

    write_letter(&text, config, l);
    if (buf_failed(&text) || !db_begin(db) ||
        !db_exec(db, "INSERT IGNORE INTO unanswered_mail (session_no, cdate) VALUES (?,?)", DB_ARGS(db_int(l->session_no), db_time(clock_wall_ms())), &is_mine))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && is_mine) {
        outcome = (config->unanswered_mail_to[0] ? queue_for_list : queue_for_staff)(db, config, l, buf_str(&text), &n);
        if (outcome == OUTCOME_DONE && !db_commit(db))
            outcome = OUTCOME_AWAY;
    }
    if (db_in_transaction(db))
        db_rollback(db);
    buf_free(&text);
    if (outcome == OUTCOME_DONE && is_mine) {
        *queued += n;
        log_info("unanswered_mail session=%s letters=%u", l->session_id, n);
    }
    return outcome;
}

enum outcome unanswered_mail(struct db *db, const struct config *config, unsigned *queued_r)
{
    static const char sql[] = "SELECT s.session_no, s.session_id, s.category_id, s.title, s.queue_entered, m.nickname FROM chat_session s JOIN member m ON m.member_id = s.member_id"
                              " WHERE s.status_id = 1 AND s.offline = 0 AND s.queue_entered <= ?"
                              " AND NOT EXISTS (SELECT 1 FROM unanswered_mail u WHERE u.session_no = s.session_no) ORDER BY s.session_no LIMIT 50";
    enum outcome outcome = OUTCOME_DONE;
    struct db_rows *rows;
    size_t n;

    *queued_r = 0;
    if (!config->unanswered_mail_after || !mail_is_on(config))
        return OUTCOME_DONE;
    do {
        rows = db_query(db, sql, DB_ARGS(db_time(clock_wall_ms() - config->unanswered_mail_after)));
        n = rows ? db_rows_count(rows) : 0;
        outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;
        for (size_t i = 0; i < n && outcome == OUTCOME_DONE; i++) {
            const char *title = db_cell(rows, i, 3, NULL);
            const struct late l = {.session_no = db_cell_int(rows, i, 0), .session_id = db_cell(rows, i, 1, NULL), .category_id = (int32_t)db_cell_int(rows, i, 2),
                                   .title = title ? title : "", .since_ms = db_cell_time(rows, i, 4), .name = db_cell(rows, i, 5, NULL)};
            outcome = tell(db, config, &l, queued_r);
        }
        db_rows_free(&rows);
    } while (outcome == OUTCOME_DONE && n == AT_ONCE);
    return outcome;
}
