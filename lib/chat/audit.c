/* audit: see audit.h. */
#include "lib/chat/audit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/db.h"

#define TARGET_POINTS 100
#define DETAIL_POINTS 1000
#define WHERE_ARGS 6

/* How many bytes the first `points` code points of valid UTF-8 take. */
static size_t cut(const char *s, size_t points)
{
    size_t i = 0;

    for (; s[i]; i++)
        if (((unsigned char)s[i] & 0xC0) != 0x80 && points-- == 0)
            break;
    return i;
}

bool audit_add(struct db *db, int64_t member_id, const char *action, const char *target, const char *detail)
{
    static const char sql[] = "INSERT INTO audit_log (member_id, action, target, detail, cdate) VALUES (?,?,?,?,?)";

    return db_exec(db, sql,
                   DB_ARGS(db_id(member_id), db_text(action), db_textn(target, cut(target, TARGET_POINTS)), db_textn(detail, cut(detail, DETAIL_POINTS)),
                           db_time(clock_wall_ms())),
                   NULL);
}

/* ---- reading ---- */

struct where {
    struct buf sql;
    struct db_arg args[WHERE_ARGS + 1];
    size_t n;
};

static void add_condition(struct where *w, const char *condition, struct db_arg arg)
{
    buf_printf(&w->sql, "%s%s", w->n ? " AND " : " WHERE ", condition);
    w->args[w->n++] = arg;
}

static void make_where(struct where *w, const struct audit_filter *f)
{
    if (f->member_id)
        add_condition(w, "l.member_id = ?", db_int(f->member_id));
    if (f->action)
        add_condition(w, "l.action = ?", db_text(f->action));
    if (f->target)
        add_condition(w, "l.target = ?", db_text(f->target));
    if (f->from_ms >= 0)
        add_condition(w, "l.cdate >= ?", db_time(f->from_ms));
    if (f->to_ms >= 0)
        add_condition(w, "l.cdate < ?", db_time(f->to_ms));
    if (f->cursor > 0)
        add_condition(w, "l.audit_no < ?", db_int(f->cursor));
}

static void copy_cell(const struct db_rows *rows, size_t row, unsigned col, char *out, size_t size)
{
    const char *s = db_cell(rows, row, col, NULL);

    snprintf(out, size, "%s", s ? s : "");
}

static void read_entry(const struct db_rows *rows, size_t row, struct audit_entry *e)
{
    e->audit_no = db_cell_int(rows, row, 0);
    e->member_id = db_cell_int(rows, row, 1);
    copy_cell(rows, row, 2, e->member_name, sizeof e->member_name);
    copy_cell(rows, row, 3, e->action, sizeof e->action);
    copy_cell(rows, row, 4, e->target, sizeof e->target);
    copy_cell(rows, row, 5, e->detail, sizeof e->detail);
    e->cdate_ms = db_cell_time(rows, row, 6);
}

enum outcome audit_list(struct db *db, const struct audit_filter *filter, struct audit_entry **list_r, size_t *n_r, int64_t *next_r)
{
    struct where w = {.sql = BUF_INIT};
    struct db_rows *rows = NULL;
    size_t n;

    *list_r = NULL;
    *n_r = 0;
    *next_r = 0;
    buf_add_str(&w.sql, "SELECT l.audit_no, l.member_id, m.nickname, l.action, l.target, l.detail, l.cdate FROM audit_log l LEFT JOIN member m ON m.member_id = l.member_id");
    make_where(&w, filter);
    buf_add_str(&w.sql, " ORDER BY l.audit_no DESC LIMIT ?");
    w.args[w.n] = db_int(filter->limit + 1);
    if (!buf_failed(&w.sql))
        rows = db_query_once(db, buf_str(&w.sql), w.args, w.n + 1);
    buf_free(&w.sql);
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    if (n > (size_t)filter->limit) {
        n = (size_t)filter->limit;
        *next_r = db_cell_int(rows, n - 1, 0);
    }
    *list_r = calloc(n ? n : 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < n; i++)
        read_entry(rows, i, &(*list_r)[i]);
    db_rows_free(&rows);
    if (!*list_r)
        return OUTCOME_AWAY;
    *n_r = n;
    return OUTCOME_DONE;
}

enum outcome audit_actions(struct db *db, char (**list_r)[AUDIT_ACTION_SIZE], size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT DISTINCT action FROM audit_log ORDER BY action LIMIT 100", NULL, 0);

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    *list_r = calloc(AUDIT_ACTIONS_MAX, sizeof **list_r);
    for (size_t i = 0; *list_r && i < db_rows_count(rows) && i < AUDIT_ACTIONS_MAX; i++)
        copy_cell(rows, i, 0, (*list_r)[(*n_r)++], AUDIT_ACTION_SIZE);
    db_rows_free(&rows);
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}
