/* history_filter: see history_filter.h. */
#include "cgi/history_filter.h"

#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/base/zone.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/nickname.h"
#include "lib/chat/search_text.h"
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

const char *history_filter_text(const char *text)
{
    return utf8_is_blank(text, strlen(text)) ? NULL : text;
}

bool history_filter_is_search(const struct session_filter *filter)
{
    return filter->search || filter->customer;
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

static bool has_too_many_words(const char *text, size_t n)
{
    struct search_words words;
    bool has = search_words_read(text, n, &words) == SEARCH_WORDS_TOO_MANY;
    search_words_clear(&words);
    return has;
}

/* "#123" is the customer of that number, all else is in the name or the e-mail. */
static void read_customer(const char *text, struct session_filter *filter_r)
{
    int64_t id = 0;
    const char *p = text + 1;

    filter_r->customer = history_filter_text(text);
    if (!filter_r->customer || *text != '#')
        return;
    for (; *p >= '0' && *p <= '9' && id < JSON_MAX_INT / 10; p++)
        id = id * 10 + (*p - '0');
    if (*p == '\0' && id > 0) {
        filter_r->member_id = id;
        filter_r->customer = NULL;
    }
}

bool history_filter_read(const struct config *config, const struct value *v, int default_limit, struct session_filter *filter_r, struct refusal *refusal_r)
{
    *filter_r = (struct session_filter){.kind = LIST_COMPLETED, .from_ms = -1, .to_ms = -1, .limit = default_limit};
    if (v[HISTORY_FROM].len > 0 && !history_filter_moment(config, v[HISTORY_FROM].s, false, &filter_r->from_ms))
        return wrong(refusal_r, "This is neither a date nor a time.", "from");
    if (v[HISTORY_TO].len > 0 && !history_filter_moment(config, v[HISTORY_TO].s, true, &filter_r->to_ms))
        return wrong(refusal_r, "This is neither a date nor a time.", "to");
    if (!read_code(GROUP_CATEGORY, &v[HISTORY_CATEGORY], &filter_r->category_id))
        return wrong(refusal_r, "There is no such choice.", "category");
    if (!read_code(GROUP_EXIT, &v[HISTORY_REASON], &filter_r->exit_reason_id))
        return wrong(refusal_r, "There is no such choice.", "reason");
    if (has_too_many_words(v[HISTORY_Q].s, v[HISTORY_Q].len))
        return wrong(refusal_r, "At most 16 words can be searched for.", "q");
    filter_r->search = history_filter_text(v[HISTORY_Q].s);
    read_customer(v[HISTORY_CUSTOMER].s, filter_r);
    filter_r->score = (int32_t)v[HISTORY_RATING].i;
    filter_r->tag = history_filter_text(v[HISTORY_TAG].s);
    filter_r->admin_id = v[HISTORY_AGENT].i;
    filter_r->cursor = v[HISTORY_CURSOR].i;
    if (v[HISTORY_LIMIT].is_given)
        filter_r->limit = (int)v[HISTORY_LIMIT].i;
    return true;
}
