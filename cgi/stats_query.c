#include "cgi/stats_query.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cgi/answer.h"
#include "lib/base/clock.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"

#define LIMIT_DEFAULT 50
#define LIMIT_MAX 200
#define LIMIT_MAX_CSV STATS_LIST_MAX
#define STREAM_PAGE 5000 /* rows of one SELECT of an export */

enum { Q_TZ, Q_BOM, Q_FROM, Q_TO, Q_AGENT, Q_CATEGORY, Q_HOURS, Q_GROUP, Q_BY, Q_COMPARE, Q_FIGURE, Q_LIMIT = Q_GROUP, Q_CURSOR, Q_SORT, Q_HAS, Q_SLOT, Q_CHILDREN };
#define FIELDS_NOW {"tz", FIELD_TEXT, false, 0, 0}, {"bom", FIELD_INT, false, 0, 1}
#define FIELDS_SPAN                                                                                                                  \
    FIELDS_NOW, {"from", FIELD_TEXT, false, 0, 0}, {"to", FIELD_TEXT, false, 0, 0}, {"agent", FIELD_INT, false, 1, INT64_MAX >> 11}, \
        {"category", FIELD_CODE, false, 0, 0}, {"hours", FIELD_TEXT, false, 0, 0}
const struct field stats_live_fields[] = {FIELDS_NOW, {.name = NULL}};
const struct field stats_queue_fields[] = {FIELDS_SPAN, {.name = NULL}};
const struct field stats_table_fields[] = {FIELDS_SPAN,
                                           {"group", FIELD_TEXT, false, 0, 0},
                                           {"by", FIELD_TEXT, false, 0, 0},
                                           {"compare", FIELD_TEXT, false, 0, 0},
                                           {"figure", FIELD_TEXT, false, 0, 0},
                                           {.name = NULL}};
const struct field stats_chats_fields[] = {FIELDS_SPAN,
                                           {"limit", FIELD_INT, false, 1, LIMIT_MAX_CSV},
                                           {"cursor", FIELD_TEXT, false, 0, 0},
                                           {"sort", FIELD_TEXT, false, 0, 0},
                                           {"has", FIELD_TEXT, false, 0, 0},
                                           {"slot", FIELD_TEXT, false, 0, 0},
                                           {"children", FIELD_INT, false, 0, 1},
                                           {.name = NULL}};

static const char *const view_names[STATS_VIEW_TOTAL] = {"live", "summary", "agents", "categories", "hours", "chats", "messages", "queue", "csat"};
static const struct {
    const char *name, *type, *subtype;
} formats[STATS_FORMAT_TOTAL] = {
    {"json", "application", "json"}, {"csv", "text", "csv"}, {"html", "text", "html"}, {"txt", "text", "plain"}, {"svg", "image", "svg+xml"}};

const struct field *stats_view_fields(enum stats_view view)
{
    switch (view) {
    case STATS_LIVE:
        return stats_live_fields;
    case STATS_CHATS:
        return stats_chats_fields;
    case STATS_QUEUE:
        return stats_queue_fields;
    default:
        return stats_table_fields;
    }
}

const char *stats_view_name(enum stats_view view)
{
    return view_names[view];
}

const char *stats_format_name(enum stats_format format)
{
    return formats[format].name;
}

/* ---- the format ---- */

/* The q of a media range's parameters, in thousandths. */
static int quality(const char *p, const char *end)
{
    int q = 0, digit = 1000;

    for (; p < end; p++)
        if (*p == ';') {
            p += 1 + strspn(p + 1, " \t");
            if (p + 1 < end && (*p == 'q' || *p == 'Q') && p[1] == '=')
                break;
        }
    if (p >= end)
        return 1000;
    for (p += 2; p < end && digit > 0; p++) {
        if (*p >= '0' && *p <= '9') {
            q += (*p - '0') * digit;
            digit /= 10;
        } else if (*p != '.') {
            break;
        }
    }
    return q > 1000 ? 1000 : q;
}

/* How much a client wants a type (RFC 9110 12.5.1): the q of the narrowest range that holds it. */
static int wanted(const char *accept, const char *type, const char *subtype)
{
    size_t nt = strlen(type), ns = strlen(subtype);
    int best = 0, narrow = -1, fit;

    for (const char *p = accept; *p;) {
        const char *end = p + strcspn(p, ",");

        p += strspn(p, " \t");
        if (!strncmp(p, "*/*", 3))
            fit = 0;
        else if (!strncasecmp(p, type, nt) && !strncmp(p + nt, "/*", 2))
            fit = 1;
        else if (!strncasecmp(p, type, nt) && p[nt] == '/' && !strncasecmp(p + nt + 1, subtype, ns) && strchr(" \t;,", p[nt + 1 + ns]))
            fit = 2;
        else
            fit = -1;
        if (fit >= 0 && fit >= narrow) {
            narrow = fit;
            best = quality(p, end);
        }
        p = *end ? end + 1 : end;
    }
    return best;
}

/* What is not accepted at all is answered as JSON: better than 406 with nothing. */
static enum stats_format format_by_accept(const char *accept, bool has_picture)
{
    enum stats_format format = STATS_JSON;
    int best = 0, q;

    for (int i = 0; accept && i < (has_picture ? STATS_FORMAT_TOTAL : STATS_SVG); i++) {
        q = wanted(accept, formats[i].type, formats[i].subtype);
        if (q > best) {
            best = q;
            format = (enum stats_format)i;
        }
    }
    return format;
}

/* The routes have let only known names through. */
static void read_path(struct request *q, struct stats_query *s)
{
    const char *name = strrchr(q->path, '/') + 1, *dot = strchr(name, '.');
    size_t n = dot ? (size_t)(dot - name) : strlen(name);

    s->view = STATS_SUMMARY; /* of /stats/ itself */
    for (int i = 0; i < STATS_VIEW_TOTAL; i++)
        if (strlen(view_names[i]) == n && !memcmp(view_names[i], name, n))
            s->view = (enum stats_view)i;
    s->format = n ? format_by_accept(http_param(q, "HTTP_ACCEPT"), s->view >= STATS_SUMMARY && s->view <= STATS_HOURS) : STATS_HTML;
    for (int i = 0; dot && i < STATS_FORMAT_TOTAL; i++)
        if (!strcmp(dot + 1, formats[i].name))
            s->format = (enum stats_format)i;
}

/* ---- the parameters ---- */

static bool wrong(struct request *q, const char *message, const char *field)
{
    answer_refuse(q, 400, CODE_INPUT, message, field);
    return false;
}

static bool read_zone(struct request *q, struct stats_query *s)
{
    bool is_asked = q->query[Q_TZ].is_given;

    switch (zone_open(NULL, is_asked ? q->query[Q_TZ].s : q->config->timezone, &s->zone)) {
    case ZONE_FOUND:
        s->ask.zone = s->zone;
        return true;
    case ZONE_UNKNOWN:
        return wrong(q, "There is no such time zone.", is_asked ? "tz" : "timezone");
    default:
        answer_refuse(q, 503, CODE_SERVER, "This server has no time zone data.", "tz");
        return false;
    }
}

/* A page's date fields are sent empty when nobody filled them in. */
static bool is_given(const struct request *q, const struct stats_query *s, int field)
{
    return q->query[field].is_given && !(s->format == STATS_HTML && q->query[field].len == 0);
}

static bool read_span(struct request *q, struct stats_query *s)
{
    stats_today(s->zone, s->now_ms, &s->ask.from_ms, &s->ask.to_ms);
    if (is_given(q, s, Q_FROM) && !stats_moment(s->zone, q->query[Q_FROM].s, s->now_ms, &s->ask.from_ms))
        return wrong(q, "This is no time. Use a date, RFC 3339 or -7d.", "from");
    if (is_given(q, s, Q_TO) && !stats_moment(s->zone, q->query[Q_TO].s, s->now_ms, &s->ask.to_ms))
        return wrong(q, "This is no time. Use a date, RFC 3339 or -7d.", "to");
    if (s->ask.from_ms >= s->ask.to_ms)
        return wrong(q, "The beginning must lie before the end.", "from");
    return true;
}

static bool read_filters(struct request *q, struct stats_query *s)
{
    char name[NICKNAME_SIZE];
    struct code code;
    bool is_staff;

    if (q->query[Q_AGENT].is_given) {
        s->ask.agent_id = q->query[Q_AGENT].i;
        if (!stats_member_name(q->db, s->ask.agent_id, name, &is_staff)) {
            answer_away(q);
            return false;
        }
        if (!is_staff)
            return wrong(q, "There is no such agent.", "agent");
    }
    if (q->query[Q_CATEGORY].is_given) {
        if (!code_resolve(GROUP_CATEGORY, q->query[Q_CATEGORY].s, &code))
            return wrong(q, "There is no such category.", "category");
        s->ask.category_id = code.code_id;
    }
    return true;
}

static bool read_hours(struct request *q, struct stats_query *s)
{
    if (!q->query[Q_HOURS].is_given || !strcmp(q->query[Q_HOURS].s, "all"))
        return true;
    s->ask.is_open_only = true;
    return !strcmp(q->query[Q_HOURS].s, "open") || wrong(q, "Use open or all.", "hours");
}

static bool read_figure(const char *text, enum stats_figure *figure_r)
{
    for (int f = 0; f < FIGURE_TOTAL; f++)
        if (!strcmp(text, stats_figure_name((enum stats_figure)f))) {
            *figure_r = (enum stats_figure)f;
            return true;
        }
    return false;
}

static bool read_chart(struct request *q, struct stats_query *s)
{
    enum stats_figure figure;

    s->chart = -1;
    if (!is_given(q, s, Q_FIGURE) || !strcmp(q->query[Q_FIGURE].s, "chats"))
        return true;
    if (!read_figure(q->query[Q_FIGURE].s, &figure))
        return wrong(q, "Use chats, wait_s, frt_s, art_s, mrt_s, handle_s or dur_s.", "figure");
    s->chart = (int)figure;
    return true;
}

/* The equal period before: by the calendar when the span is of whole days, else as long. */
static bool read_compare(struct request *q, struct stats_query *s)
{
    if (!is_given(q, s, Q_COMPARE))
        return true;
    if (strcmp(q->query[Q_COMPARE].s, "previous"))
        return wrong(q, "Use previous.", "compare");
    if (s->ask.group != STATS_GROUP_NONE && s->ask.by != STATS_BY_NONE)
        return wrong(q, "Comparing works by periods or by agents or categories, not by both at once.", "compare");
    s->has_compare = true;
    s->previous = s->ask;
    stats_span_before(s->zone, s->ask.from_ms, s->ask.to_ms, &s->previous.from_ms, &s->previous.to_ms);
    return s->previous.from_ms >= 0 || wrong(q, "There is no time before.", "compare");
}

static bool read_table(struct request *q, struct stats_query *s)
{
    const char *by = q->query[Q_BY].s;
    enum stats_by fixed = s->view == STATS_AGENTS ? STATS_BY_AGENT : s->view == STATS_CATEGORIES ? STATS_BY_CATEGORY : STATS_BY_NONE;

    s->ask.group = s->view == STATS_HOURS ? STATS_GROUP_HOUR : STATS_GROUP_NONE;
    if (q->query[Q_GROUP].is_given && !stats_group_from_name(q->query[Q_GROUP].s, &s->ask.group))
        return wrong(q, "Use none, hour, day, week, month or weekday-hour.", "group");
    if (s->view == STATS_HOURS && s->ask.group != STATS_GROUP_HOUR && s->ask.group != STATS_GROUP_WEEKDAY_HOUR)
        return wrong(q, "Use hour or weekday-hour here.", "group");
    s->ask.by = fixed;
    if (!q->query[Q_BY].is_given)
        return true;
    if (!strcmp(by, "agent"))
        s->ask.by = STATS_BY_AGENT;
    else if (!strcmp(by, "category"))
        s->ask.by = STATS_BY_CATEGORY;
    else
        return wrong(q, "Use agent or category.", "by");
    return fixed == STATS_BY_NONE || fixed == s->ask.by || wrong(q, "This view has its own.", "by");
}

/* "1795327380123-42": where the page before ended. */
static bool parse_cursor(const char *text, struct stats_cursor *c)
{
    int64_t part[2] = {0, 0};
    int at = 0, digits = 0;

    for (const char *p = text; *p; p++) {
        if (*p == '-' && at == 0 && digits > 0) {
            at = 1;
            digits = 0;
        } else if (*p >= '0' && *p <= '9' && ++digits <= 15) {
            part[at] = part[at] * 10 + (*p - '0');
        } else {
            return false;
        }
    }
    *c = (struct stats_cursor){part[0], part[1]};
    return at == 1 && digits > 0 && part[1] > 0;
}

static bool read_has(struct request *q, struct stats_query *s)
{
    static const char *const names[] = {NULL, "missed", "abandoned", "dropped", "rated"};

    if (!q->query[Q_HAS].is_given)
        return true;
    for (int i = 1; i < STATS_HAS_FIGURE; i++)
        if (!strcmp(q->query[Q_HAS].s, names[i])) {
            s->list.has = (enum stats_has)i;
            return true;
        }
    s->list.has = STATS_HAS_FIGURE;
    return read_figure(q->query[Q_HAS].s, &s->list.figure) || wrong(q, "Use missed, abandoned, dropped, rated, wait_s, frt_s, art_s, mrt_s, handle_s or dur_s.", "has");
}

/* "1T09": Mondays from 9 to 10, as the key of that row. */
static bool read_slot(struct request *q, struct stats_query *s)
{
    const char *t = q->query[Q_SLOT].s;
    int hour;

    s->list.slot = -1;
    if (!q->query[Q_SLOT].is_given)
        return true;
    if (q->query[Q_SLOT].len != 4 || t[0] < '1' || t[0] > '7' || t[1] != 'T' || t[2] < '0' || t[2] > '2' || t[3] < '0' || t[3] > '9')
        return wrong(q, "Use a weekday and an hour as 1T09.", "slot");
    hour = (t[2] - '0') * 10 + t[3] - '0';
    s->list.slot = (t[0] - '1') * 24 + hour;
    return hour < 24 || wrong(q, "Use a weekday and an hour as 1T09.", "slot");
}

static bool read_list(struct request *q, struct stats_query *s)
{
    size_t most = s->format == STATS_CSV ? LIMIT_MAX_CSV : LIMIT_MAX;

    s->is_stream = s->format == STATS_CSV && !q->query[Q_LIMIT].is_given;
    s->list.limit = s->is_stream ? STREAM_PAGE : q->query[Q_LIMIT].is_given ? (size_t)q->query[Q_LIMIT].i : LIMIT_DEFAULT;
    if (s->list.limit > most)
        return wrong(q, "A number is out of range.", "limit");
    if (q->query[Q_CURSOR].is_given &&
        (!parse_cursor(q->query[Q_CURSOR].s, &s->list.after) || s->list.after.cdate_ms < s->ask.from_ms || s->list.after.cdate_ms >= s->ask.to_ms))
        return wrong(q, "This is no place in the list.", "cursor");
    s->list.is_category_alone = s->ask.category_id && q->query[Q_CHILDREN].is_given && q->query[Q_CHILDREN].i == 0;
    if (!read_has(q, s) || !read_slot(q, s))
        return false;
    if (!q->query[Q_SORT].is_given || !strcmp(q->query[Q_SORT].s, "-cdate"))
        return true;
    s->list.is_oldest_first = true;
    return !strcmp(q->query[Q_SORT].s, "cdate") || wrong(q, "Use cdate or -cdate.", "sort");
}

bool stats_query_read(struct request *q, struct stats_query *s)
{
    *s = (struct stats_query){.now_ms = clock_wall_ms()};
    read_path(q, s);
    s->has_bom = q->query[Q_BOM].i == 1;
    if (!read_zone(q, s))
        return false;
    if (s->view == STATS_LIVE) {
        stats_today(s->zone, s->now_ms, &s->ask.from_ms, &s->ask.to_ms);
        return true;
    }
    if (!read_span(q, s) || !read_filters(q, s) || !read_hours(q, s))
        return false;
    if (s->view == STATS_CHATS)
        return read_list(q, s);
    if (s->view == STATS_QUEUE) {
        s->ask.by = STATS_BY_CATEGORY;
        return true;
    }
    return read_table(q, s) && read_compare(q, s) && read_chart(q, s);
}

void stats_query_clear(struct stats_query *s)
{
    zone_free(&s->zone);
}
