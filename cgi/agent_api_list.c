/* agent_api_list: the lists of agent_api.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/agent_api.h"
#include "cgi/answer.h"
#include "cgi/history_filter.h"
#include "cgi/list_cache.h"
#include "cgi/match.h"
#include "lib/base/clock.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/search.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"

#define LIMIT_DEFAULT 50
#define PAGE_SIZE_DEFAULT 20
#define PAGE_MAX 100000

enum { L_CURSOR, L_LIMIT, L_BRIEF };
const struct field agent_api_list_query[] = {
    [L_CURSOR] = {"cursor", FIELD_INT, false, 1, JSON_MAX_INT},
    [L_LIMIT] = {"limit", FIELD_INT, false, 1, 200},
    [L_BRIEF] = {"brief", FIELD_BOOL, false, 0, 0}, /* rows of wire_session_brief() */
    {0},
};

enum { H_PAGE = HISTORY_OWN_TOTAL, H_SIZE, H_DATE, H_REASON, H_SEARCH, H_TOTAL };
const struct field agent_api_history_query[] = {
    HISTORY_FIELDS,
    [H_PAGE] = {"page", FIELD_INT, false, 0, PAGE_MAX},
    [H_SIZE] = {"size", FIELD_INT, false, 1, 200},
    [H_DATE] = {"dateFilter", FIELD_TEXT, false, 0, 40},
    [H_REASON] = {"exitReasonFilter", FIELD_CODE, false, 0, 0},
    [H_SEARCH] = {"search", FIELD_TEXT, false, 0, 800},
    {0},
};

static void write_sessions(struct json_writer *w, const char *key, const struct session *list, size_t n, enum lang lang, bool is_brief)
{
    if (key)
        jw_array_key(w, key);
    else
        jw_array(w);
    for (size_t i = 0; i < n; i++) {
        if (is_brief)
            wire_session_brief(w, &list[i], lang);
        else
            wire_session(w, NULL, &list[i], lang, true);
    }
    jw_array_end(w);
}

/* total: of all pages; negative where nobody counted. */
static void write_paging(struct json_writer *w, int limit, int64_t next, int64_t total)
{
    jw_object_key(w, "paging");
    jw_int(w, "limit", limit);
    if (next > 0) {
        char text[24];
        snprintf(text, sizeof text, "%lld", (long long)next);
        jw_str(w, "next", text);
    } else {
        jw_null(w, "next");
    }
    if (total >= 0)
        jw_int(w, "total", total);
    jw_object_end(w);
}

static void answer_list(struct request *q, const struct session_filter *filter, bool is_brief)
{
    struct session *list = NULL;
    size_t n = 0;
    int64_t next = 0;
    struct json_writer w;
    if (!answer_outcome(q, session_list(q->db, filter, &list, &n, &next, NULL), NULL))
        return;
    answer_envelope(q, 200, &w);
    write_sessions(&w, "data", list, n, q->lang, is_brief);
    write_paging(&w, filter->limit, next, -1);
    answer_envelope_end(q, &w);
    free(list);
}

/* As a list, and beside it "matches", a match.h object for each chat that has one, and "search": {total, isAbout, isBehind}. */
static void answer_search(struct request *q, const struct session_filter *filter)
{
    struct search_found found;
    struct refusal refusal = {0};
    struct json_writer w;
    bool is_fine = answer_outcome(q, search_chats(q->db, &q->who, filter, &found, &refusal), &refusal);
    if (is_fine) {
        answer_envelope(q, 200, &w);
        write_sessions(&w, "data", found.list, found.n, q->lang, false);
        write_paging(&w, filter->limit, found.next, -1);
        if (!match_write_all(&w, filter, &found)) {
            answer_reset(q);
            answer_away(q);
        } else {
            jw_object_key(&w, "search");
            jw_int(&w, "total", found.total);
            jw_bool(&w, "isAbout", found.is_about);
            jw_bool(&w, "isBehind", found.is_behind);
            jw_object_end(&w);
            answer_envelope_end(q, &w);
        }
    }
    search_found_clear(&found);
}

static struct session_filter list_filter(const struct request *q, enum session_list_kind kind, int64_t admin_id)
{
    return (struct session_filter){.kind = kind,
                                   .admin_id = admin_id,
                                   .from_ms = -1,
                                   .to_ms = -1,
                                   .cursor = q->query[L_CURSOR].i,
                                   .limit = q->query[L_LIMIT].is_given ? (int)q->query[L_LIMIT].i : LIMIT_DEFAULT};
}

static void answer_kind(struct request *q, enum session_list_kind kind, int64_t admin_id)
{
    const struct session_filter filter = list_filter(q, kind, admin_id);
    answer_list(q, &filter, q->query[L_BRIEF].i != 0);
}

/* The rows of one page of the queue as a JSON array, and how many wait in all: those that another asker got (list_cache.h), or read. */
static enum outcome read_waiting(struct request *q, const struct session_filter *filter, struct buf *rows, int64_t *next_r, int64_t *total_r)
{
    struct list_cache_key key = {.lang = q->lang, .limit = filter->limit, .cursor = filter->cursor, .is_brief = q->query[L_BRIEF].i != 0};
    struct json_writer w = JSON_WRITER(rows);
    struct session *list = NULL;
    int64_t now_ms = clock_monotonic_ms();
    size_t n = 0;
    enum outcome outcome = session_queue_mark(q->db, &key.mark);
    *total_r = key.mark.count;
    if (outcome != OUTCOME_DONE || list_cache_read(&key, now_ms, rows, next_r))
        return outcome;
    outcome = session_list(q->db, filter, &list, &n, next_r, NULL);
    if (outcome != OUTCOME_DONE)
        return outcome;
    write_sessions(&w, NULL, list, n, q->lang, key.is_brief);
    free(list);
    list_cache_keep(&key, now_ms, rows, *next_r);
    return buf_failed(rows) ? OUTCOME_AWAY : OUTCOME_DONE;
}

void agent_api_waiting(struct request *q)
{
    const struct session_filter filter = list_filter(q, LIST_WAITING, 0);
    struct buf rows = BUF_INIT;
    struct json_writer w;
    int64_t next = 0, total = 0;
    if (answer_outcome(q, read_waiting(q, &filter, &rows, &next, &total), NULL)) {
        answer_envelope(q, 200, &w);
        jw_raw(&w, "data", buf_str(&rows), rows.len);
        write_paging(&w, filter.limit, next, total);
        answer_envelope_end(q, &w);
    }
    buf_free(&rows);
}

void agent_api_active(struct request *q) { answer_kind(q, LIST_ACTIVE, role_is_chief(q->who.role) ? 0 : q->who.member_id); }

void agent_api_completed(struct request *q) { answer_kind(q, LIST_COMPLETED, 0); }

/* ---- history ---- */

static bool any_given(const struct request *q, int from, int to)
{
    for (int i = from; i < to; i++)
        if (q->query[i].is_given)
            return true;
    return false;
}

static bool is_all(const char *s)
{
    return *s == '\0' || strcmp(s, "all") == 0 || strcmp(s, "ALL") == 0;
}

/* The words of existing pages. */
static bool read_page_filter(struct request *q, struct session_filter *filter_r)
{
    const struct value *v = q->query;
    struct code reason;
    int64_t page = v[H_PAGE].i;
    *filter_r = (struct session_filter){.kind = LIST_COMPLETED, .from_ms = -1, .to_ms = -1};
    filter_r->limit = v[H_SIZE].is_given ? (int)v[H_SIZE].i : PAGE_SIZE_DEFAULT;
    filter_r->offset = (int)page * filter_r->limit;
    if (!history_filter_period(q->config, v[H_DATE].s, filter_r)) {
        answer_refuse(q, 400, CODE_INPUT, "The period is today, week, month, all or a date.", "dateFilter");
        return false;
    }
    if (!is_all(v[H_REASON].s)) {
        if (!code_resolve(GROUP_EXIT, v[H_REASON].s, &reason)) {
            answer_refuse(q, 400, CODE_INPUT, "There is no such choice.", "exitReasonFilter");
            return false;
        }
        filter_r->exit_reason_id = reason.code_id;
    }
    filter_r->search = history_filter_text(v[H_SEARCH].s);
    return true;
}

static void write_page(struct request *q, const struct session_filter *filter, const struct session *list, size_t n, int64_t total)
{
    struct json_writer w;
    answer_envelope(q, 200, &w);
    jw_object_key(&w, "data");
    write_sessions(&w, "sessions", list, n, q->lang, false);
    jw_int(&w, "totalElements", total);
    jw_int(&w, "totalPages", (total + filter->limit - 1) / filter->limit);
    jw_int(&w, "page", q->query[H_PAGE].i);
    jw_int(&w, "size", filter->limit);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

static void answer_page(struct request *q)
{
    struct session_filter filter;
    struct search_found found;
    struct refusal refusal = {0};
    struct session *list = NULL;
    size_t n = 0;
    int64_t next, total = 0;
    if (!read_page_filter(q, &filter))
        return;
    if (filter.search) {
        if (answer_outcome(q, search_chats(q->db, &q->who, &filter, &found, &refusal), &refusal))
            write_page(q, &filter, found.list, found.n, found.total);
        search_found_clear(&found);
    } else if (answer_outcome(q, session_list(q->db, &filter, &list, &n, &next, &total), NULL)) {
        write_page(q, &filter, list, n, total);
        free(list);
    }
}

void agent_api_history(struct request *q)
{
    bool is_page = any_given(q, H_PAGE, H_TOTAL), is_own = any_given(q, 0, HISTORY_OWN_TOTAL);
    if (is_page && is_own) {
        answer_refuse(q, 400, CODE_INPUT, "Two sets of parameters can't be mixed.", NULL);
        return;
    }
    if (is_page) {
        answer_page(q);
        return;
    }
    struct session_filter filter;
    struct refusal refusal = {0};
    if (!history_filter_read(q->config, q->query, LIMIT_DEFAULT, &filter, &refusal))
        answer_refusal(q, &refusal);
    else if (history_filter_is_search(&filter))
        answer_search(q, &filter);
    else
        answer_list(q, &filter, false);
}
