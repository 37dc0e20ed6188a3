/* stats_main: the program for those who look at the figures: /dashboard and /stats/NAME.FORMAT. Reads only. Every answer but the dashboard carries an
 * ETag over all that it says except when it was made, so that a poll of unchanged figures costs a 304. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/etag.h"
#include "cgi/page.h"
#include "cgi/program.h"
#include "cgi/route.h"
#include "cgi/stats_html.h"
#include "cgi/stats_query.h"
#include "cgi/stats_sheet.h"
#include "cgi/stats_svg.h"
#include "cgi/stats_write.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/config.h"

/* Every answer but the dashboard may be kept by who asked, and is asked for again. */
static void finish(struct request *q)
{
    if (q->answer.status != 200 || buf_failed(answer_body(q)) || answer_body(q)->len == 0)
        return;
    answer_header(q, "Cache-Control", "private, no-cache");
    answer_header(q, "Vary", "Accept, Accept-Language, Cookie, Authorization");
    etag_answer(q, "generatedAt");
}

/* ---- answers ---- */

static void set_type(struct request *q, const struct stats_query *s)
{
    static const char *const types[STATS_FORMAT_TOTAL] = {"application/json; charset=utf-8", "text/csv; charset=utf-8; header=present",
                                                          "text/html; charset=utf-8", "text/plain; charset=utf-8", "image/svg+xml; charset=utf-8"};

    answer_type(q, types[s->format]);
    if (s->format == STATS_CSV)
        answer_header(q, "Content-Disposition", "attachment; filename=\"%s.csv\"", stats_view_name(s->view));
}

static void answer_live(struct request *q, const struct stats_query *s)
{
    struct refusal refusal = {0};
    struct stats_live live;

    if (!answer_outcome(q, stats_live_read(q->db, q->config, s->zone, s->now_ms, q->lang, &live, &refusal), &refusal))
        return;
    set_type(q, s);
    if (s->format == STATS_JSON)
        stats_write_live_json(answer_body(q), s, &live);
    else if (s->format == STATS_CSV)
        stats_write_live_csv(answer_body(q), s, &live);
    else if (s->format == STATS_TXT)
        stats_write_live_txt(answer_body(q), s, &live);
    else
        stats_html_live(q, s, &live);
}

static bool make_table(struct request *q, const struct stats_ask *ask, struct stats_table *table)
{
    struct refusal refusal = {0};

    return answer_outcome(q, stats_table_make(q->db, q->config, ask, q->lang, table, &refusal), &refusal);
}

static void answer_table(struct request *q, const struct stats_query *s)
{
    struct stats_table table = {0}, before = {0};
    const struct stats_table *other = s->has_compare ? &before : NULL;

    if (make_table(q, &s->ask, &table) && (!other || make_table(q, &s->previous, &before))) {
        set_type(q, s);
        if (s->format == STATS_JSON)
            stats_write_table_json(answer_body(q), s, &table, other);
        else if (s->format == STATS_CSV)
            stats_write_table_csv(answer_body(q), s, &table, other);
        else if (s->format == STATS_TXT)
            stats_write_table_txt(answer_body(q), s, &table, other);
        else if (s->format == STATS_SVG)
            stats_write_table_svg(answer_body(q), s, &table, q->lang);
        else
            stats_html_table(q, s, &table, other);
    }
    stats_table_clear(&table);
    stats_table_clear(&before);
}

static bool make_sheet(struct request *q, const struct stats_query *s, const struct stats_table *table, struct stats_sheet *sheet)
{
    struct stats_queue queue;
    bool ok;

    if (s->view != STATS_QUEUE)
        return stats_sheet_make(s, table, sheet);
    ok = stats_queue_read(q->db, s->now_ms, &queue) && stats_sheet_make_queue(table, &queue, q->lang, sheet);
    free(queue.list);
    return ok;
}

static void answer_sheet(struct request *q, const struct stats_query *s)
{
    struct stats_sheet sheet = {0};
    struct stats_table table = {0};

    if (make_table(q, &s->ask, &table)) {
        if (!make_sheet(q, s, &table, &sheet)) {
            answer_away(q);
        } else {
            set_type(q, s);
            if (s->format == STATS_JSON)
                stats_write_sheet_json(answer_body(q), s, &sheet);
            else if (s->format == STATS_CSV)
                stats_write_sheet_csv(answer_body(q), s, &sheet);
            else if (s->format == STATS_TXT)
                stats_write_sheet_txt(answer_body(q), s, &sheet);
            else
                stats_html_sheet(q, s, &sheet);
        }
    }
    stats_sheet_clear(&sheet);
    stats_table_clear(&table);
}

/* The address of the next page (RFC 8288), with all that was asked for but the old cursor. */
static void put_link(struct request *q, const struct stats_cursor *next)
{
    char cursor[STATS_CURSOR_SIZE];
    struct buf url = BUF_INIT;

    stats_cursor_text(*next, cursor);
    if (!cursor[0])
        return;
    buf_printf(&url, "%s?", q->path);
    for (const char *p = q->raw_query; *p;) {
        size_t n = strcspn(p, "&");

        if (strncmp(p, "cursor=", 7) && n > 0) {
            buf_add(&url, p, n);
            buf_add_char(&url, '&');
        }
        p += n + (p[n] == '&');
    }
    if (!strpbrk(buf_str(&url), "<>\" \\")) /* what a browser would have encoded can't stand in the header */
        answer_header(q, "Link", "<%scursor=%s>; rel=\"next\"", buf_str(&url), cursor);
    buf_free(&url);
}

static bool read_page(struct request *q, const struct stats_query *s, const struct stats_list_ask *list, struct stats_page *page, enum outcome *outcome_r, struct refusal *refusal)
{
    *outcome_r = stats_list(q->db, q->config, &s->ask, list, &page->items, &page->n, &page->next, refusal);
    return *outcome_r == OUTCOME_DONE;
}

/* An export of any length, a page of rows at a time, so that memory stays what one page takes. Each page is a moment of its own; the places where they meet
 * are those of the list, so no chat is there twice or missing that was there all the time. */
static void stream_chats(struct request *q, const struct stats_query *s)
{
    struct stats_list_ask list = s->list;
    struct stats_page page = {.lang = q->lang};
    struct refusal refusal = {0};
    enum outcome outcome;
    struct buf text = BUF_INIT;
    bool goes_on = read_page(q, s, &list, &page, &outcome, &refusal);

    if (!goes_on) {
        answer_outcome(q, outcome, &refusal);
        return;
    }
    set_type(q, s);
    answer_header(q, "Cache-Control", "private, no-cache");
    stats_write_chats_csv_head(&text, s);
    goes_on = answer_stream(q, -1) && !q->is_head;
    while (goes_on) {
        stats_write_chats_csv(&text, &page);
        free(page.items);
        page.items = NULL;
        goes_on = !buf_failed(&text) && answer_write(q, text.p, text.len);
        buf_reset(&text);
        list.after = page.next;
        if (!goes_on || !list.after.session_no)
            break;
        goes_on = read_page(q, s, &list, &page, &outcome, &refusal);
    }
    free(page.items);
    buf_free(&text);
    if (!goes_on && !q->is_head)
        answer_cut(q);
}

static void answer_chats(struct request *q, const struct stats_query *s)
{
    struct refusal refusal = {0};
    struct stats_page page = {.lang = q->lang};
    enum outcome outcome;

    if (s->is_stream) {
        stream_chats(q, s);
        return;
    }
    if (!read_page(q, s, &s->list, &page, &outcome, &refusal)) {
        answer_outcome(q, outcome, &refusal);
        return;
    }
    set_type(q, s);
    put_link(q, &page.next);
    if (s->format == STATS_JSON) {
        stats_write_chats_json(answer_body(q), s, &page);
    } else if (s->format == STATS_CSV) {
        stats_write_chats_csv_head(answer_body(q), s);
        stats_write_chats_csv(answer_body(q), &page);
    } else if (s->format == STATS_TXT) {
        stats_write_chats_txt(answer_body(q), s, &page);
    } else {
        stats_html_chats(q, s, &page);
    }
    free(page.items);
}

/* ---- handlers ---- */

static void handle_stats(struct request *q)
{
    struct stats_query s;

    if (stats_query_read(q, &s)) {
        if (s.view == STATS_LIVE)
            answer_live(q, &s);
        else if (s.view == STATS_CHATS)
            answer_chats(q, &s);
        else if (s.view == STATS_MESSAGES || s.view == STATS_QUEUE || s.view == STATS_CSAT)
            answer_sheet(q, &s);
        else
            answer_table(q, &s);
        finish(q);
    }
    stats_query_clear(&s);
}

static void handle_help(struct request *q)
{
    stats_html_help(q);
    finish(q);
}

/* The definitions for programs and terminals. */
static void handle_help_txt(struct request *q)
{
    struct buf *out = answer_body(q);

    answer_type(q, "text/plain; charset=utf-8");
    for (const struct stats_definition *d = stats_definitions; d->name; d++)
        buf_printf(out, "%s (%s)\n    %s\n", d->name, answer_text(q, d->term), answer_text(q, d->text));
    finish(q);
}

static void handle_index(struct request *q)
{
    answer_redirect(q, "/stats/");
}

static struct stats_ask board_ask(const struct stats_query *s, int64_t from_ms, int64_t to_ms, enum stats_group group, enum stats_by by)
{
    return (struct stats_ask){.zone = s->zone, .from_ms = from_ms, .to_ms = to_ms, .group = group, .by = by};
}

/* Days are counted back by the calendar: the zone may change its clocks between them. */
static bool make_board(struct request *q, struct stats_query *s, struct stats_board *b)
{
    int64_t today, tomorrow, week, before, month, last, last_to;
    struct stats_ask ask;

    stats_today(s->zone, s->now_ms, &today, &tomorrow);
    stats_moment(s->zone, "-6d", s->now_ms, &week);
    stats_today(s->zone, week, &week, &last);
    stats_span_before(s->zone, week, tomorrow, &before, &last);
    stats_moment(s->zone, "-27d", s->now_ms, &month);
    stats_today(s->zone, month, &month, &last);
    stats_moment(s->zone, "-7d", s->now_ms, &last);
    stats_today(s->zone, last, &last, &last_to);
    s->ask = board_ask(s, today, tomorrow, STATS_GROUP_HOUR, STATS_BY_NONE);
    s->list_ask[0] = board_ask(s, month, tomorrow, STATS_GROUP_WEEKDAY_HOUR, STATS_BY_NONE);
    s->list_ask[1] = board_ask(s, week, tomorrow, STATS_GROUP_NONE, STATS_BY_AGENT);
    if (!make_table(q, &s->ask, &b->hours) || !make_table(q, &s->list_ask[0], &b->week) || !make_table(q, &s->list_ask[1], &b->agents))
        return false;
    ask = board_ask(s, last, last_to, STATS_GROUP_HOUR, STATS_BY_NONE);
    if (!make_table(q, &ask, &b->last_hours))
        return false;
    ask = board_ask(s, week, tomorrow, STATS_GROUP_DAY, STATS_BY_NONE);
    if (!make_table(q, &ask, &b->days))
        return false;
    ask = board_ask(s, before, week, STATS_GROUP_DAY, STATS_BY_NONE);
    return make_table(q, &ask, &b->last_days);
}

static void handle_dashboard(struct request *q)
{
    struct stats_query s = {.view = STATS_LIVE, .format = STATS_HTML, .now_ms = clock_wall_ms(), .chart = -1};
    struct stats_board board = {0};
    struct refusal refusal = {0};
    struct stats_live live;

    if (zone_open(NULL, q->config->timezone, &s.zone) != ZONE_FOUND) {
        answer_refuse(q, 503, CODE_SERVER, "This server has no time zone data.", NULL);
        return;
    }
    if (answer_outcome(q, stats_live_read(q->db, q->config, s.zone, s.now_ms, q->lang, &live, &refusal), &refusal) && make_board(q, &s, &board))
        stats_html_dashboard(q, &s, &live, &board);
    stats_table_clear(&board.hours);
    stats_table_clear(&board.last_hours);
    stats_table_clear(&board.days);
    stats_table_clear(&board.last_days);
    stats_table_clear(&board.week);
    stats_table_clear(&board.agents);
    stats_query_clear(&s);
}

#define GET_STATS(path, handler, flags, fields) {METHOD_GET, path, handler, ROLE_SUPERVISOR, ROUTE_STATS | (flags), fields, NULL}
#define VIEW(name, fields)                                               \
    GET_STATS("/stats/" name, handle_stats, 0, fields),                  \
    GET_STATS("/stats/" name ".json", handle_stats, 0, fields),          \
    GET_STATS("/stats/" name ".csv", handle_stats, 0, fields),           \
    GET_STATS("/stats/" name ".html", handle_stats, ROUTE_PAGE, fields), \
    GET_STATS("/stats/" name ".txt", handle_stats, 0, fields)
#define PICTURE(name) GET_STATS("/stats/" name ".svg", handle_stats, 0, stats_table_fields)

static const struct route routes[] = {
    GET_STATS("/dashboard", handle_dashboard, ROUTE_PAGE, NULL),
    GET_STATS("/stats", handle_index, ROUTE_PAGE, NULL),
    GET_STATS("/stats/", handle_stats, ROUTE_PAGE, stats_table_fields),
    GET_STATS("/stats/help", handle_help, ROUTE_PAGE, NULL),
    GET_STATS("/stats/help.txt", handle_help_txt, 0, NULL),
    VIEW("live", stats_live_fields),
    VIEW("summary", stats_table_fields),
    VIEW("agents", stats_table_fields),
    VIEW("categories", stats_table_fields),
    VIEW("hours", stats_table_fields),
    VIEW("chats", stats_chats_fields),
    VIEW("messages", stats_table_fields),
    VIEW("queue", stats_queue_fields),
    VIEW("csat", stats_table_fields),
    PICTURE("summary"),
    PICTURE("agents"),
    PICTURE("categories"),
    PICTURE("hours"),
    {.pattern = NULL},
};

int main(int argc, char **argv)
{
    static const struct program program = {.name = "stats", .routes = routes};

    return program_main(&program, argc, argv);
}
