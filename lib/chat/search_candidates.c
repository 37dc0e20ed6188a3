#include "lib/chat/search_candidates.h"

#include <stdlib.h>
#include <string.h>

#include "lib/chat/db.h"
#include "lib/chat/search_index.h"
#include "lib/chat/search_text.h"
#include "lib/chat/session.h"

#define TOKENS_MAX 64  /* of a query; more of a long word say nothing new */
#define TOKENS_USED 6  /* the rarest: texts decide about the others */
#define RARE_ENOUGH 400 /* blocks; a token in more is common */
#define BLOCKS_AT_ONCE 64
#define DUE_MAX 200

struct search_candidates {
    struct db *db;
    int64_t token[TOKENS_MAX], rows[TOKENS_MAX]; /* rows: how many blocks, counted up to RARE_ENOUGH */
    size_t tokens, used;
    int64_t first_no, last_no; /* chats from .. to */
    /* what was read and not given yet */
    int64_t block[BLOCKS_AT_ONCE], chats[BLOCKS_AT_ONCE];
    size_t at, n;
    int64_t next_block; /* to read from; below first_no's block: no more */
    int64_t due[DUE_MAX];
    size_t due_at, due_n;
};

/* ---- which tokens ---- */

static void add_token(void *context, int64_t token)
{
    struct search_candidates *c = context;

    for (size_t i = 0; i < c->tokens; i++)
        if (c->token[i] == token)
            return;
    if (c->tokens < TOKENS_MAX)
        c->token[c->tokens++] = token;
}

static void add_fact(struct search_candidates *c, enum search_fact fact, int64_t id)
{
    if (id > 0)
        add_token(c, search_fact_token(fact, id));
}

static bool add_tokens(struct search_candidates *c, const struct session_filter *filter, const struct search_words *words)
{
    struct search_words customer;
    bool ok;

    add_fact(c, SEARCH_CUSTOMER, filter->member_id);
    add_fact(c, SEARCH_AGENT, filter->admin_id);
    add_fact(c, SEARCH_CATEGORY, filter->category_id);
    add_fact(c, SEARCH_REASON, filter->exit_reason_id);
    for (size_t i = 0; i < words->n; i++)
        search_tokens(words->text.p + words->word[i].at, words->word[i].len, true, add_token, c);
    if (!filter->customer)
        return true;
    ok = search_words_read(filter->customer, strlen(filter->customer), &customer) != SEARCH_WORDS_NO_MEMORY;
    for (size_t i = 0; ok && i < customer.n; i++)
        search_tokens(customer.text.p + customer.word[i].at, customer.word[i].len, true, add_token, c);
    search_words_clear(&customer);
    return ok;
}

/* The rarest first: the join begins there. */
static bool sort_tokens(struct search_candidates *c)
{
    for (size_t i = 0; i < c->tokens; i++) {
        const int64_t token = c->token[i];
        struct db_rows *rows = db_query(c->db, "SELECT COUNT(*) FROM (SELECT 1 FROM search_token WHERE token = ? LIMIT 400) t", DB_ARGS(db_int(token)));
        size_t at = i;

        if (!rows)
            return false;
        const int64_t count = db_cell_int(rows, 0, 0);
        db_rows_free(&rows);
        for (; at > 0 && c->rows[at - 1] > count; at--) {
            c->token[at] = c->token[at - 1];
            c->rows[at] = c->rows[at - 1];
        }
        c->token[at] = token;
        c->rows[at] = count;
    }
    c->used = c->tokens < TOKENS_USED ? c->tokens : TOKENS_USED;
    return true;
}

/* ---- blocks ---- */

#define J(t) " STRAIGHT_JOIN search_token " #t " ON " #t ".block = a.block AND " #t ".token = ?"
#define X1 "a.chats"
#define X2 X1 " & b.chats"
#define X3 X2 " & c.chats"
#define X4 X3 " & d.chats"
#define X5 X4 " & e.chats"
#define X6 X5 " & f.chats"
#define FROM(x, joins) "SELECT a.block, " x " FROM search_token a" joins " WHERE a.token = ? AND a.block BETWEEN ? AND ? AND (" x ") <> 0 ORDER BY a.block DESC LIMIT 64"
#define COUNT(x, joins) "SELECT SUM(BIT_COUNT(" x ")) FROM search_token a" joins " WHERE a.token = ? AND a.block BETWEEN ? AND ?"
#define EACH(what) \
    {NULL, what(X1, ""), what(X2, J(b)), what(X3, J(b) J(c)), what(X4, J(b) J(c) J(d)), what(X5, J(b) J(c) J(d) J(e)), what(X6, J(b) J(c) J(d) J(e) J(f))}

static struct db_rows *query_blocks(struct search_candidates *c, const char *const sql[TOKENS_USED + 1], int64_t last_block)
{
    struct db_arg args[TOKENS_USED + 2];
    size_t n = 0;

    for (size_t i = 1; i < c->used; i++)
        args[n++] = db_int(c->token[i]);
    args[n++] = db_int(c->token[0]);
    args[n++] = db_int(c->first_no / SEARCH_BLOCK);
    args[n++] = db_int(last_block);
    return db_query(c->db, sql[c->used], args, n);
}

static bool read_blocks(struct search_candidates *c)
{
    static const char *const sql[TOKENS_USED + 1] = EACH(FROM);
    const bool is_none = c->next_block < c->first_no / SEARCH_BLOCK || c->used == 0 || c->rows[0] == 0;
    struct db_rows *rows = is_none ? NULL : query_blocks(c, sql, c->next_block);

    c->at = c->n = 0;
    c->next_block = -1;
    if (!rows)
        return is_none;
    for (; c->n < db_rows_count(rows); c->n++) {
        c->block[c->n] = db_cell_int(rows, c->n, 0);
        c->chats[c->n] = db_cell_int(rows, c->n, 1);
    }
    if (c->n == BLOCKS_AT_ONCE)
        c->next_block = c->block[c->n - 1] - 1;
    db_rows_free(&rows);
    return true;
}

/* The newest number among the bits that were read, or 0. */
static int64_t top_bit(struct search_candidates *c)
{
    for (; c->at < c->n; c->at++)
        while (c->chats[c->at]) {
            int bit = 63 - __builtin_clzll((unsigned long long)c->chats[c->at]);
            int64_t no = c->block[c->at] * SEARCH_BLOCK + bit;

            if (no <= c->last_no && no >= c->first_no)
                return no;
            c->chats[c->at] &= ~(INT64_C(1) << bit);
        }
    return 0;
}

/* The newest number that search_token has and that was not taken, or 0. False: the database failed. */
static bool peek_bit(struct search_candidates *c, int64_t *no_r)
{
    while (!(*no_r = top_bit(c)) && c->next_block >= 0)
        if (!read_blocks(c))
            return false;
    return true;
}

static void drop_bit(struct search_candidates *c, int64_t no)
{
    if (c->at < c->n && c->block[c->at] == no / SEARCH_BLOCK)
        c->chats[c->at] &= ~(INT64_C(1) << (no % SEARCH_BLOCK));
}

/* ---- the range, and what is not entered ---- */

static bool read_due(struct search_candidates *c)
{
    struct db_rows *rows = db_query(c->db,
                                    "SELECT session_no FROM chat_session FORCE INDEX (idx_chat_session_search) WHERE search_due = 1 AND session_no BETWEEN ? AND ?"
                                    " ORDER BY session_no DESC LIMIT 200",
                                    DB_ARGS(db_int(c->first_no), db_int(c->last_no)));

    if (!rows)
        return false;
    for (; c->due_n < db_rows_count(rows); c->due_n++)
        c->due[c->due_n] = db_cell_int(rows, c->due_n, 0);
    db_rows_free(&rows);
    return true;
}

/* A time in the filter becomes a range of numbers, which follow it nearly, so that old chats are not reached by way of all newer ones. */
static bool read_range(struct search_candidates *c, const struct session_filter *filter)
{
    const int64_t from = filter->from_ms >= 0 ? filter->from_ms : 0, to = filter->to_ms >= 0 ? filter->to_ms : INT64_C(7289654400000);
    struct db_rows *rows = filter->from_ms < 0 && filter->to_ms < 0
                               ? db_query(c->db, "SELECT COALESCE(MIN(session_no), 0), COALESCE(MAX(session_no), -1) FROM chat_session", NULL, 0)
                               : db_query(c->db,
                                          "SELECT COALESCE(MIN(session_no), 0), COALESCE(MAX(session_no), -1) FROM chat_session FORCE INDEX (idx_chat_session_cdate)"
                                          " WHERE cdate >= ? AND cdate < ?",
                                          DB_ARGS(db_time(from), db_time(to)));

    if (!rows)
        return false;
    c->first_no = db_cell_int(rows, 0, 0);
    c->last_no = db_cell_int(rows, 0, 1);
    db_rows_free(&rows);
    return true;
}

struct search_candidates *search_candidates_open(struct db *db, const struct session_filter *filter, const struct search_words *words)
{
    struct search_candidates *c = calloc(1, sizeof(*c));

    if (!c)
        return NULL;
    c->db = db;
    if (read_range(c, filter) && add_tokens(c, filter, words) && sort_tokens(c)) {
        if (filter->cursor && filter->cursor - 1 < c->last_no)
            c->last_no = filter->cursor - 1;
        c->next_block = c->last_no < c->first_no ? -1 : c->last_no / SEARCH_BLOCK;
        if (c->last_no < c->first_no || read_due(c))
            return c;
    }
    free(c);
    return NULL;
}

bool search_candidates_next(struct search_candidates *c, int64_t *nos, size_t most, size_t *n_r)
{
    *n_r = 0;
    while (*n_r < most) {
        int64_t bit, due = c->due_at < c->due_n ? c->due[c->due_at] : 0;

        if (!peek_bit(c, &bit))
            return false;
        if (!bit && !due)
            break;
        if (due >= bit)
            c->due_at++;
        if (bit >= due)
            drop_bit(c, bit);
        nos[(*n_r)++] = bit > due ? bit : due;
    }
    return true;
}

bool search_candidates_count(struct search_candidates *c, int64_t *count_r)
{
    static const char *const sql[TOKENS_USED + 1] = EACH(COUNT);
    struct db_rows *rows;

    *count_r = (int64_t)c->due_n;
    if (c->used == 0 || c->rows[0] == 0)
        return true;
    rows = query_blocks(c, sql, INT32_MAX);
    if (!rows)
        return false;
    *count_r = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return true;
}

bool search_candidates_are_behind(const struct search_candidates *c)
{
    return c->due_n == DUE_MAX;
}

void search_candidates_close(struct search_candidates **c)
{
    free(*c);
    *c = NULL;
}
