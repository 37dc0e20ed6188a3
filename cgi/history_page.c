/* history_page: see history_page.h. */
#include "cgi/history_page.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/desk_page.h"
#include "cgi/entry_part.h"
#include "cgi/history_filter.h"
#include "cgi/identity_part.h"
#include "cgi/match.h"
#include "cgi/note_rows.h"
#include "cgi/page.h"
#include "cgi/rating_api.h"
#include "cgi/session_door.h"
#include "cgi/thread_rows.h"
#include "cgi/transcript_page.h"
#include "lib/chat/code.h"
#include "lib/chat/member_staff.h"
#include "lib/chat/search.h"
#include "lib/chat/session.h"

#define ROWS_SHOWN 20
#define MESSAGES_SHOWN 200
#define ROWS_LOOKED_AT 50 /* among which the first question and answer are looked for */
#define ROWS_BEFORE 20    /* shown before a message that a search found */
#define STEPS_SHOWN 200
#define COUNTED_MAX 10000 /* chats; "more than" so many is enough to know */

const struct field history_page_query[] = {HISTORY_FIELDS, {0}};

enum { Q_AFTER };
const struct field history_page_chat_query[] = {
    [Q_AFTER] = {"after", FIELD_INT, false, 0, INT32_MAX},
    {0},
};

/* ---- what the list tells of a chat ---- */

/* Seconds from the customer's first message to the first human answer; -1: none. Rows ascending. */
static int64_t first_answer_s(const struct message *rows, size_t n)
{
    int64_t asked_ms = -1;
    for (size_t i = 0; i < n; i++) {
        if ((rows[i].kind != KIND_TEXT && rows[i].kind != KIND_FILE) || rows[i].sender_type == 'S')
            continue;
        if (rows[i].sender_type == 'M' && asked_ms < 0)
            asked_ms = rows[i].cdate_ms;
        if (rows[i].sender_type == 'A' && asked_ms >= 0)
            return (rows[i].cdate_ms - asked_ms + 500) / 1000;
    }
    return -1;
}

static bool read_first_answer(struct request *q, const struct session *s, int64_t *frt_s_r)
{
    struct message *rows = NULL;
    size_t n = 0;
    *frt_s_r = -1;
    if (s->first_response_ms < 0)
        return true;
    if (!answer_outcome(q, message_list(q->db, s->session_no, 0, -1, ROWS_LOOKED_AT, &rows, &n), NULL))
        return false;
    *frt_s_r = first_answer_s(rows, n);
    message_free_list(&rows, n);
    return true;
}

static int64_t length_s(int64_t from_ms, int64_t to_ms)
{
    return from_ms >= 0 && to_ms >= from_ms ? (to_ms - from_ms + 500) / 1000 : 0;
}

static void put_answer(struct json_object *row, int64_t frt_s)
{
    page_bool(row, "answered", frt_s >= 0);
    page_int(row, "frtS", frt_s >= 0 ? frt_s : 0);
}

static void put_result(struct json_object *row, const struct session *s, enum lang lang)
{
    char name[401];
    bool is_missed = !s->abandoned && s->first_response_ms < 0;
    code_name(s->exit_reason_id, lang, name, sizeof name);
    page_str(row, "result", s->abandoned ? catalog_text(lang, "Left before an answer") : is_missed ? catalog_text(lang, "Not answered") : name);
    page_bool(row, "good", !s->abandoned && !is_missed && s->exit_reason_id == EXIT_SOLVED);
    page_bool(row, "bad", s->abandoned || is_missed || s->exit_reason_id == EXIT_TIMEOUT);
}

static void put_code_name(struct json_object *row, const char *key, int32_t code_id, enum lang lang)
{
    char name[401];
    code_name(code_id, lang, name, sizeof name);
    page_str(row, key, name);
}

static struct json_object *chat_row(struct request *q, const struct session *s, const struct search_words *words, int64_t frt_s)
{
    struct json_object *row = json_object_new_object();
    struct buf url = BUF_INIT;
    buf_printf(&url, "/history/%s", s->session_id);
    page_str(row, "url", buf_str(&url));
    buf_free(&url);
    page_put(row, "memberName", match_pieces(words, s->member_name));
    page_put(row, "title", match_pieces(words, s->title));
    page_bool(row, "hasLine", false);
    put_code_name(row, "categoryName", s->category_id, q->lang);
    page_str(row, "adminName", s->admin_name);
    page_time(row, "cdate", s->cdate_ms);
    page_int(row, "durS", length_s(s->cdate_ms, s->end_ms));
    put_answer(row, frt_s);
    page_int(row, "messageCount", s->message_count);
    put_result(row, s, q->lang);
    return row;
}

/* The message that a search found, and the way to it within its chat. */
static void put_line(struct json_object *row, const struct session *s, const struct search_words *words, const struct search_hit *hit)
{
    struct buf url = BUF_INIT;
    page_bool(row, "hasLine", true);
    page_put(row, "line", match_pieces(words, hit->text));
    page_bool(row, "isLineOfAgent", hit->sender_type == 'A');
    buf_printf(&url, "/history/%s?after=%d#m%d", s->session_id, hit->seq > ROWS_BEFORE ? (int)hit->seq - ROWS_BEFORE : 0, (int)hit->seq);
    page_str(row, "lineUrl", buf_str(&url));
    buf_free(&url);
}

/* ---- the filter's own fields ---- */

static struct json_object *code_choices(const char *group, const char *id_key, int32_t chosen, enum lang lang)
{
    struct code *list = NULL;
    size_t n = code_list(group, &list);
    struct json_object *choices = json_object_new_array();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, id_key, list[i].code_id);
        page_str(row, "label", list[i].name[lang]);
        page_bool(row, "selected", list[i].code_id == chosen);
        page_push(choices, row);
    }
    free(list);
    return choices;
}

static struct json_object *rating_choices(int32_t chosen)
{
    struct json_object *choices = json_object_new_array();
    for (int score = 5; score >= 1; score--) {
        struct json_object *row = json_object_new_object();
        page_int(row, "score", score);
        page_bool(row, "selected", score == chosen);
        page_push(choices, row);
    }
    return choices;
}

static bool put_filter(struct request *q, struct json_object *data, const struct session_filter *filter)
{
    struct staff *list = NULL;
    size_t n = 0;
    if (!answer_outcome(q, member_staff_list(q->db, &list, &n), NULL))
        return false;
    struct json_object *agents = json_object_new_array(), *form = json_object_new_object();
    for (size_t i = 0; i < n; i++) {
        struct json_object *row = json_object_new_object();
        page_int(row, "memberId", list[i].member_id);
        page_str(row, "name", list[i].nickname);
        page_bool(row, "selected", list[i].member_id == filter->admin_id);
        page_push(agents, row);
    }
    free(list);
    page_put(data, "agents", agents);
    page_put(data, "categories", code_choices(GROUP_CATEGORY, "categoryId", filter->category_id, q->lang));
    page_put(data, "reasons", code_choices(GROUP_EXIT, "codeId", filter->exit_reason_id, q->lang));
    page_str(form, "q", q->query[HISTORY_Q].s);
    page_str(form, "from", q->query[HISTORY_FROM].s);
    page_str(form, "to", q->query[HISTORY_TO].s);
    page_str(form, "customer", q->query[HISTORY_CUSTOMER].s);
    page_str(form, "tag", q->query[HISTORY_TAG].s);
    page_put(data, "form", form);
    page_put(data, "ratings", rating_choices(filter->score));
    return true;
}

/* The query as it was asked, with another cursor (0: none). */
static void put_url(struct request *q, struct json_object *data, const char *key, const char *path, int64_t cursor)
{
    struct buf url = BUF_INIT;
    char sign = '?';
    buf_add_str(&url, path);
    for (const char *p = q->raw_query; *p;) {
        const char *end = p;
        while (*end && *end != '&')
            end++;
        if (end > p && !(end - p >= 7 && p[0] == 'c' && p[1] == 'u' && p[2] == 'r' && p[3] == 's')) {
            buf_add_char(&url, sign);
            buf_add(&url, p, (size_t)(end - p));
            sign = '&';
        }
        p = *end ? end + 1 : end;
    }
    if (cursor > 0)
        buf_printf(&url, "%ccursor=%lld", sign, (long long)cursor);
    page_str(data, key, buf_str(&url));
    buf_free(&url);
}

/* hits NULL: a list without search. */
static bool put_rows(struct request *q, struct json_object *data, const struct session *list, const struct search_hit *hits, size_t n, const struct search_words *words)
{
    struct json_object *chats = json_object_new_array();
    bool is_fine = true;
    for (size_t i = 0; is_fine && i < n; i++) {
        int64_t frt_s;
        is_fine = read_first_answer(q, &list[i], &frt_s);
        if (is_fine) {
            struct json_object *row = chat_row(q, &list[i], words, frt_s);
            if (hits && hits[i].text)
                put_line(row, &list[i], words, &hits[i]);
            page_push(chats, row);
        }
    }
    page_put(data, "chats", chats);
    page_bool(data, "hasChats", n > 0);
    return is_fine;
}

static void put_pages(struct request *q, struct json_object *data, const struct session_filter *filter, int64_t next)
{
    if (next > 0)
        put_url(q, data, "nextUrl", "/history", next);
    if (filter->cursor > 0)
        put_url(q, data, "firstUrl", "/history", 0);
}

static bool put_list(struct request *q, struct json_object *data, const struct session_filter *filter)
{
    const struct search_words no_words = {.n = 0};
    struct session *list = NULL;
    size_t n = 0;
    int64_t next = 0, total = 0;
    if (!answer_outcome(q, session_list(q->db, filter, &list, &n, &next, &total), NULL))
        return false;
    bool is_fine = put_rows(q, data, list, NULL, n, &no_words);
    page_int(data, "total", total == COUNTED_MAX + 1 ? COUNTED_MAX : total);
    page_bool(data, "isMore", total == COUNTED_MAX + 1);
    put_pages(q, data, filter, next);
    free(list);
    return is_fine;
}

static bool put_found(struct request *q, struct json_object *data, const struct session_filter *filter)
{
    struct search_found found;
    struct search_words words = {.n = 0};
    struct refusal refusal = {0};
    const char *query = filter->search ? filter->search : "";
    bool is_fine = answer_outcome(q, search_chats(q->db, &q->who, filter, &found, &refusal), &refusal);
    if (is_fine && search_words_read(query, strlen(query), &words) != SEARCH_WORDS_FINE) {
        answer_away(q); /* memory: the search could read them */
        is_fine = false;
    }
    if (is_fine)
        is_fine = put_rows(q, data, found.list, found.hits, found.n, &words);
    page_int(data, "total", found.total);
    page_bool(data, "isAbout", found.is_about);
    page_bool(data, "isBehind", found.is_behind);
    page_bool(data, "isShort", found.next && found.n < (size_t)filter->limit);
    put_pages(q, data, filter, found.next);
    search_words_clear(&words);
    search_found_clear(&found);
    return is_fine;
}

static bool put_chats(struct request *q, struct json_object *data, const struct session_filter *filter)
{
    static const char *const flags[] = {"isMore", "isAbout", "isBehind", "isShort"};
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        page_bool(data, flags[i], false);
    return history_filter_is_search(filter) ? put_found(q, data, filter) : put_list(q, data, filter);
}

bool history_page_put_top(struct request *q, struct json_object *data)
{
    struct session_counts counts;
    if (!answer_outcome(q, session_count_open(q->db, &counts), NULL))
        return false;
    struct json_object *o = json_object_new_object();
    page_int(o, "waiting", counts.waiting);
    page_put(data, "counts", o);
    page_bool(data, "atHistory", true);
    return true;
}

void history_page_list(struct request *q)
{
    struct session_filter filter;
    struct refusal refusal = {0};
    bool is_right = history_filter_read(q->config, q->query, ROWS_SHOWN, &filter, &refusal);
    if (!is_right) { /* the page again, with all chats and what was wrong */
        filter = (struct session_filter){.kind = LIST_COMPLETED, .from_ms = -1, .to_ms = -1, .limit = ROWS_SHOWN};
    }
    filter.total_max = COUNTED_MAX + 1;
    struct json_object *data = page_data(q);
    if (role_is_chief(q->who.role) && is_right)
        put_url(q, data, "exportUrl", "/history/export", 0);
    if (!is_right)
        page_str(data, "error", answer_text(q, refusal.message));
    if (history_page_put_top(q, data) && put_filter(q, data, &filter) && put_chats(q, data, &filter))
        page_send(q, is_right ? 200 : 400, "history", data);
    else
        json_object_put(data);
}

/* ---- one chat ---- */

static struct json_object *chat_detail(struct request *q, const struct session *s, int64_t frt_s)
{
    struct json_object *chat = json_object_new_object();
    page_str(chat, "sessionId", s->session_id);
    page_str(chat, "memberName", s->member_name);
    page_str(chat, "memberEmail", s->member_email);
    page_str(chat, "adminName", s->admin_name);
    page_str(chat, "title", s->title);
    put_code_name(chat, "categoryName", s->category_id, q->lang);
    put_code_name(chat, "statusName", s->status_id, q->lang);
    put_code_name(chat, "exitReasonName", s->exit_reason_id, q->lang);
    page_time(chat, "cdate", s->cdate_ms);
    page_time(chat, "endTime", s->end_ms);
    page_int(chat, "durS", length_s(s->cdate_ms, s->end_ms));
    page_bool(chat, "accepted", s->accept_ms >= 0);
    page_int(chat, "waitS", length_s(s->cdate_ms, s->accept_ms));
    put_answer(chat, frt_s);
    page_int(chat, "messageCount", s->message_count);
    struct buf url = BUF_INIT;
    buf_printf(&url, "/history?customer=%%23%lld", (long long)s->member_id);
    page_str(chat, "pastUrl", buf_str(&url));
    buf_free(&url);
    return chat;
}

/* The chat's whole life, whichever part of its messages is shown. */
static bool put_steps(struct request *q, struct json_object *data, const struct session *s)
{
    struct message *rows = NULL;
    size_t n = 0;
    if (!answer_outcome(q, message_list_steps(q->db, s->session_no, STEPS_SHOWN + 1, &rows, &n), NULL))
        return false;
    struct json_object *steps = thread_steps(rows, n > STEPS_SHOWN ? STEPS_SHOWN : n, q->lang);
    for (size_t i = 0; steps && i < json_object_array_length(steps); i++) {
        struct json_object *o = json_object_array_get_idx(steps, i), *target = NULL;
        struct buf url = BUF_INIT;
        int seq = json_object_object_get_ex(o, "target", &target) ? json_object_get_int(target) : 0;
        if (seq) {
            buf_printf(&url, "/history/%s?after=%d#m%d", s->session_id, seq > ROWS_BEFORE ? seq - ROWS_BEFORE : 0, seq);
            page_str(o, "url", buf_str(&url));
        } else {
            page_bool(o, "url", false);
        }
        buf_free(&url);
    }
    page_put(data, "steps", steps);
    page_bool(data, "hasMoreSteps", n > STEPS_SHOWN);
    message_free_list(&rows, n);
    return true;
}

void history_page_chat(struct request *q)
{
    struct session s;
    struct message *rows = NULL;
    size_t n = 0;
    int64_t frt_s;
    if (!session_door_find(q, &s))
        return;
    if (s.status_id != STATUS_COMPLETED) {
        answer_redirectf(q, "/agent/chat/%s", s.session_id);
        return;
    }
    int32_t after = (int32_t)q->query[Q_AFTER].i;
    if (!read_first_answer(q, &s, &frt_s) || !answer_outcome(q, message_list(q->db, s.session_no, after, -1, MESSAGES_SHOWN, &rows, &n), NULL))
        return;
    const struct thread_view view = {.lang = q->lang, .own_side = 'A', .other_read_seq = s.member_read_seq};
    struct json_object *data = page_data(q);
    struct json_object *chat = chat_detail(q, &s, frt_s);
    page_put(data, "chat", chat);
    page_bool(chat, "hasDesk", true);
    page_put(data, "messages", thread_rows(rows, n, &view));
    if (n > 0 && rows[n - 1].seq < s.message_count) {
        struct buf url = BUF_INIT;
        buf_printf(&url, "/history/%s?after=%d", s.session_id, (int)rows[n - 1].seq);
        page_str(data, "nextUrl", buf_str(&url));
        buf_free(&url);
    }
    message_free_list(&rows, n);
    if (put_steps(q, data, &s) && identity_part_put(q, chat, s.member_id) && entry_part_put(q, chat, &s) && desk_page_put(q, chat, &s) && note_rows_put(q, data, &s) && rating_put(q, data, &s) && history_page_put_top(q, data))
        page_send(q, 200, "history_chat", data);
    else
        json_object_put(data);
}

/* The talk alone: internal notes are no part of it. */
static const struct transcript_kind transcript = {.base = "/history", .find = session_door_find};

void history_page_transcript_text(struct request *q)
{
    transcript_page_text(q, &transcript);
}

void history_page_transcript(struct request *q)
{
    transcript_page_html(q, &transcript);
}
