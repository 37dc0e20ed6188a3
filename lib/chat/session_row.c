/* session_row: the chat_session row, read, locked and written; and the frame that every step runs in. */
#include <stdio.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/counter.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/session_priv.h"

static void cell_text(const struct db_rows *rows, size_t row, unsigned col, char *out, size_t size)
{
    const char *s = db_cell(rows, row, col, NULL);

    snprintf(out, size, "%s", s ? s : "");
}

/* SESSION_COLUMNS, in their order. */
static void read_columns(const struct db_rows *rows, size_t row, struct session *s)
{
    unsigned i = 0;
    const char *ended_by;

    memset(s, 0, sizeof(*s));
    s->session_no = db_cell_int(rows, row, i++);
    cell_text(rows, row, i++, s->session_id, sizeof(s->session_id));
    s->member_id = db_cell_int(rows, row, i++);
    s->admin_id = db_cell_int(rows, row, i++);
    s->category_id = (int32_t)db_cell_int(rows, row, i++);
    s->status_id = (int32_t)db_cell_int(rows, row, i++);
    cell_text(rows, row, i++, s->title, sizeof(s->title));
    s->start_ms = db_cell_time(rows, row, i++);
    s->end_ms = db_cell_time(rows, row, i++);
    s->message_count = (int32_t)db_cell_int(rows, row, i++);
    s->cdate_ms = db_cell_time(rows, row, i++);
    s->udate_ms = db_cell_time(rows, row, i++);
    s->accept_ms = db_cell_time(rows, row, i++);
    s->first_response_ms = db_cell_time(rows, row, i++);
    s->queue_since_ms = db_cell_time(rows, row, i++);
    s->queue_entered_ms = db_cell_time(rows, row, i++);
    s->queue_front = db_cell_int(rows, row, i++) != 0;
    s->member_last_seen_ms = db_cell_time(rows, row, i++);
    s->admin_last_seen_ms = db_cell_time(rows, row, i++);
    s->member_pushed = db_cell_int(rows, row, i++) != 0;
    s->admin_pushed = db_cell_int(rows, row, i++) != 0;
    s->member_joined = db_cell_int(rows, row, i++) != 0;
    s->admin_joined = db_cell_int(rows, row, i++) != 0;
    s->member_read_seq = (int32_t)db_cell_int(rows, row, i++);
    s->admin_read_seq = (int32_t)db_cell_int(rows, row, i++);
    s->member_grace_ms = db_cell_time(rows, row, i++);
    s->admin_grace_ms = db_cell_time(rows, row, i++);
    s->hold_since_ms = db_cell_time(rows, row, i++);
    s->hold_ms = db_cell_int(rows, row, i++);
    s->disconnect_reason_id = (int32_t)db_cell_int(rows, row, i++);
    s->exit_reason_id = (int32_t)db_cell_int(rows, row, i++);
    ended_by = db_cell(rows, row, i++, NULL);
    s->ended_by = ended_by ? ended_by[0] : 0;
    s->abandoned = db_cell_int(rows, row, i++) != 0;
    s->offline = db_cell_int(rows, row, i++) != 0;
    cell_text(rows, row, i++, s->previous_session_id, sizeof(s->previous_session_id));
    s->hold_until_ms = db_cell_time(rows, row, i++);
    s->offer_admin_id = db_cell_int(rows, row, i++);
    s->offer_category_id = (int32_t)db_cell_int(rows, row, i++);
    s->offer_note_id = db_cell_int(rows, row, i++);
    s->offer_ms = db_cell_time(rows, row, i++);
    s->route_admin_id = db_cell_int(rows, row, i++);
    s->route_until_ms = db_cell_time(rows, row, i++);
}

void session_read_row(const struct db_rows *rows, size_t row, struct session *s)
{
    read_columns(rows, row, s);
    cell_text(rows, row, SESSION_COLUMN_TOTAL, s->member_name, sizeof(s->member_name));
    cell_text(rows, row, SESSION_COLUMN_TOTAL + 1, s->member_email, sizeof(s->member_email));
    cell_text(rows, row, SESSION_COLUMN_TOTAL + 2, s->admin_name, sizeof(s->admin_name));
}

enum outcome session_lock(struct db *db, const char *session_id, int64_t session_no, struct session *s, struct refusal *refusal_r)
{
    struct db_rows *rows;

    if (session_id && !uuid_is_valid(session_id))
        return refuse_absent(refusal_r);
    if (session_id)
        rows = db_query(db, "SELECT " SESSION_COLUMNS " FROM chat_session s WHERE s.session_id = ? FOR UPDATE", DB_ARGS(db_text(session_id)));
    else
        rows = db_query(db, "SELECT " SESSION_COLUMNS " FROM chat_session s WHERE s.session_no = ? FOR UPDATE", DB_ARGS(db_int(session_no)));
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows) == 0) {
        db_rows_free(&rows);
        return refuse_absent(refusal_r);
    }
    read_columns(rows, 0, s);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

bool session_fill_names(struct db *db, struct session *s)
{
    struct db_rows *rows = db_query(db, "SELECT m.nickname, m.email, a.nickname FROM member m LEFT JOIN member a ON a.member_id = ? WHERE m.member_id = ?",
                                    DB_ARGS(db_id(s->admin_id), db_int(s->member_id)));

    if (!rows)
        return false;
    if (db_rows_count(rows) == 1) {
        cell_text(rows, 0, 0, s->member_name, sizeof(s->member_name));
        cell_text(rows, 0, 1, s->member_email, sizeof(s->member_email));
        cell_text(rows, 0, 2, s->admin_name, sizeof(s->admin_name));
    }
    db_rows_free(&rows);
    return true;
}

bool session_store(struct db *db, const struct session *s)
{
    static const char sql[] =
        "UPDATE chat_session SET admin_id=?, status_id=?, end_time=?, message_count=?, udate=?, accept_time=?, first_response_time=?, queue_entered=?,"
        " queue_front=?, member_last_seen=?, admin_last_seen=?, member_pushed=?, admin_pushed=?, member_joined=?, admin_joined=?, member_read_seq=?,"
        " admin_read_seq=?, member_grace_until=?, admin_grace_until=?, disconnect_reason_id=?, exit_reason_id=?, ended_by=?, abandoned=?, category_id=?,"
        " hold_since=?, hold_ms=?, hold_until=?, offer_admin_id=?, offer_category_id=?, offer_note_id=?, offer_until=?, route_admin_id=?, route_until=?"
        " WHERE session_no=?";

    return db_exec(db, sql,
                   DB_ARGS(db_id(s->admin_id), db_int(s->status_id), db_time(s->end_ms), db_int(s->message_count), db_time(s->udate_ms),
                           db_time(s->accept_ms), db_time(s->first_response_ms), db_time(s->queue_entered_ms), db_int(s->queue_front),
                           db_time(s->member_last_seen_ms), db_time(s->admin_last_seen_ms), db_int(s->member_pushed), db_int(s->admin_pushed),
                           db_int(s->member_joined), db_int(s->admin_joined), db_int(s->member_read_seq), db_int(s->admin_read_seq),
                           db_time(s->member_grace_ms), db_time(s->admin_grace_ms), db_id(s->disconnect_reason_id), db_id(s->exit_reason_id),
                           db_textn(s->ended_by ? &s->ended_by : NULL, 1), db_int(s->abandoned), db_int(s->category_id),
                           db_time(s->hold_since_ms), db_int(s->hold_ms), db_time(s->hold_until_ms), db_id(s->offer_admin_id), db_id(s->offer_category_id),
                           db_id(s->offer_note_id), db_time(s->offer_ms), db_id(s->route_admin_id), db_time(s->route_until_ms),
                           db_int(s->session_no)),
                   NULL);
}

bool session_note_right_change(struct db *db, int64_t session_no, int64_t now_ms)
{
    return db_exec(db, "INSERT INTO right_change (session_no, cdate) VALUES (?, ?)", DB_ARGS(db_int(session_no), db_time(now_ms)), NULL);
}

static enum outcome store_change(struct db *db, struct change *c, const struct session *before, int64_t now_ms)
{
    int i;

    for (i = 0; i < c->nrows; i++)
        if (!message_insert(db, &c->rows[i]))
            return OUTCOME_AWAY;
    if (!session_store(db, &c->session))
        return OUTCOME_AWAY;
    /* A read mark is also in the rows: is_read of what the other side wrote. */
    if (c->what == CHANGE_READ &&
        !db_exec(db, "UPDATE chat_message SET is_read='Y' WHERE session_no=? AND seq>? AND seq<=? AND sender_type<>? AND is_read='N'",
                 DB_ARGS(db_int(before->session_no), db_int(c->side == 'M' ? before->member_read_seq : before->admin_read_seq), db_int(c->read_seq),
                         db_textn(&c->side, 1)),
                 NULL))
        return OUTCOME_AWAY;
    if (before->admin_id != c->session.admin_id || before->status_id != c->session.status_id)
        if (!session_note_right_change(db, before->session_no, now_ms))
            return OUTCOME_AWAY;
    if (!db_commit(db))
        return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    return OUTCOME_DONE;
}

static enum outcome run_once(struct db *db, const char *session_id, int64_t session_no, session_step step, const struct step *arg, struct change *c,
                             struct refusal *refusal_r)
{
    struct session before;
    enum outcome outcome;

    if (!db_begin(db))
        return OUTCOME_AWAY;
    outcome = session_lock(db, session_id, session_no, &c->session, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!session_fill_names(db, &c->session))
        return OUTCOME_AWAY;
    before = c->session;
    outcome = step(arg, &c->session, c, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (c->session.status_id != STATUS_WAITING) { /* what waits no more is offered to nobody: no step need think of it */
        c->session.route_admin_id = 0;
        c->session.route_until_ms = -1;
    }
    /* later than what was stored before, though it may have begun earlier and waited for the lock: lists tell by it which of two states is the newer */
    c->session.udate_ms = arg->now_ms > before.udate_ms ? arg->now_ms : before.udate_ms + 1;
    return store_change(db, c, &before, arg->now_ms);
}

enum outcome session_run(struct db *db, const char *session_id, int64_t session_no, session_step step, const struct step *arg, struct change *c,
                         struct refusal *refusal_r)
{
    struct refusal unasked;
    enum outcome outcome;
    int tries;

    change_init(c);
    for (tries = 1;; tries++) {
        outcome = run_once(db, session_id, session_no, step, arg, c, refusal_r ? refusal_r : &unasked);
        if (outcome == OUTCOME_DONE)
            break;
        if (db_in_transaction(db))
            db_rollback(db);
        if (outcome != OUTCOME_AWAY || db_last_error(db) != DB_BUSY || tries == DB_TRIES)
            break;
        counter_add(COUNT_db_retries, 1);
        change_clear(c);
    }
    if (outcome != OUTCOME_DONE && outcome != OUTCOME_SAME)
        change_clear(c);
    return outcome;
}
