#include "cgi/stats_svg.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/catalog.h"
#include "lib/base/zone.h"

#define WIDTH 960
#define HEIGHT 320
#define LEFT 56
#define TOP 44
#define BOTTOM 36
#define BARS_MAX 400
#define CELL_WIDTH 36
#define CELL_HEIGHT 32

static const char *const figure_names[FIGURE_TOTAL] = {N_("Waiting time"), N_("First answer"), N_("Mean answer time"), N_("Longest answer time"), N_("Handling time"), N_("Whole time")};

/* What a bar shows, in chats or seconds; -1: nothing. */
static int64_t value_of(const struct stats_query *s, const struct stats_row *row)
{
    int64_t ns;

    if (s->chart < 0)
        return row->chats;
    ns = row->dist[s->chart].median_ns;
    return ns < 0 ? -1 : (ns + 500000000) / 1000000000;
}

static void add_escaped(struct buf *out, const char *s)
{
    for (; *s; s++)
        switch (*s) {
        case '<': buf_add_str(out, "&lt;"); break;
        case '>': buf_add_str(out, "&gt;"); break;
        case '&': buf_add_str(out, "&amp;"); break;
        case '"': buf_add_str(out, "&quot;"); break;
        default: buf_add_char(out, (unsigned char)*s < ' ' ? ' ' : *s);
        }
}

static void open_picture(struct buf *out, const struct stats_query *s, int width, int height, const char *title, enum lang lang, const char *desc)
{
    buf_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"sans-serif\""
               " font-size=\"12\" lang=\"%s\"><title id=\"t\">", width, height, width, height, lang == LANG_KO ? "ko" : "en");
    add_escaped(out, title);
    buf_add_str(out, "</title><desc id=\"d\">");
    add_escaped(out, desc);
    buf_printf(out, "</desc><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/><text x=\"16\" y=\"26\" font-size=\"15\" font-weight=\"bold\" fill=\"#1c2330\">", width, height);
    add_escaped(out, title);
    buf_printf(out, "</text><text x=\"%d\" y=\"26\" text-anchor=\"end\" fill=\"#55607a\">%s</text>", width - 16, zone_name(s->zone));
}

static int64_t top_of(int64_t largest)
{
    static const int64_t steps[] = {2, 4, 10};

    for (int64_t scale = 1; scale < INT64_MAX / 100; scale *= 10)
        for (size_t i = 0; i < 3; i++)
            if (steps[i] * scale >= largest)
                return steps[i] * scale;
    return largest;
}

static void add_bars(struct buf *out, const struct stats_query *s, const struct stats_table *table, int64_t top)
{
    size_t n = table->n, each = (n + 11) / 12;
    int room = HEIGHT - TOP - BOTTOM;
    double width = (double)(WIDTH - LEFT - 16) / (double)n;

    for (int i = 0; i <= 2; i++) {
        int y = HEIGHT - BOTTOM - room * i / 2;

        buf_printf(out, "<path d=\"M%d %d.5H%d\" stroke=\"#d5dae4\"/><text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#55607a\">%lld</text>", LEFT, y, WIDTH - 16, LEFT - 8, y + 4, (long long)(top * i / 2));
    }
    for (size_t i = 0; i < n; i++) {
        int64_t v = value_of(s, &table->rows[i]);
        double x = LEFT + width * (double)i, height = v > 0 ? (double)v * room / (double)top : 0;

        buf_add_str(out, "<g><title>");
        add_escaped(out, table->rows[i].label);
        if (v < 0)
            buf_add_str(out, ": -</title>");
        else
            buf_printf(out, ": %lld</title>", (long long)v);
        buf_printf(out, "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"#2b62d9\"/>", x + width * 0.15, HEIGHT - BOTTOM - height, width * 0.7, height);
        if (i % each == 0) {
            buf_printf(out, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\" fill=\"#55607a\">", x + width / 2, HEIGHT - BOTTOM + 20);
            add_escaped(out, s->ask.by == STATS_BY_NONE && s->ask.group == STATS_GROUP_HOUR ? table->rows[i].label + 11 : table->rows[i].label);
            buf_add_str(out, "</text>");
        }
        buf_add_str(out, "</g>");
    }
}

/* 7 rows of 24: the darker the more, and the number in it. */
static void add_heat(struct buf *out, const struct stats_query *s, const struct stats_table *table, int64_t largest, enum lang lang)
{
    static const char *const fills[] = {"#f2f5fb", "#cfdcf7", "#9bb8f0", "#5c86e3", "#2b62d9"};
    static const char *const weekdays[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

    for (int hour = 0; hour < 24; hour++)
        buf_printf(out, "<text x=\"%d\" y=\"60\" text-anchor=\"middle\" fill=\"#55607a\">%d</text>", LEFT + hour * CELL_WIDTH + CELL_WIDTH / 2, hour);
    for (size_t i = 0; i < table->n && i < 168; i++) {
        int64_t v = value_of(s, &table->rows[i]);
        int level = v > 0 && largest > 0 ? (int)((v * 4 + largest - 1) / largest) : 0, x = LEFT + (int)(i % 24) * CELL_WIDTH, y = 68 + (int)(i / 24) * CELL_HEIGHT;

        if (i % 24 == 0)
            buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" fill=\"#1c2330\">%s</text>", LEFT - 8, y + 20, catalog_text(lang, weekdays[i / 24]));
        buf_add_str(out, "<g><title>");
        add_escaped(out, table->rows[i].label);
        buf_printf(out, "</title><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>", x + 1, y + 1, CELL_WIDTH - 2, CELL_HEIGHT - 2, fills[level]);
        if (v >= 0)
            buf_printf(out, "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\" fill=\"%s\">%lld</text>", x + CELL_WIDTH / 2, y + 20, level >= 3 ? "#fff" : "#1c2330", (long long)v);
        buf_add_str(out, "</g>");
    }
}

void stats_write_table_svg(struct buf *out, const struct stats_query *s, const struct stats_table *table, enum lang lang)
{
    struct stats_table some = *table;
    int64_t largest = 0, v;
    size_t most = 0;
    char title[200], desc[STATS_LABEL_SIZE + 120];

    if (some.n > BARS_MAX)
        some.n = BARS_MAX;
    for (size_t i = 0; i < some.n; i++)
        if ((v = value_of(s, &some.rows[i])) > largest) {
            largest = v;
            most = i;
        }
    if (s->chart < 0)
        snprintf(title, sizeof(title), "%s", catalog_text(lang, "Chats"));
    else
        snprintf(title, sizeof(title), "%s (%s, %s)", catalog_text(lang, figure_names[s->chart]), catalog_text(lang, "Median"), catalog_text(lang, "seconds"));
    snprintf(desc, sizeof(desc), "%s: %.500s: %lld", catalog_text(lang, "Most"), some.n ? some.rows[most].label : "-", (long long)largest);
    if (s->ask.group == STATS_GROUP_WEEKDAY_HOUR && s->ask.by == STATS_BY_NONE) {
        open_picture(out, s, LEFT + 24 * CELL_WIDTH + 16, 68 + 7 * CELL_HEIGHT + 12, title, lang, desc);
        add_heat(out, s, &some, largest, lang);
    } else {
        open_picture(out, s, WIDTH, HEIGHT, title, lang, desc);
        add_bars(out, s, &some, top_of(largest));
    }
    buf_add_str(out, "</svg>\n");
}
