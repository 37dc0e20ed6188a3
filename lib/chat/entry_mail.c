/* entry_mail: the answers to offline chats, as letters. See entry.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/entry.h"
#include "lib/chat/mail.h"
#include "lib/chat/message.h"

#define AT_ONCE 50
#define ROWS_MAX 200 /* of a chat, in one letter */

/* An offline chat that has answers which were not mailed yet. */
struct due {
    int64_t session_no;
    int32_t mailed_seq, answer_seq, status_id;
    char session_id[UUID_TEXT_SIZE], email[EMAIL_SIZE];
    enum lang lang;
};

/* The text of what the customer asked and of the answers behind mailed_seq. */
static enum outcome write_letter(struct db *db, const struct config *config, const struct due *d, struct buf *out)
{
    struct message *rows = NULL;
    size_t n = 0;
    enum outcome outcome = message_list(db, d->session_no, -1, d->answer_seq + 1, ROWS_MAX, &rows, &n);

    if (outcome != OUTCOME_DONE)
        return outcome;
    buf_printf(out, "%s\n", catalog_text(d->lang, "Hello. This is the answer to the question that you left with us."));
    for (size_t i = 0; i < n; i++) {
        const struct message *m = &rows[i];
        if (m->sender_type == 'S' || (m->sender_type == 'A' && m->seq <= d->mailed_seq) || (m->kind != KIND_TEXT && m->kind != KIND_FILE))
            continue;
        buf_printf(out, "\n[%s]\n%s\n", m->sender_type == 'M' ? catalog_text(d->lang, "Your question") : m->sender_name, m->content ? m->content : "");
        if (m->file && m->content && strcmp(m->content, m->file->name) != 0)
            buf_printf(out, "%s\n", m->file->name);
    }
    if (config->site_url[0])
        buf_printf(out, "\n%s\n%s/chat/%s\n", catalog_text(d->lang, "You can read it and write back here:"), config->site_url, d->session_id);
    message_free_list(&rows, n);
    return buf_failed(out) ? OUTCOME_AWAY : OUTCOME_DONE;
}

/* In one transaction: the mark, which only one node can move, and the letter. */
static enum outcome mail_one(struct db *db, const struct config *config, const struct due *d)
{
    struct buf text = BUF_INIT, subject = BUF_INIT;
    struct refusal refusal;
    char key[MAIL_KEY_MAX];
    uint64_t moved = 0;
    enum outcome outcome = write_letter(db, config, d, &text);

    snprintf(key, sizeof key, "offline.%lld.%d", (long long)d->session_no, d->answer_seq);
    buf_printf(&subject, "%s - %s", catalog_text(d->lang, "Answer to your question"), config->site_name);
    if (outcome == OUTCOME_DONE && !db_begin(db))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && !db_exec(db, "UPDATE offline_reply SET mailed_seq = ?, is_open = ? WHERE session_no = ? AND mailed_seq = ?",
                                            DB_ARGS(db_int(d->answer_seq), db_int(d->status_id != STATUS_COMPLETED), db_int(d->session_no), db_int(d->mailed_seq)), &moved))
        outcome = OUTCOME_AWAY;
    if (outcome == OUTCOME_DONE && moved) {
        const struct mail_draft draft = {.to = d->email, .subject = buf_str(&subject), .text = buf_str(&text), .key = key};
        outcome = mail_queue(db, config, &draft, &refusal);
        if (outcome == OUTCOME_REFUSED || outcome == OUTCOME_SAME) /* the mark moves on all the same: trying again would not help */
            outcome = OUTCOME_DONE;
        if (outcome == OUTCOME_DONE && !db_commit(db))
            outcome = OUTCOME_AWAY;
    }
    if (db_in_transaction(db))
        db_rollback(db);
    buf_free(&text);
    buf_free(&subject);
    return outcome;
}

static void read_due(const struct db_rows *rows, size_t i, struct due *d)
{
    *d = (struct due){.session_no = db_cell_int(rows, i, 0), .mailed_seq = (int32_t)db_cell_int(rows, i, 1), .answer_seq = (int32_t)db_cell_int(rows, i, 2),
                      .status_id = (int32_t)db_cell_int(rows, i, 3)};
    snprintf(d->session_id, sizeof d->session_id, "%s", db_cell(rows, i, 4, NULL));
    snprintf(d->email, sizeof d->email, "%s", db_cell(rows, i, 5, NULL));
    lang_from_tag(db_cell(rows, i, 6, NULL), &d->lang);
}

enum outcome entry_mail_answers(struct db *db, const struct config *config, unsigned *queued_r)
{
    /* An answer that was read in the chat needs no letter; nor has one that is still being written to. */
    static const char sql[] =
        "SELECT o.session_no, o.mailed_seq, a.seq, s.status_id, s.session_id, o.email, o.lang FROM offline_reply o JOIN chat_session s ON s.session_no = o.session_no"
        " JOIN chat_message a ON a.session_no = o.session_no AND a.seq = (SELECT MAX(t.seq) FROM chat_message t WHERE t.session_no = o.session_no"
        " AND t.sender_type = 'A' AND t.kind IN ('TEXT', 'FILE'))"
        " WHERE o.is_open = 1 AND o.email IS NOT NULL AND a.seq > o.mailed_seq AND a.seq > s.member_read_seq AND (s.status_id = 3 OR a.cdate <= ?)"
        " ORDER BY o.session_no LIMIT 50";
    enum outcome outcome = OUTCOME_DONE;
    struct db_rows *rows;
    size_t n;

    *queued_r = 0;
    if (!mail_is_on(config))
        return OUTCOME_DONE;
    do {
        rows = db_query(db, sql, DB_ARGS(db_time(clock_wall_ms() - config->offline_mail_after)));
        n = rows ? db_rows_count(rows) : 0;
        outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;
        for (size_t i = 0; i < n && outcome == OUTCOME_DONE; i++) {
            struct due d;
            read_due(rows, i, &d);
            outcome = mail_one(db, config, &d);
            if (outcome == OUTCOME_DONE)
                ++*queued_r;
        }
        db_rows_free(&rows);
    } while (outcome == OUTCOME_DONE && n == AT_ONCE);
    if (outcome == OUTCOME_DONE && !db_exec(db, "UPDATE offline_reply o JOIN chat_session s ON s.session_no = o.session_no SET o.is_open = 0 WHERE o.is_open = 1 AND s.status_id = 3",
                                            NULL, 0, NULL))
        outcome = OUTCOME_AWAY;
    return outcome;
}
