#include "lib/chat/history_export.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/chat/audit.h"
#include "lib/chat/db.h"
#include "lib/chat/db_list.h"
#include "lib/chat/search.h"
#include "lib/chat/session.h"

enum outcome history_export_begin(struct db *db, const struct principal *who, const char *purpose, const char *what, struct refusal *refusal_r)
{
    size_t n = strlen(purpose);
    bool ok;

    if (utf8_is_blank(purpose, n))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Please say what the export is for. It is noted in the audit log.", "purpose");
    if (utf8_count(purpose, n) > HISTORY_EXPORT_PURPOSE_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The reason is longer than 200 characters.", "purpose");
    ok = db_begin(db) && audit_add(db, who->member_id, "history.export", purpose, what) && db_commit(db);
    if (db_in_transaction(db))
        db_rollback(db);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

static size_t at_number(const struct history_export_chats *page, int64_t session_no)
{
    size_t low = 0, high = page->n;

    while (low < high) { /* newest first */
        size_t middle = (low + high) / 2;

        if (page->list[middle].session_no > session_no)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool read_scores(struct db *db, struct history_export_chats *page)
{
    static const char *const sql[DB_LIST_SIZES] = DB_LIST_SQL("SELECT session_no, score FROM rating WHERE session_no IN (", ")");

    page->scores = calloc(page->n + 1, sizeof(*page->scores));
    for (size_t i = 0; page->scores && i < page->n; i += DB_LIST_MAX) {
        struct db_arg args[DB_LIST_MAX];
        size_t n = page->n - i < DB_LIST_MAX ? page->n - i : DB_LIST_MAX;

        for (size_t k = 0; k < n; k++)
            args[k] = db_int(page->list[i + k].session_no);
        const struct db_list list = db_list_fill(args, n);
        struct db_rows *rows = db_query(db, sql[list.size], args, list.count);
        if (!rows)
            return false;
        for (size_t k = 0; k < db_rows_count(rows); k++)
            page->scores[at_number(page, db_cell_int(rows, k, 0))] = (int32_t)db_cell_int(rows, k, 1);
        db_rows_free(&rows);
    }
    return page->scores != NULL;
}

static enum outcome read_found(struct db *db, const struct principal *who, const struct session_filter *filter, struct history_export_chats *page, int64_t *next_r,
                               struct refusal *refusal_r)
{
    struct search_found found;
    enum outcome outcome = search_chats(db, who, filter, &found, refusal_r);

    if (outcome == OUTCOME_DONE) {
        page->list = found.list;
        page->n = found.n;
        *next_r = found.next;
        for (size_t i = 0; i < found.n; i++)
            free(found.hits[i].text);
        free(found.hits);
    }
    return outcome;
}

enum outcome history_export_read(struct db *db, const struct principal *who, struct session_filter *filter, struct history_export_chats *page_r, struct refusal *refusal_r)
{
    enum outcome outcome;
    int64_t next = 0;

    memset(page_r, 0, sizeof(*page_r));
    filter->limit = HISTORY_EXPORT_PAGE;
    if (filter->search || filter->customer)
        outcome = read_found(db, who, filter, page_r, &next, refusal_r);
    else
        outcome = session_list(db, filter, &page_r->list, &page_r->n, &next, NULL);
    if (outcome == OUTCOME_DONE && !read_scores(db, page_r))
        outcome = OUTCOME_AWAY;
    if (outcome != OUTCOME_DONE)
        history_export_clear(page_r);
    else
        filter->cursor = next;
    return outcome;
}

void history_export_clear(struct history_export_chats *page)
{
    free(page->list);
    free(page->scores);
    memset(page, 0, sizeof(*page));
}
