/* session: finding chats, and the public door of each step. */
#include "lib/chat/session.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/block.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/session_priv.h"

#define TITLE_MAX_POINTS 200
#define SEEN_STEP_MS 3000 /* last_seen is written at most this often by requests that change nothing else */

static enum outcome take_one(struct db_rows *rows, struct session *s, struct refusal *refusal_r)
{
    struct refusal unasked;
    bool found = db_rows_count(rows) == 1;

    if (!rows)
        return OUTCOME_AWAY;
    if (found)
        session_read_row(rows, 0, s);
    db_rows_free(&rows);
    return found ? OUTCOME_DONE : refuse_absent(refusal_r ? refusal_r : &unasked);
}

enum outcome session_find(struct db *db, const struct principal *who, const char *session_id, struct session *session_r, struct refusal *refusal_r)
{
    enum outcome outcome;

    if (!uuid_is_valid(session_id))
        return refuse_absent(refusal_r);
    outcome = take_one(db_query(db, SESSION_SELECT_ALL " WHERE s.session_id = ?", DB_ARGS(db_text(session_id))), session_r, refusal_r);
    if (outcome == OUTCOME_DONE && who && !right_may(who, RIGHT_READ, session_r))
        return refuse_absent(refusal_r);
    return outcome;
}

enum outcome session_find_no(struct db *db, int64_t session_no, struct session *session_r)
{
    return take_one(db_query(db, SESSION_SELECT_ALL " WHERE s.session_no = ?", DB_ARGS(db_int(session_no))), session_r, NULL);
}

enum outcome session_find_open(struct db *db, int64_t member_id, struct session *session_r, struct refusal *refusal_r)
{
    return take_one(db_query(db, SESSION_SELECT_ALL " WHERE s.open_member_id = ?", DB_ARGS(db_int(member_id))), session_r, refusal_r);
}

/* ---- request ---- */

enum outcome session_request_check(int32_t category_id, const char *title, struct refusal *refusal_r)
{
    struct code category;
    size_t n = title ? strlen(title) : 0, i;

    if (!code_by_id(category_id, &category) || strcmp(category.gcode, GROUP_CATEGORY) != 0 || !category.is_used)
        return refuse_field(refusal_r, 422, CODE_INPUT, "Choose one of the categories.", "categoryId");
    if (n && !utf8_is_valid(title, n))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", "title");
    for (i = 0; i < n; i++)
        if ((unsigned char)title[i] < 0x20 || title[i] == 0x7f)
            return refuse_field(refusal_r, 422, CODE_INPUT, "The title holds control characters.", "title");
    if (utf8_count(title ? title : "", n) > TITLE_MAX_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The title is longer than 200 characters.", "title");
    return OUTCOME_DONE;
}

bool session_insert(struct db *db, const struct principal *who, const struct session_new *new, int64_t *session_no_r)
{
    const int64_t now = clock_wall_ms();
    const char *title = new->title;
    char id[UUID_TEXT_SIZE];

    uuid_new(id);
    if (title && utf8_is_blank(title, strlen(title)))
        title = NULL;
    if (!db_exec(db,
                 "INSERT INTO chat_session (session_id, member_id, category_id, status_id, title, start_time, cdate, udate, queue_since, queue_entered,"
                 " member_last_seen, offline, previous_session_id, site_id, site_page) VALUES (?,?,?,1,?,?,?,?,?,?,?,?,?,?,?)",
                 DB_ARGS(db_text(id), db_int(who->member_id), db_int(new->category_id), db_text(title), db_time(now), db_time(now), db_time(now), db_time(now),
                         db_time(now), db_time(now), db_int(new->offline), db_text(new->previous_session_id), db_id(new->site_id), db_text(new->site_page)),
                 NULL))
        return false;
    *session_no_r = db_insert_id(db);
    return true;
}

enum outcome session_request(struct db *db, const struct principal *who, int32_t category_id, const char *title, struct change *change_r,
                             struct refusal *refusal_r)
{
    int64_t session_no;
    enum outcome outcome;
    int tries;

    change_init(change_r);
    if (!code_refresh(db))
        return OUTCOME_AWAY;
    if (who->role != ROLE_CUSTOMER && who->role != ROLE_GUEST)
        return refuse(refusal_r, 403, CODE_RIGHT, "Only customers ask for a chat.");
    outcome = session_request_check(category_id, title, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    change_r->what = CHANGE_NEW;
    for (tries = 0; tries < DB_TRIES; tries++) {
        outcome = session_find_open(db, who->member_id, &change_r->session, refusal_r);
        if (outcome != OUTCOME_REFUSED)
            return outcome == OUTCOME_DONE ? OUTCOME_SAME : outcome;
        outcome = block_check(db, who->member_id, clock_wall_ms(), refusal_r);
        if (outcome != OUTCOME_DONE)
            return outcome;
        if (session_insert(db, who, &(struct session_new){.category_id = category_id, .title = title}, &session_no))
            return session_find_no(db, session_no, &change_r->session);
        if (db_last_error(db) != DB_DUPLICATE && db_last_error(db) != DB_BUSY) /* else a second request won, and may even have ended: look again */
            return OUTCOME_AWAY;
    }
    return OUTCOME_AWAY;
}

/* ---- steps ---- */

static enum outcome run(struct db *db, const struct principal *who, const char *session_id, session_step step, struct step arg, struct change *change_r,
                        struct refusal *refusal_r)
{
    arg.who = who;
    arg.now_ms = clock_wall_ms();
    if (!code_refresh(db)) {
        change_init(change_r);
        return OUTCOME_AWAY;
    }
    return session_run(db, session_id, 0, step, &arg, change_r, refusal_r);
}

enum outcome session_accept(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_accept, (struct step){0}, change_r, refusal_r);
}

enum outcome session_take_over(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_take_over, (struct step){0}, change_r, refusal_r);
}

enum outcome session_end(struct db *db, const struct principal *who, const char *session_id, int32_t exit_reason_id, struct change *change_r,
                         struct refusal *refusal_r)
{
    return run(db, who, session_id, step_end, (struct step){.reason_id = exit_reason_id}, change_r, refusal_r);
}

enum outcome session_transfer(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_transfer, (struct step){0}, change_r, refusal_r);
}

enum outcome session_join(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_join, (struct step){0}, change_r, refusal_r);
}

enum outcome session_leave(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_leave, (struct step){0}, change_r, refusal_r);
}

enum outcome session_away(struct db *db, const struct config *config, const struct principal *who, const char *session_id, int32_t reason_id,
                          int64_t grace_ms, struct change *change_r, struct refusal *refusal_r)
{
    return run(db, who, session_id, step_away, (struct step){.config = config, .reason_id = reason_id, .number = grace_ms}, change_r, refusal_r);
}

static bool is_away(const struct session *s, char side)
{
    return (side == 'M' ? s->member_grace_ms : s->admin_grace_ms) >= 0;
}

bool session_is_seen(const struct session *s, char side, bool pushed, int64_t now_ms)
{
    const int64_t seen = side == 'M' ? s->member_last_seen_ms : s->admin_last_seen_ms;
    const bool was_pushed = side == 'M' ? s->member_pushed : s->admin_pushed;

    return !is_away(s, side) && seen + SEEN_STEP_MS > now_ms && (was_pushed || !pushed);
}

/* Only last_seen changes: one statement without a transaction, so that a poll holds no lock. */
static enum outcome write_seen(struct db *db, const struct session *s, char side, bool pushed, int64_t now_ms)
{
    bool ok;

    if (session_is_seen(s, side, pushed, now_ms))
        return OUTCOME_SAME;
    if (side == 'M')
        ok = db_exec(db, "UPDATE chat_session SET member_last_seen = ?, member_pushed = member_pushed OR ? WHERE session_no = ?",
                     DB_ARGS(db_time(now_ms), db_int(pushed), db_int(s->session_no)), NULL);
    else
        ok = db_exec(db, "UPDATE chat_session SET admin_last_seen = ?, admin_pushed = admin_pushed OR ? WHERE session_no = ? AND admin_id = ?",
                     DB_ARGS(db_time(now_ms), db_int(pushed), db_int(s->session_no), db_int(s->admin_id)), NULL);
    return ok ? OUTCOME_SAME : OUTCOME_AWAY;
}

enum outcome session_present(struct db *db, const struct principal *who, const char *session_id, bool pushed, struct change *change_r,
                             struct refusal *refusal_r)
{
    enum outcome outcome;
    char side;

    change_init(change_r);
    outcome = session_find(db, who, session_id, &change_r->session, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    side = right_side(who, &change_r->session);
    if ((side != 'M' && side != 'A') || change_r->session.status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    if (!is_away(&change_r->session, side))
        return write_seen(db, &change_r->session, side, pushed, clock_wall_ms());
    outcome = run(db, who, session_id, step_present, (struct step){.pushed = pushed}, change_r, refusal_r);
    return outcome == OUTCOME_DONE && change_r->what != CHANGE_BACK ? OUTCOME_SAME : outcome;
}

/* step->number: the seq read up to, 0 for the head. */
static enum outcome step_mark_read(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const char side = right_side(step->who, s);
    int32_t *mark = side == 'M' ? &s->member_read_seq : &s->admin_read_seq;
    int64_t seq = step->number == 0 || step->number > s->message_count ? s->message_count : step->number;

    if (!right_may(step->who, RIGHT_READ, s))
        return refuse_absent(refusal_r);
    if (!right_may(step->who, RIGHT_SEND, s))
        return refuse(refusal_r, 403, CODE_RIGHT, "You may not do this in this chat.");
    c->side = side;
    c->read_seq = *mark;
    if (seq <= *mark || s->status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    c->what = CHANGE_READ;
    c->read_seq = *mark = (int32_t)seq;
    return OUTCOME_DONE;
}

enum outcome session_mark_read(struct db *db, const struct principal *who, const char *session_id, int32_t seq, struct change *change_r,
                               struct refusal *refusal_r)
{
    return run(db, who, session_id, step_mark_read, (struct step){.number = seq}, change_r, refusal_r);
}
