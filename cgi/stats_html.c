#include "cgi/stats_html.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/answer.h"
#include "cgi/bar_chart.h"
#include "cgi/page.h"
#include "cgi/stats_html_piece.h"
#include "cgi/stats_link.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"

#define BARS_MAX 200
#define LATE_S 40 /* from here on a waiting customer is shown in red, as in the console */

static const char *const view_titles[STATS_VIEW_TOTAL] = {N_("Now"), N_("Summary"), N_("Agents"), N_("Categories"), N_("Hours"), N_("Single chats"), N_("Messages"), N_("Queue"), N_("Ratings")};
static const char *const figure_titles[FIGURE_TOTAL] = {N_("Waiting time"), N_("First answer"), N_("Mean answer time"), N_("Longest answer time"), N_("Handling time"), N_("Whole time")};
static const char *const group_titles[STATS_GROUP_TOTAL] = {N_("Nothing"), N_("Hour"), N_("Day"), N_("Week"), N_("Month"), N_("Weekday and hour")};

/* ---- tables ---- */

static const char *list_url(const struct stats_query *s, const struct stats_row *row, const char *has, struct buf *url)
{
    if (row && s->ask.by == STATS_BY_AGENT && !row->by_id) /* nobody's chats: no filter says so */
        return NULL;
    stats_link_list(s, row, has, url);
    return buf_str(url);
}

/* One row alone: its six figures, each with all its measures. */
static void put_one_row(struct request *q, const struct stats_query *s, struct json_object *data, const struct stats_row *row, const struct stats_row *before)
{
    static const char *const heads[] = {N_("Figure"), "n", N_("Mean"), N_("Median"), N_("90 %"), N_("Longest")};
    struct json_object *columns = json_object_new_array(), *rows = json_object_new_array(), *cells;
    struct buf url = BUF_INIT;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        piece_add_column(columns, answer_text(q, heads[i]), i > 0);
    if (before)
        piece_add_column(columns, answer_text(q, "Median before"), true);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        cells = piece_add_row(rows);
        piece_add_cell(cells, answer_text(q, figure_titles[f]), false, NULL);
        piece_add_count(cells, row->dist[f].n, list_url(s, NULL, stats_figure_name((enum stats_figure)f), &url));
        piece_add_span(cells, row->dist[f].mean_ns);
        piece_add_span(cells, row->dist[f].median_ns);
        piece_add_span(cells, row->dist[f].p90_ns);
        piece_add_span(cells, row->dist[f].max_ns);
        if (before)
            piece_add_span(cells, before->dist[f].median_ns);
    }
    buf_free(&url);
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
}

static void put_head(struct request *q, struct json_object *columns, const char *head, bool has_before)
{
    static const char *const counts[] = {N_("Chats"), N_("Missed"), N_("Abandoned"), N_("Dropped")};
    char label[160];

    piece_add_column(columns, head, false);
    piece_add_column(columns, answer_text(q, counts[0]), true);
    if (has_before)
        piece_add_column(columns, answer_text(q, "Chats before"), true);
    for (size_t i = 1; i < sizeof(counts) / sizeof(counts[0]); i++)
        piece_add_column(columns, answer_text(q, counts[i]), true);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        snprintf(label, sizeof(label), "%s, %s", answer_text(q, figure_titles[f]), answer_text(q, "Median"));
        piece_add_column(columns, label, true);
        if (has_before && f == FIGURE_FRT) {
            snprintf(label, sizeof(label), "%s, %s", answer_text(q, figure_titles[f]), answer_text(q, "Median before"));
            piece_add_column(columns, label, true);
        }
        snprintf(label, sizeof(label), "%s, %s", answer_text(q, figure_titles[f]), answer_text(q, "90 %"));
        piece_add_column(columns, label, true);
    }
}

/* What agents had to do. */
static void put_load_head(struct request *q, struct json_object *columns)
{
    static const char *const heads[] = {N_("At once, most"), N_("At once, mean"), N_("Online"), N_("Away")};

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        piece_add_column(columns, answer_text(q, heads[i]), true);
}

static void put_load(struct json_object *cells, const struct stats_row *row)
{
    char mean[STATS_NUMBER_SIZE], most[24];

    stats_mean_load(&row->load, mean);
    piece_add_cell(cells, row->has_load ? piece_number(row->load.most, most) : "–", true, NULL);
    piece_add_cell(cells, row->has_load && mean[0] ? mean : "–", true, NULL);
    piece_add_span(cells, row->has_load ? row->load.online_ms * 1000000 : -1);
    piece_add_span(cells, row->has_load ? row->load.away_ms * 1000000 : -1);
}

/* Several rows: the counts, each with the list behind it, and of each figure the median and the 90 %. CSV has the rest. */
static void put_rows(struct request *q, const struct stats_query *s, struct json_object *data, const char *head, const struct stats_table *table, const struct stats_table *before)
{
    static const char *const has[] = {"", "missed", "abandoned", "dropped"};
    struct json_object *columns = json_object_new_array(), *rows = json_object_new_array(), *cells;
    struct buf url = BUF_INIT;

    put_head(q, columns, head, before != NULL);
    if (s->ask.by == STATS_BY_AGENT)
        put_load_head(q, columns);
    for (size_t i = 0; i < table->n; i++) {
        const struct stats_row *row = &table->rows[i], *other = before ? stats_row_before(s, table, i, before) : NULL;
        const int64_t counts[] = {row->chats, row->missed, row->abandoned, row->dropped};

        cells = piece_add_row(rows);
        piece_add_cell(cells, row->label, false, NULL);
        for (int k = 0; k < 4; k++) {
            piece_add_count(cells, counts[k], list_url(s, row, has[k], &url));
            if (k == 0 && before)
                piece_add_cell(cells, other ? piece_number(other->chats, (char[24]){0}) : "–", true, NULL);
        }
        for (int f = 0; f < FIGURE_TOTAL; f++) {
            piece_add_span(cells, row->dist[f].median_ns);
            if (before && f == FIGURE_FRT)
                piece_add_span(cells, other ? other->dist[f].median_ns : -1);
            piece_add_span(cells, row->dist[f].p90_ns);
        }
        if (s->ask.by == STATS_BY_AGENT)
            put_load(cells, row);
    }
    buf_free(&url);
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
}

/* ---- pictures ---- */

struct points {
    struct bar bars[BARS_MAX];
    char titles[BARS_MAX][STATS_KEY_SIZE + 96], labels[BARS_MAX][STATS_KEY_SIZE];
};

static const char *seconds_text(int64_t seconds, char *out, size_t size)
{
    return piece_span_text(seconds * 1000000000, out, size);
}

static void label_of(enum stats_group group, const struct stats_row *row, char *out, size_t size)
{
    if (group == STATS_GROUP_HOUR)
        snprintf(out, size, "%.2s", row->key + 11);
    else if (group == STATS_GROUP_WEEKDAY_HOUR)
        snprintf(out, size, "%.20s", row->label);
    else
        snprintf(out, size, "%.20s", row->key + 5);
}

/* A figure's median, or with figure < 0 the chats; -1: nothing. */
static int64_t point_of(const struct stats_row *row, int figure)
{
    if (!row)
        return -1;
    if (figure < 0)
        return row->chats;
    return row->dist[figure].median_ns < 0 ? -1 : (row->dist[figure].median_ns + 500000000) / 1000000000;
}

/* For tables by period that are not too long to look at: the index of the largest, or -1. */
static int fill_points(const struct stats_query *s, enum stats_group group, int figure, const struct stats_table *table, const struct stats_table *before, struct points *p)
{
    size_t each = (table->n + 7) / 8; /* eight labels find room on a phone */
    char now[40], then[40];
    int most = 0;

    if (group == STATS_GROUP_NONE || table->n < 2 || table->n > BARS_MAX)
        return -1;
    for (size_t i = 0; i < table->n; i++) {
        const struct stats_row *row = &table->rows[i], *other = before ? stats_row_before(s, table, i, before) : NULL;
        int64_t v = point_of(row, figure), w = point_of(other, figure);

        label_of(group, row, p->labels[i], sizeof(p->labels[i]));
        if (i % each)
            p->labels[i][0] = '\0';
        if (figure < 0)
            snprintf(p->titles[i], sizeof(p->titles[i]), other ? "%.60s: %lld (%lld)" : "%.60s: %lld", row->label, (long long)v, (long long)w);
        else
            snprintf(p->titles[i], sizeof(p->titles[i]), other ? "%.60s: %s (%s)" : "%.60s: %s", row->label, piece_span_text(v < 0 ? -1 : v * 1000000000, now, sizeof(now)),
                     piece_span_text(w < 0 ? -1 : w * 1000000000, then, sizeof(then)));
        p->bars[i] = (struct bar){p->labels[i], p->titles[i], v, w};
        if (v > p->bars[most].value)
            most = (int)i;
    }
    return most;
}

static struct json_object *bars_of(struct request *q, const struct stats_query *s, enum stats_group group, const struct stats_table *table, const struct stats_table *before)
{
    struct points *p = malloc(sizeof(*p));
    struct json_object *chart = NULL;
    char summary[400];
    int most = p ? fill_points(s, group, -1, table, before, p) : -1;

    if (most >= 0) {
        snprintf(summary, sizeof(summary), "%s. %s: %s", answer_text(q, "Chats by period"), answer_text(q, "Most"), p->titles[most]);
        chart = bar_chart(p->bars, table->n, summary);
    }
    free(p);
    return chart;
}

static struct json_object *line_of(struct request *q, const struct stats_query *s, enum stats_group group, int figure, const struct stats_table *table, const struct stats_table *before)
{
    struct points *p = malloc(sizeof(*p));
    struct json_object *chart = NULL;
    char summary[400];
    int most = p ? fill_points(s, group, figure, table, before, p) : -1;

    if (most >= 0) {
        snprintf(summary, sizeof(summary), "%s, %s. %s: %s", answer_text(q, figure_titles[figure]), answer_text(q, "Median"), answer_text(q, "Most"), p->titles[most]);
        chart = line_chart(p->bars, table->n, summary, seconds_text);
        if (chart) /* no chat has the figure: nothing to draw */
            page_str(chart, "heading", answer_text(q, figure_titles[figure]));
    }
    free(p);
    return chart;
}

/* 168 rows as a table of 7 by 24; the number is in the cell, the shade only repeats it. */
static struct json_object *heat_of(struct request *q, const struct stats_query *s, const struct stats_table *table)
{
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    struct json_object *heat = json_object_new_object(), *hours = json_object_new_array(), *days = json_object_new_array(), *day = NULL, *cells = NULL;
    struct buf url = BUF_INIT;
    int64_t largest = 0;
    char text[24];

    for (size_t i = 0; i < table->n; i++)
        largest = table->rows[i].chats > largest ? table->rows[i].chats : largest;
    for (int h = 0; h < 24; h++)
        page_push(hours, json_object_new_int(h));
    for (size_t i = 0; i < table->n && i < 168; i++) {
        const struct stats_row *row = &table->rows[i];
        struct json_object *cell = json_object_new_object();

        if (i % 24 == 0) {
            day = json_object_new_object();
            cells = json_object_new_array();
            page_str(day, "label", answer_text(q, weekdays[i / 24]));
            page_put(day, "cells", cells);
            page_push(days, day);
        }
        page_str(cell, "text", piece_number(row->chats, text));
        page_int(cell, "level", row->chats > 0 ? (row->chats * 4 + largest - 1) / largest : 0);
        if (row->chats > 0)
            page_str(cell, "url", list_url(s, row, "", &url));
        else
            page_bool(cell, "url", false);
        page_push(cells, cell);
    }
    buf_free(&url);
    page_str(heat, "caption", answer_text(q, "Chats by weekday and hour"));
    page_put(heat, "hours", hours);
    page_put(heat, "days", days);
    return heat;
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

    piece_local_text(s->zone, s->ask.from_ms, date, sizeof(date));
    date[10] = '\0';
    page_str(form, "from", date);
    piece_local_text(s->zone, s->ask.to_ms + 86399999, date, sizeof(date)); /* a day that has begun is in */
    date[10] = '\0';
    page_str(form, "to", date);
    page_bool(form, "open", s->ask.is_open_only);
    page_bool(form, "compare", s->has_compare);
    page_put(data, "form", form);
}

/* Today, 7 and 28 and 365 days: whole days up to now, each compared with those before. */
static void put_presets(struct request *q, const struct stats_query *s, struct json_object *data)
{
    static const struct {
        const char *label;
        int days;
    } presets[] = {{N_("Today"), 1}, {N_("7 days"), 7}, {N_("28 days"), 28}, {N_("A year"), 365}};
    struct json_object *list = json_object_new_array();
    int64_t from, to, next;
    char back[16], date[40];

    for (size_t i = 0; i < sizeof(presets) / sizeof(presets[0]); i++) {
        struct json_object *o = json_object_new_object();
        struct buf url = BUF_INIT;

        snprintf(back, sizeof(back), "-%dd", presets[i].days - 1);
        stats_today(s->zone, s->now_ms, &next, &to);
        stats_moment(s->zone, back, s->now_ms, &from);
        stats_today(s->zone, from, &from, &next);
        buf_printf(&url, "/stats/%s.html", stats_view_name(s->view == STATS_LIVE ? STATS_SUMMARY : s->view));
        piece_local_text(s->zone, from, date, sizeof(date));
        date[10] = '\0';
        stats_link_add(&url, "from", date);
        piece_local_text(s->zone, to, date, sizeof(date));
        date[10] = '\0';
        stats_link_add(&url, "to", date);
        if (s->view != STATS_CHATS && s->view != STATS_QUEUE && s->ask.group != STATS_GROUP_NONE && s->view != STATS_LIVE)
            stats_link_add(&url, "group", stats_group_name(s->ask.group));
        if (s->has_compare)
            stats_link_add(&url, "compare", "previous");
        page_str(o, "url", buf_str(&url));
        page_str(o, "label", answer_text(q, presets[i].label));
        page_bool(o, "current", from == s->ask.from_ms && to == s->ask.to_ms);
        page_push(list, o);
        buf_free(&url);
    }
    page_put(data, "presets", list);
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

    piece_local_text(s->zone, s->ask.from_ms, from, sizeof(from));
    piece_local_text(s->zone, s->ask.to_ms, to, sizeof(to));
    snprintf(period, sizeof(period), "%s ~ %s", from, to);
    page_str(data, "title", answer_text(q, view_titles[s->view]));
    page_str(data, "caption", answer_text(q, view_titles[s->view]));
    page_str(data, "period", period);
    page_str(data, "tz", zone_name(s->zone));
    page_bool(data, "atStats", true);
    for (int v = 0; v < STATS_VIEW_TOTAL; v++) {
        stats_link_view(q, (enum stats_view)v, "html", &url);
        o = json_object_new_object();
        page_str(o, "url", buf_str(&url));
        page_str(o, "label", answer_text(q, view_titles[v]));
        page_bool(o, "current", v == (int)s->view);
        page_push(list, o);
    }
    page_put(data, "views", list);
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        stats_link_view(q, s->view, stats_format_name(links[i].format), &url);
        page_str(data, links[i].hole, buf_str(&url));
    }
    buf_reset(&url);
    buf_printf(&url, "/stats/%s.html", stats_view_name(s->view == STATS_LIVE ? STATS_SUMMARY : s->view));
    page_str(data, "formUrl", buf_str(&url));
    buf_free(&url);
    put_form(data, s);
    put_presets(q, s, data);
    page_put(data, "definitions", definitions(q));
    return data;
}

/* "▲ 8 % (229)": what there is now beside what there was. */
static void change_text(int64_t now, int64_t before, char *out, size_t size)
{
    if (before > 0)
        snprintf(out, size, "%s %lld %% (%lld)", now > before ? "▲" : now < before ? "▼" : "=", (long long)(now > before ? ((now - before) * 100 + before / 2) / before : ((before - now) * 100 + before / 2) / before),
                 (long long)before);
    else
        snprintf(out, size, "(%lld)", (long long)before);
}

static void put_totals(struct request *q, const struct stats_query *s, struct json_object *data, const struct stats_table *table, const struct stats_table *before)
{
    static const char *const keys[] = {"chats", "missed", "abandoned", "dropped"}, *const labels[] = {N_("Chats"), N_("Missed"), N_("Abandoned"), N_("Dropped")};
    struct json_object *tiles = json_object_new_array();
    int64_t sums[2][4] = {{0}};
    struct buf url = BUF_INIT;
    char note[80] = "";

    for (int which = 0; which < (before ? 2 : 1); which++)
        for (size_t i = 0; i < (which ? before : table)->n; i++) {
            const struct stats_row *row = &(which ? before : table)->rows[i];

            sums[which][0] += row->chats;
            sums[which][1] += row->missed;
            sums[which][2] += row->abandoned;
            sums[which][3] += row->dropped;
        }
    for (int i = 0; i < 4; i++) {
        if (before)
            change_text(sums[0][i], sums[1][i], note, sizeof(note));
        piece_count_tile(q, tiles, keys[i], labels[i], sums[0][i], note, list_url(s, NULL, i ? keys[i] : "", &url), false);
    }
    buf_free(&url);
    page_bool(data, "hasTiles", true);
    page_put(data, "tiles", tiles);
}

/* ---- pages ---- */

void stats_html_table(struct request *q, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before)
{
    struct json_object *data = frame(q, s), *lines = json_object_new_array(), *line;
    const char *head = s->ask.by == STATS_BY_AGENT ? N_("Agent") : s->ask.by == STATS_BY_CATEGORY ? N_("Category") : N_("Period");
    bool is_heat = s->ask.group == STATS_GROUP_WEEKDAY_HOUR && s->ask.by == STATS_BY_NONE;

    put_groups(q, s, data);
    put_totals(q, s, data, table, before);
    if (s->ask.by == STATS_BY_NONE && table->n == 1)
        put_one_row(q, s, data, &table->rows[0], before && before->n == 1 ? &before->rows[0] : NULL);
    else
        put_rows(q, s, data, answer_text(q, head), table, before);
    if (is_heat)
        page_put(data, "heat", heat_of(q, s, table));
    if (s->ask.by == STATS_BY_NONE && !is_heat) {
        page_put(data, "chart", bars_of(q, s, s->ask.group, table, before));
        for (int f = FIGURE_WAIT; f <= FIGURE_FRT; f++)
            if ((line = line_of(q, s, s->ask.group, f, table, before)))
                page_push(lines, line);
    }
    page_put(data, "lines", lines);
    page_bool(data, "hasBefore", before != NULL);
    page_bool(data, "isNear", !table->is_exact);
    page_send(q, 200, "stats", data);
}

/* As people read it: minutes and seconds, per cent. */
static const char *sheet_text(enum sheet_unit unit, const char *cell, char *out, size_t size)
{
    double v = strtod(cell, NULL);

    if (!*cell)
        return "–";
    if (unit == SHEET_SECONDS)
        return piece_span_text((int64_t)(v * 1000 + 0.5) * 1000000, out, size);
    if (unit == SHEET_NUMBER)
        return cell;
    snprintf(out, size, "%.1f %%", v * 100);
    return out;
}

void stats_html_sheet(struct request *q, const struct stats_query *s, const struct stats_sheet *sheet)
{
    const char *head = s->ask.by == STATS_BY_AGENT ? N_("Agent") : s->ask.by == STATS_BY_CATEGORY ? N_("Category") : N_("Period");
    struct json_object *data = frame(q, s), *columns = json_object_new_array(), *rows = json_object_new_array(), *cells;
    struct buf url = BUF_INIT;
    char text[40];

    if (s->view != STATS_QUEUE)
        put_groups(q, s, data);
    piece_add_column(columns, answer_text(q, head), false);
    for (size_t c = 0; c < sheet->columns_n; c++)
        piece_add_column(columns, answer_text(q, sheet->columns[c].title), true);
    for (size_t i = 0; i < sheet->n; i++) {
        const struct sheet_row *row = &sheet->rows[i];

        cells = piece_add_row(rows);
        piece_add_cell(cells, row->label, false, NULL);
        for (size_t c = 0; c < sheet->columns_n; c++) {
            bool has_list = sheet->columns[c].has && row->row.by_id >= 0 && strcmp(row->cells[c], "0") && row->cells[c][0];

            piece_add_cell(cells, sheet_text(sheet->columns[c].unit, row->cells[c], text, sizeof(text)), true, has_list ? list_url(s, &row->row, sheet->columns[c].has, &url) : NULL);
        }
    }
    buf_free(&url);
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
    page_send(q, 200, "stats", data);
}

static struct json_object *live_tiles(struct request *q, const struct stats_query *s, const struct stats_live *live)
{
    struct json_object *tiles = json_object_new_array();
    struct stats_query today = *s;
    struct buf url = BUF_INIT;
    char text[40], unit[40];

    stats_today(s->zone, live->now_ms, &today.ask.from_ms, &today.ask.to_ms);
    today.ask.group = STATS_GROUP_NONE;
    today.ask.by = STATS_BY_NONE;
    piece_count_tile(q, tiles, "waiting", N_("Waiting"), live->waiting, answer_text(q, "Now"), "/agent", live->waiting > 0 && live->longest_wait_s > LATE_S);
    piece_add_tile(tiles, "longest_wait_s", answer_text(q, "Longest wait"),
                   piece_span_text(live->longest_wait_s < 0 ? -1 : live->longest_wait_s * 1000000000, text, sizeof(text)), "", answer_text(q, "Now"), "/stats/queue.html",
                   live->longest_wait_s > LATE_S);
    piece_count_tile(q, tiles, "active", N_("Active"), live->active, answer_text(q, "Now"), "/agent?list=all", false);
    snprintf(unit, sizeof(unit), " / %lld", (long long)live->agents_max);
    piece_add_tile(tiles, "agents_online", answer_text(q, "Agents online"), piece_number(live->agents_online, text), unit, answer_text(q, "Now"), "/stats/agents.html", false);
    piece_count_tile(q, tiles, "chats", N_("Chats"), live->today.chats, answer_text(q, "Today"), list_url(&today, NULL, "", &url), false);
    piece_count_tile(q, tiles, "missed", N_("Missed"), live->today.missed, answer_text(q, "Today"), list_url(&today, NULL, "missed", &url), false);
    piece_count_tile(q, tiles, "abandoned", N_("Abandoned"), live->today.abandoned, answer_text(q, "Today"), list_url(&today, NULL, "abandoned", &url), false);
    piece_add_tile(tiles, "frt_s", answer_text(q, "First answer"), piece_span_text(live->today.dist[FIGURE_FRT].median_ns, text, sizeof(text)), "",
                   answer_text(q, "Median, today"), list_url(&today, NULL, "frt_s", &url), false);
    buf_free(&url);
    return tiles;
}

void stats_html_live(struct request *q, const struct stats_query *s, const struct stats_live *live)
{
    struct json_object *data = frame(q, s);

    page_bool(data, "hasTiles", true);
    page_put(data, "tiles", live_tiles(q, s, live));
    put_one_row(q, s, data, &live->today, NULL);
    page_str(data, "caption", answer_text(q, "Today"));
    page_send(q, 200, "stats", data);
}

static void add_item(struct request *q, const struct stats_query *s, struct json_object *rows, const struct stats_item *item)
{
    const char *result = item->figures.abandoned ? N_("Abandoned") : item->figures.missed ? N_("Missed") : item->figures.dropped ? N_("Dropped") : NULL;
    struct json_object *cells = piece_add_row(rows);
    char text[402], url[64];
    int64_t value;

    piece_local_text(s->zone, item->cdate_ms, text, sizeof(text));
    snprintf(url, sizeof(url), "/history/%s", item->session_id);
    piece_add_cell(cells, text, false, item->status_id == STATUS_COMPLETED ? url : NULL);
    piece_add_cell(cells, item->member_name, false, NULL);
    code_name(item->category_id, q->lang, text, sizeof(text));
    piece_add_cell(cells, text, false, NULL);
    piece_add_cell(cells, item->agent_name, false, NULL);
    code_name(item->status_id, q->lang, text, sizeof(text));
    piece_add_cell(cells, text, false, NULL);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        value = item->figures.value[f];
        piece_add_span(cells, value);
    }
    piece_add_cell(cells, result ? answer_text(q, result) : "", false, NULL);
}

void stats_html_chats(struct request *q, const struct stats_query *s, const struct stats_page *page)
{
    static const char *const heads[] = {N_("Requested"), N_("Customer"), N_("Category"), N_("Agent"), N_("State")};
    struct json_object *data = frame(q, s), *columns = json_object_new_array(), *rows = json_object_new_array();
    char cursor[STATS_CURSOR_SIZE];
    struct buf url = BUF_INIT;

    for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
        piece_add_column(columns, answer_text(q, heads[i]), false);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        piece_add_column(columns, answer_text(q, figure_titles[f]), true);
    piece_add_column(columns, answer_text(q, "Result"), false);
    for (size_t i = 0; i < page->n; i++)
        add_item(q, s, rows, &page->items[i]);
    page_put(data, "columns", columns);
    page_put(data, "rows", rows);
    stats_cursor_text(page->next, cursor);
    if (cursor[0]) {
        stats_link_view(q, STATS_CHATS, "html", &url);
        stats_link_add(&url, "cursor", cursor);
        page_str(data, "nextUrl", buf_str(&url));
    }
    buf_free(&url);
    page_send(q, 200, "stats", data);
}

void stats_html_dashboard(struct request *q, const struct stats_query *s, const struct stats_live *live, const struct stats_board *board)
{
    struct json_object *data = page_data(q), *table = json_object_new_object(), *counts = json_object_new_object(), *lines = json_object_new_array(), *line;
    struct stats_query of = *s;

    page_bool(data, "atDashboard", true);
    page_int(counts, "waiting", live->waiting);
    page_put(data, "counts", counts);
    page_time(data, "now", live->now_ms);
    page_put(data, "tiles", live_tiles(q, s, live));
    page_put(data, "chart", bars_of(q, s, STATS_GROUP_HOUR, &board->hours, &board->last_hours));
    for (int f = FIGURE_WAIT; f <= FIGURE_FRT; f++)
        if ((line = line_of(q, s, STATS_GROUP_DAY, f, &board->days, &board->last_days)))
            page_push(lines, line);
    page_put(data, "lines", lines);
    of.ask = s->list_ask[0];
    page_put(data, "heat", heat_of(q, &of, &board->week));
    of.ask = s->list_ask[1];
    page_str(table, "caption", answer_text(q, "Agents"));
    put_rows(q, &of, table, answer_text(q, "Agent"), &board->agents, NULL);
    page_put(data, "agents", table);
    page_put(data, "definitions", definitions(q));
    page_send(q, 200, "dashboard", data);
}
