/* What the session and message families share of the chat_session row; not for others.
 *
 * A step is a pure function: it looks at a locked session, changes the struct and adds rows to the change. session_run() does
 * the rest: transaction, lock, inserts, one UPDATE, COMMIT, and up to DB_TRIES tries after a deadlock. */
#ifndef SANGDAM_CHAT_SESSION_PRIV_H
#define SANGDAM_CHAT_SESSION_PRIV_H

#include "lib/chat/change.h"
#include "lib/chat/db.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"

struct step {
    const struct config *config;
    const struct principal *who; /* NULL: a timer */
    int64_t now_ms;
    int64_t number;     /* seq, grace length, or a time, as the step says */
    int32_t reason_id;
    enum side side;
    bool pushed;
    int64_t to_admin_id; /* of an offer; 0: to all, for the topic reason_id */
    /* of message_revise() and session_offer() alone, whose steps read or write a row besides */
    struct db *db;
    const char *content; /* NULL: delete */
    size_t content_len;
};

/* DONE: store and commit. SAME, REFUSED: roll back, nothing changed. */
typedef enum outcome (*session_step)(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);

/* By session_id (not NULL) or session_no. c is initialised here; with DONE and SAME it holds the session as it is then. */
enum outcome session_run(struct db *db, const char *session_id, int64_t session_no, session_step step, const struct step *arg, struct change *c,
                         struct refusal *refusal_r);

/* What a request holds: 422 with field categoryId or title. code_refresh() came before. */
enum outcome session_request_check(int32_t category_id, const char *title, struct refusal *refusal_r);
struct session_new {
    int32_t category_id;
    const char *title;               /* NULL: none */
    const char *previous_session_id; /* NULL: none */
    bool offline;
    int32_t site_id;                 /* 0: none */
    const char *site_page;           /* NULL: none */
};
/* A WAITING row. DB_DUPLICATE: the customer has an open chat. */
bool session_insert(struct db *db, const struct principal *who, const struct session_new *new, int64_t *session_no_r);
/* True while nobody expects the customer of an offline chat to be there: until they came back after the accept. */
bool session_is_customer_excused(const struct session *s);

/* Locks the row (FOR UPDATE) and fills all but the names. DONE, REFUSED (none; refusal 404), AWAY (see db_last_error()). */
enum outcome session_lock(struct db *db, const char *session_id, int64_t session_no, struct session *s, struct refusal *refusal_r);
/* The names of both sides. */
bool session_fill_names(struct db *db, struct session *s);
/* Writes all columns that steps change. */
bool session_store(struct db *db, const struct session *s);
/* Notes for pushd that the chat's participants changed. */
bool session_note_right_change(struct db *db, int64_t session_no, int64_t now_ms);

/* ---- many chats at once (session_batch.c) ---- */
/* A locked chat, as little of it as a message needs: s holds the ids, the status, the head; no names, texts or times. */
struct session_head {
    struct session s; /* s.session_id is given */
    bool is_absent;
    bool is_somebody_away; /* a side has a grace: who ends it needs the whole row */
    bool is_answered;      /* has a first_response_time */
    bool is_member_fresh, is_admin_fresh; /* seen after fresh_ms */
    /* for session_batch_commit() */
    int32_t new_rows; /* 0: nothing to write */
    bool is_whole, is_member_seen, is_admin_seen;
};
/* Locks the chats (FOR UPDATE). heads are sorted by session_id, without repeats. False: see db_last_error(). */
bool session_batch_lock(struct db *db, struct session_head *heads, size_t n, int64_t fresh_ms);
/* Moves the heads on by new_rows, writes udate and what else is marked, and commits. False: see db_last_error(), as of db_exec_commit(). */
bool session_batch_commit(struct db *db, const struct session_head *const *heads, size_t n, int64_t now_ms);

/* Reads a row of SESSION_SELECT_ALL. */
void session_read_row(const struct db_rows *rows, size_t row, struct session *s);

#define SESSION_COLUMNS \
    "s.session_no, s.session_id, s.member_id, s.admin_id, s.category_id, s.status_id, s.title, s.start_time, s.end_time, s.message_count, s.cdate, s.udate," \
    " s.accept_time, s.first_response_time, s.queue_since, s.queue_entered, s.queue_front, s.member_last_seen, s.admin_last_seen, s.member_pushed," \
    " s.admin_pushed, s.member_joined, s.admin_joined, s.member_read_seq, s.admin_read_seq, s.member_grace_until, s.admin_grace_until," \
    " s.hold_since, s.hold_ms, s.disconnect_reason_id, s.exit_reason_id, s.ended_by, s.abandoned, s.offline, s.previous_session_id," \
    " s.hold_until, s.offer_admin_id, s.offer_category_id, s.offer_note_id, s.offer_until, s.route_admin_id, s.route_until"
#define SESSION_COLUMN_TOTAL 42
#define SESSION_SELECT_ALL \
    "SELECT " SESSION_COLUMNS ", m.nickname, m.email, a.nickname FROM chat_session s JOIN member m ON m.member_id = s.member_id" \
    " LEFT JOIN member a ON a.member_id = s.admin_id"

/* ---- what steps are made of (session_step.c) ---- */
/* A system row: Korean content and args (JSON, may be NULL). False when the log is full. When memory is out (content may be NULL to say so) the row
 * stays without content, and whoever stores it gets false from message_insert(): the step is OUTCOME_AWAY as a whole, never stored in part. */
bool session_say(struct change *c, struct session *s, int64_t now_ms, enum message_kind kind, const char *content, const char *args);
/* The side is here again: clears its absence with a BACK row; false when it wasn't absent. */
bool session_come_back(struct change *c, struct session *s, char side, int64_t now_ms);
void session_finish(struct change *c, struct session *s, char ended_by, int32_t exit_reason_id, int64_t now_ms);

/* Nobody is offered the chat any more. Part of every step that gives it away or ends it. */
void session_drop_offer(struct session *s);
/* The time on hold is added up. */
void session_end_hold(struct session *s, int64_t now_ms);
/* A system row with one name in it: the Korean sentence is before + name + behind. False when the log is full. */
bool session_say_named(struct change *c, struct session *s, int64_t now_ms, enum message_kind kind, const char *before, const char *name, const char *behind);
/* who is its agent from now on, and is here. */
void session_give_to(struct session *s, const struct principal *who, int64_t now_ms);
/* ACTIVE or DISCONNECTED, as the graces say. */
void session_set_open_status(struct session *s);
/* DONE, or why who may not: a stranger learns nothing; one who may read but not do this is told so. */
enum outcome session_need(const struct step *step, enum right right, const struct session *s, struct refusal *r);

enum outcome step_accept(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_take_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_end(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_transfer(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_join(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_leave(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_away(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_present(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_side_lost(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_grace_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);
enum outcome step_queue_over(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r);

#endif
