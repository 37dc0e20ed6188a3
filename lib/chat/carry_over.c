/* carry_over: see carry_over.h. */
#include "lib/chat/carry_over.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/counter.h"
#include "lib/chat/session_priv.h"

/* *session_no_r 0: there is none. Without a lock: what is found is looked at again. */
static bool find_chat(struct db *db, int64_t member_id, int32_t site_id, int64_t *session_no_r)
{
    struct db_rows *rows = db_query(db, "SELECT session_no FROM chat_session WHERE open_member_id = ? AND (? = 0 OR site_id = ?)",
                                    DB_ARGS(db_int(member_id), db_int(site_id), db_int(site_id)));

    *session_no_r = rows && db_rows_count(rows) ? db_cell_int(rows, 0, 0) : 0;
    db_rows_free(&rows);
    return db_last_error(db) == DB_FINE;
}

/* Under the row's lock. A chat is written to by its own customer alone, so the keys of what they wrote stay unique. */
static bool move(struct db *db, int64_t session_no, int64_t from, int64_t to, int64_t now_ms)
{
    return db_exec(db, "UPDATE chat_session SET member_id = ?, udate = ? WHERE session_no = ?", DB_ARGS(db_int(to), db_time(now_ms), db_int(session_no)), NULL) &&
           db_exec(db, "UPDATE chat_message SET sender_id = ? WHERE session_no = ? AND sender_id = ?", DB_ARGS(db_int(to), db_int(session_no), db_int(from)), NULL) &&
           db_exec(db, "UPDATE attachment SET member_id = ? WHERE session_no = ? AND member_id = ?", DB_ARGS(db_int(to), db_int(session_no), db_int(from)), NULL) &&
           session_note_right_change(db, session_no, now_ms);
}

static enum outcome carry_once(struct db *db, int64_t from, int64_t to, int32_t site_id, struct change *c)
{
    const int64_t now = clock_wall_ms();
    struct session *s = &c->session;
    struct refusal gone;
    int64_t session_no;

    if (!db_begin(db) || !find_chat(db, from, site_id, &session_no))
        return OUTCOME_AWAY;
    if (!session_no)
        return OUTCOME_SAME;
    enum outcome outcome = session_lock(db, NULL, session_no, s, &gone);
    if (outcome != OUTCOME_DONE)
        return outcome == OUTCOME_REFUSED ? OUTCOME_SAME : outcome;
    if (s->member_id != from || s->status_id == STATUS_COMPLETED) /* since it was found: carried by another sign-in, or over */
        return OUTCOME_SAME;
    s->udate_ms = now > s->udate_ms ? now : s->udate_ms + 1; /* as session_run() does */
    if (!move(db, session_no, from, to, s->udate_ms))
        return db_last_error(db) == DB_DUPLICATE ? OUTCOME_SAME : OUTCOME_AWAY;
    c->what = CHANGE_MEMBER;
    s->member_id = to;
    if (!session_fill_names(db, s))
        return OUTCOME_AWAY;
    return db_commit(db) ? OUTCOME_DONE : db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

enum outcome carry_over(struct db *db, int64_t from, int64_t to, int32_t site_id, struct change *change_r)
{
    enum outcome outcome = OUTCOME_AWAY;

    change_init(change_r);
    for (int tries = 0; tries < DB_TRIES; tries++) {
        outcome = carry_once(db, from, to, site_id, change_r);
        bool is_busy = outcome == OUTCOME_AWAY && db_last_error(db) == DB_BUSY;
        if (outcome != OUTCOME_DONE && db_in_transaction(db))
            db_rollback(db);
        if (!is_busy)
            break;
        counter_add(COUNT_db_retries, 1);
    }
    if (outcome == OUTCOME_DONE)
        log_info("chat_carried session=%s from=%lld to=%lld", change_r->session.session_id, (long long)from, (long long)to);
    return outcome;
}
