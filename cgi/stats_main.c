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
                                                          "text/html; charset=utf-8", "text/plain; charset=utf-8"};

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

static void answer_table(struct request *q, const struct stats_query *s)
{
    struct refusal refusal = {0};
    struct stats_table table;

    if (!answer_outcome(q, stats_table_make(q->db, q->config, &s->ask, q->lang, &table, &refusal), &refusal))
        return;
    set_type(q, s);
    if (s->format == STATS_JSON)
        stats_write_table_json(answer_body(q), s, &table);
    else if (s->format == STATS_CSV)
        stats_write_table_csv(answer_body(q), s, &table);
    else if (s->format == STATS_TXT)
        stats_write_table_txt(answer_body(q), s, &table);
    else
        stats_html_table(q, s, &table);
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

static void answer_chats(struct request *q, const struct stats_query *s)
{
    struct refusal refusal = {0};
    struct stats_page page = {.lang = q->lang};

    if (!answer_outcome(q, stats_list(q->db, &s->ask, s->is_oldest_first, s->after, s->limit, &page.items, &page.n, &page.next, &refusal), &refusal))
        return;
    set_type(q, s);
    put_link(q, &page.next);
    if (s->format == STATS_JSON)
        stats_write_chats_json(answer_body(q), s, &page);
    else if (s->format == STATS_CSV)
        stats_write_chats_csv(answer_body(q), s, &page);
    else if (s->format == STATS_TXT)
        stats_write_chats_txt(answer_body(q), s, &page);
    else
        stats_html_chats(q, s, &page);
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

static void handle_dashboard(struct request *q)
{
    struct stats_query s = {.view = STATS_LIVE, .format = STATS_HTML, .now_ms = clock_wall_ms()};
    struct stats_table hours = {0}, agents = {0};
    struct refusal refusal = {0};
    struct stats_live live;

    if (zone_open(NULL, q->config->timezone, &s.zone) != ZONE_FOUND) {
        answer_refuse(q, 503, CODE_SERVER, "This server has no time zone data.", NULL);
        return;
    }
    s.ask.zone = s.zone;
    stats_today(s.zone, s.now_ms, &s.ask.from_ms, &s.ask.to_ms);
    s.ask.group = STATS_GROUP_HOUR;
    if (answer_outcome(q, stats_live_read(q->db, q->config, s.zone, s.now_ms, q->lang, &live, &refusal), &refusal) &&
        answer_outcome(q, stats_table_make(q->db, q->config, &s.ask, q->lang, &hours, &refusal), &refusal)) {
        s.ask.group = STATS_GROUP_NONE;
        s.ask.by = STATS_BY_AGENT;
        if (answer_outcome(q, stats_table_make(q->db, q->config, &s.ask, q->lang, &agents, &refusal), &refusal))
            stats_html_dashboard(q, &s, &live, &hours, &agents);
    }
    stats_table_clear(&hours);
    stats_table_clear(&agents);
    stats_query_clear(&s);
}

#define GET_STATS(path, handler, flags, fields) {METHOD_GET, path, handler, ROLE_SUPERVISOR, ROUTE_STATS | (flags), fields, NULL}
#define VIEW(name, fields)                                               \
    GET_STATS("/stats/" name, handle_stats, 0, fields),                  \
    GET_STATS("/stats/" name ".json", handle_stats, 0, fields),          \
    GET_STATS("/stats/" name ".csv", handle_stats, 0, fields),           \
    GET_STATS("/stats/" name ".html", handle_stats, ROUTE_PAGE, fields), \
    GET_STATS("/stats/" name ".txt", handle_stats, 0, fields)

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
    {.pattern = NULL},
};

int main(int argc, char **argv)
{
    static const struct program program = {.name = "stats", .routes = routes};

    return program_main(&program, argc, argv);
}
