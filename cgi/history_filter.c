/* history_filter: see history_filter.h. */
#include "cgi/history_filter.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/nickname.h"
#include "lib/chat/stats_time.h"

#define DAY_S 86400

static struct zone *site_zone(const struct config *config)
{
    struct zone *zone = NULL;
    if (zone_open(NULL, config->timezone, &zone) != ZONE_FOUND && zone_open(NULL, "UTC", &zone) != ZONE_FOUND)
        return NULL;
    return zone;
}

static int64_t days_later(const struct zone *zone, int64_t ms, int days)
{
    int64_t s = ms / 1000;
    return zone_to_utc(zone, s + zone_offset(zone, s) + (int64_t)days * DAY_S) * 1000;
}

bool history_filter_moment(const struct config *config, const char *text, bool is_end, int64_t *ms_r)
{
    struct zone *zone = site_zone(config);
    bool is_date = strlen(text) == 10;
    bool is_fine = zone && text[0] != '-' && stats_moment(zone, text, clock_wall_ms(), ms_r);
    if (is_fine && is_date && is_end)
        *ms_r = days_later(zone, *ms_r, 1);
    zone_free(&zone);
    return is_fine;
}

bool history_filter_period(const struct config *config, const char *name, struct session_filter *filter_r)
{
    static const struct {
        const char *name;
        int days;
    } periods[] = {{"today", 1}, {"week", 7}, {"month", 30}};
    if (*name == '\0' || strcmp(name, "all") == 0)
        return true;
    for (size_t i = 0; i < sizeof periods / sizeof periods[0]; i++) {
        struct zone *zone;
        int64_t from, to;
        if (strcmp(periods[i].name, name) != 0)
            continue;
        zone = site_zone(config);
        if (!zone)
            return false;
        stats_today(zone, clock_wall_ms(), &from, &to);
        filter_r->from_ms = days_later(zone, from, 1 - periods[i].days);
        filter_r->to_ms = to;
        zone_free(&zone);
        return true;
    }
    return history_filter_moment(config, name, false, &filter_r->from_ms) && history_filter_moment(config, name, true, &filter_r->to_ms);
}

bool history_filter_search(const char *text, struct buf *search)
{
    buf_reset(search);
    return utf8_is_blank(text, strlen(text)) || nickname_normalise(text, strlen(text), search);
}

static bool wrong(struct refusal *r, const char *message, const char *field)
{
    refuse_field(r, 400, CODE_INPUT, message, field);
    return false;
}

static bool read_code(const char *group, const struct value *v, int32_t *id_r)
{
    struct code code;
    *id_r = 0;
    if (!v->is_given)
        return true;
    if (!code_resolve(group, v->s, &code))
        return false;
    *id_r = code.code_id;
    return true;
}

bool history_filter_read(const struct request *q, int default_limit, struct session_filter *filter_r, struct buf *search, struct refusal *refusal_r)
{
    const struct value *v = q->query;
    *filter_r = (struct session_filter){.kind = LIST_COMPLETED, .from_ms = -1, .to_ms = -1, .limit = default_limit};
    if (v[HISTORY_FROM].len > 0 && !history_filter_moment(q->config, v[HISTORY_FROM].s, false, &filter_r->from_ms))
        return wrong(refusal_r, "This is neither a date nor a time.", "from");
    if (v[HISTORY_TO].len > 0 && !history_filter_moment(q->config, v[HISTORY_TO].s, true, &filter_r->to_ms))
        return wrong(refusal_r, "This is neither a date nor a time.", "to");
    if (!read_code(GROUP_CATEGORY, &v[HISTORY_CATEGORY], &filter_r->category_id))
        return wrong(refusal_r, "There is no such choice.", "category");
    if (!read_code(GROUP_EXIT, &v[HISTORY_REASON], &filter_r->exit_reason_id))
        return wrong(refusal_r, "There is no such choice.", "reason");
    if (!history_filter_search(v[HISTORY_Q].s, search))
        return wrong(refusal_r, "This can't be searched for.", "q");
    filter_r->search = search->len > 0 ? search->p : NULL;
    filter_r->admin_id = v[HISTORY_AGENT].i;
    filter_r->cursor = v[HISTORY_CURSOR].i;
    if (v[HISTORY_LIMIT].is_given)
        filter_r->limit = (int)v[HISTORY_LIMIT].i;
    return true;
}
