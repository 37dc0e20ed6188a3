/* message_send: many messages in one transaction (delivery.md, Server, sending). All session rows are locked first, in one order, so that two
 * batches can't wait for each other; then each message is checked under its lock and inserted; COMMIT; only then does anybody hear of it.
 *
 * A clientMessageId that is known already shows itself by the unique key: the INSERT fails alone, the transaction goes on. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/counter.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/session_priv.h"

#define ROWS_KEPT_FREE 1000 /* so that a full log can still be ended and told of absences */

struct work { /* one item's own */
    char *content;
    size_t len;
    int session;   /* index into struct batch's sessions */
    bool answered;
    bool is_final; /* refused before the transaction: its outcome stands, whatever becomes of that */
};

struct batch {
    struct db *db;
    struct message_item *items;
    struct work *work;
    size_t n;
    struct session *sessions; /* distinct, sorted by session_id */
    bool *absent, *touched;
    size_t nsessions;
    int64_t now_ms;
};

static void answer(struct batch *b, size_t i, enum outcome outcome)
{
    b->items[i].outcome = outcome;
    b->work[i].answered = true;
}

static int by_session_id(const void *a, const void *b)
{
    return strcmp(((const struct session *)a)->session_id, ((const struct session *)b)->session_id);
}

static int session_index(const struct batch *b, const char *session_id)
{
    struct session key;
    const struct session *found;

    memcpy(key.session_id, session_id, UUID_TEXT_SIZE);
    found = bsearch(&key, b->sessions, b->nsessions, sizeof(key), by_session_id);
    return found ? (int)(found - b->sessions) : -1;
}

/* Checks the texts and lists the distinct sessions. */
static void prepare(struct batch *b)
{
    size_t i, out;

    for (i = 0; i < b->n; i++) {
        struct message_item *item = &b->items[i];
        const struct message_draft *d = &item->draft;
        enum outcome outcome = OUTCOME_DONE;

        change_init(item->change);
        if (!uuid_is_valid(d->session_id))
            outcome = refuse_absent(&item->refusal);
        else if (!d->file_id || d->content_len) /* a file without a text gets its name later */
            outcome = message_check(d->content, d->content_len, d->client_message_id, &b->work[i].content, &b->work[i].len, &item->refusal);
        else if (d->client_message_id && !uuid_is_valid(d->client_message_id))
            outcome = refuse_field(&item->refusal, 400, CODE_INPUT, "The clientMessageId must be a lower-case UUID.", "clientMessageId");
        if (outcome != OUTCOME_DONE) {
            answer(b, i, outcome);
            b->work[i].is_final = true;
            continue;
        }
        memcpy(b->sessions[b->nsessions++].session_id, d->session_id, UUID_TEXT_SIZE);
    }
    qsort(b->sessions, b->nsessions, sizeof(*b->sessions), by_session_id);
    for (i = out = 0; i < b->nsessions; i++)
        if (out == 0 || by_session_id(&b->sessions[i], &b->sessions[out - 1]) != 0)
            b->sessions[out++] = b->sessions[i];
    b->nsessions = out;
    for (i = 0; i < b->n; i++)
        b->work[i].session = b->work[i].is_final ? -1 : session_index(b, b->items[i].draft.session_id);
}

static bool lock_sessions(struct batch *b)
{
    char id[UUID_TEXT_SIZE];
    struct refusal unasked;
    enum outcome outcome;
    size_t i;

    for (i = 0; i < b->nsessions; i++) {
        memcpy(id, b->sessions[i].session_id, sizeof(id));
        outcome = session_lock(b->db, id, 0, &b->sessions[i], &unasked);
        if (outcome == OUTCOME_AWAY)
            return false;
        b->absent[i] = outcome == OUTCOME_REFUSED;
        b->touched[i] = false;
        if (b->absent[i])
            memcpy(b->sessions[i].session_id, id, sizeof(id));
    }
    return true;
}

/* The attachment that a FILE message names; REFUSED when it isn't this sender's or this chat's. */
static enum outcome load_file(struct batch *b, size_t i, const struct session *s, struct message *m)
{
    const struct message_item *item = &b->items[i];
    struct db_rows *rows = db_query(b->db,
                                    "SELECT name, size, content_type, width, height FROM attachment WHERE file_id=? AND session_no=? AND member_id=? AND status=1",
                                    DB_ARGS(db_int(item->draft.file_id), db_int(s->session_no), db_int(item->who->member_id)));
    bool found = db_rows_count(rows) == 1;

    if (!rows)
        return OUTCOME_AWAY;
    m->file = found ? calloc(1, sizeof(*m->file)) : NULL;
    if (m->file) {
        m->file->file_id = item->draft.file_id;
        strncat(m->file->name, db_cell(rows, 0, 0, NULL), sizeof(m->file->name) - 1);
        m->file->size = db_cell_int(rows, 0, 1);
        strncat(m->file->content_type, db_cell(rows, 0, 2, NULL), sizeof(m->file->content_type) - 1);
        m->file->width = (int32_t)db_cell_int(rows, 0, 3);
        m->file->height = (int32_t)db_cell_int(rows, 0, 4);
    }
    db_rows_free(&rows);
    if (!found)
        return refuse_absent(&b->items[i].refusal);
    return m->file ? OUTCOME_DONE : OUTCOME_AWAY;
}

static bool same_file(struct batch *b, int64_t one, int64_t other)
{
    struct db_rows *rows;
    bool same;

    if (one == other)
        return true;
    rows = db_query(b->db, "SELECT 1 FROM attachment a JOIN attachment o ON o.sha256 = a.sha256 AND o.size = a.size WHERE a.file_id = ? AND o.file_id = ?",
                    DB_ARGS(db_int(one), db_int(other)));
    same = rows && db_rows_count(rows) == 1;
    db_rows_free(&rows);
    return same;
}

/* The first row of this item's clientMessageId. SAME with the row in the change; REFUSED 409 when the body differs; DONE when there is none. */
static enum outcome find_first(struct batch *b, size_t i, const struct session *s)
{
    struct message_item *item = &b->items[i];
    struct message first;
    enum outcome outcome;
    bool same;

    if (!item->draft.client_message_id)
        return OUTCOME_DONE;
    outcome = message_by_client_id(b->db, s->session_no, item->who->member_id, item->draft.client_message_id, &first);
    if (outcome != OUTCOME_DONE)
        return outcome == OUTCOME_REFUSED ? OUTCOME_DONE : OUTCOME_AWAY;
    same = first.file ? item->draft.file_id && same_file(b, first.file->file_id, item->draft.file_id)
                      : !item->draft.file_id && first.content_len == b->work[i].len && memcmp(first.content, b->work[i].content, first.content_len) == 0;
    if (!same) {
        message_clear(&first);
        return refuse_field(&item->refusal, 409, CODE_RULE, "This clientMessageId was used for another message.", "clientMessageId");
    }
    change_clear(item->change);
    item->change->session = *s;
    item->change->rows[item->change->nrows++] = first;
    return OUTCOME_SAME;
}

static enum outcome may_send(const struct message_item *item, const struct session *s, struct refusal *refusal_r)
{
    if (!right_may(item->who, RIGHT_READ, s))
        return refuse_absent(refusal_r);
    if (!right_may(item->who, RIGHT_SEND, s))
        return refuse(refusal_r, 403, CODE_RIGHT, "You may not write in this chat.");
    if (s->status_id == STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has ended.");
    if (s->message_count >= SEQ_MAX - ROWS_KEPT_FREE)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has reached its largest number of messages.");
    return OUTCOME_DONE;
}

/* Adds the BACK row, if any, and the message row to the item's change and inserts them. s is a copy that the caller keeps only when it went well. */
static enum outcome add_rows(struct batch *b, size_t i, struct session *s)
{
    struct message_item *item = &b->items[i];
    const char side = right_side(item->who, s);
    enum outcome outcome;
    struct message *m;
    int row;

    session_come_back(item->change, s, side, b->now_ms);
    m = change_add_row(item->change, s, item->draft.file_id ? KIND_FILE : KIND_TEXT, b->now_ms);
    m->sender_id = item->who->member_id;
    m->sender_type = side;
    memcpy(m->sender_name, item->who->nickname, sizeof(m->sender_name));
    m->message_type_id = item->draft.file_id ? TYPE_FILE : TYPE_NORMAL;
    if (item->draft.client_message_id)
        memcpy(m->client_message_id, item->draft.client_message_id, UUID_TEXT_SIZE);
    if (item->draft.file_id && (outcome = load_file(b, i, s, m)) != OUTCOME_DONE)
        return outcome;
    m->content = strdup(b->work[i].content ? b->work[i].content : m->file->name);
    if (!m->content)
        return OUTCOME_AWAY;
    m->content_len = strlen(m->content);
    if (side == 'A' && s->first_response_ms < 0)
        s->first_response_ms = b->now_ms;
    for (row = 0; row < item->change->nrows; row++)
        if (!message_insert(b->db, s, &item->change->rows[row]))
            return OUTCOME_AWAY;
    return OUTCOME_DONE;
}

/* The rows are in: what the batch knows of the session moves on. */
static void keep(struct batch *b, size_t i, const struct session *next)
{
    b->sessions[b->work[i].session] = b->items[i].change->session = *next;
    b->touched[b->work[i].session] = true;
    answer(b, i, OUTCOME_DONE);
}

/* Answers the item, or returns false: the transaction is of no use any more. */
static bool apply(struct batch *b, size_t i)
{
    struct message_item *item = &b->items[i];
    const struct session *s = &b->sessions[b->work[i].session];
    struct session next = *s;
    enum outcome outcome, first;

    change_init(item->change);
    if (b->absent[b->work[i].session]) {
        answer(b, i, refuse_absent(&item->refusal));
        return true;
    }
    outcome = may_send(item, s, &item->refusal);
    /* The unique key tells of a known clientMessageId, but not when a BACK row would go in before it: then look first. */
    if (outcome == OUTCOME_DONE && (right_side(item->who, s) == 'M' ? s->member_grace_ms : s->admin_grace_ms) < 0) {
        outcome = add_rows(b, i, &next);
        if (outcome == OUTCOME_DONE) {
            keep(b, i, &next);
            return true;
        }
        if (outcome == OUTCOME_AWAY && db_last_error(b->db) != DB_DUPLICATE)
            return false;
    }
    change_clear(item->change);
    first = find_first(b, i, s);
    if (first == OUTCOME_AWAY)
        return false;
    if (first != OUTCOME_DONE || outcome == OUTCOME_REFUSED) {
        answer(b, i, first != OUTCOME_DONE ? first : outcome);
        return true;
    }
    if (outcome == OUTCOME_AWAY) { /* a duplicate that isn't there: another key than ours */
        log_error("message_key_taken session=%s seq=%d", s->session_id, s->message_count + 1);
        return false;
    }
    next = *s;
    outcome = add_rows(b, i, &next);
    if (outcome == OUTCOME_DONE)
        keep(b, i, &next);
    else if (outcome == OUTCOME_REFUSED) {
        change_clear(item->change);
        answer(b, i, outcome);
    }
    return outcome != OUTCOME_AWAY;
}

static enum outcome run_transaction(struct batch *b)
{
    size_t i;

    b->now_ms = clock_wall_ms();
    if (!db_begin(b->db) || !lock_sessions(b))
        return OUTCOME_AWAY;
    for (i = 0; i < b->n; i++)
        if (!b->work[i].answered && !apply(b, i))
            return OUTCOME_AWAY;
    for (i = 0; i < b->nsessions; i++)
        if (b->touched[i]) {
            b->sessions[i].udate_ms = b->now_ms;
            if (!session_store(b->db, &b->sessions[i]))
                return OUTCOME_AWAY;
        }
    for (i = 0; i < b->n; i++) /* list changes tell names */
        if (b->items[i].change->what == CHANGE_BACK && !session_fill_names(b->db, &b->items[i].change->session))
            return OUTCOME_AWAY;
    if (!db_commit(b->db))
        return db_last_error(b->db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    return OUTCOME_DONE;
}

/* COMMIT's answer was lost. The place of each message is known, so the log itself says whether it was stored. */
static enum outcome settle_one(struct batch *b, size_t i)
{
    const struct change *c = b->items[i].change;
    const struct message *own = &c->rows[c->nrows - 1];
    struct message *rows;
    size_t n;
    bool stored;

    if (message_list(b->db, own->session_no, own->seq - 1, -1, 1, &rows, &n) != OUTCOME_DONE)
        return OUTCOME_UNKNOWN;
    stored = n == 1 && rows[0].seq == own->seq && rows[0].sender_id == own->sender_id && rows[0].cdate_ms == own->cdate_ms &&
             rows[0].content_len == own->content_len && memcmp(rows[0].content, own->content, own->content_len) == 0 &&
             strcmp(rows[0].client_message_id, own->client_message_id) == 0;
    message_free_list(&rows, n);
    return stored ? b->items[i].outcome : OUTCOME_AWAY;
}

/* DONE and SAME are looked up: a repeated one may have found its first row in the same lost transaction. */
static void settle(struct batch *b)
{
    size_t i;

    for (i = 0; i < b->n; i++) {
        struct message_item *item = &b->items[i];

        if (b->work[i].is_final || item->outcome == OUTCOME_REFUSED)
            continue;
        item->outcome = settle_one(b, i);
        if (item->outcome != OUTCOME_DONE && item->outcome != OUTCOME_SAME)
            change_clear(item->change);
    }
}

/* The transaction came to nothing: what it answered did not happen. */
static void unanswer(struct batch *b)
{
    size_t i;

    for (i = 0; i < b->n; i++)
        if (!b->work[i].is_final) {
            change_clear(b->items[i].change);
            b->work[i].answered = false;
            b->items[i].outcome = OUTCOME_AWAY;
        }
}

static void run_batch(struct batch *b)
{
    enum outcome outcome;
    int tries;

    for (tries = 1;; tries++) {
        outcome = run_transaction(b);
        if (outcome == OUTCOME_DONE)
            return;
        if (outcome == OUTCOME_UNKNOWN) {
            settle(b);
            return;
        }
        if (db_in_transaction(b->db))
            db_rollback(b->db);
        unanswer(b);
        if (db_last_error(b->db) != DB_BUSY || tries == DB_TRIES)
            return;
        counter_add(COUNT_db_retries, 1);
    }
}

static void count_outcomes(const struct message_item *items, size_t n)
{
    size_t i, stored = 0, repeated = 0, refused = 0;

    for (i = 0; i < n; i++) {
        stored += items[i].outcome == OUTCOME_DONE;
        repeated += items[i].outcome == OUTCOME_SAME;
        refused += items[i].outcome == OUTCOME_REFUSED;
    }
    counter_add(COUNT_messages_stored, stored);
    counter_add(COUNT_messages_repeated, repeated);
    counter_add(COUNT_messages_refused, refused);
}

static void send_some(struct db *db, struct message_item *items, size_t n)
{
    struct batch b = {.db = db, .items = items, .n = n};
    size_t i;

    b.work = calloc(n, sizeof(*b.work));
    b.sessions = calloc(n, sizeof(*b.sessions));
    b.absent = calloc(n, sizeof(*b.absent));
    b.touched = calloc(n, sizeof(*b.touched));
    if (b.work && b.sessions && b.absent && b.touched) {
        prepare(&b);
        if (b.nsessions)
            run_batch(&b);
    } else {
        for (i = 0; i < n; i++) {
            change_init(items[i].change);
            items[i].outcome = OUTCOME_AWAY;
        }
    }
    for (i = 0; b.work && i < n; i++)
        free(b.work[i].content);
    free(b.work);
    free(b.sessions);
    free(b.absent);
    free(b.touched);
}

void message_send_batch(struct db *db, struct message_item *items, size_t n)
{
    size_t i;

    send_some(db, items, n);
    /* A row that somebody else keeps locked must not fail its neighbours: what is left over goes one by one. */
    if (n > 1 && db_last_error(db) == DB_BUSY)
        for (i = 0; i < n; i++)
            if (items[i].outcome == OUTCOME_AWAY)
                send_some(db, &items[i], 1);
    count_outcomes(items, n);
}

enum outcome message_send(struct db *db, const struct principal *who, const struct message_draft *draft, struct change *change_r, struct refusal *refusal_r)
{
    struct message_item item = {.who = who, .draft = *draft, .change = change_r};

    message_send_batch(db, &item, 1);
    *refusal_r = item.refusal;
    return item.outcome;
}
