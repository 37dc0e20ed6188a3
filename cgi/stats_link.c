#include "cgi/stats_link.h"

#include <stdio.h>
#include <string.h>

#include "cgi/route.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"

void stats_link_add(struct buf *out, const char *name, const char *s)
{
    buf_printf(out, "%c%s=", strchr(buf_str(out), '?') ? '&' : '?', name);
    for (; *s; s++)
        if ((*s >= '0' && *s <= '9') || (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') || strchr("-._~", *s))
            buf_add_char(out, *s);
        else
            buf_printf(out, "%%%02X", (unsigned char)*s);
}

void stats_link_view(struct request *q, enum stats_view view, const char *format, struct buf *out)
{
    const struct field *from = q->route->query, *known = stats_view_fields(view);
    bool is_same_view = strstr(q->path, stats_view_name(view)) != NULL;

    buf_reset(out);
    buf_printf(out, "/stats/%s.%s", stats_view_name(view), format);
    for (int i = 0; from && from[i].name; i++) {
        bool is_own = !strcmp(from[i].name, "group") || !strcmp(from[i].name, "by") || !strcmp(from[i].name, "limit") || !strcmp(from[i].name, "has") ||
                      !strcmp(from[i].name, "slot") || !strcmp(from[i].name, "children") || !strcmp(from[i].name, "figure");

        if (!q->query[i].is_given || (is_own && !is_same_view) || !strcmp(from[i].name, "cursor"))
            continue;
        for (const struct field *f = known; f->name; f++)
            if (!strcmp(f->name, from[i].name)) {
                char number[24];

                snprintf(number, sizeof(number), "%lld", (long long)q->query[i].i);
                if (from[i].type == FIELD_INT)
                    stats_link_add(out, f->name, number);
                else if (q->query[i].len > 0)
                    stats_link_add(out, f->name, q->query[i].s);
            }
    }
}

static void add_number(struct buf *url, const char *name, int64_t v)
{
    char text[24];

    snprintf(text, sizeof(text), "%lld", (long long)v);
    stats_link_add(url, name, text);
}

static void add_time(struct buf *url, const char *name, int64_t ms)
{
    char text[CLOCK_TEXT_SIZE];

    clock_rfc3339(ms, text);
    stats_link_add(url, name, text);
}

void stats_link_list(const struct stats_query *s, const struct stats_row *row, const char *has, struct buf *url)
{
    int64_t from = s->ask.from_ms, to = s->ask.to_ms, period_from = -1, period_to;
    int64_t agent = s->ask.agent_id, category = s->ask.category_id;

    buf_reset(url);
    buf_add_str(url, "/stats/chats.html");
    if (row)
        stats_period_span(s->zone, s->ask.group, row->period, &period_from, &period_to);
    if (period_from >= 0) {
        from = period_from > from ? period_from : from;
        to = period_to < to ? period_to : to;
    }
    add_time(url, "from", from);
    add_time(url, "to", to);
    stats_link_add(url, "tz", zone_name(s->zone));
    if (row && s->ask.by == STATS_BY_AGENT)
        agent = row->by_id;
    if (row && s->ask.by == STATS_BY_CATEGORY)
        category = row->by_id;
    if (agent)
        add_number(url, "agent", agent);
    if (category)
        add_number(url, "category", category);
    if (row && s->ask.by == STATS_BY_CATEGORY)
        stats_link_add(url, "children", "0");
    if (s->ask.is_open_only)
        stats_link_add(url, "hours", "open");
    if (row && s->ask.group == STATS_GROUP_WEEKDAY_HOUR) {
        char key[STATS_KEY_SIZE];

        stats_period_key(s->zone, s->ask.group, row->period, key);
        stats_link_add(url, "slot", key);
    }
    if (*has)
        stats_link_add(url, "has", has);
}
