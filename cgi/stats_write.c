#include "cgi/stats_write.h"

#include <stdio.h>
#include <string.h>

#include "cgi/csv.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/stats_sum.h"

static const char *const measures[] = {"n", "mean", "median", "p90", "max"};
#define MEASURES 5
static const char *const by_names[] = {NULL, "agent", "category"};
static const char bom[] = "\xEF\xBB\xBF";

void stats_cursor_text(struct stats_cursor c, char out[STATS_CURSOR_SIZE])
{
    out[0] = '\0';
    if (c.session_no)
        snprintf(out, STATS_CURSOR_SIZE, "%lld-%lld", (long long)c.cdate_ms, (long long)c.session_no);
}

void stats_item_seconds(const struct stats_item *item, enum stats_figure figure, char out[STATS_NUMBER_SIZE])
{
    int64_t value = item->figures.value[figure];
    struct stats_dist d;

    if (figure == FIGURE_ART && value >= 0) {
        stats_dist_make(&value, 1, true, &d);
        value = d.mean_ns;
    }
    stats_seconds(value, out);
}

/* ---- JSON ---- */

static void put_seconds(struct json_writer *w, const char *key, int64_t ns)
{
    char text[STATS_NUMBER_SIZE];

    stats_seconds(ns, text);
    if (text[0])
        jw_raw(w, key, text, strlen(text));
    else
        jw_null(w, key);
}

static void put_dist(struct json_writer *w, const char *key, const struct stats_dist *d)
{
    jw_object_key(w, key);
    jw_int(w, "n", d->n);
    put_seconds(w, "mean", d->mean_ns);
    put_seconds(w, "median", d->median_ns);
    put_seconds(w, "p90", d->p90_ns);
    put_seconds(w, "max", d->max_ns);
    jw_object_end(w);
}

static void put_span(struct json_writer *w, const struct stats_query *s)
{
    jw_time(w, "from", s->ask.from_ms);
    jw_time(w, "to", s->ask.to_ms);
    jw_str(w, "tz", zone_name(s->zone));
}

static void put_origin(struct json_writer *w, const struct stats_query *s)
{
    jw_time(w, "generatedAt", s->now_ms);
    jw_str(w, "definitionsUrl", STATS_HELP_URL);
}

static void put_counts(struct json_writer *w, const struct stats_row *row)
{
    jw_int(w, "chats", row->chats);
    jw_int(w, "missed", row->missed);
    jw_int(w, "abandoned", row->abandoned);
    jw_int(w, "dropped", row->dropped);
}

void stats_write_filters_json(struct json_writer *w, const struct stats_query *s)
{
    if (s->ask.agent_id)
        jw_int(w, "agent", s->ask.agent_id);
    if (s->ask.category_id)
        jw_int(w, "category", s->ask.category_id);
    if (s->ask.is_open_only)
        jw_str(w, "hours", "open");
}

void stats_write_head_json(struct json_writer *w, const struct stats_query *s)
{
    put_span(w, s);
    jw_str(w, "group", stats_group_name(s->ask.group));
    jw_str(w, "by", by_names[s->ask.by]);
    put_origin(w, s);
}

/* Chats at once while there was any; "": there was none. */
void stats_mean_load(const struct stats_load *load, char out[STATS_NUMBER_SIZE])
{
    int64_t hundredths = load->busy_ms > 0 ? (200 * load->chat_ms + load->busy_ms) / (2 * load->busy_ms) : 0;

    out[0] = '\0';
    if (load->busy_ms > 0)
        snprintf(out, STATS_NUMBER_SIZE, "%lld.%02d", (long long)(hundredths / 100), (int)(hundredths % 100));
}

static void put_load(struct json_writer *w, const struct stats_row *row)
{
    char mean[STATS_NUMBER_SIZE];

    stats_mean_load(&row->load, mean);
    jw_object_key(w, "concurrency");
    jw_int(w, "max", row->load.most);
    if (mean[0])
        jw_raw(w, "mean", mean, strlen(mean));
    else
        jw_null(w, "mean");
    jw_object_end(w);
    put_seconds(w, "online_s", row->load.online_ms * 1000000);
    put_seconds(w, "away_s", row->load.away_ms * 1000000);
}

static void put_row(struct json_writer *w, const struct stats_row *row)
{
    jw_str(w, "key", row->key);
    jw_str(w, "label", row->label);
    put_counts(w, row);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        put_dist(w, stats_figure_name((enum stats_figure)f), &row->dist[f]);
    if (row->has_load)
        put_load(w, row);
}

const struct stats_row *stats_row_before(const struct stats_query *s, const struct stats_table *table, size_t i, const struct stats_table *before)
{
    if (s->ask.by == STATS_BY_NONE)
        return i < before->n ? &before->rows[i] : NULL;
    for (size_t k = 0; k < before->n; k++)
        if (before->rows[k].by_id == table->rows[i].by_id)
            return &before->rows[k];
    return NULL;
}

void stats_write_table_json(struct buf *out, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before)
{
    struct json_writer w = JSON_WRITER(out);

    jw_object(&w);
    stats_write_head_json(&w, s);
    jw_array_key(&w, "rows");
    for (size_t i = 0; i < table->n; i++) {
        const struct stats_row *other = before ? stats_row_before(s, table, i, before) : NULL;

        jw_object(&w);
        put_row(&w, &table->rows[i]);
        if (other) {
            jw_object_key(&w, "previous");
            put_row(&w, other);
            jw_object_end(&w);
        } else if (before) {
            jw_null(&w, "previous");
        }
        jw_object_end(&w);
    }
    jw_array_end(&w);
    stats_write_filters_json(&w, s);
    if (before) {
        jw_object_key(&w, "compare");
        jw_time(&w, "from", s->previous.from_ms);
        jw_time(&w, "to", s->previous.to_ms);
        jw_object_end(&w);
    }
    if (!table->is_exact || (before && !before->is_exact))
        jw_raw(&w, "percentileError", STATS_ERROR, strlen(STATS_ERROR));
    jw_object_end(&w);
}

void stats_write_live_json(struct buf *out, const struct stats_query *s, const struct stats_live *live)
{
    struct json_writer w = JSON_WRITER(out);

    jw_object(&w);
    put_span(&w, s);
    put_origin(&w, s);
    jw_int(&w, "waiting", live->waiting);
    if (live->longest_wait_s >= 0)
        jw_int(&w, "longest_wait_s", live->longest_wait_s);
    else
        jw_null(&w, "longest_wait_s");
    jw_int(&w, "active", live->active);
    jw_int(&w, "agents_online", live->agents_online);
    jw_int(&w, "agents_max", live->agents_max);
    if (live->connections >= 0)
        jw_int(&w, "connections", live->connections);
    else
        jw_null(&w, "connections");
    put_counts(&w, &live->today);
    put_dist(&w, "frt_s", &live->today.dist[FIGURE_FRT]);
    jw_object_end(&w);
}

static void put_id(struct json_writer *w, const char *key, int64_t id)
{
    if (id)
        jw_int(w, key, id);
    else
        jw_null(w, key);
}

static const char *status_code(int32_t status_id, struct code *code)
{
    return code_by_id(status_id, code) ? code->code : "";
}

static void put_item(struct json_writer *w, const struct stats_item *item, enum lang lang)
{
    char text[401 + 1];
    struct code code;

    jw_object(w);
    jw_str(w, "sessionId", item->session_id);
    jw_time(w, "cdate", item->cdate_ms);
    jw_time(w, "endTime", item->end_ms);
    jw_str(w, "status", status_code(item->status_id, &code));
    code_name(item->status_id, lang, text, sizeof(text));
    jw_str(w, "statusName", text);
    jw_int(w, "categoryId", item->category_id);
    code_name(item->category_id, lang, text, sizeof(text));
    jw_str(w, "categoryName", text);
    jw_int(w, "memberId", item->member_id);
    jw_str(w, "memberName", item->member_name);
    put_id(w, "adminId", item->figures.agent_id);
    jw_str(w, "adminName", item->figures.agent_id ? item->agent_name : NULL);
    put_id(w, "answeredById", item->figures.answerer_id);
    jw_str(w, "answeredByName", item->figures.answerer_id ? item->answerer_name : NULL);
    code_name(item->exit_reason_id, lang, text, sizeof(text));
    jw_str(w, "exitReasonName", item->exit_reason_id ? text : NULL);
    jw_str(w, "title", item->title);
    jw_int(w, "messageCount", item->message_count);
    jw_bool(w, "missed", item->figures.missed);
    jw_bool(w, "abandoned", item->figures.abandoned);
    jw_bool(w, "dropped", item->figures.dropped);
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        stats_item_seconds(item, (enum stats_figure)f, text);
        if (text[0])
            jw_raw(w, stats_figure_name((enum stats_figure)f), text, strlen(text));
        else
            jw_null(w, stats_figure_name((enum stats_figure)f));
    }
    put_id(w, "score", item->score);
    jw_object_end(w);
}

void stats_write_chats_json(struct buf *out, const struct stats_query *s, const struct stats_page *page)
{
    struct json_writer w = JSON_WRITER(out);
    char cursor[STATS_CURSOR_SIZE];

    stats_cursor_text(page->next, cursor);
    jw_object(&w);
    put_span(&w, s);
    jw_str(&w, "sort", s->list.is_oldest_first ? "cdate" : "-cdate");
    put_origin(&w, s);
    jw_object_key(&w, "paging");
    jw_int(&w, "limit", (int64_t)s->list.limit);
    jw_str(&w, "next", cursor[0] ? cursor : NULL);
    jw_object_end(&w);
    jw_array_key(&w, "rows");
    for (size_t i = 0; i < page->n; i++)
        put_item(&w, &page->items[i], page->lang);
    jw_array_end(&w);
    stats_write_filters_json(&w, s);
    jw_object_end(&w);
}

/* ---- CSV ---- */

static void csv_dist_head(struct csv *c, enum stats_figure figure)
{
    char name[40];

    for (int i = 0; i < MEASURES; i++) {
        snprintf(name, sizeof(name), "%s_%s", stats_figure_name(figure), measures[i]);
        csv_plain(c, name);
    }
}

static void csv_seconds(struct csv *c, int64_t ns)
{
    char text[STATS_NUMBER_SIZE];

    stats_seconds(ns, text);
    csv_plain(c, text);
}

static void csv_dist(struct csv *c, const struct stats_dist *d)
{
    csv_int(c, d->n);
    csv_seconds(c, d->mean_ns);
    csv_seconds(c, d->median_ns);
    csv_seconds(c, d->p90_ns);
    csv_seconds(c, d->max_ns);
}

static void csv_head(struct csv *c, const char *const *names)
{
    for (; *names; names++)
        csv_plain(c, *names);
}

static void csv_counts(struct csv *c, const struct stats_row *row)
{
    csv_int(c, row->chats);
    csv_int(c, row->missed);
    csv_int(c, row->abandoned);
    csv_int(c, row->dropped);
}

static void csv_figures_head(struct csv *c, const char *before)
{
    static const char *const counts[] = {"chats", "missed", "abandoned", "dropped"};
    char name[48];

    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        snprintf(name, sizeof(name), "%s%s", before, counts[i]);
        csv_plain(c, name);
    }
    for (int f = 0; f < FIGURE_TOTAL; f++)
        for (int i = 0; i < MEASURES; i++) {
            snprintf(name, sizeof(name), "%s%s_%s", before, stats_figure_name((enum stats_figure)f), measures[i]);
            csv_plain(c, name);
        }
}

/* row NULL: as many empty cells. */
static void csv_figures(struct csv *c, const struct stats_row *row)
{
    if (!row) {
        for (int i = 0; i < 4 + FIGURE_TOTAL * MEASURES; i++)
            csv_plain(c, "");
        return;
    }
    csv_counts(c, row);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        csv_dist(c, &row->dist[f]);
}

/* What has none has empty cells. */
static void csv_load(struct csv *c, const struct stats_row *row)
{
    char mean[STATS_NUMBER_SIZE];

    stats_mean_load(&row->load, mean);
    if (row->has_load)
        csv_int(c, row->load.most);
    else
        csv_plain(c, "");
    csv_plain(c, row->has_load ? mean : "");
    csv_seconds(c, row->has_load ? row->load.online_ms * 1000000 : -1);
    csv_seconds(c, row->has_load ? row->load.away_ms * 1000000 : -1);
}

/* Columns are only ever added at the end; those of the period before stand there when they were asked for. */
void stats_write_table_csv(struct buf *out, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before)
{
    static const char *const head[] = {"key", "label", NULL}, *const load[] = {"concurrency_max", "concurrency_mean", "online_s", "away_s", NULL};
    struct csv c = CSV_WRITER(out);

    if (s->has_bom)
        buf_add_str(out, bom);
    csv_head(&c, head);
    csv_figures_head(&c, "");
    if (before)
        csv_figures_head(&c, "previous_");
    if (s->ask.by == STATS_BY_AGENT)
        csv_head(&c, load);
    csv_end_row(&c);
    for (size_t i = 0; i < table->n; i++) {
        csv_plain(&c, table->rows[i].key);
        csv_text(&c, table->rows[i].label);
        csv_figures(&c, &table->rows[i]);
        if (before)
            csv_figures(&c, stats_row_before(s, table, i, before));
        if (s->ask.by == STATS_BY_AGENT)
            csv_load(&c, &table->rows[i]);
        csv_end_row(&c);
    }
}

void stats_write_live_csv(struct buf *out, const struct stats_query *s, const struct stats_live *live)
{
    static const char *const head[] = {"waiting", "longest_wait_s", "active", "agents_online", "chats", "missed", "abandoned", "dropped", NULL};
    struct csv c = CSV_WRITER(out);

    if (s->has_bom)
        buf_add_str(out, bom);
    csv_head(&c, head);
    csv_dist_head(&c, FIGURE_FRT);
    csv_plain(&c, "agents_max");
    csv_plain(&c, "connections");
    csv_end_row(&c);
    csv_int(&c, live->waiting);
    if (live->longest_wait_s >= 0)
        csv_int(&c, live->longest_wait_s);
    else
        csv_plain(&c, "");
    csv_int(&c, live->active);
    csv_int(&c, live->agents_online);
    csv_counts(&c, &live->today);
    csv_dist(&c, &live->today.dist[FIGURE_FRT]);
    csv_int(&c, live->agents_max);
    if (live->connections >= 0)
        csv_int(&c, live->connections);
    else
        csv_plain(&c, "");
    csv_end_row(&c);
}

static void csv_time(struct csv *c, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE] = "";

    if (ms >= 0)
        clock_rfc3339(ms, text);
    csv_plain(c, text);
}

static void csv_code(struct csv *c, int32_t code_id, enum lang lang)
{
    char text[401];

    code_name(code_id, lang, text, sizeof(text));
    csv_text(c, code_id ? text : NULL);
}

static void csv_id(struct csv *c, int64_t id)
{
    if (id)
        csv_int(c, id);
    else
        csv_plain(c, "");
}

void stats_write_chats_csv_head(struct buf *out, const struct stats_query *s)
{
    static const char *const head[] = {"session_id", "cdate",       "end_time", "status",         "category_id",      "category",    "member_id",
                                       "member",     "admin_id",    "admin",    "answered_by_id", "answered_by",      "exit_reason", "title",
                                       "messages",   "missed",      "abandoned", "dropped",       NULL};
    struct csv c = CSV_WRITER(out);

    if (s->has_bom)
        buf_add_str(out, bom);
    csv_head(&c, head);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        csv_plain(&c, stats_figure_name((enum stats_figure)f));
    csv_plain(&c, "score");
    csv_end_row(&c);
}

void stats_write_chats_csv(struct buf *out, const struct stats_page *page)
{
    struct csv c = CSV_WRITER(out);
    char text[STATS_NUMBER_SIZE];
    struct code code;

    for (size_t i = 0; i < page->n; i++) {
        const struct stats_item *item = &page->items[i];

        csv_plain(&c, item->session_id);
        csv_time(&c, item->cdate_ms);
        csv_time(&c, item->end_ms);
        csv_plain(&c, status_code(item->status_id, &code));
        csv_int(&c, item->category_id);
        csv_code(&c, item->category_id, page->lang);
        csv_int(&c, item->member_id);
        csv_text(&c, item->member_name);
        csv_id(&c, item->figures.agent_id);
        csv_text(&c, item->agent_name);
        csv_id(&c, item->figures.answerer_id);
        csv_text(&c, item->answerer_name);
        csv_code(&c, item->exit_reason_id, page->lang);
        csv_text(&c, item->title);
        csv_int(&c, item->message_count);
        csv_int(&c, item->figures.missed);
        csv_int(&c, item->figures.abandoned);
        csv_int(&c, item->figures.dropped);
        for (int f = 0; f < FIGURE_TOTAL; f++) {
            stats_item_seconds(item, (enum stats_figure)f, text);
            csv_plain(&c, text);
        }
        csv_id(&c, item->score);
        csv_end_row(&c);
    }
}

/* ---- text ---- */

static void txt_span(struct buf *out, const struct stats_query *s)
{
    char from[CLOCK_TEXT_SIZE], to[CLOCK_TEXT_SIZE];

    clock_rfc3339(s->ask.from_ms, from);
    clock_rfc3339(s->ask.to_ms, to);
    buf_printf(out, "%s\nfrom %s to %s (not included), tz %s\n", stats_view_name(s->view), from, to, zone_name(s->zone));
    if (s->ask.agent_id)
        buf_printf(out, "agent %lld\n", (long long)s->ask.agent_id);
    if (s->ask.category_id)
        buf_printf(out, "category %d\n", s->ask.category_id);
    if (s->ask.is_open_only)
        buf_add_str(out, "in opening hours\n");
}

static const char *or_dash(const char *text)
{
    return text[0] ? text : "-";
}

/* A customer's words on one line. */
static void txt_words(struct buf *out, const char *s)
{
    for (; *s; s++)
        buf_add_char(out, (unsigned char)*s < ' ' ? ' ' : *s);
}

static void txt_dist(struct buf *out, enum stats_figure figure, const struct stats_dist *d)
{
    const int64_t values[] = {d->mean_ns, d->median_ns, d->p90_ns, d->max_ns};
    char text[STATS_NUMBER_SIZE];

    buf_printf(out, "  %-9s n %-6lld", stats_figure_name(figure), (long long)d->n);
    for (int i = 1; i < MEASURES; i++) {
        stats_seconds(values[i - 1], text);
        buf_printf(out, i < MEASURES - 1 ? " %s %-9s" : " %s %s", measures[i], or_dash(text));
    }
    buf_add_char(out, '\n');
}

static void txt_counts(struct buf *out, const struct stats_row *row)
{
    buf_printf(out, "  chats %lld  missed %lld  abandoned %lld  dropped %lld\n", (long long)row->chats, (long long)row->missed, (long long)row->abandoned,
               (long long)row->dropped);
}

void stats_write_head_txt(struct buf *out, const struct stats_query *s)
{
    txt_span(out, s);
    buf_printf(out, "group %s, by %s; times in seconds; definitions at %s\n", stats_group_name(s->ask.group), s->ask.by ? by_names[s->ask.by] : "-", STATS_HELP_URL);
}

static void txt_row(struct buf *out, const struct stats_row *row)
{
    char text[STATS_NUMBER_SIZE];

    buf_printf(out, "%s  ", row->key);
    txt_words(out, row->label);
    buf_add_char(out, '\n');
    txt_counts(out, row);
    for (int f = 0; f < FIGURE_TOTAL; f++)
        txt_dist(out, (enum stats_figure)f, &row->dist[f]);
    if (!row->has_load)
        return;
    stats_mean_load(&row->load, text);
    buf_printf(out, "  concurrency max %lld  mean %s", (long long)row->load.most, or_dash(text));
    stats_seconds(row->load.online_ms * 1000000, text);
    buf_printf(out, "  online_s %s", text);
    stats_seconds(row->load.away_ms * 1000000, text);
    buf_printf(out, "  away_s %s\n", text);
}

void stats_write_table_txt(struct buf *out, const struct stats_query *s, const struct stats_table *table, const struct stats_table *before)
{
    stats_write_head_txt(out, s);
    if (!table->is_exact)
        buf_add_str(out, "median and p90 are within 1.6 %\n");
    for (size_t i = 0; i < table->n; i++) {
        const struct stats_row *other = before ? stats_row_before(s, table, i, before) : NULL;

        buf_add_char(out, '\n');
        txt_row(out, &table->rows[i]);
        if (other) {
            buf_add_str(out, "  before: ");
            txt_row(out, other);
        }
    }
}

void stats_write_live_txt(struct buf *out, const struct stats_query *s, const struct stats_live *live)
{
    buf_printf(out, "waiting %lld\n", (long long)live->waiting);
    if (live->longest_wait_s >= 0)
        buf_printf(out, "longest_wait_s %lld\n", (long long)live->longest_wait_s);
    else
        buf_add_str(out, "longest_wait_s -\n");
    buf_printf(out, "active %lld\nagents_online %lld\nagents_max %lld\n", (long long)live->active, (long long)live->agents_online, (long long)live->agents_max);
    if (live->connections >= 0)
        buf_printf(out, "connections %lld\n\ntoday: ", (long long)live->connections);
    else
        buf_add_str(out, "connections -\n\ntoday: ");
    txt_span(out, s);
    txt_counts(out, &live->today);
    txt_dist(out, FIGURE_FRT, &live->today.dist[FIGURE_FRT]);
}

void stats_write_chats_txt(struct buf *out, const struct stats_query *s, const struct stats_page *page)
{
    char text[STATS_NUMBER_SIZE], at[CLOCK_TEXT_SIZE];
    struct code code;

    txt_span(out, s);
    buf_printf(out, "%s first; times in seconds; definitions at %s\n", s->list.is_oldest_first ? "oldest" : "newest", STATS_HELP_URL);
    for (size_t i = 0; i < page->n; i++) {
        const struct stats_item *item = &page->items[i];

        clock_rfc3339(item->cdate_ms, at);
        buf_printf(out, "\n%s  %s  %s  ", at, item->session_id, status_code(item->status_id, &code));
        txt_words(out, item->member_name);
        buf_add_str(out, "  ");
        txt_words(out, or_dash(item->agent_name));
        buf_printf(out, "\n  missed %d  abandoned %d  dropped %d ", item->figures.missed, item->figures.abandoned, item->figures.dropped);
        for (int f = 0; f < FIGURE_TOTAL; f++) {
            stats_item_seconds(item, (enum stats_figure)f, text);
            buf_printf(out, " %s %s", stats_figure_name((enum stats_figure)f), or_dash(text));
        }
        buf_add_char(out, '\n');
    }
}
