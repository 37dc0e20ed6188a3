/* session_list: lists, counts and places in the queue. The text of a list's statement is put together from constants; values go in as arguments. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/session_priv.h"
#include "lib/chat/stats.h"

#define LIMIT_MAX 200 /* of session_filter */
#define FILTER_ARGS (24 + SESSION_AMONG_MAX)

struct filter_sql {
    struct buf where;
    struct db_arg args[FILTER_ARGS];
    size_t n;
    char *pattern; /* LIKE pattern of the customer, owned */
};

static void add_condition(struct filter_sql *f, const char *condition)
{
    buf_add_str(&f->where, f->where.len ? " AND " : " WHERE ");
    buf_add_str(&f->where, condition);
}

static void add_with(struct filter_sql *f, const char *condition, struct db_arg arg)
{
    add_condition(f, condition);
    f->args[f->n++] = arg;
}

/* %text% with the wildcards of LIKE escaped by '!'. */
static char *like_pattern(const char *text)
{
    struct buf b = BUF_INIT;

    buf_add_char(&b, '%');
    for (; *text; text++) {
        if (*text == '%' || *text == '_' || *text == '!')
            buf_add_char(&b, '!');
        buf_add_char(&b, *text);
    }
    buf_add_char(&b, '%');
    return buf_take(&b);
}

static bool add_customer(struct filter_sql *f, const char *customer)
{
    f->pattern = like_pattern(customer);
    if (!f->pattern)
        return false;
    add_with(f, "(m.nickname LIKE ? ESCAPE '!' OR m.email LIKE ? ESCAPE '!')", db_text(f->pattern));
    f->args[f->n++] = db_text(f->pattern);
    return true;
}

static void add_among(struct filter_sql *f, const struct session_filter *filter)
{
    add_condition(f, "s.session_no IN (");
    for (size_t i = 0; i < filter->among_n; i++) {
        buf_add_str(&f->where, i ? ",?" : "?");
        f->args[f->n++] = db_int(filter->among[i]);
    }
    buf_add_char(&f->where, ')');
}

static bool build_filter(struct filter_sql *f, const struct session_filter *filter)
{
    memset(f, 0, sizeof(*f));
    switch (filter->kind) {
    case LIST_WAITING:
        add_condition(f, "s.status_id = 1");
        break;
    case LIST_ACTIVE:
        add_condition(f, "s.status_id IN (2, 4)");
        break;
    case LIST_COMPLETED:
        add_condition(f, "s.status_id = 3");
        break;
    case LIST_OF_MEMBER:
        break;
    case LIST_OF_ADMIN_OPEN:
        add_condition(f, "s.status_id IN (2, 4)");
        break;
    }
    if (filter->member_id)
        add_with(f, "s.member_id = ?", db_int(filter->member_id));
    if (filter->admin_id)
        add_with(f, "s.admin_id = ?", db_int(filter->admin_id));
    if (filter->routed_to)
        add_with(f, "s.route_admin_id = ?", db_int(filter->routed_to));
    if (filter->category_id)
        add_with(f, "s.category_id = ?", db_int(filter->category_id));
    if (filter->exit_reason_id)
        add_with(f, "s.exit_reason_id = ?", db_int(filter->exit_reason_id));
    if (filter->from_ms >= 0)
        add_with(f, "s.cdate >= ?", db_time(filter->from_ms));
    if (filter->to_ms >= 0)
        add_with(f, "s.cdate < ?", db_time(filter->to_ms));
    if (filter->kind == LIST_COMPLETED && (filter->from_ms >= 0 || filter->to_ms >= 0)) /* always true: the index that has status and cdate begins with it */
        add_condition(f, "s.figured IN (0, 1)");
    if (filter->score)
        add_with(f, "EXISTS (SELECT 1 FROM rating r WHERE r.session_no = s.session_no AND r.score = ?)", db_int(filter->score));
    if (filter->tag)
        add_with(f, "EXISTS (SELECT 1 FROM session_tag t WHERE t.session_no = s.session_no AND t.tag = ?)", db_text(filter->tag));
    if (filter->among)
        add_among(f, filter);
    return !filter->customer || !*filter->customer || add_customer(f, filter->customer);
}

static bool count_total(struct db *db, struct filter_sql *f, const struct session_filter *filter, int64_t *total_r)
{
    struct buf sql = BUF_INIT;
    struct db_rows *rows;

    buf_printf(&sql, "SELECT COUNT(*) FROM (SELECT 1 FROM chat_session s%s%s LIMIT ?) t", f->pattern ? " JOIN member m ON m.member_id = s.member_id" : "", buf_str(&f->where));
    f->args[f->n] = db_int(filter->total_max ? filter->total_max : INT64_MAX);
    rows = buf_failed(&sql) ? NULL : db_query_once(db, buf_str(&sql), f->args, f->n + 1);
    if (rows)
        *total_r = db_cell_int(rows, 0, 0);
    buf_free(&sql);
    if (!rows)
        return false;
    db_rows_free(&rows);
    return true;
}

/* The rows behind the one that the cursor names, in the list's own order. */
static void add_cursor(struct filter_sql *f, const struct session_filter *filter)
{
    if (!filter->cursor)
        return;
    if (filter->kind != LIST_WAITING) {
        add_with(f, "s.session_no < ?", db_int(filter->cursor));
        return;
    }
    add_with(f, "(s.queue_front, -UNIX_TIMESTAMP(s.queue_since), -s.session_no) < (SELECT q.queue_front, -UNIX_TIMESTAMP(q.queue_since), -q.session_no"
                " FROM chat_session q WHERE q.session_no = ?)", db_int(filter->cursor));
}

static bool has_filter(const struct session_filter *filter)
{
    return filter->member_id || filter->admin_id || filter->category_id || filter->exit_reason_id || filter->from_ms >= 0 || filter->to_ms >= 0 ||
           filter->score || filter->tag || filter->among || filter->routed_to || (filter->customer && *filter->customer);
}

/* The numbers of a page's chats alone: who is passed over is looked at in an index, and nobody else's names are read. Without a filter the optimizer would
 * rather sort all chats that are over than walk back from the cursor; a place by its number is counted off in the narrowest index, where the chats that are over
 * stand together and whose entries are a tenth of a row (at a million chats 0.2 s where the rows took longer than a statement may). */
static void add_numbers(struct buf *sql, const struct filter_sql *f, const struct session_filter *filter)
{
    bool is_all = filter->kind == LIST_COMPLETED && !has_filter(filter);

    buf_add_str(sql, "SELECT s.session_no FROM chat_session s");
    if (is_all && filter->offset && !filter->cursor) {
        buf_add_str(sql, " FORCE INDEX (uq_chat_session_open) WHERE s.open_member_id IS NULL");
    } else {
        if (is_all)
            buf_add_str(sql, " FORCE INDEX (PRIMARY)");
        if (f->pattern)
            buf_add_str(sql, " JOIN member m ON m.member_id = s.member_id");
        buf_add_str(sql, buf_str(&f->where));
    }
    buf_add_str(sql, " ORDER BY s.session_no DESC LIMIT ? OFFSET ?");
}

/* The chats of a place by its number, by two statements: as one, the optimizer takes all that is passed over for rows of the page, and begins with the members. */
static struct db_rows *query_far(struct db *db, const struct db_rows *numbers)
{
    struct db_arg args[LIMIT_MAX + 1];
    struct buf sql = BUF_INIT;
    struct db_rows *rows;
    size_t n = db_rows_count(numbers);

    buf_add_str(&sql, SESSION_SELECT_ALL " WHERE s.session_no IN (NULL");
    if (n > LIMIT_MAX + 1)
        n = LIMIT_MAX + 1;
    for (size_t i = 0; i < n; i++) {
        buf_add_str(&sql, ",?");
        args[i] = db_int(db_cell_int(numbers, i, 0));
    }
    buf_add_str(&sql, ") ORDER BY s.session_no DESC");
    rows = buf_failed(&sql) ? NULL : db_query_once(db, buf_str(&sql), args, n);
    buf_free(&sql);
    return rows;
}

static struct db_rows *query_list(struct db *db, struct filter_sql *f, const struct session_filter *filter)
{
    bool is_far = filter->kind != LIST_WAITING && filter->offset;
    struct buf sql = BUF_INIT;
    struct db_rows *rows, *numbers;

    add_cursor(f, filter);
    if (is_far) {
        add_numbers(&sql, f, filter);
    } else if (filter->kind == LIST_WAITING) {
        buf_add_str(&sql, SESSION_SELECT_ALL);
        buf_add_str(&sql, buf_str(&f->where));
        buf_add_str(&sql, " ORDER BY s.queue_front DESC, s.queue_since, s.session_no LIMIT ? OFFSET ?");
    } else {
        buf_add_str(&sql, SESSION_SELECT_ALL " WHERE s.session_no IN (SELECT session_no FROM (");
        add_numbers(&sql, f, filter);
        buf_add_str(&sql, ") page) ORDER BY s.session_no DESC");
    }
    f->args[f->n++] = db_int(filter->limit + 1); /* one more tells whether there is a next page */
    f->args[f->n++] = db_int(filter->offset);
    rows = buf_failed(&sql) || buf_failed(&f->where) ? NULL : db_query_once(db, buf_str(&sql), f->args, f->n);
    buf_free(&sql);
    if (!is_far || !rows)
        return rows;
    numbers = rows;
    rows = query_far(db, numbers);
    db_rows_free(&numbers);
    return rows;
}

static bool read_total(struct db *db, struct filter_sql *f, const struct session_filter *filter, int64_t *total_r)
{
    struct session_counts counts;

    if (filter->kind != LIST_COMPLETED || has_filter(filter))
        return count_total(db, f, filter, total_r);
    if (session_count(db, &counts) != OUTCOME_DONE)
        return false;
    *total_r = counts.completed;
    return true;
}

enum outcome session_list(struct db *db, const struct session_filter *filter, struct session **list_r, size_t *n_r, int64_t *next_r, int64_t *total_r)
{
    struct filter_sql f;
    struct db_rows *rows = NULL;
    struct session *list = NULL;
    size_t n = 0, i;

    *list_r = NULL;
    *n_r = 0;
    if (next_r)
        *next_r = 0;
    if (build_filter(&f, filter) && (!total_r || read_total(db, &f, filter, total_r)))
        rows = query_list(db, &f, filter);
    buf_free(&f.where);
    free(f.pattern);
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    if (n > (size_t)filter->limit)
        n = (size_t)filter->limit;
    list = calloc(n ? n : 1, sizeof(*list));
    for (i = 0; list && i < n; i++)
        session_read_row(rows, i, &list[i]);
    if (list && next_r && db_rows_count(rows) > n && n > 0)
        *next_r = list[n - 1].session_no;
    db_rows_free(&rows);
    if (!list)
        return OUTCOME_AWAY;
    *list_r = list;
    *n_r = n;
    return OUTCOME_DONE;
}

enum outcome session_queue_mark(struct db *db, struct session_queue_mark *mark_r)
{
    struct db_rows *rows = db_query(db, "SELECT COUNT(*), COALESCE(SUM(session_no), 0), COALESCE(SUM(queue_front), 0), MAX(queue_since) FROM chat_session WHERE status_id = 1", NULL, 0);

    if (!rows)
        return OUTCOME_AWAY;
    *mark_r = (struct session_queue_mark){
        .count = db_cell_int(rows, 0, 0), .numbers = db_cell_int(rows, 0, 1), .places = db_cell_int(rows, 0, 2), .last_ms = db_cell_time(rows, 0, 3)};
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

enum outcome session_count_open(struct db *db, struct session_counts *counts_r)
{
    struct db_rows *rows = db_query(db, "SELECT SUM(status_id = 1), SUM(status_id IN (2, 4)) FROM chat_session WHERE status_id IN (1, 2, 4)", NULL, 0);

    if (!rows)
        return OUTCOME_AWAY;
    *counts_r = (struct session_counts){.waiting = db_cell_int(rows, 0, 0), .active = db_cell_int(rows, 0, 1)};
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

enum outcome session_count(struct db *db, struct session_counts *counts_r)
{
    int64_t chats;
    enum outcome outcome = stats_count_all(db, counts_r, &chats);

    if (outcome == OUTCOME_DONE)
        counts_r->completed = chats - counts_r->waiting - counts_r->active;
    return outcome;
}

static bool estimate_wait(struct db *db, int64_t place, int64_t *estimate_s_r)
{
    struct db_rows *rows = db_query(db,
                                    "SELECT COUNT(*), TIMESTAMPDIFF(SECOND, MIN(t.accept_time), MAX(t.accept_time)) FROM (SELECT accept_time FROM chat_session"
                                    " WHERE cdate >= ? AND accept_time >= ? AND offline = 0 ORDER BY accept_time DESC LIMIT 20) t",
                                    DB_ARGS(db_time(clock_wall_ms() - 6 * 3600000), db_time(clock_wall_ms() - 3600000)));
    int64_t n;

    if (!rows)
        return false;
    n = db_cell_int(rows, 0, 0);
    *estimate_s_r = n < 3 ? -1 : place * db_cell_int(rows, 0, 1) / (n - 1);
    db_rows_free(&rows);
    return true;
}

enum outcome session_queue_place(struct db *db, const struct session *s, int64_t *place_r, int64_t *estimate_s_r)
{
    struct db_rows *rows;

    *place_r = 0;
    *estimate_s_r = -1;
    if (s->status_id != STATUS_WAITING || s->offline)
        return OUTCOME_DONE;
    rows = db_query(db,
                    "SELECT COUNT(*) FROM chat_session WHERE status_id = 1 AND offline = 0 AND (queue_front > ? OR (queue_front = ? AND (queue_since < ? OR (queue_since = ? AND"
                    " session_no <= ?))))",
                    DB_ARGS(db_int(s->queue_front), db_int(s->queue_front), db_time(s->queue_since_ms), db_time(s->queue_since_ms), db_int(s->session_no)));
    if (!rows)
        return OUTCOME_AWAY;
    *place_r = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return estimate_wait(db, *place_r, estimate_s_r) ? OUTCOME_DONE : OUTCOME_AWAY;
}
