#include "cgi/stats_html.h"

#include <stdio.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/bar_chart.h"
#include "cgi/page.h"
#include "cgi/route.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"

#define BARS_MAX 200
#define LATE_S 40 /* from here on a waiting customer is shown in red, as in the console */

static const char *const view_titles[STATS_VIEW_TOTAL] = {N_("Now"), N_("Summary"), N_("Agents"), N_("Categories"), N_("Hours"), N_("Single chats")};
static const char *const figure_titles[FIGURE_TOTAL] = {N_("Waiting time"), N_("First answer"), N_("Mean answer time"), N_("Longest answer time"), N_("Handling time"), N_("Whole time")};
static const char *const group_titles[STATS_GROUP_TOTAL] = {N_("Nothing"), N_("Hour"), N_("Day"), N_("Week"), N_("Month"), N_("Weekday and hour")};

/* ---- texts ---- */

/* 0:22, 1:02:03; a dash for nothing */
static const char *span_text(int64_t ns, char *out, size_t size)
{
    int64_t s = (ns + 500000000) / 1000000000;

    if (ns < 0)
        snprintf(out, size, "–");
    else if (s < 3600)
        snprintf(out, size, "%d:%02d", (int)(s / 60), (int)(s % 60));
    else
        snprintf(out, size, "%lld:%02d:%02d", (long long)(s / 3600), (int)(s / 60 % 60), (int)(s % 60));
    return out;
}

static void local_text(const struct zone *z, int64_t ms, char *out, size_t size)
{
    int64_t local = ms / 1000 + zone_offset(z, ms / 1000), day = local / 86400;
    int year, month, date;

    clock_date_of_day(day, &year, &month, &date);
    snprintf(out, size, "%04d-%02d-%02d %02d:%02d", year, month, date, (int)(local % 86400 / 3600), (int)(local % 3600 / 60));
}

/* ---- links ---- */

static void add_value(struct buf *out, const char *name, const char *s)
{
    buf_printf(out, "%c%s=", strchr(buf_str(out), '?') ? '&' : '?', name);
    for (; *s; s++)
        if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || strchr("-._~", *s))
            buf_add_char(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
}

/* The same question for another view or format: what was given and that view knows. */
static void link_to(struct request *q, enum stats_view view, const char *format, struct buf *out)
{
    const struct field *from = q->route->query, *known = view == STATS_LIVE ? stats_live_fields : view == STATS_CHATS ? stats_chats_fields : stats_table_fields;
    bool is_same_view = strstr(q->path, stats_view_name(view)) != NULL;

    buf_reset(out);
    buf_printf(out, "/stats/%s.%s", stats_view_name(view), format);
    for (int i = 0; from && from[i].name; i++) {
        bool is_own = !strcmp(from[i].name, "group") || !strcmp(from[i].name, "by") || !strcmp(from[i].name, "limit") || !strcmp(from[i].name, "cursor");

        if (!q->query[i].is_given || (is_own && !is_same_view) || !strcmp(from[i].name, "cursor"))
            continue;
        for (const struct field *f = known; f->name; f++)
            if (!strcmp(f->name, from[i].name)) {
                char number[24];

                snprintf(number, sizeof(number), "%lld", (long long)q->query[i].i);
                if (from[i].type == FIELD_INT)
                    add_value(out, f->name, number);
                else if (q->query[i].len > 0)
                    add_value(out, f->name, q->query[i].s);
            }
    }
}

/* ---- pieces ---- */

static void add_tile(struct json_object *tiles, const char *key, const char *label, const char *value, const char *unit, const char *note, const char *url, bool late)
{
    struct json_object *o = json_object_new_object();

    page_str(o, "key", key);
    page_str(o, "label", label);
    page_str(o, "value", value);
    page_str(o, "unit", unit);
    page_str(o, "note", note);
    page_str(o, "url", url);
    page_bool(o, "late", late);
    page_push(tiles, o);
}

static void count_tile(struct request *q, struct json_object *tiles, const char *key, const char *label, int64_t value, const char *note, const char *url, bool late)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)value);
    add_tile(tiles, key, answer_text(q, label), text, "", note, url, late);
}

static void add_column(struct json_object *columns, const char *label, bool is_number)
{
    struct json_object *o = json_object_new_object();

    page_str(o, "label", label);
    page_bool(o, "number", is_number);
    page_push(columns, o);
}

/* The first cell of a row is its head; url NULL: no link. */
static void add_cell(struct json_object *cells, const char *text, bool is_number, const char *url)
{
    struct json_object *o = json_object_new_object();

    page_str(o, "text", text);
    page_bool(o, "number", is_number);
    page_bool(o, "head", json_object_array_length(cells) == 0);
    page_put(o, "url", url ? json_object_new_string(url) : NULL);
    page_push(cells, o);
}

static struct json_object *add_row(struct json_object *rows)
{
    struct json_object *row = json_object_new_object(), *cells = json_object_new_array();

    page_put(row, "cells", cells);
    page_push(rows, row);
    return cells;
}

static void add_count(struct json_object *cells, int64_t v)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)v);
    add_cell(cells, text, true, NULL);
}

static void add_span(struct json_object *cells, int64_t ns)
{
    char text[40];

    add_cell(cells, span_text(ns, text, sizeof(text)), true, NULL);
}

/* One row alone: its six figures, each with all its measures. */
static void put_one_row(struct request *q, struct json_object *data, const struct stats_row *row)
{
    static const char *const heads[] = {N_("Figure"), "n", N_("Mean"), N_("Median"), N_("90 %"), N_("Longest")};
    struct json_object *columns = json_object_new_array(), *rows = json_object_new_array(), *cells;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        add_column(columns, answer_text(q, heads[i]), i > 0);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        cells = add_row(rows);
        add_cell(cells, answer_text(q, figure_titles[f]), false, NULL);
        add_count(cells, row->dist[f].n);
        add_span(cells, row->dist[f].mean_ns);
        add_span(cells, row->dist[f].median_ns);
        add_span(cells, row->dist[f].p90_ns);
        add_span(cells, row->dist[f].max_ns);
    }
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
}

/* Several rows: the counts, and of each figure the median and the 90 %. CSV has the rest. */
static void put_rows(struct request *q, struct json_object *data, const char *head, const struct stats_table *table)
{
    static const char *const counts[] = {N_("Chats"), N_("Missed"), N_("Abandoned"), N_("Dropped")};
    struct json_object *columns = json_object_new_array(), *rows = json_object_new_array(), *cells;
    char label[160];

    add_column(columns, head, false);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        add_column(columns, answer_text(q, counts[i]), true);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        snprintf(label, sizeof(label), "%s, %s", answer_text(q, figure_titles[f]), answer_text(q, "Median"));
        add_column(columns, label, true);
        snprintf(label, sizeof(label), "%s, %s", answer_text(q, figure_titles[f]), answer_text(q, "90 %"));
        add_column(columns, label, true);
    }
    for (size_t i = 0; i < table->n; i++) {
        const struct stats_row *row = &table->rows[i];

        cells = add_row(rows);
        add_cell(cells, row->label, false, NULL);
        add_count(cells, row->chats);
        add_count(cells, row->missed);
        add_count(cells, row->abandoned);
        add_count(cells, row->dropped);
        for (int f = 0; f < FIGURE_TOTAL; f++) {
            add_span(cells, row->dist[f].median_ns);
            add_span(cells, row->dist[f].p90_ns);
        }
    }
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
}

/* Chats per period as bars; nothing for tables that are not by period, or too long to look at. */
static struct json_object *chart_of(struct request *q, enum stats_group group, const struct stats_table *table)
{
    struct bar bars[BARS_MAX];
    char titles[BARS_MAX][STATS_KEY_SIZE + 48], labels[BARS_MAX][STATS_KEY_SIZE], summary[300];
    size_t each = (table->n + 7) / 8, most = 0; /* eight labels find room on a phone */

    if (group == STATS_GROUP_NONE || table->n < 2 || table->n > BARS_MAX)
        return NULL;
    for (size_t i = 0; i < table->n; i++) {
        const struct stats_row *row = &table->rows[i];
        const char *key = row->key;

        if (group == STATS_GROUP_HOUR)
            snprintf(labels[i], sizeof(labels[i]), "%.2s", key + 11);
        else if (group == STATS_GROUP_WEEKDAY_HOUR)
            snprintf(labels[i], sizeof(labels[i]), "%.20s", row->label);
        else
            snprintf(labels[i], sizeof(labels[i]), "%.20s", key + 5);
        if (i % each)
            labels[i][0] = '\0';
        snprintf(titles[i], sizeof(titles[i]), "%.60s: %lld", row->label, (long long)row->chats);
        bars[i] = (struct bar){labels[i], titles[i], row->chats};
        if (row->chats > table->rows[most].chats)
            most = i;
    }
    snprintf(summary, sizeof(summary), "%s. %s: %s", answer_text(q, "Chats by period"), answer_text(q, "Most"), titles[most]);
    return bar_chart(bars, table->n, summary);
}

static struct json_object *definitions(struct request *q)
{
    struct json_object *list = json_object_new_array(), *o;

    for (const struct stats_definition *d = stats_definitions; d->name; d++) {
        o = json_object_new_object();
        page_str(o, "term", answer_text(q, d->term));
        page_str(o, "text", answer_text(q, d->text));
        page_push(list, o);
    }
    return list;
}

static void put_groups(struct request *q, const struct stats_query *s, struct json_object *data)
{
    struct json_object *groups = json_object_new_object(), *options = json_object_new_array(), *o;

    for (int i = 0; i < STATS_GROUP_TOTAL; i++) {
        if (s->view == STATS_HOURS && i != STATS_GROUP_HOUR && i != STATS_GROUP_WEEKDAY_HOUR)
            continue;
        o = json_object_new_object();
        page_str(o, "value", stats_group_name((enum stats_group)i));
        page_str(o, "label", answer_text(q, group_titles[i]));
        page_bool(o, "selected", (int)s->ask.group == i);
        page_push(options, o);
    }
    page_put(groups, "options", options);
    page_put(data, "groups", groups);
}

static void put_form(struct json_object *data, const struct stats_query *s)
{
    struct json_object *form = json_object_new_object();
    char date[40];

    local_text(s->zone, s->ask.from_ms, date, sizeof(date));
    date[10] = '\0';
    page_str(form, "from", date);
    local_text(s->zone, s->ask.to_ms + 86399999, date, sizeof(date)); /* a day that has begun is in */
    date[10] = '\0';
    page_str(form, "to", date);
    page_put(data, "form", form);
}

/* What all pages of figures have. */
static struct json_object *frame(struct request *q, const struct stats_query *s)
{
    static const struct {
        const char *hole;
        enum stats_format format;
    } links[] = {{"csvUrl", STATS_CSV}, {"jsonUrl", STATS_JSON}, {"txtUrl", STATS_TXT}};
    struct json_object *data = page_data(q), *list = json_object_new_array(), *o;
    char from[40], to[40], period[100];
    struct buf url = BUF_INIT;

    local_text(s->zone, s->ask.from_ms, from, sizeof(from));
    local_text(s->zone, s->ask.to_ms, to, sizeof(to));
    snprintf(period, sizeof(period), "%s ~ %s", from, to);
    page_str(data, "title", answer_text(q, view_titles[s->view]));
    page_str(data, "caption", answer_text(q, view_titles[s->view]));
    page_str(data, "period", period);
    page_str(data, "tz", zone_name(s->zone));
    page_bool(data, "atStats", true);
    for (int v = 0; v < STATS_VIEW_TOTAL; v++) {
        link_to(q, (enum stats_view)v, "html", &url);
        o = json_object_new_object();
        page_str(o, "url", buf_str(&url));
        page_str(o, "label", answer_text(q, view_titles[v]));
        page_bool(o, "current", v == (int)s->view);
        page_push(list, o);
    }
    page_put(data, "views", list);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        link_to(q, s->view, stats_format_name(links[i].format), &url);
        page_str(data, links[i].hole, buf_str(&url));
    }
    buf_reset(&url);
    buf_printf(&url, "/stats/%s.html", stats_view_name(s->view == STATS_LIVE ? STATS_SUMMARY : s->view));
    page_str(data, "formUrl", buf_str(&url));
    buf_free(&url);
    put_form(data, s);
    page_put(data, "definitions", definitions(q));
    return data;
}

static void put_totals(struct request *q, struct json_object *data, const struct stats_table *table)
{
    struct json_object *tiles = json_object_new_array();
    int64_t chats = 0, missed = 0, abandoned = 0, dropped = 0;

    for (size_t i = 0; i < table->n; i++) {
        chats += table->rows[i].chats;
        missed += table->rows[i].missed;
        abandoned += table->rows[i].abandoned;
        dropped += table->rows[i].dropped;
    }
    count_tile(q, tiles, "chats", N_("Chats"), chats, "", "/stats/chats.html", false);
    count_tile(q, tiles, "missed", N_("Missed"), missed, "", "/stats/chats.html", false);
    count_tile(q, tiles, "abandoned", N_("Abandoned"), abandoned, "", "/stats/chats.html", false);
    count_tile(q, tiles, "dropped", N_("Dropped"), dropped, "", "/stats/chats.html", false);
    page_bool(data, "hasTiles", true);
    page_put(data, "tiles", tiles);
}

/* ---- pages ---- */

void stats_html_table(struct request *q, const struct stats_query *s, const struct stats_table *table)
{
    struct json_object *data = frame(q, s);
    const char *head = s->ask.by == STATS_BY_AGENT ? N_("Agent") : s->ask.by == STATS_BY_CATEGORY ? N_("Category") : N_("Period");

    put_groups(q, s, data);
    put_totals(q, data, table);
    if (s->ask.by == STATS_BY_NONE && table->n == 1)
        put_one_row(q, data, &table->rows[0]);
    else
        put_rows(q, data, answer_text(q, head), table);
    if (s->ask.by == STATS_BY_NONE)
        page_put(data, "chart", chart_of(q, s->ask.group, table));
    page_send(q, 200, "stats", data);
}

static struct json_object *live_tiles(struct request *q, const struct stats_live *live)
{
    struct json_object *tiles = json_object_new_array();
    char text[40];

    count_tile(q, tiles, "waiting", N_("Waiting"), live->waiting, answer_text(q, "Now"), "/agent", live->waiting > 0 && live->longest_wait_s > LATE_S);
    add_tile(tiles, "longest_wait_s", answer_text(q, "Longest wait"), span_text(live->longest_wait_s < 0 ? -1 : live->longest_wait_s * 1000000000, text, sizeof(text)), "", answer_text(q, "Now"),
             "/agent", live->longest_wait_s > LATE_S);
    count_tile(q, tiles, "active", N_("Active"), live->active, answer_text(q, "Now"), "/agent?list=all", false);
    count_tile(q, tiles, "agents_online", N_("Agents online"), live->agents_online, answer_text(q, "Now"), "/stats/agents.html", false);
    count_tile(q, tiles, "chats", N_("Chats"), live->today.chats, answer_text(q, "Today"), "/stats/chats.html", false);
    count_tile(q, tiles, "missed", N_("Missed"), live->today.missed, answer_text(q, "Today"), "/stats/chats.html", false);
    count_tile(q, tiles, "abandoned", N_("Abandoned"), live->today.abandoned, answer_text(q, "Today"), "/stats/chats.html", false);
    add_tile(tiles, "frt_s", answer_text(q, "First answer"), span_text(live->today.dist[FIGURE_FRT].median_ns, text, sizeof(text)), "", answer_text(q, "Median, today"),
             "/stats/summary.html", false);
    return tiles;
}

void stats_html_live(struct request *q, const struct stats_query *s, const struct stats_live *live)
{
    struct json_object *data = frame(q, s);

    page_bool(data, "hasTiles", true);
    page_put(data, "tiles", live_tiles(q, live));
    put_one_row(q, data, &live->today);
    page_str(data, "caption", answer_text(q, "Today"));
    page_send(q, 200, "stats", data);
}

static void add_item(struct request *q, const struct stats_query *s, struct json_object *rows, const struct stats_item *item)
{
    const char *result = item->figures.abandoned ? N_("Abandoned") : item->figures.missed ? N_("Missed") : item->figures.dropped ? N_("Dropped") : NULL;
    struct json_object *cells = add_row(rows);
    char text[402], url[64];
    int64_t value;

    local_text(s->zone, item->cdate_ms, text, sizeof(text));
    snprintf(url, sizeof(url), "/history/%s", item->session_id);
    add_cell(cells, text, false, item->status_id == STATUS_COMPLETED ? url : NULL);
    add_cell(cells, item->member_name, false, NULL);
    code_name(item->category_id, q->lang, text, sizeof(text));
    add_cell(cells, text, false, NULL);
    add_cell(cells, item->agent_name, false, NULL);
    code_name(item->status_id, q->lang, text, sizeof(text));
    add_cell(cells, text, false, NULL);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        value = item->figures.value[f];
        add_span(cells, value);
    }
    add_cell(cells, result ? answer_text(q, result) : "", false, NULL);
}

void stats_html_chats(struct request *q, const struct stats_query *s, const struct stats_page *page)
{
    static const char *const heads[] = {N_("Requested"), N_("Customer"), N_("Category"), N_("Agent"), N_("State")};
    struct json_object *data = frame(q, s), *columns = json_object_new_array(), *rows = json_object_new_array();
    char cursor[STATS_CURSOR_SIZE];
    struct buf url = BUF_INIT;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        add_column(columns, answer_text(q, heads[i]), false);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        add_column(columns, answer_text(q, figure_titles[f]), true);
    add_column(columns, answer_text(q, "Result"), false);
    for (size_t i = 0; i < page->n; i++)
        add_item(q, s, rows, &page->items[i]);
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
    stats_cursor_text(page->next, cursor);
    if (cursor[0]) {
        link_to(q, STATS_CHATS, "html", &url);
        add_value(&url, "cursor", cursor);
        page_str(data, "nextUrl", buf_str(&url));
    }
    buf_free(&url);
    page_send(q, 200, "stats", data);
}

void stats_html_dashboard(struct request *q, const struct stats_query *s, const struct stats_live *live, const struct stats_table *hours,
                          const struct stats_table *agents)
{
    struct json_object *data = page_data(q), *table = json_object_new_object(), *counts = json_object_new_object();

    (void)s;
    page_bool(data, "atDashboard", true);
    page_int(counts, "waiting", live->waiting);
    page_put(data, "counts", counts);
    page_time(data, "now", live->now_ms);
    page_put(data, "tiles", live_tiles(q, live));
    page_put(data, "chart", chart_of(q, STATS_GROUP_HOUR, hours));
    page_str(table, "caption", answer_text(q, "Agents"));
    put_rows(q, table, answer_text(q, "Agent"), agents);
    page_put(data, "agents", table);
    page_put(data, "definitions", definitions(q));
    page_send(q, 200, "dashboard", data);
}
