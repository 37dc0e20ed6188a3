#include "lib/chat/stats_load.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/online.h"
#include "lib/chat/stats_rows.h"
#include "lib/chat/stats_time.h"
#include "lib/chat/table.h"

#define DAY_MS INT64_C(86400000)
#define DAYS_MAX 400         /* of one stretch; the rest of a chat that stood open for longer is not counted */
#define SETTLE_MS 120000     /* a day is added up when the last notes of it are in */
#define PIECES_MAX 2000000
#define LAST_MS INT64_C(7289654400000) /* 2201 */

enum kind { KIND_CHAT, KIND_AWAY_FROM, KIND_ONLINE };
struct piece {
    int64_t period, agent_id, from_ms, to_ms;
    enum kind kind;
};
struct place {
    int64_t period, agent_id;
};
struct sum {
    struct place place;
    struct stats_load load;
    UT_hash_handle hh;
};
struct reading {
    const struct stats_ask *ask; /* NULL: one period for all */
    int64_t from_ms, to_ms, now_ms;
    struct piece *pieces; /* owned */
    size_t n, cap;
    struct sum *sums; /* owned */
    char *days;       /* owned: what is known of each day of the span */
    bool has_failed;
};
enum { DAY_EMPTY, DAY_CLEAN, DAY_DIRTY };

/* ---- pieces ---- */

static void add_piece(struct reading *r, int64_t period, int64_t agent_id, enum kind kind, int64_t from_ms, int64_t to_ms)
{
    if (r->n == r->cap) {
        size_t more = r->cap ? r->cap * 2 : 1024;
        struct piece *p = more <= PIECES_MAX ? realloc(r->pieces, more * sizeof(*p)) : NULL;

        if (!p) {
            r->has_failed = true;
            return;
        }
        r->pieces = p;
        r->cap = more;
    }
    r->pieces[r->n++] = (struct piece){period, agent_id, from_ms, to_ms, kind};
}

/* Cut to the span, and at the borders of its periods. */
static void add_stretch(struct reading *r, int64_t agent_id, enum kind kind, int64_t from_ms, int64_t to_ms)
{
    int64_t from = from_ms > r->from_ms ? from_ms : r->from_ms, to = to_ms < r->to_ms ? to_ms : r->to_ms, period = 0, begin, end = to;

    while (from < to && !r->has_failed) {
        end = to;
        if (r->ask && r->ask->group != STATS_GROUP_NONE) {
            period = stats_period(r->ask->zone, r->ask->group, from);
            stats_period_span(r->ask->zone, r->ask->group, period, &begin, &end);
            end = end > from && end < to ? end : to;
        }
        add_piece(r, period, agent_id, kind, from, end);
        from = end;
    }
}

static struct stats_load *load_at(struct reading *r, int64_t period, int64_t agent_id)
{
    struct place place = {period, agent_id};
    struct sum *s;

    HASH_FIND(hh, r->sums, &place, sizeof(place), s);
    if (!s && (s = calloc(1, sizeof(*s)))) {
        s->place = place;
        HASH_ADD(hh, r->sums, place, sizeof(s->place), s);
        if (!table_has(s)) {
            free(s);
            s = NULL;
        }
    }
    r->has_failed |= !s;
    return s ? &s->load : NULL;
}

static int by_place(const void *a, const void *b)
{
    const struct piece *x = a, *y = b;
    const int64_t keys[][2] = {{x->period, y->period}, {x->agent_id, y->agent_id}, {x->kind, y->kind}, {x->from_ms, y->from_ms}};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i][0] != keys[i][1])
            return keys[i][0] < keys[i][1] ? -1 : 1;
    return 0;
}

static int by_time(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

/* Time in which at least one of the pieces, ascending by their begin, goes on. */
static int64_t time_in(const struct piece *p, size_t n)
{
    int64_t sum = 0, until = INT64_MIN;

    for (size_t i = 0; i < n; i++) {
        int64_t from = p[i].from_ms > until ? p[i].from_ms : until;

        if (p[i].to_ms > from)
            sum += p[i].to_ms - from;
        if (p[i].to_ms > until)
            until = p[i].to_ms;
    }
    return sum;
}

/* The most that go on at one moment: one that begins when another ends takes its place. */
static int64_t most_in(struct reading *r, const struct piece *p, size_t n)
{
    int64_t *ends = calloc(n, sizeof(*ends)), most = 0, going = 0;

    if (!ends) {
        r->has_failed = true;
        return 0;
    }
    for (size_t i = 0; i < n; i++)
        ends[i] = p[i].to_ms;
    qsort(ends, n, sizeof(*ends), by_time);
    for (size_t i = 0, ended = 0; i < n; i++) {
        going++;
        for (; ended < n && ends[ended] <= p[i].from_ms; ended++)
            going--;
        if (going > most)
            most = going;
    }
    free(ends);
    return most;
}

static void add_up(struct reading *r)
{
    size_t end;

    if (r->n > 0)
        qsort(r->pieces, r->n, sizeof(*r->pieces), by_place);
    for (size_t i = 0; i < r->n && !r->has_failed; i = end) {
        const struct piece *p = &r->pieces[i];
        struct stats_load *load = load_at(r, p->period, p->agent_id);
        int64_t most;

        for (end = i + 1; end < r->n && r->pieces[end].period == p->period && r->pieces[end].agent_id == p->agent_id && r->pieces[end].kind == p->kind; end++)
            ;
        if (!load)
            return;
        if (p->kind == KIND_ONLINE) {
            load->online_ms += time_in(p, end - i);
        } else if (p->kind == KIND_AWAY_FROM) {
            load->away_ms += time_in(p, end - i);
        } else {
            most = most_in(r, p, end - i);
            load->most = most > load->most ? most : load->most;
            load->busy_ms += time_in(p, end - i);
            for (size_t k = i; k < end; k++)
                load->chat_ms += r->pieces[k].to_ms - r->pieces[k].from_ms;
        }
    }
}

static void clear(struct reading *r)
{
    struct sum *s, *next;

    HASH_ITER(hh, r->sums, s, next) {
        HASH_DEL(r->sums, s);
        free(s);
    }
    free(r->pieces);
    free(r->days);
}

/* ---- what is kept ---- */

static bool mark_days(struct db *db, int64_t *days, size_t n)
{
    struct db_arg *args = calloc(n + 1, sizeof(*args));
    size_t count = 0;
    bool ok = args != NULL;

    if (n > 0)
        qsort(days, n, sizeof(*days), by_time); /* in one order, as stats_block_dirty() */
    for (size_t i = 0; ok && i < n; i++)
        if (i == 0 || days[i] != days[i - 1])
            args[count++] = db_int(days[i]);
    if (ok && count > 0)
        ok = db_exec_rows(db, "INSERT INTO agent_day (day, dirty) VALUES (?, 1) ON DUPLICATE KEY UPDATE dirty = 1", args, 1, count);
    free(args);
    return ok;
}

struct storing {
    struct db_arg *args; /* owned: 6 for each row */
    int64_t *days;       /* owned */
    size_t n, cap;
};

static bool keep(struct storing *s, int64_t session_no, const struct stats_duty *d, int64_t from_ms, int64_t to_ms)
{
    if (s->n == s->cap) {
        size_t more = s->cap ? s->cap * 2 : 512;
        struct db_arg *args = realloc(s->args, more * 6 * sizeof(*args));
        int64_t *days = realloc(s->days, more * sizeof(*days));

        s->args = args ? args : s->args;
        s->days = days ? days : s->days;
        if (!args || !days)
            return false;
        s->cap = more;
    }
    const struct db_arg row[6] = {db_int(from_ms / DAY_MS), db_int(d->agent_id), db_int(session_no), db_time(from_ms), db_int(d->is_away), db_time(to_ms)};

    memcpy(&s->args[s->n * 6], row, sizeof(row));
    s->days[s->n++] = from_ms / DAY_MS;
    return true;
}

bool stats_load_store(struct db *db, const struct stats_chat *const *chats, size_t n)
{
    static const char sql[] = "INSERT IGNORE INTO chat_duty (day, member_id, session_no, since, is_away, until) VALUES (?, ?, ?, ?, ?, ?)";
    struct storing s = {.n = 0};
    bool ok = true;

    for (size_t i = 0; ok && i < n; i++)
        for (int k = 0; ok && k < chats[i]->duties.n; k++) {
            const struct stats_duty *d = &chats[i]->duties.list[k];
            int64_t from = d->from_ms > 0 ? d->from_ms : 0, last = from + DAYS_MAX * DAY_MS, to = d->to_ms < last ? d->to_ms : last, end;

            for (; ok && from < to; from = end) {
                end = (from / DAY_MS + 1) * DAY_MS;
                end = end < to ? end : to;
                ok = keep(&s, chats[i]->session_no, d, from, end);
            }
        }
    if (ok && s.n > 0)
        ok = db_exec_rows(db, sql, s.args, 6, s.n) && mark_days(db, s.days, s.n);
    free(s.args);
    free(s.days);
    return ok;
}

bool stats_load_forget(struct db *db, const struct db_arg *nos)
{
    struct db_rows *rows = db_query(db, "SELECT DISTINCT day FROM chat_duty WHERE session_no IN (" STATS_HOLES ")", nos, STATS_PAGE);
    size_t n = db_rows_count(rows);
    int64_t *days = rows ? calloc(n + 1, sizeof(*days)) : NULL;
    bool ok = days != NULL;

    for (size_t i = 0; ok && i < n; i++)
        days[i] = db_cell_int(rows, i, 0);
    db_rows_free(&rows);
    if (ok && n > 0)
        ok = db_exec(db, "DELETE FROM chat_duty WHERE session_no IN (" STATS_HOLES ")", nos, STATS_PAGE, NULL) && mark_days(db, days, n);
    free(days);
    return ok;
}

/* Who says that they are away (agent_state.h), or is by idleness, is: a stretch of no chat's, as long as notes come. */
static bool note_away(struct db *db, int64_t member_id, int64_t day, int64_t now_ms)
{
    static const char more[] = "UPDATE chat_duty SET until = ? WHERE day = ? AND member_id = ? AND session_no = 0 AND until >= ? AND until < ?"
                               " AND EXISTS (SELECT 1 FROM agent_state t WHERE t.member_id = chat_duty.member_id AND (t.chosen = 'AWAY' OR t.state = 'AWAY')) ORDER BY since DESC LIMIT 1";
    uint64_t affected = 0;

    if (!db_exec(db, more, DB_ARGS(db_time(now_ms), db_int(day), db_int(member_id), db_time(now_ms - ONLINE_FRESH_MS), db_time(now_ms)), &affected))
        return false;
    return affected || db_exec(db, "INSERT IGNORE INTO chat_duty (day, member_id, session_no, since, is_away, until) SELECT ?, member_id, 0, ?, 1, ? FROM agent_state"
                                   " WHERE member_id = ? AND (chosen = 'AWAY' OR state = 'AWAY')",
                               DB_ARGS(db_int(day), db_time(now_ms), db_time(now_ms), db_int(member_id)), NULL);
}

/* The stretch that a note within ONLINE_FRESH_MS goes on, also over midnight. */
bool stats_load_online(struct db *db, int64_t member_id, int64_t now_ms)
{
    static const char more[] = "UPDATE staff_stretch SET until = ? WHERE day = ? AND member_id = ? AND until >= ? AND until < ? ORDER BY since DESC LIMIT 1";
    int64_t day = now_ms / DAY_MS, midnight = day * DAY_MS, fresh = now_ms - ONLINE_FRESH_MS, since = now_ms;
    uint64_t affected = 0;

    if (!db_exec(db, more, DB_ARGS(db_time(now_ms), db_int(day), db_int(member_id), db_time(fresh), db_time(now_ms)), &affected) || !note_away(db, member_id, day, now_ms))
        return false;
    if (affected)
        return true;
    if (fresh < midnight) {
        if (!db_exec(db, more, DB_ARGS(db_time(midnight), db_int(day - 1), db_int(member_id), db_time(fresh), db_time(midnight)), &affected))
            return false;
        since = affected ? midnight : now_ms;
    }
    return db_exec(db, "INSERT IGNORE INTO staff_stretch (day, member_id, since, until) VALUES (?, ?, ?, ?)", DB_ARGS(db_int(day), db_int(member_id), db_time(since), db_time(now_ms)),
                   NULL) &&
           mark_days(db, &day, 1);
}

/* ---- reading ---- */

static bool read_stretches(struct db *db, struct reading *r, int64_t from_day, int64_t to_day)
{
    static const char duties[] = "SELECT member_id, since, until, is_away FROM chat_duty WHERE day >= ? AND day < ? AND (? = 0 OR member_id = ?)";
    static const char online[] = "SELECT member_id, since, until, 2 FROM staff_stretch WHERE day >= ? AND day < ? AND (? = 0 OR member_id = ?)";
    const struct db_arg agent = db_int(r->ask ? r->ask->agent_id : 0);

    for (int which = 0; which < 2; which++) {
        struct db_rows *rows = db_query(db, which ? online : duties, DB_ARGS(db_int(from_day), db_int(to_day), agent, agent));

        if (!rows)
            return false;
        for (size_t i = 0; i < db_rows_count(rows) && !r->has_failed; i++)
            add_stretch(r, db_cell_int(rows, i, 0), (enum kind)db_cell_int(rows, i, 3), db_cell_time(rows, i, 1), db_cell_time(rows, i, 2));
        db_rows_free(&rows);
    }
    return true;
}

/* ---- days ---- */

static enum outcome roll_day(struct db *db, int64_t day)
{
    static const char sql[] = "INSERT INTO agent_load (day, member_id, chat_ms, busy_ms, most, online_ms, away_ms) VALUES (?, ?, ?, ?, ?, ?, ?)";
    struct reading r = {.from_ms = day * DAY_MS, .to_ms = (day + 1) * DAY_MS};
    struct db_rows *rows = db_begin(db) ? db_query(db, "SELECT 1 FROM agent_day WHERE day = ? AND dirty = 1 FOR UPDATE SKIP LOCKED", DB_ARGS(db_int(day))) : NULL;
    bool is_mine = db_rows_count(rows) > 0, ok = rows != NULL;
    struct sum *s, *next;

    db_rows_free(&rows);
    if (ok && is_mine) {
        ok = read_stretches(db, &r, day, day + 1);
        add_up(&r);
        ok = ok && !r.has_failed && db_exec(db, "DELETE FROM agent_load WHERE day = ?", DB_ARGS(db_int(day)), NULL);
        HASH_ITER(hh, r.sums, s, next)
            ok = ok && db_exec(db, sql, DB_ARGS(db_int(day), db_int(s->place.agent_id), db_int(s->load.chat_ms), db_int(s->load.busy_ms), db_int(s->load.most),
                                                db_int(s->load.online_ms), db_int(s->load.away_ms)), NULL);
        ok = ok && db_exec(db, "UPDATE agent_day SET dirty = 0 WHERE day = ?", DB_ARGS(db_int(day)), NULL) && db_commit(db);
    }
    if (db_in_transaction(db))
        db_rollback(db);
    clear(&r);
    return !ok ? OUTCOME_AWAY : is_mine ? OUTCOME_DONE : OUTCOME_SAME;
}

enum outcome stats_load_roll(struct db *db, int64_t now_ms, int64_t until_ms, size_t *done)
{
    struct db_rows *rows = db_query(db, "SELECT day FROM agent_day WHERE dirty = 1 AND day < ? ORDER BY day", DB_ARGS(db_int((now_ms - SETTLE_MS) / DAY_MS)));
    enum outcome outcome = rows ? OUTCOME_DONE : OUTCOME_AWAY;

    *done = 0;
    for (size_t i = 0; i < db_rows_count(rows) && clock_monotonic_ms() <= until_ms && outcome != OUTCOME_AWAY; i++) {
        for (int tries = 1; tries <= DB_TRIES; tries++) {
            outcome = roll_day(db, db_cell_int(rows, i, 0));
            if (outcome != OUTCOME_AWAY || db_last_error(db) != DB_BUSY)
                break;
        }
        *done += outcome == OUTCOME_DONE;
    }
    db_rows_free(&rows);
    return outcome == OUTCOME_AWAY ? OUTCOME_AWAY : OUTCOME_DONE;
}

static bool compare_day(struct db *db, int64_t day, bool *is_same)
{
    struct reading r = {.from_ms = day * DAY_MS, .to_ms = (day + 1) * DAY_MS};
    struct db_rows *rows = db_query(db, "SELECT member_id, chat_ms, busy_ms, most, online_ms, away_ms FROM agent_load WHERE day = ?", DB_ARGS(db_int(day)));
    bool ok = rows && read_stretches(db, &r, day, day + 1);
    struct stats_load stored, *counted;

    add_up(&r);
    *is_same = db_rows_count(rows) == HASH_COUNT(r.sums);
    for (size_t i = 0; ok && i < db_rows_count(rows); i++) {
        stored = (struct stats_load){db_cell_int(rows, i, 1), db_cell_int(rows, i, 2), db_cell_int(rows, i, 3), db_cell_int(rows, i, 4), db_cell_int(rows, i, 5)};
        counted = load_at(&r, 0, db_cell_int(rows, i, 0));
        *is_same = *is_same && counted && memcmp(&stored, counted, sizeof(stored)) == 0;
    }
    ok = ok && !r.has_failed;
    db_rows_free(&rows);
    clear(&r);
    return ok;
}

enum outcome stats_load_compare(struct db *db, int64_t from_ms, int64_t to_ms, size_t *days_r, size_t *different_r)
{
    struct db_rows *rows = db_query(db, "SELECT day FROM agent_day WHERE dirty = 0 AND day >= ? AND day < ? ORDER BY day", DB_ARGS(db_int(from_ms / DAY_MS), db_int(to_ms / DAY_MS)));
    bool ok = rows != NULL, is_same = false;

    *days_r = *different_r = 0;
    for (size_t i = 0; ok && i < db_rows_count(rows); i++) {
        int64_t day = db_cell_int(rows, i, 0);
        struct db_rows *still;

        ok = db_begin_snapshot(db, 60000) && (still = db_query(db, "SELECT 1 FROM agent_day WHERE day = ? AND dirty = 0", DB_ARGS(db_int(day))));
        if (ok && db_rows_count(still) > 0) {
            ok = compare_day(db, day, &is_same);
            *different_r += ok && !is_same;
            ++*days_r;
        }
        if (ok)
            db_rows_free(&still);
        db_rollback(db);
    }
    db_rows_free(&rows);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* ---- an answer ---- */

static bool on_unfixed(void *context, const struct stats_chat *chat, const struct stats_figures *f)
{
    struct reading *r = context;

    (void)f;
    for (int i = 0; i < chat->duties.n && !r->has_failed; i++) {
        const struct stats_duty *d = &chat->duties.list[i];
        int64_t to = d->to_ms < 0 ? r->now_ms : d->to_ms, first = d->from_ms > r->from_ms ? d->from_ms : r->from_ms, last = to < r->to_ms ? to : r->to_ms;

        if (first >= last || (r->ask->agent_id && r->ask->agent_id != d->agent_id))
            continue;
        add_stretch(r, d->agent_id, d->is_away ? KIND_AWAY_FROM : KIND_CHAT, first, last);
        for (int64_t day = first / DAY_MS; day <= (last - 1) / DAY_MS; day++) /* what was added up of these days is not all */
            r->days[day - r->from_ms / DAY_MS] = DAY_DIRTY;
    }
    return !r->has_failed;
}

static bool read_days(struct db *db, struct reading *r, int64_t first, int64_t end)
{
    struct db_rows *rows = db_query(db, "SELECT day, dirty FROM agent_day WHERE day >= ? AND day < ?", DB_ARGS(db_int(first), db_int(end)));

    r->days = rows ? calloc((size_t)(end - first) + 1, 1) : NULL;
    for (size_t i = 0; r->days && i < db_rows_count(rows); i++)
        r->days[db_cell_int(rows, i, 0) - first] = db_cell_int(rows, i, 1) ? DAY_DIRTY : DAY_CLEAN;
    db_rows_free(&rows);
    return r->days != NULL;
}

static int64_t period_of(const struct reading *r, int64_t ms)
{
    return r->ask->group == STATS_GROUP_NONE ? 0 : stats_period(r->ask->zone, r->ask->group, ms);
}

/* Whole, unchanged, and in one period. */
static bool is_sum_day(const struct reading *r, int64_t day, int64_t first)
{
    int64_t from = day * DAY_MS, to = from + DAY_MS;

    return from >= r->from_ms && to <= r->to_ms && r->days[day - first] == DAY_CLEAN && period_of(r, from) == period_of(r, to - 1);
}

static bool read_sums(struct db *db, struct reading *r, int64_t from_day, int64_t to_day)
{
    const struct db_arg agent = db_int(r->ask->agent_id);
    struct db_rows *rows = db_query(db,
                                    "SELECT member_id, SUM(chat_ms), SUM(busy_ms), MAX(most), SUM(online_ms), SUM(away_ms) FROM agent_load WHERE day >= ? AND day < ?"
                                    " AND (? = 0 OR member_id = ?) GROUP BY member_id",
                                    DB_ARGS(db_int(from_day), db_int(to_day), agent, agent));

    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows) && !r->has_failed; i++) {
        struct stats_load *load = load_at(r, period_of(r, from_day * DAY_MS), db_cell_int(rows, i, 0));

        if (!load)
            break;
        load->chat_ms += db_cell_int(rows, i, 1);
        load->busy_ms += db_cell_int(rows, i, 2);
        load->most = db_cell_int(rows, i, 3) > load->most ? db_cell_int(rows, i, 3) : load->most;
        load->online_ms += db_cell_int(rows, i, 4);
        load->away_ms += db_cell_int(rows, i, 5);
    }
    db_rows_free(&rows);
    return true;
}

/* Runs of days of one kind, each by one statement; runs of sums end with their period. */
static bool read_runs(struct db *db, struct reading *r, int64_t first, int64_t end)
{
    bool ok = true;
    int64_t run;

    for (int64_t day = first; ok && day < end && !r->has_failed; day = run) {
        bool is_sum = is_sum_day(r, day, first), is_empty = r->days[day - first] == DAY_EMPTY;

        for (run = day + 1; run < end; run++)
            if (is_sum_day(r, run, first) != is_sum || (r->days[run - first] == DAY_EMPTY) != is_empty || (is_sum && period_of(r, run * DAY_MS) != period_of(r, day * DAY_MS)))
                break;
        if (!is_empty)
            ok = is_sum ? read_sums(db, r, day, run) : read_stretches(db, r, day, run);
    }
    return ok;
}

enum outcome stats_load_read(struct db *db, const struct stats_ask *ask, int64_t now_ms, struct stats_row *rows, size_t n, struct refusal *refusal_r)
{
    struct reading r = {.ask = ask, .from_ms = ask->from_ms, .to_ms = ask->to_ms < now_ms ? ask->to_ms : now_ms, .now_ms = now_ms};
    struct stats_scan open = {.to_ms = LAST_MS, .deadline_ms = clock_monotonic_ms() + STATS_TIME_MS};
    int64_t first = r.from_ms / DAY_MS, end = (r.to_ms + DAY_MS - 1) / DAY_MS;
    enum outcome outcome = OUTCOME_DONE;

    if (r.to_ms > r.from_ms) {
        outcome = read_days(db, &r, first, end) ? stats_scan_unfixed(db, &open, on_unfixed, &r, refusal_r) : OUTCOME_AWAY;
        if (outcome == OUTCOME_DONE && !read_runs(db, &r, first, end))
            outcome = OUTCOME_AWAY;
        add_up(&r);
    }
    for (size_t i = 0; i < n && outcome == OUTCOME_DONE; i++) {
        struct place place = {ask->group == STATS_GROUP_NONE ? 0 : rows[i].period, rows[i].by_id};
        struct sum *s;

        HASH_FIND(hh, r.sums, &place, sizeof(place), s);
        rows[i].has_load = rows[i].by_id != 0;
        rows[i].load = s ? s->load : (struct stats_load){.most = 0};
    }
    if (r.has_failed)
        outcome = OUTCOME_AWAY;
    clear(&r);
    return outcome;
}
