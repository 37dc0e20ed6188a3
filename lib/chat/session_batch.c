/* session_batch: the chats of a batch of messages, locked by one statement and written by another. Only the columns that a message needs are read
 * and written; a chat of which more changes (somebody comes back) is read whole by session_lock() and written by session_store(). */
#include <stdlib.h>
#include <string.h>

#include "lib/chat/db_many.h"
#include "lib/chat/session_priv.h"

/* The index is named so that a small table isn't scanned instead: a scan would wait for the locks of chats that nobody asked for. */
static struct db_many lock_sql = {
    .before = "SELECT s.session_no, s.session_id, s.member_id, s.admin_id, s.status_id, s.message_count,"
              " s.member_grace_until IS NOT NULL OR s.admin_grace_until IS NOT NULL, s.first_response_time IS NOT NULL,"
              " COALESCE(s.member_last_seen > ?, 0), COALESCE(s.admin_last_seen > ?, 0)"
              " FROM chat_session s FORCE INDEX (uq_chat_session_id) WHERE s.session_id IN (",
    .item = "?",
    .behind = ") FOR UPDATE",
};
/* Heads move by how many rows came: one statement for all chats with one new row, one for those with two, and so on. To name every head
 * in a CASE would cost the server a walk through it for each row. */
static struct db_many heads_sql = {
    .before = "UPDATE chat_session SET udate = GREATEST(udate, ?), message_count = message_count + ? WHERE session_no IN (",
    .item = "?",
    .behind = ")",
};
static struct db_many heads_commit_sql = {
    .before = "BEGIN NOT ATOMIC UPDATE chat_session SET udate = GREATEST(udate, ?), message_count = message_count + ? WHERE session_no IN (",
    .item = "?",
    .behind = "); COMMIT; END",
};
static struct db_many member_seen_sql = {
    .before = "UPDATE chat_session SET member_last_seen = ? WHERE session_no IN (",
    .item = "?",
    .behind = ")",
};
static struct db_many admin_seen_sql = {
    .before = "UPDATE chat_session SET admin_last_seen = ? WHERE session_no IN (",
    .item = "?",
    .behind = ")",
};

static int by_id(const void *key, const void *element)
{
    return strcmp(key, ((const struct session_head *)element)->s.session_id);
}

static void read_head(const struct db_rows *rows, size_t row, struct session_head *h)
{
    struct session *s = &h->s;

    h->is_absent = false;
    s->session_no = db_cell_int(rows, row, 0);
    s->member_id = db_cell_int(rows, row, 2);
    s->admin_id = db_cell_int(rows, row, 3);
    s->status_id = (int32_t)db_cell_int(rows, row, 4);
    s->message_count = (int32_t)db_cell_int(rows, row, 5);
    h->is_somebody_away = db_cell_int(rows, row, 6) != 0;
    h->is_answered = db_cell_int(rows, row, 7) != 0;
    h->is_member_fresh = db_cell_int(rows, row, 8) != 0;
    h->is_admin_fresh = db_cell_int(rows, row, 9) != 0;
}

/* Everything but the id as if nothing was known of the chat. */
static void forget(struct session_head *h)
{
    char id[UUID_TEXT_SIZE];

    memcpy(id, h->s.session_id, sizeof(id));
    memset(h, 0, sizeof(*h));
    memcpy(h->s.session_id, id, sizeof(id));
    h->is_absent = true;
    h->s.start_ms = h->s.end_ms = h->s.cdate_ms = h->s.udate_ms = h->s.accept_ms = h->s.first_response_ms = -1;
    h->s.queue_since_ms = h->s.queue_entered_ms = h->s.hold_since_ms = h->s.hold_until_ms = h->s.offer_ms = -1;
    h->s.member_last_seen_ms = h->s.admin_last_seen_ms = h->s.member_grace_ms = h->s.admin_grace_ms = -1;
}

static bool lock_some(struct db *db, struct session_head *heads, size_t n, int64_t fresh_ms)
{
    struct db_arg args[2 + DB_MANY_MAX];
    struct db_rows *rows;
    const char *sql;
    size_t size, i;

    sql = db_many_sql(&lock_sql, n, &size);
    if (!sql)
        return false;
    args[0] = args[1] = db_time(fresh_ms);
    for (i = 0; i < size; i++)
        args[2 + i] = db_textn(heads[i < n ? i : n - 1].s.session_id, UUID_TEXT_SIZE - 1);
    for (i = 0; i < n; i++)
        forget(&heads[i]);
    rows = db_query(db, sql, args, 2 + size);
    if (!rows)
        return false;
    for (i = 0; i < db_rows_count(rows); i++) {
        struct session_head *h = bsearch(db_cell(rows, i, 1, NULL), heads, n, sizeof(*heads), by_id);

        if (h)
            read_head(rows, i, h);
    }
    db_rows_free(&rows);
    return true;
}

bool session_batch_lock(struct db *db, struct session_head *heads, size_t n, int64_t fresh_ms)
{
    size_t i;

    for (i = 0; i < n; i += DB_MANY_MAX)
        if (!lock_some(db, &heads[i], n - i < DB_MANY_MAX ? n - i : DB_MANY_MAX, fresh_ms))
            return false;
    return true;
}

static bool store_heads(struct db *db, const int64_t *nos, size_t n, int32_t new_rows, int64_t now_ms, bool commits)
{
    struct db_arg args[2 + DB_MANY_MAX];
    size_t size, i;
    const char *sql = db_many_sql(commits ? &heads_commit_sql : &heads_sql, n, &size);

    args[0] = db_time(now_ms);
    args[1] = db_int(new_rows);
    for (i = 0; i < size; i++)
        args[2 + i] = db_int(nos[i < n ? i : n - 1]);
    if (!sql)
        return false;
    return commits ? db_exec_commit(db, sql, args, 2 + size) : db_exec(db, sql, args, 2 + size, NULL);
}

/* By the number of their new rows, which are seldom more than a few different ones. commits: the last statement does. */
static bool store_all_heads(struct db *db, const struct session_head *const *heads, size_t n, int64_t now_ms, bool commits)
{
    int64_t nos[DB_MANY_MAX];
    bool is_stored[DB_MANY_MAX] = {false};
    size_t i, k, count, left = n;

    for (i = 0; i < n; i++) {
        if (is_stored[i])
            continue;
        for (k = i, count = 0; k < n; k++)
            if (heads[k]->new_rows == heads[i]->new_rows) {
                nos[count++] = heads[k]->s.session_no;
                is_stored[k] = true;
            }
        left -= count;
        if (!store_heads(db, nos, count, heads[i]->new_rows, now_ms, commits && !left))
            return false;
    }
    return true;
}

static bool store_seen(struct db *db, struct db_many *list, const int64_t *nos, size_t n, int64_t now_ms)
{
    struct db_arg args[1 + DB_MANY_MAX];
    const char *sql;
    size_t size, i;

    if (!n)
        return true;
    sql = db_many_sql(list, n, &size);
    args[0] = db_time(now_ms);
    for (i = 0; i < size; i++)
        args[1 + i] = db_int(nos[i < n ? i : n - 1]);
    return sql && db_exec(db, sql, args, 1 + size, NULL);
}

static bool store_some(struct db *db, const struct session_head *const *heads, size_t n, int64_t now_ms, bool commits)
{
    int64_t members[DB_MANY_MAX], admins[DB_MANY_MAX];
    size_t i, nmembers = 0, nadmins = 0;

    for (i = 0; i < n; i++) {
        if (heads[i]->is_member_seen)
            members[nmembers++] = heads[i]->s.session_no;
        if (heads[i]->is_admin_seen)
            admins[nadmins++] = heads[i]->s.session_no;
        if (heads[i]->s.first_response_ms >= 0 && !heads[i]->is_answered &&
            !db_exec(db, "UPDATE chat_session SET first_response_time = ? WHERE session_no = ?",
                     DB_ARGS(db_time(heads[i]->s.first_response_ms), db_int(heads[i]->s.session_no)), NULL))
            return false;
    }
    return store_seen(db, &member_seen_sql, members, nmembers, now_ms) && store_seen(db, &admin_seen_sql, admins, nadmins, now_ms) &&
           store_all_heads(db, heads, n, now_ms, commits);
}

bool session_batch_commit(struct db *db, const struct session_head *const *heads, size_t n, int64_t now_ms)
{
    size_t i;

    for (i = 0; i < n; i += DB_MANY_MAX)
        if (!store_some(db, &heads[i], n - i < DB_MANY_MAX ? n - i : DB_MANY_MAX, now_ms, n - i <= DB_MANY_MAX))
            return false;
    return n || db_commit(db);
}
