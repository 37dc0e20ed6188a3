/* stats_list: one row a chat, for /stats/chats. Chats whose figures are fixed come from chat_figure with what they were by one SELECT a page; the others from
 * their messages. Both are read in the list's order from the same place on, and the first of all make the page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/stats.h"
#include "lib/chat/stats_fix.h"
#include "lib/chat/stats_rows.h"

#define CATEGORIES_MAX 64
#define NAMES_MAX 128
#define NS_PER_MS INT64_C(1000000)

struct name {
    int64_t member_id;
    char text[NICKNAME_SIZE];
};
struct collect {
    const struct stats_ask *ask;
    const struct stats_list_ask *list;
    struct stats_item *items; /* room for 2 * (limit + 1): those of one source behind those of the other */
    size_t n, most;
    struct name names[NAMES_MAX];
    size_t names_n;
};

/* ---- which ---- */

static bool is_wanted(const struct stats_ask *ask, const struct stats_list_ask *list, int64_t cdate_ms, const struct stats_figures *f, int score)
{
    bool of_answerer = list->has == STATS_HAS_FIGURE && list->figure == FIGURE_FRT;
    bool has[] = {[STATS_HAS_ALL] = true, [STATS_HAS_MISSED] = f->missed, [STATS_HAS_ABANDONED] = f->abandoned, [STATS_HAS_DROPPED] = f->dropped,
                  [STATS_HAS_RATED] = score > 0, [STATS_HAS_FIGURE] = f->value[list->figure] >= 0};

    return has[list->has] && (!ask->is_open_only || f->is_open) && (!ask->agent_id || ask->agent_id == (of_answerer ? f->answerer_id : f->agent_id)) &&
           (list->slot < 0 || stats_period(ask->zone, STATS_GROUP_WEEKDAY_HOUR, cdate_ms) == list->slot);
}

static bool collect_unfixed(void *context, const struct stats_chat *chat, const struct stats_figures *f)
{
    struct collect *c = context;

    if (!is_wanted(c->ask, c->list, chat->cdate_ms, f, chat->score) || (c->list->is_category_alone && chat->category_id != c->ask->category_id))
        return true;
    if (c->n == c->most)
        return false;
    c->items[c->n++] = (struct stats_item){.session_no = chat->session_no,
                                           .cdate_ms = chat->cdate_ms,
                                           .end_ms = chat->end_ms >= 0 || chat->status_id != STATUS_COMPLETED ? chat->end_ms : chat->end_row_ms,
                                           .category_id = chat->category_id,
                                           .status_id = chat->status_id,
                                           .exit_reason_id = chat->exit_reason_id,
                                           .score = chat->score,
                                           .figures = *f};
    return true;
}

/* ---- those that are fixed ---- */

/* The condition in constants, its values in args; the number of these. */
static size_t write_where(const struct collect *c, struct buf *sql, struct db_arg *args, int64_t at_ms, int64_t at_no)
{
    static const char *const has[] = {"", " AND f.missed = 1", " AND f.abandoned = 1", " AND f.dropped = 1", " AND f.score IS NOT NULL", ""};
    static const char *const figures[FIGURE_TOTAL] = {"wait_ms", "frt_ms", "art_ns", "mrt_ms", "handle_ms", "dur_ms"};
    const struct stats_ask *ask = c->ask;
    bool is_up = c->list->is_oldest_first, of_answerer = c->list->has == STATS_HAS_FIGURE && c->list->figure == FIGURE_FRT;
    struct code *codes = NULL;
    size_t n = 0, count;

    buf_add_str(sql, is_up ? " WHERE f.cdate >= ? AND f.cdate < ? AND (f.cdate > ? OR f.session_no > ?)" : " WHERE f.cdate >= ? AND f.cdate <= ? AND (f.cdate < ? OR f.session_no < ?)");
    args[n++] = db_time(is_up ? at_ms : ask->from_ms);
    args[n++] = db_time(is_up ? ask->to_ms : at_ms);
    args[n++] = db_time(at_ms);
    args[n++] = db_int(at_no);
    buf_add_str(sql, has[c->list->has]);
    if (c->list->has == STATS_HAS_FIGURE)
        buf_printf(sql, " AND f.%s IS NOT NULL", figures[c->list->figure]);
    if (ask->is_open_only)
        buf_add_str(sql, " AND f.is_open = 1");
    if (ask->agent_id) {
        buf_add_str(sql, of_answerer ? " AND f.answerer_id = ?" : " AND f.agent_id = ?");
        args[n++] = db_int(ask->agent_id);
    }
    if (ask->category_id) {
        buf_add_str(sql, " AND f.category_id IN (?");
        args[n++] = db_int(ask->category_id);
        count = c->list->is_category_alone ? 0 : code_list(GROUP_CATEGORY, &codes);
        for (size_t i = 0; i < count && n < CATEGORIES_MAX; i++)
            if (codes[i].pcode == ask->category_id) {
                buf_add_str(sql, ",?");
                args[n++] = db_int(codes[i].code_id);
            }
        free(codes);
        buf_add_char(sql, ')');
    }
    return n;
}

static void copy_cell(char *out, size_t size, const struct db_rows *rows, size_t i, unsigned col)
{
    size_t len;
    const char *s = db_cell(rows, i, col, &len);

    if (!s)
        len = 0;
    if (len >= size)
        len = size - 1;
    if (len)
        memcpy(out, s, len);
    out[len] = '\0';
}

static void read_item(const struct db_rows *rows, size_t i, struct stats_item *item)
{
    item->cdate_ms = db_cell_time(rows, i, 0);
    item->session_no = db_cell_int(rows, i, 1);
    item->end_ms = db_cell_time(rows, i, 2);
    item->category_id = (int32_t)db_cell_int(rows, i, 3);
    item->figures.agent_id = db_cell_int(rows, i, 4);
    item->figures.answerer_id = db_cell_int(rows, i, 5);
    item->figures.missed = db_cell_int(rows, i, 6) != 0;
    item->figures.abandoned = db_cell_int(rows, i, 7) != 0;
    item->figures.dropped = db_cell_int(rows, i, 8) != 0;
    item->figures.is_open = db_cell_int(rows, i, 9) != 0;
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        unsigned col = 10 + (unsigned)f;

        item->figures.value[f] = db_cell_is_null(rows, i, col) ? -1 : db_cell_int(rows, i, col) * (f == FIGURE_ART ? 1 : NS_PER_MS);
    }
    item->score = (int32_t)db_cell_int(rows, i, 16);
    copy_cell(item->session_id, sizeof(item->session_id), rows, i, 17);
    copy_cell(item->title, sizeof(item->title), rows, i, 18);
    item->message_count = (int32_t)db_cell_int(rows, i, 19);
    item->member_id = db_cell_int(rows, i, 20);
    item->exit_reason_id = (int32_t)db_cell_int(rows, i, 21);
    copy_cell(item->member_name, sizeof(item->member_name), rows, i, 22);
    item->agent_name[0] = item->answerer_name[0] = '\0';
    item->status_id = STATUS_COMPLETED;
}

/* One SELECT of at most `rows` rows; those that are wanted are added. Moves the place on. */
static enum outcome read_fixed(struct db *db, struct collect *c, const char *sql_tail, int64_t *at_ms, int64_t *at_no, size_t want, size_t *got_r)
{
    static const char select[] =
        "SELECT f.cdate, f.session_no, f.end_time, f.category_id, f.agent_id, f.answerer_id, f.missed, f.abandoned, f.dropped, f.is_open, f.wait_ms, f.frt_ms, f.art_ns,"
        " f.mrt_ms, f.handle_ms, f.dur_ms, f.score, s.session_id, s.title, s.message_count, s.member_id, s.exit_reason_id, m.nickname"
        " FROM chat_figure f JOIN chat_session s ON s.session_no = f.session_no JOIN member m ON m.member_id = s.member_id";
    struct db_arg args[CATEGORIES_MAX + 8];
    struct buf sql = BUF_INIT;
    struct db_rows *rows = NULL;
    size_t n;

    buf_add_str(&sql, select);
    n = write_where(c, &sql, args, *at_ms, *at_no);
    buf_add_str(&sql, sql_tail);
    args[n++] = db_int((int64_t)want);
    if (!buf_failed(&sql))
        rows = db_query_once(db, buf_str(&sql), args, n);
    buf_free(&sql);
    if (!rows)
        return OUTCOME_AWAY;
    *got_r = db_rows_count(rows);
    for (size_t i = 0; i < *got_r && c->n < c->most; i++) {
        struct stats_item *item = &c->items[c->n];

        read_item(rows, i, item);
        *at_ms = item->cdate_ms;
        *at_no = item->session_no;
        c->n += is_wanted(c->ask, c->list, item->cdate_ms, &item->figures, item->score);
    }
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

static enum outcome collect_fixed(struct db *db, struct collect *c, int64_t at_ms, int64_t at_no, struct refusal *refusal_r)
{
    const char *tail = c->list->is_oldest_first ? " ORDER BY f.cdate, f.session_no LIMIT ?" : " ORDER BY f.cdate DESC, f.session_no DESC LIMIT ?";
    size_t want = c->list->slot < 0 ? c->most - c->n : STATS_LIST_MAX, got = want; /* an hour of the week is one row in 168 */
    int64_t deadline_ms = clock_monotonic_ms() + STATS_TIME_MS;
    enum outcome outcome = OUTCOME_DONE;

    while (outcome == OUTCOME_DONE && c->n < c->most && got == want) {
        if (clock_monotonic_ms() > deadline_ms)
            return refuse(refusal_r, 503, CODE_SERVER, "This takes too long. Choose a shorter time.");
        outcome = read_fixed(db, c, tail, &at_ms, &at_no, want, &got);
    }
    return outcome;
}

/* ---- what they were ---- */

static bool describe(struct db *db, struct stats_item *items, size_t n)
{
    struct db_arg args[STATS_PAGE];
    struct db_rows *rows;

    for (size_t i = 0; i < STATS_PAGE; i++)
        args[i] = db_int(items[i < n ? i : n - 1].session_no);
    rows = db_query(db,
                    "SELECT s.session_no, s.session_id, s.title, s.message_count, s.member_id, m.nickname FROM chat_session s"
                    " JOIN member m ON m.member_id = s.member_id WHERE s.session_no IN (" STATS_HOLES ")",
                    args, STATS_PAGE);
    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        for (size_t k = 0; k < n; k++)
            if (items[k].session_no == db_cell_int(rows, i, 0)) {
                copy_cell(items[k].session_id, sizeof(items[k].session_id), rows, i, 1);
                copy_cell(items[k].title, sizeof(items[k].title), rows, i, 2);
                items[k].message_count = (int32_t)db_cell_int(rows, i, 3);
                items[k].member_id = db_cell_int(rows, i, 4);
                copy_cell(items[k].member_name, sizeof(items[k].member_name), rows, i, 5);
                break;
            }
    db_rows_free(&rows);
    return true;
}

/* There are few agents, so a name is mostly known already; a new one takes the place of an old one when the table is full. */
static bool name_of(struct db *db, struct collect *c, int64_t member_id, char out[NICKNAME_SIZE])
{
    struct name *name = NULL;

    if (!member_id)
        return true;
    for (size_t i = 0; i < c->names_n && i < NAMES_MAX && !name; i++)
        if (c->names[i].member_id == member_id)
            name = &c->names[i];
    if (!name) {
        name = &c->names[c->names_n++ % NAMES_MAX];
        name->member_id = 0;
        if (!stats_member_name(db, member_id, name->text, NULL))
            return false;
        name->member_id = member_id;
    }
    memcpy(out, name->text, NICKNAME_SIZE);
    return true;
}

static int up(const void *a, const void *b)
{
    const struct stats_item *x = a, *y = b;

    if (x->cdate_ms != y->cdate_ms)
        return x->cdate_ms < y->cdate_ms ? -1 : 1;
    return (x->session_no > y->session_no) - (x->session_no < y->session_no);
}

static int down(const void *a, const void *b)
{
    return up(b, a);
}

/* Those of the clock's side that are not fixed are few: one status after the other, each at most a page. */
static enum outcome collect_all(struct db *db, const struct config *config, struct collect *c, struct refusal *refusal_r)
{
    static const int32_t statuses[] = {STATUS_WAITING, STATUS_ACTIVE, STATUS_DISCONNECTED, STATUS_COMPLETED};
    int64_t at_ms = c->list->after.session_no ? c->list->after.cdate_ms : c->list->is_oldest_first ? c->ask->from_ms : c->ask->to_ms - 1;
    int64_t at_no = c->list->after.session_no ? c->list->after.session_no : c->list->is_oldest_first ? 0 : INT64_MAX;
    struct stats_scan scan = {.from_ms = c->ask->from_ms, .to_ms = c->ask->to_ms, .category_id = c->ask->category_id, .is_newest_first = !c->list->is_oldest_first,
                              .after_ms = c->list->after.cdate_ms, .after_no = c->list->after.session_no, .deadline_ms = clock_monotonic_ms() + STATS_TIME_MS};
    size_t page = c->list->limit + 1;
    struct stats_site site;
    enum outcome outcome;

    if (!stats_site_open(db, config, &site))
        return OUTCOME_AWAY;
    scan.hours = site.hours;
    c->most = page;
    outcome = collect_fixed(db, c, at_ms, at_no, refusal_r);
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]) && outcome == OUTCOME_DONE; i++) {
        c->most = c->n + page;
        scan.status_id = statuses[i];
        outcome = stats_scan_chats(db, &scan, collect_unfixed, c, refusal_r);
        if (c->n > 0)
            qsort(c->items, c->n, sizeof(*c->items), c->list->is_oldest_first ? up : down);
        if (c->n > page)
            c->n = page;
    }
    stats_site_close(&site);
    return outcome;
}

static bool finish(struct db *db, struct collect *c)
{
    struct stats_item *some[STATS_PAGE], copies[STATS_PAGE];
    size_t n = 0;

    for (size_t i = 0; i <= c->n; i++) {
        if (n == STATS_PAGE || (i == c->n && n > 0)) {
            if (!describe(db, copies, n))
                return false;
            for (size_t k = 0; k < n; k++)
                *some[k] = copies[k];
            n = 0;
        }
        if (i < c->n && !c->items[i].member_id) { /* not from chat_figure */
            some[n] = &c->items[i];
            copies[n++] = c->items[i];
        }
    }
    for (size_t i = 0; i < c->n; i++)
        if (!name_of(db, c, c->items[i].figures.agent_id, c->items[i].agent_name) || !name_of(db, c, c->items[i].figures.answerer_id, c->items[i].answerer_name))
            return false;
    return true;
}

enum outcome stats_list(struct db *db, const struct config *config, const struct stats_ask *ask, const struct stats_list_ask *list, struct stats_item **items_r, size_t *n_r,
                        struct stats_cursor *next_r, struct refusal *refusal_r)
{
    struct collect *c = calloc(1, sizeof(*c));
    enum outcome outcome = OUTCOME_AWAY;

    *next_r = (struct stats_cursor){0};
    if (!c)
        return OUTCOME_AWAY;
    c->ask = ask;
    c->list = list;
    c->items = calloc(2 * (list->limit + 1), sizeof(*c->items));
    if (c->items && db_begin_snapshot(db, STATS_TIME_MS)) {
        outcome = code_refresh(db) ? collect_all(db, config, c, refusal_r) : OUTCOME_AWAY;
        if (outcome == OUTCOME_DONE && c->n > list->limit) {
            c->n = list->limit;
            *next_r = (struct stats_cursor){c->items[c->n - 1].cdate_ms, c->items[c->n - 1].session_no};
        }
        if (outcome == OUTCOME_DONE && !finish(db, c))
            outcome = OUTCOME_AWAY;
        db_rollback(db);
    }
    *items_r = c->items;
    *n_r = c->n;
    if (outcome != OUTCOME_DONE) {
        free(c->items);
        *items_r = NULL;
        *n_r = 0;
    }
    free(c);
    return outcome;
}
