#include "lib/chat/search_index.h"

#include <stdlib.h>
#include <time.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/token.h"
#include "lib/chat/db.h"
#include "lib/chat/db_list.h"
#include "lib/chat/search_bag.h"
#include "lib/chat/search_text.h"

#define CHATS_AT_ONCE 240 /* four blocks */
#define CLAIM_MS 30000
#define CLAIM_TRIES 600
#define ENTRIES_AT_ONCE 500
#define NUMBERS_AT_ONCE 5000 /* of the steps that touch all chats */

/* ---- what a chat holds ---- */

struct db_rows *search_read_rows(struct db *db, int64_t session_no, int32_t after_seq)
{
    return db_query(db,
                    "SELECT t.seq, t.sender_type, t.cdate, IF(t.revised_seq IS NULL, t.content, r.content) FROM chat_message t"
                    " LEFT JOIN chat_message r ON r.session_no = t.session_no AND r.seq = t.revised_seq"
                    " WHERE t.session_no = ? AND t.seq > ? AND t.kind IN ('TEXT', 'FILE') AND t.sender_type <> 'S' AND (t.revised_seq IS NULL OR r.kind = 'EDIT')"
                    " ORDER BY t.seq LIMIT 500",
                    DB_ARGS(db_int(session_no), db_int(after_seq)));
}

struct chat {
    int64_t session_no;
    int32_t head;
};

#define CHAT_COLUMNS \
    "SELECT STRAIGHT_JOIN s.session_no, s.message_count, s.member_id, s.admin_id, s.category_id, s.exit_reason_id, s.title, m.nickname, m.email FROM chat_session s"
#define CHAT_MEMBER " JOIN member m ON m.member_id = s.member_id"

static void add_fact(struct search_bag *bag, int64_t session_no, enum search_fact fact, int64_t id)
{
    if (id > 0)
        search_bag_add(bag, session_no, search_fact_token(fact, id));
}

/* The head's row of CHAT_COLUMNS. */
static bool add_head(struct search_bag *bag, const struct db_rows *rows, size_t i, struct chat *chat_r)
{
    static const enum search_fact facts[] = {SEARCH_CUSTOMER, SEARCH_AGENT, SEARCH_CATEGORY, SEARCH_REASON};
    bool ok = true;

    *chat_r = (struct chat){.session_no = db_cell_int(rows, i, 0), .head = (int32_t)db_cell_int(rows, i, 1)};
    for (unsigned k = 0; k < 4; k++)
        add_fact(bag, chat_r->session_no, facts[k], db_cell_int(rows, i, 2 + k));
    for (unsigned col = 6; ok && col < 9; col++) {
        size_t len;
        const char *text = db_cell(rows, i, col, &len);

        ok = !text || search_bag_add_text(bag, chat_r->session_no, text, len);
    }
    return ok;
}

static bool add_messages(struct db *db, struct search_bag *bag, int64_t session_no)
{
    int32_t seq = 0;
    size_t n = SEARCH_ROWS;
    bool ok = true;

    while (ok && n == SEARCH_ROWS) {
        struct db_rows *rows = search_read_rows(db, session_no, seq);

        if (!rows)
            return false;
        n = db_rows_count(rows);
        for (size_t i = 0; ok && i < n; i++) {
            size_t len;
            const char *text = db_cell(rows, i, 3, &len);

            ok = search_bag_add_text(bag, session_no, text, len);
            seq = (int32_t)db_cell_int(rows, i, 0);
        }
        db_rows_free(&rows);
    }
    return ok;
}

/* Reads the chats of a SELECT of CHAT_COLUMNS and all they hold; frees rows. */
static bool read_chats(struct db *db, struct db_rows *rows, struct search_bag *bag, struct chat *chats, size_t *n_r)
{
    bool ok = rows != NULL;

    *n_r = ok ? db_rows_count(rows) : 0;
    for (size_t i = 0; ok && i < *n_r; i++)
        ok = add_head(bag, rows, i, &chats[i]) && add_messages(db, bag, chats[i].session_no);
    db_rows_free(&rows);
    return ok && search_bag_settle(bag);
}

/* ---- the claim ---- */

static bool claim(struct db *db, const char *id)
{
    const int64_t now = clock_wall_ms();
    uint64_t n = 0;

    return db_exec(db, "UPDATE search_state SET claim = ?, claim_until = ? WHERE state_id = 1 AND (claim_until IS NULL OR claim_until < ? OR claim = ?)",
                   DB_ARGS(db_text(id), db_time(now + CLAIM_MS), db_time(now), db_text(id)), &n) &&
           n == 1;
}

static void release(struct db *db, const char *id)
{
    db_exec(db, "UPDATE search_state SET claim = NULL, claim_until = NULL WHERE state_id = 1 AND claim = ?", DB_ARGS(db_text(id)), NULL);
}

/* ---- entering ---- */

static bool put_tokens(struct db *db, const struct search_bag *bag)
{
    static const char sql[] = "INSERT INTO search_token (token, block, chats) VALUES (?,?,?) ON DUPLICATE KEY UPDATE chats = chats | VALUES(chats)";
    struct db_arg args[ENTRIES_AT_ONCE * 3];
    bool ok = true;

    for (size_t i = 0; ok && i < bag->n;) {
        size_t rows = 0;

        for (; rows < ENTRIES_AT_ONCE && i < bag->n; i++, rows++) {
            args[rows * 3] = db_int(bag->entry[i].token);
            args[rows * 3 + 1] = db_int(bag->entry[i].block);
            args[rows * 3 + 2] = db_int(bag->entry[i].chats);
        }
        ok = db_exec_rows(db, sql, args, 3, rows);
    }
    return ok;
}

/* What came behind the head that was read leaves the chat due. */
static bool put_heads(struct db *db, const struct chat *chats, size_t n)
{
    struct db_arg args[CHATS_AT_ONCE * 2];

    for (size_t i = 0; i < n; i++) {
        args[i * 2] = db_int(chats[i].head);
        args[i * 2 + 1] = db_int(chats[i].session_no);
    }
    return db_exec_rows(db, "UPDATE chat_session SET search_seq = ? WHERE session_no = ?", args, 2, n);
}

static bool enter(struct db *db, const struct search_bag *bag, const struct chat *chats, size_t n)
{
    bool ok = false;

    for (int tries = 1; !ok && tries <= DB_TRIES; tries++) {
        ok = db_begin(db) && put_tokens(db, bag) && put_heads(db, chats, n) && db_commit(db);
        if (db_in_transaction(db))
            db_rollback(db);
        if (!ok && db_last_error(db) != DB_BUSY)
            break;
    }
    return ok;
}

static struct db_rows *due_chats(struct db *db)
{
    return db_query(db, CHAT_COLUMNS " FORCE INDEX (idx_chat_session_search)" CHAT_MEMBER " WHERE s.search_due = 1 ORDER BY s.session_no DESC LIMIT 240", NULL, 0);
}

static bool enter_some(struct db *db, struct search_bag *bag, size_t *n_r)
{
    struct chat chats[CHATS_AT_ONCE];

    search_bag_empty(bag);
    return read_chats(db, due_chats(db), bag, chats, n_r) && (*n_r == 0 || enter(db, bag, chats, *n_r));
}

static enum outcome fill_claimed(struct db *db, const char *id, int64_t deadline_ms, struct search_filled *done)
{
    struct search_bag bag = {0};
    size_t n = CHATS_AT_ONCE;
    bool ok = true;

    while (ok && n == CHATS_AT_ONCE) {
        ok = enter_some(db, &bag, &n);
        done->chats += ok ? n : 0;
        done->is_unfinished = ok && n == CHATS_AT_ONCE;
        if (!ok || !done->is_unfinished || clock_monotonic_ms() > deadline_ms || !claim(db, id))
            break;
    }
    search_bag_free(&bag);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

static bool is_something_due(struct db *db, bool *is_due_r)
{
    struct db_rows *rows = db_query(db, "SELECT session_no FROM chat_session FORCE INDEX (idx_chat_session_search) WHERE search_due = 1 LIMIT 1", NULL, 0);

    if (!rows)
        return false;
    *is_due_r = db_rows_count(rows) > 0;
    db_rows_free(&rows);
    return true;
}

enum outcome search_fill(struct db *db, int64_t deadline_ms, struct search_filled *done_r)
{
    char id[UUID_TEXT_SIZE];
    enum outcome outcome;
    bool is_due;

    *done_r = (struct search_filled){0};
    if (!is_something_due(db, &is_due))
        return OUTCOME_AWAY;
    uuid_new(id);
    if (!is_due || !claim(db, id))
        return OUTCOME_DONE;
    outcome = fill_claimed(db, id, deadline_ms, done_r);
    release(db, id);
    return outcome;
}

/* ---- anew ---- */

bool search_member_again(struct db *db, int64_t member_id)
{
    return db_exec(db, "UPDATE chat_session SET search_seq = -1 WHERE member_id = ? AND search_seq >= 0", DB_ARGS(db_int(member_id)), NULL);
}

static bool last_number(struct db *db, int64_t *no_r)
{
    struct db_rows *rows = db_query(db, "SELECT COALESCE(MAX(session_no), 0) FROM chat_session", NULL, 0);

    if (!rows)
        return false;
    *no_r = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return true;
}

/* First all become due, then the bits go: whoever stops in between leaves nothing that is taken for entered. */
static bool forget_all(struct db *db, const char *id)
{
    int64_t last;
    uint64_t n = 1;
    bool ok = last_number(db, &last);

    for (int64_t no = 0; ok && no <= last; no += NUMBERS_AT_ONCE)
        ok = claim(db, id) && db_exec(db, "UPDATE chat_session SET search_seq = -1 WHERE session_no >= ? AND session_no < ? AND search_seq >= 0",
                                      DB_ARGS(db_int(no), db_int(no + NUMBERS_AT_ONCE)), NULL);
    while (ok && n > 0)
        ok = claim(db, id) && db_exec(db, "DELETE FROM search_token ORDER BY token, block LIMIT 20000", NULL, 0, &n);
    return ok;
}

enum outcome search_rebuild(struct db *db, struct search_filled *done_r)
{
    char id[UUID_TEXT_SIZE];
    enum outcome outcome = OUTCOME_AWAY;
    int tries = 0;

    *done_r = (struct search_filled){0};
    uuid_new(id);
    while (!claim(db, id)) { /* pushd's turn is over soon */
        if (db_last_error(db) != DB_FINE || ++tries == CLAIM_TRIES)
            return OUTCOME_AWAY;
        nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
    }
    if (forget_all(db, id))
        outcome = fill_claimed(db, id, INT64_MAX, done_r);
    release(db, id);
    return outcome;
}

/* ---- verify ---- */

struct check {
    struct db *db;
    search_on_missing *on_missing;
    void *context;
    struct search_checked *sum;
};

/* A chat that became due since it was read is no longer the index's. */
static bool is_entered(struct db *db, int64_t session_no)
{
    struct db_rows *rows = db_query(db, "SELECT search_due FROM chat_session WHERE session_no = ? AND status_id = 3", DB_ARGS(db_int(session_no)));
    bool is = rows && db_rows_count(rows) == 1 && db_cell_is_null(rows, 0, 0);

    db_rows_free(&rows);
    return is;
}

static void say_missing(struct check *c, const struct search_entry *e, int64_t have)
{
    for (int bit = 0; bit < SEARCH_BLOCK; bit++) {
        int64_t no = (int64_t)e->block * SEARCH_BLOCK + bit;

        if (((e->chats & ~have) >> bit & 1) && is_entered(c->db, no)) {
            c->sum->missing++;
            c->on_missing(c->context, no, e->token);
        }
    }
}

/* Entries of one block, at most DB_LIST_MAX, in the order of their tokens. */
static bool check_entries(struct check *c, const struct search_entry *e, size_t n)
{
    static const char *const sql[DB_LIST_SIZES] = DB_LIST_SQL("SELECT token, chats FROM search_token WHERE token IN (", ") AND block = ? ORDER BY token");
    struct db_arg args[DB_LIST_MAX + 1];
    struct db_rows *rows;
    size_t at = 0;

    for (size_t i = 0; i < n; i++)
        args[i] = db_int(e[i].token);
    const struct db_list list = db_list_fill(args, n);
    args[list.count] = db_int(e[0].block);
    rows = db_query(c->db, sql[list.size], args, list.count + 1);
    if (!rows)
        return false;
    for (size_t i = 0; i < n; i++) {
        bool is_there = at < db_rows_count(rows) && db_cell_int(rows, at, 0) == e[i].token;
        int64_t have = is_there ? db_cell_int(rows, at++, 1) : 0;

        c->sum->tokens++;
        if (e[i].chats & ~have)
            say_missing(c, &e[i], have);
    }
    db_rows_free(&rows);
    return true;
}

enum outcome search_verify(struct db *db, search_on_missing *on_missing, void *context, struct search_checked *checked_r)
{
    struct check c = {.db = db, .on_missing = on_missing, .context = context, .sum = checked_r};
    struct search_bag bag = {0};
    struct chat chats[SEARCH_BLOCK];
    struct db_rows *due;
    int64_t last;
    bool ok = last_number(db, &last);

    *checked_r = (struct search_checked){0};
    for (int64_t no = 0; ok && no <= last; no += SEARCH_BLOCK) {
        size_t n;

        search_bag_empty(&bag);
        ok = read_chats(db,
                        db_query(db, CHAT_COLUMNS CHAT_MEMBER " WHERE s.session_no >= ? AND s.session_no < ? AND s.status_id = 3 AND s.search_due IS NULL",
                                 DB_ARGS(db_int(no), db_int(no + SEARCH_BLOCK))),
                        &bag, chats, &n);
        checked_r->chats += n;
        for (size_t i = 0; ok && i < bag.n; i += DB_LIST_MAX)
            ok = check_entries(&c, &bag.entry[i], bag.n - i < DB_LIST_MAX ? bag.n - i : DB_LIST_MAX);
    }
    search_bag_free(&bag);
    due = ok ? db_query(db, "SELECT COUNT(*) FROM chat_session FORCE INDEX (idx_chat_session_search) WHERE search_due = 1", NULL, 0) : NULL;
    checked_r->due = due ? (size_t)db_cell_int(due, 0, 0) : 0;
    ok = ok && due;
    db_rows_free(&due);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}
