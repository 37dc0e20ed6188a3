/* stats_list: one row a chat, for /stats/chats. Figures come from the same scan as the tables'; who and what the chat was is read for a page. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/stats.h"
#include "lib/chat/stats_rows.h"

struct collect {
    const struct stats_ask *ask;
    struct stats_item *items;
    size_t n, limit;
    bool has_more;
};

static bool collect_chat(void *context, const struct stats_chat *chat, const struct stats_figures *f)
{
    struct collect *c = context;
    struct stats_item *item;

    if (c->ask->agent_id && c->ask->agent_id != f->agent_id)
        return true;
    if (c->n == c->limit) {
        c->has_more = true;
        return false;
    }
    item = &c->items[c->n++];
    *item = (struct stats_item){.session_no = chat->session_no,
                                .cdate_ms = chat->cdate_ms,
                                .end_ms = chat->end_ms >= 0 || chat->status_id != STATUS_COMPLETED ? chat->end_ms : chat->end_row_ms,
                                .category_id = chat->category_id,
                                .status_id = chat->status_id,
                                .exit_reason_id = chat->exit_reason_id,
                                .figures = *f};
    return true;
}

static void copy_cell(char *out, size_t size, const struct db_rows *rows, size_t i, unsigned col)
{
    const char *s = db_cell(rows, i, col, NULL);

    snprintf(out, size, "%s", s ? s : "");
}

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

/* The names of agents. There are few: the last one is mostly the same again. */
static bool name_agents(struct db *db, struct stats_item *items, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct stats_figures *f = &items[i].figures;

        for (size_t k = 0; k < i && f->agent_id && !items[i].agent_name[0]; k++)
            if (items[k].figures.agent_id == f->agent_id)
                memcpy(items[i].agent_name, items[k].agent_name, NICKNAME_SIZE);
        if (f->agent_id && !items[i].agent_name[0] && !stats_member_name(db, f->agent_id, items[i].agent_name, NULL))
            return false;
        if (f->answerer_id == f->agent_id)
            memcpy(items[i].answerer_name, items[i].agent_name, NICKNAME_SIZE);
        else if (f->answerer_id && !stats_member_name(db, f->answerer_id, items[i].answerer_name, NULL))
            return false;
    }
    return true;
}

enum outcome stats_list(struct db *db, const struct stats_ask *ask, bool is_oldest_first, struct stats_cursor after, size_t limit, struct stats_item **items_r,
                        size_t *n_r, struct stats_cursor *next_r, struct refusal *refusal_r)
{
    struct collect c = {.ask = ask, .limit = limit, .items = calloc(limit, sizeof(*c.items))};
    struct stats_scan scan = {.from_ms = ask->from_ms, .to_ms = ask->to_ms, .category_id = ask->category_id, .is_newest_first = !is_oldest_first,
                              .after_ms = after.cdate_ms, .after_no = after.session_no, .deadline_ms = clock_monotonic_ms() + STATS_TIME_MS};
    enum outcome outcome = OUTCOME_AWAY;

    *next_r = (struct stats_cursor){0};
    if (c.items && db_begin_snapshot(db, STATS_TIME_MS)) {
        outcome = code_refresh(db) ? stats_scan_chats(db, &scan, collect_chat, &c, refusal_r) : OUTCOME_AWAY;
        for (size_t i = 0; i < c.n && outcome == OUTCOME_DONE; i += STATS_PAGE)
            if (!describe(db, c.items + i, c.n - i < STATS_PAGE ? c.n - i : STATS_PAGE))
                outcome = OUTCOME_AWAY;
        if (outcome == OUTCOME_DONE && !name_agents(db, c.items, c.n))
            outcome = OUTCOME_AWAY;
        db_rollback(db);
    }
    if (outcome != OUTCOME_DONE) {
        free(c.items);
        return outcome;
    }
    if (c.has_more)
        *next_r = (struct stats_cursor){c.items[c.n - 1].cdate_ms, c.items[c.n - 1].session_no};
    *items_r = c.items;
    *n_r = c.n;
    return OUTCOME_DONE;
}
