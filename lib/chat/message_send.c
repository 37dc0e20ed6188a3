/* message_send: many messages in one transaction (doc/DELIVERY, Server, sending). All chats are locked first by one statement, in one order, so that two
 * batches can't wait for each other; then each message is judged under its lock, without a statement of its own; all rows go in by one
 * array-bound INSERT, all heads move by an UPDATE or a few, the last of them with COMMIT; only then does anybody hear of it. A message that is alone takes two
 * round trips: the lock, and a compound statement of row, head and COMMIT.
 *
 * That a clientMessageId is known already shows itself by the unique key, and it is rare: then the whole is rolled back and done again with one
 * query that asks for all ids. Repeats within a batch are found before they reach the database. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/counter.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/session_priv.h"

#define ROWS_KEPT_FREE 1000 /* so that a full log can still be ended and told of absences */
#define SEEN_STEP_MS 3000   /* last_seen is written at most this often, as by requests that change nothing else */

struct work { /* one item's own */
    char *content;
    size_t len;
    size_t chat;          /* index into struct batch's heads */
    enum outcome allowed; /* by right and state */
    bool wants_look;      /* its clientMessageId is asked for before anything is done */
    bool answered;
    bool is_final; /* refused before the transaction: its outcome stands, whatever becomes of that */
};

struct batch {
    struct db *db;
    struct message_item *items;
    struct work *work;
    size_t n;
    struct session_head *heads; /* the distinct chats, sorted by session_id */
    size_t nheads;
    struct message *known; /* rows that the table has for ids that were asked for */
    size_t nknown;
    size_t *stored; /* hash table of the items with a clientMessageId that this batch stores: index + 1, 0 none */
    size_t stored_mask;
    bool looks_at_all; /* a unique key has spoken: ask for every id */
    int64_t now_ms;
};

static void answer(struct batch *b, size_t i, enum outcome outcome)
{
    b->items[i].outcome = outcome;
    b->work[i].answered = true;
}

static struct session_head *head_of(const struct batch *b, size_t i)
{
    return &b->heads[b->work[i].chat];
}

/* ---- before the transaction ---- */

struct place {
    const char *session_id;
    size_t item;
};

static int by_session_id(const void *a, const void *b)
{
    return strcmp(((const struct place *)a)->session_id, ((const struct place *)b)->session_id);
}

static enum outcome check_draft(struct message_item *item, struct work *work)
{
    const struct message_draft *d = &item->draft;

    if (!uuid_is_valid(d->session_id))
        return refuse_absent(&item->refusal);
    if (!d->file_id || d->content_len) /* a file without a text gets its name later */
        return message_check(d->content, d->content_len, d->client_message_id, &work->content, &work->len, &item->refusal);
    if (d->client_message_id && !uuid_is_valid(d->client_message_id))
        return refuse_field(&item->refusal, 400, CODE_INPUT, "The clientMessageId must be a lower-case UUID.", "clientMessageId");
    return OUTCOME_DONE;
}

/* Checks the texts and lists the distinct chats. False when memory is out. */
static bool prepare(struct batch *b)
{
    struct place *places = malloc(b->n * sizeof(*places));
    size_t i, nplaces = 0;

    if (!places)
        return false;
    for (i = 0; i < b->n; i++) {
        enum outcome outcome = check_draft(&b->items[i], &b->work[i]);

        if (outcome == OUTCOME_DONE) {
            places[nplaces++] = (struct place){b->items[i].draft.session_id, i};
        } else {
            answer(b, i, outcome);
            b->work[i].is_final = true;
        }
    }
    qsort(places, nplaces, sizeof(*places), by_session_id);
    for (i = 0; i < nplaces; i++) {
        if (i == 0 || by_session_id(&places[i], &places[i - 1]) != 0)
            memcpy(b->heads[b->nheads++].s.session_id, places[i].session_id, UUID_TEXT_SIZE);
        b->work[places[i].item].chat = b->nheads - 1;
    }
    free(places);
    return true;
}

/* ---- under the locks ---- */

static bool lock_chats(struct batch *b)
{
    struct refusal unasked;
    size_t i;

    if (BUG(no_row_lock) && b->looks_at_all) /* one seq higher, then */
        return true;
    if (!session_batch_lock(b->db, b->heads, b->nheads, b->now_ms - SEEN_STEP_MS))
        return false;
    for (i = 0; i < b->nheads; i++) {
        struct session_head *h = &b->heads[i];

        h->is_whole = h->is_somebody_away;
        if (h->is_whole && session_lock(b->db, NULL, h->s.session_no, &h->s, &unasked) != OUTCOME_DONE)
            return false;
    }
    return true;
}

static enum outcome may_send(const struct message_item *item, const struct session *s, struct refusal *refusal_r)
{
    if (!right_may(item->who, RIGHT_READ, s))
        return refuse_absent(refusal_r);
    if (!right_may(item->who, RIGHT_SEND, s))
        return refuse(refusal_r, 403, CODE_RIGHT, "You may not write in this chat.");
    if (s->status_id == STATUS_COMPLETED)
        return refuse(refusal_r, 409, CODE_RULE, "This chat has ended.");
    if (item->draft.quote_seq < 0 || item->draft.quote_seq > s->message_count)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The quoted message does not exist.", "quoteSeq");
    return OUTCOME_DONE;
}

/* Right and state of each; and whose clientMessageId must be asked for first: of one that is refused, for it may be a resend of what was stored before;
 * of one that ends an absence, whose BACK row must not go in twice. */
static void judge(struct batch *b)
{
    size_t i;

    for (i = 0; i < b->n; i++) {
        struct message_item *item = &b->items[i];
        struct work *work = &b->work[i];
        const struct session_head *h;

        if (work->answered)
            continue;
        h = head_of(b, i);
        change_init(item->change);
        if (h->is_absent) {
            answer(b, i, refuse_absent(&item->refusal));
            continue;
        }
        work->allowed = may_send(item, &h->s, &item->refusal);
        work->wants_look = item->draft.client_message_id && (b->looks_at_all || work->allowed == OUTCOME_REFUSED || h->is_somebody_away);
    }
}

static bool look_up(struct batch *b)
{
    struct message_key *keys = NULL;
    enum outcome outcome = OUTCOME_DONE;
    size_t i, n = 0;

    message_free_list(&b->known, b->nknown);
    b->nknown = 0;
    for (i = 0; i < b->n; i++)
        n += !b->work[i].answered && b->work[i].wants_look;
    if (!n)
        return true;
    keys = malloc(n * sizeof(*keys));
    if (!keys)
        return false;
    for (i = n = 0; i < b->n; i++)
        if (!b->work[i].answered && b->work[i].wants_look)
            keys[n++] = (struct message_key){head_of(b, i)->s.session_no, b->items[i].who->member_id, b->items[i].draft.client_message_id};
    outcome = message_by_keys(b->db, keys, n, &b->known, &b->nknown);
    free(keys);
    return outcome == OUTCOME_DONE;
}

/* FNV-1a over the id; session and sender are compared, not hashed: an id is random. */
static size_t key_place(const struct batch *b, const char *id)
{
    uint32_t h = 2166136261u;

    for (; *id; id++)
        h = (h ^ (unsigned char)*id) * 16777619u;
    return h & b->stored_mask;
}

static bool is_same_key(const struct batch *b, size_t i, size_t other)
{
    return b->work[i].chat == b->work[other].chat && b->items[i].who->member_id == b->items[other].who->member_id &&
           strcmp(b->items[i].draft.client_message_id, b->items[other].draft.client_message_id) == 0;
}

/* The place in the table where an earlier item of the same id stands, or where this one would. */
static size_t *stored_place(const struct batch *b, size_t i)
{
    size_t at = key_place(b, b->items[i].draft.client_message_id);

    while (b->stored[at] && !is_same_key(b, i, b->stored[at] - 1))
        at = (at + 1) & b->stored_mask;
    return &b->stored[at];
}

/* The first row of this item's clientMessageId, in the table or in this batch; NULL when there is none. */
static const struct message *find_first(const struct batch *b, size_t i)
{
    const char *id = b->items[i].draft.client_message_id;
    const int64_t session_no = head_of(b, i)->s.session_no, sender_id = b->items[i].who->member_id;
    const struct change *twin;
    size_t k;

    if (!id)
        return NULL;
    for (k = 0; b->work[i].wants_look && k < b->nknown; k++)
        if (b->known[k].session_no == session_no && b->known[k].sender_id == sender_id && strcmp(b->known[k].client_message_id, id) == 0)
            return &b->known[k];
    k = *stored_place(b, i);
    if (!k)
        return NULL;
    twin = b->items[k - 1].change;
    return &twin->rows[twin->nrows - 1];
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

/* SAME with a copy of the first row in the change; REFUSED 409 when it had another body. */
static enum outcome answer_first(struct batch *b, size_t i, const struct message *first)
{
    struct message_item *item = &b->items[i];
    const struct work *work = &b->work[i];
    bool same = first->file ? item->draft.file_id && same_file(b, first->file->file_id, item->draft.file_id)
                            : !item->draft.file_id && first->content_len == work->len && memcmp(first->content, work->content, work->len) == 0;

    if (!same)
        return refuse_field(&item->refusal, 409, CODE_RULE, "This clientMessageId was used for another message.", "clientMessageId");
    if (!message_copy(&item->change->rows[0], first))
        return OUTCOME_AWAY;
    item->change->nrows = 1;
    item->change->session = head_of(b, i)->s;
    return OUTCOME_SAME;
}

/* What the sender's message tells of its side besides the row: it is here; the agent has answered. */
static void note_side(struct batch *b, struct session_head *h, char side)
{
    if (side == 'A' && !h->is_answered && h->s.first_response_ms < 0)
        h->s.first_response_ms = b->now_ms;
    h->is_member_seen |= side == 'M' && !h->is_member_fresh;
    h->is_admin_seen |= side == 'A' && !h->is_admin_fresh;
}

/* Puts the BACK row, if any, and the message's own into the change; the chat moves on when that went well. */
static enum outcome add_rows(struct batch *b, size_t i)
{
    struct message_item *item = &b->items[i];
    struct session_head *h = head_of(b, i);
    struct session *s = &item->change->session;
    const char side = right_side(item->who, &h->s);
    const struct work *work = &b->work[i];
    enum outcome outcome;
    struct message *m;

    *s = h->s;
    session_come_back(item->change, s, side, b->now_ms);
    m = change_add_row(item->change, s, item->draft.file_id ? KIND_FILE : KIND_TEXT, b->now_ms);
    m->sender_id = item->who->member_id;
    m->sender_type = side;
    memcpy(m->sender_name, item->who->nickname, sizeof(m->sender_name));
    m->target_seq = item->draft.quote_seq;
    m->message_type_id = item->draft.file_id ? TYPE_FILE : TYPE_NORMAL;
    if (item->draft.client_message_id)
        memcpy(m->client_message_id, item->draft.client_message_id, UUID_TEXT_SIZE);
    if (item->draft.file_id && (outcome = load_file(b, i, s, m)) != OUTCOME_DONE)
        return outcome;
    m->content = strdup(work->content ? work->content : m->file->name);
    if (!m->content)
        return OUTCOME_AWAY;
    m->content_len = strlen(m->content);
    if (s->udate_ms < b->now_ms)
        s->udate_ms = b->now_ms;
    h->s = *s;
    h->new_rows += item->change->nrows;
    note_side(b, h, side);
    s->first_response_ms = h->s.first_response_ms;
    return OUTCOME_DONE;
}

/* Answers the item; false: the transaction is of no use any more. */
static bool apply(struct batch *b, size_t i)
{
    struct message_item *item = &b->items[i];
    const struct message *first = find_first(b, i);
    enum outcome outcome = b->work[i].allowed;

    if (first)
        outcome = answer_first(b, i, first);
    else if (outcome == OUTCOME_DONE && head_of(b, i)->s.message_count >= SEQ_MAX - ROWS_KEPT_FREE)
        outcome = refuse(&item->refusal, 409, CODE_RULE, "This chat has reached its largest number of messages.");
    else if (outcome == OUTCOME_DONE)
        outcome = add_rows(b, i);
    if (outcome == OUTCOME_AWAY)
        return false;
    if (outcome == OUTCOME_REFUSED)
        change_clear(item->change);
    if (outcome == OUTCOME_DONE && item->draft.client_message_id)
        *stored_place(b, i) = i + 1;
    answer(b, i, outcome);
    return true;
}

/* All new rows in their order; *n_r of them. NULL when memory is out. */
static const struct message **new_rows(const struct batch *b, size_t *n_r)
{
    const struct message **rows = malloc(b->n * CHANGE_ROWS_MAX * sizeof(*rows));
    size_t i, n = 0;
    int row;

    for (i = 0; rows && i < b->n; i++)
        if (b->items[i].outcome == OUTCOME_DONE && !b->work[i].is_final)
            for (row = 0; row < b->items[i].change->nrows; row++)
                rows[n++] = &b->items[i].change->rows[row];
    *n_r = n;
    return rows;
}

/* The chats of which more than the head changed are written whole; the others with COMMIT. */
static bool commit_chats(struct batch *b)
{
    const struct session_head **heads = malloc(b->nheads * sizeof(*heads));
    size_t i, n = 0;
    bool ok = heads;

    for (i = 0; ok && i < b->nheads; i++)
        if (b->heads[i].new_rows && b->heads[i].is_whole)
            ok = session_store(b->db, &b->heads[i].s);
        else if (b->heads[i].new_rows)
            heads[n++] = &b->heads[i];
    ok = ok && session_batch_commit(b->db, heads, n, b->now_ms);
    free(heads);
    return ok;
}

/* A message that is alone: its row, its chat's head and COMMIT together. */
static bool commit_one(struct batch *b, const struct message *m)
{
    const struct session_head *h = &b->heads[0];
    const struct message_head head = {
        .member_last_seen_ms = h->is_member_seen ? b->now_ms : -1,
        .admin_last_seen_ms = h->is_admin_seen ? b->now_ms : -1,
        .first_response_ms = h->s.first_response_ms,
    };

    return message_insert_commit(b->db, m, &head);
}

static bool store_and_commit(struct batch *b)
{
    size_t n;
    const struct message **rows = new_rows(b, &n);
    bool ok = rows;

    if (ok && n == 1 && b->nheads == 1 && !b->heads[0].is_whole)
        ok = commit_one(b, rows[0]);
    else
        ok = ok && (!n || message_insert_all(b->db, rows, n)) && commit_chats(b);
    free(rows);
    return ok;
}

static enum outcome run_transaction(struct batch *b)
{
    size_t i;

    b->now_ms = clock_wall_ms();
    memset(b->stored, 0, (b->stored_mask + 1) * sizeof(*b->stored));
    if (!db_begin(b->db) || !lock_chats(b))
        return OUTCOME_AWAY;
    judge(b);
    if (BUG(no_row_lock) && !(db_commit(b->db) && BUG_SLOW(no_row_lock) && db_begin(b->db)))
        return OUTCOME_AWAY;
    if (BUG(state_outside) && !(db_commit(b->db) && BUG_SLOW(state_outside) && db_begin(b->db) && lock_chats(b)))
        return OUTCOME_AWAY;
    if (!look_up(b))
        return OUTCOME_AWAY;
    for (i = 0; i < b->n; i++)
        if (!b->work[i].answered && !apply(b, i))
            return OUTCOME_AWAY;
    for (i = 0; i < b->n; i++) /* list changes tell names */
        if (b->items[i].change->what == CHANGE_BACK && !session_fill_names(b->db, &b->items[i].change->session))
            return OUTCOME_AWAY;
    if (!store_and_commit(b) && !(BUG(ack_before_commit) && db_last_error(b->db) == DB_UNKNOWN))
        return db_last_error(b->db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    return OUTCOME_DONE;
}

/* ---- when COMMIT's answer was lost ---- */

/* The place of each message is known, so the log itself says whether it was stored. */
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

/* The lost transaction may be under way still: what it will have done shows when its locks are free. */
static bool wait_for_locks(struct batch *b)
{
    int tries;

    for (tries = 1; tries <= DB_TRIES; tries++) {
        if (db_begin(b->db) && session_batch_lock(b->db, b->heads, b->nheads, b->now_ms))
            return true;
        if (db_in_transaction(b->db))
            db_rollback(b->db);
        if (db_last_error(b->db) != DB_BUSY)
            return false;
    }
    return false;
}

/* DONE and SAME are looked up: a repeated one may have found its first row in the same lost transaction. */
static void settle(struct batch *b)
{
    bool can_ask = wait_for_locks(b);
    size_t i;

    for (i = 0; i < b->n; i++) {
        struct message_item *item = &b->items[i];

        if (b->work[i].is_final || item->outcome == OUTCOME_REFUSED)
            continue;
        item->outcome = can_ask ? settle_one(b, i) : OUTCOME_UNKNOWN;
        can_ask = can_ask && item->outcome != OUTCOME_UNKNOWN; /* each further question might wait as long */
        if (item->outcome != OUTCOME_DONE && item->outcome != OUTCOME_SAME)
            change_clear(item->change);
    }
    if (db_in_transaction(b->db))
        db_rollback(b->db);
}

/* ---- tries ---- */

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
    int tries = 1;

    for (;;) {
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
        if (db_last_error(b->db) == DB_DUPLICATE && !b->looks_at_all) {
            b->looks_at_all = true;
            continue;
        }
        if (db_last_error(b->db) == DB_DUPLICATE) /* another key than ours */
            log_error("message_key_taken key=%s", db_duplicate_key(b->db));
        /* A lock that somebody keeps: the neighbours of that chat have waited enough. */
        if (db_last_error(b->db) != DB_BUSY || tries == DB_TRIES || (b->nheads > 1 && db_has_waited(b->db)))
            return;
        tries++;
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

static size_t table_size(size_t n)
{
    size_t size = 4;

    while (size < 2 * n)
        size *= 2;
    return size;
}

/* Items come with change->nrows as 0 or undefined; all have an outcome afterwards. */
static void send_some(struct db *db, struct message_item *items, size_t n)
{
    struct batch b = {.db = db, .items = items, .n = n, .stored_mask = table_size(n) - 1};
    size_t i;

    for (i = 0; i < n; i++) {
        change_init(items[i].change);
        items[i].outcome = OUTCOME_AWAY;
    }
    b.work = calloc(n, sizeof(*b.work));
    b.heads = calloc(n, sizeof(*b.heads));
    b.stored = calloc(b.stored_mask + 1, sizeof(*b.stored));
    if (b.work && b.heads && b.stored && prepare(&b) && b.nheads)
        run_batch(&b);
    for (i = 0; b.work && i < n; i++)
        free(b.work[i].content);
    message_free_list(&b.known, b.nknown);
    free(b.work);
    free(b.heads);
    free(b.stored);
}

/* Sends again what is left over: from the item at `first` on all of its chat, in their order, or it alone. */
static void send_left_over(struct db *db, struct message_item *items, size_t n, size_t first, bool alone, struct message_item *some, bool *is_tried)
{
    size_t i, at, count = 0;

    for (i = first; i < n; i++)
        if (i == first || (!alone && !is_tried[i] && items[i].outcome == OUTCOME_AWAY && strcmp(items[i].draft.session_id, items[first].draft.session_id) == 0)) {
            some[count++] = items[i];
            is_tried[i] = true;
        }
    send_some(db, some, count);
    for (i = first, at = 0; at < count; i++)
        if (some[at].change == items[i].change)
            items[i] = some[at++];
}

void message_send_batch(struct db *db, struct message_item *items, size_t n)
{
    enum db_error error;
    struct message_item *some;
    bool *is_tried;
    size_t i;

    send_some(db, items, n);
    error = db_last_error(db);
    /* A row that somebody else keeps locked, or that the schema refuses, must not fail its neighbours: what is left over goes chat by chat, or one by one. */
    if (n > 1 && (error == DB_BUSY || error == DB_BAD || error == DB_DUPLICATE)) {
        some = malloc(n * sizeof(*some));
        is_tried = calloc(n, sizeof(*is_tried));
        for (i = 0; some && is_tried && i < n; i++)
            if (items[i].outcome == OUTCOME_AWAY && !is_tried[i])
                send_left_over(db, items, n, i, error != DB_BUSY, some, is_tried);
        free(some);
        free(is_tried);
    }
    count_outcomes(items, n);
}

enum outcome message_send(struct db *db, const struct principal *who, const struct message_draft *draft, struct change *change_r, struct refusal *refusal_r)
{
    struct message_item item = {.who = who, .draft = *draft, .change = change_r};

    message_send_batch(db, &item, 1);
    *refusal_r = item.refusal;
    return item.outcome;
}
