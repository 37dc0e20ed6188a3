/* agent_lists: see agent_lists.h. What a row tells beside its session (last line, unread, whose turn it is) comes from the newest rows of its log. */
#include "cgi/agent_lists.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/desk_api.h"
#include "cgi/page.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"

#define ROWS_LOOKED_AT 30
#define LIST_ROWS 100
#define WAITING_ROWS 50 /* the first of the queue, for the first view; static/js/lib/lists.js reads more */
#define OFFERED_ROWS 20
#define LINE_POINTS 80
#define LATE_S 40 /* experience.md: red after 40 s without an answer */

struct glance {
    int64_t pending_ms; /* the customer's oldest unanswered message; -1: none */
    int unread;
    char last_line[LINE_POINTS * 4 + 1];
};

static bool is_talk(const struct message *m)
{
    return (m->kind == KIND_TEXT || m->kind == KIND_FILE) && m->sender_type != 'S';
}

static bool read_glance(struct request *q, const struct session *s, struct glance *g_r)
{
    struct message *rows = NULL;
    size_t n = 0;
    *g_r = (struct glance){.pending_ms = -1};
    if (s->message_count == 0)
        return true;
    if (!answer_outcome(q, message_list(q->db, s->session_no, -1, INT32_MAX, ROWS_LOOKED_AT, &rows, &n), NULL))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!is_talk(&rows[i]))
            continue;
        if (rows[i].sender_type == 'M') {
            g_r->pending_ms = g_r->pending_ms < 0 ? rows[i].cdate_ms : g_r->pending_ms;
            g_r->unread += rows[i].seq > s->admin_read_seq;
        } else {
            g_r->pending_ms = -1;
            g_r->unread = 0; /* who answers has read, by whatever door */
        }
        size_t len = utf8_cut(rows[i].content, rows[i].content_len, LINE_POINTS);
        memcpy(g_r->last_line, rows[i].content, len);
        g_r->last_line[len] = '\0';
    }
    message_free_list(&rows, n);
    return true;
}

static struct json_object *row_data(struct request *q, const struct session *s, const struct glance *g, const struct agent_lists *lists, int64_t now_ms)
{
    struct json_object *row = json_object_new_object();
    bool is_waiting = s->status_id == STATUS_WAITING, is_current = lists->current_id && strcmp(lists->current_id, s->session_id) == 0;
    int64_t since_ms = is_waiting ? s->queue_since_ms : g->pending_ms >= 0 ? g->pending_ms : s->accept_ms;
    int64_t wait_s = since_ms < 0 || since_ms > now_ms ? 0 : (now_ms - since_ms) / 1000;
    char category[401];
    code_name(s->category_id, q->lang, category, sizeof category);
    page_str(row, "sessionId", s->session_id);
    page_str(row, "name", s->member_name);
    page_str(row, "category", category);
    page_str(row, "lastLine", g->last_line[0] ? g->last_line : s->title);
    page_time(row, "since", since_ms);
    page_int(row, "waitS", wait_s);
    page_bool(row, "late", s->hold_since_ms < 0 && wait_s > LATE_S && (is_waiting || g->pending_ms >= 0));
    page_int(row, "unread", g->unread);
    page_int(row, "head", s->message_count);
    page_bool(row, "away", s->member_grace_ms >= 0);
    page_bool(row, "isOffline", s->offline);
    page_bool(row, "isFront", is_waiting && s->queue_front);
    page_time(row, "routedUntil", is_waiting && s->route_admin_id == q->who.member_id && s->route_until_ms > now_ms ? s->route_until_ms : -1);
    page_str(row, "owner", lists->is_all ? s->admin_name : "");
    page_bool(row, "isOwn", s->admin_id == q->who.member_id);
    page_bool(row, "hold", s->hold_since_ms >= 0);
    page_bool(row, "current", is_current);
    page_bool(row, "canAccept", is_waiting && !is_current);
    return row;
}

/* A session with its place in a list of one's own: who has waited longest for an answer comes first, then who was accepted first. */
struct ranked {
    const struct session *session;
    struct glance glance;
};

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    bool xp = x->glance.pending_ms >= 0, yp = y->glance.pending_ms >= 0;
    int64_t xt = xp ? x->glance.pending_ms : x->session->accept_ms, yt = yp ? y->glance.pending_ms : y->session->accept_ms;
    if (xp != yp)
        return xp ? -1 : 1;
    return xt < yt ? -1 : xt > yt;
}

/* The rows of one list. NULL: the answer stands. */
static struct json_object *list_rows(struct request *q, const struct session_filter *filter, const struct agent_lists *lists, size_t *n_r, int64_t *total_r)
{
    struct session *list = NULL;
    struct json_object *rows = json_object_new_array();
    int64_t next, now_ms = clock_wall_ms();
    bool is_fine = answer_outcome(q, session_list(q->db, filter, &list, n_r, &next, total_r), NULL);
    struct ranked *ranked = is_fine ? calloc(*n_r + 1, sizeof *ranked) : NULL;
    is_fine = ranked != NULL;
    for (size_t i = 0; is_fine && i < *n_r; i++) {
        ranked[i].session = &list[i];
        is_fine = read_glance(q, &list[i], &ranked[i].glance);
    }
    if (is_fine && filter->kind != LIST_WAITING)
        qsort(ranked, *n_r, sizeof *ranked, compare_ranked);
    for (size_t i = 0; is_fine && i < *n_r; i++)
        page_push(rows, row_data(q, ranked[i].session, &ranked[i].glance, lists, now_ms));
    free(ranked);
    free(list);
    if (is_fine)
        return rows;
    json_object_put(rows);
    return NULL;
}

static bool is_among(struct json_object *rows, const char *session_id)
{
    bool found = false;
    for (size_t i = 0; i < json_object_array_length(rows) && !found; i++) {
        struct json_object *id = NULL;
        found = json_object_object_get_ex(json_object_array_get_idx(rows, i), "sessionId", &id) && strcmp(json_object_get_string(id), session_id) == 0;
    }
    return found;
}

/* What is offered to the agent may stand far behind: it is shown all the same. False: the answer stands. */
static bool add_offered(struct request *q, struct json_object *waiting, const struct agent_lists *lists)
{
    const struct session_filter offered = {.kind = LIST_WAITING, .routed_to = q->who.member_id, .from_ms = -1, .to_ms = -1, .limit = OFFERED_ROWS};
    const int64_t now_ms = clock_wall_ms();
    struct session *list = NULL;
    size_t n = 0;
    int64_t next;
    bool is_fine = answer_outcome(q, session_list(q->db, &offered, &list, &n, &next, NULL), NULL);
    for (size_t i = 0; is_fine && i < n; i++) {
        struct glance glance;
        if (list[i].route_until_ms <= now_ms || is_among(waiting, list[i].session_id))
            continue;
        is_fine = read_glance(q, &list[i], &glance);
        if (is_fine)
            page_push(waiting, row_data(q, &list[i], &glance, lists, now_ms));
    }
    free(list);
    return is_fine;
}

bool agent_lists_fill(struct request *q, struct json_object *data, const struct agent_lists *lists)
{
    const struct session_filter waiting = {.kind = LIST_WAITING, .from_ms = -1, .to_ms = -1, .limit = lists->waiting_max ? lists->waiting_max : WAITING_ROWS};
    const struct session_filter open = {
        .kind = LIST_ACTIVE, .admin_id = lists->is_all ? 0 : q->who.member_id, .from_ms = -1, .to_ms = -1, .limit = LIST_ROWS};
    size_t n = 0;
    int64_t waiting_total = 0, shown_total = 0;
    struct session_counts all = {0};
    struct json_object *rows = list_rows(q, &waiting, lists, &n, &waiting_total);
    if (!rows)
        return false;
    page_put(data, "waiting", rows);
    if (waiting_total > (int64_t)n && !add_offered(q, rows, lists))
        return false;
    rows = list_rows(q, &open, lists, &n, &shown_total);
    if (!rows)
        return false;
    page_put(data, "mine", rows);
    if (role_is_chief(q->who.role) && !answer_outcome(q, session_count_open(q->db, &all), NULL))
        return false;
    struct json_object *counts = json_object_new_object();
    page_int(counts, "waiting", waiting_total);
    page_int(counts, "shown", shown_total);
    page_int(counts, "all", all.active);
    page_put(data, "counts", counts);
    page_bool(data, "isAll", lists->is_all);
    return desk_page_fill(q, data);
}
