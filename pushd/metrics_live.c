#include "pushd/metrics_live.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>

#include "lib/base/buf.h"
#include "lib/chat/stats.h"

static void print_gauge(struct buf *out, const char *name, const char *text, int64_t v)
{
    buf_printf(out, "# HELP sangdam_%s %s.\n# TYPE sangdam_%s gauge\nsangdam_%s %" PRId64 "\n", name, text, name, name, v);
}

static void print_spread(struct buf *out, const char *name, const char *text, const struct stats_spread *s)
{
    buf_printf(out, "# HELP sangdam_%s %s.\n# TYPE sangdam_%s histogram\n", name, text, name);
    for (int i = 0; i < STATS_LIMITS; i++)
        buf_printf(out, "sangdam_%s_bucket{le=\"%" PRId64 "\"} %" PRId64 "\n", name, stats_limits_s[i], s->below[i]);
    buf_printf(out, "sangdam_%s_bucket{le=\"+Inf\"} %" PRId64 "\nsangdam_%s_sum %" PRId64 ".%03d\nsangdam_%s_count %" PRId64 "\n", name, s->n, name, s->sum_ns / 1000000000,
               (int)(s->sum_ns / 1000000 % 1000), name, s->n);
}

/* Of each figure of today, as the stats say it. */
static void print_median(struct buf *out, const struct stats_row *today)
{
    char text[STATS_NUMBER_SIZE];

    buf_add_str(out, "# HELP sangdam_today_median_seconds The median of each figure over today's chats that have it.\n# TYPE sangdam_today_median_seconds gauge\n");
    for (int f = 0; f < FIGURE_TOTAL; f++) {
        stats_seconds(today->dist[f].median_ns, text);
        buf_printf(out, "sangdam_today_median_seconds{figure=\"%s\"} %s\n", stats_figure_name((enum stats_figure)f), text[0] ? text : "NaN");
    }
}

void metrics_live_print(const struct stats_live *live, struct buf *out)
{
    static const struct {
        const char *name, *text;
        enum stats_figure figure;
    } spreads[] = {{"today_wait_seconds", "Today's chats: request to first accept (wait_s)", FIGURE_WAIT},
                   {"today_first_response_seconds", "Today's chats: first question to first answer (frt_s)", FIGURE_FRT},
                   {"today_handle_seconds", "Today's chats: first accept to the end, less hold (handle_s)", FIGURE_HANDLE}};

    print_gauge(out, "figures_up", "1 while the figures of now are known", live != NULL);
    if (!live)
        return;
    print_gauge(out, "chats_waiting", "Chats that wait for an agent now", live->waiting);
    print_gauge(out, "longest_wait_seconds", "How long the chat at the head of the queue has waited; 0 when nobody waits", live->longest_wait_s < 0 ? 0 : live->longest_wait_s);
    print_gauge(out, "chats_active", "Chats that an agent has now", live->active);
    print_gauge(out, "agents_online", "Agents and chiefs who are there now", live->agents_online);
    print_gauge(out, "agents_max", "Agents and chiefs who could be there", live->agents_max);
    print_gauge(out, "today_chats", "Chats requested today, in the site's zone", live->today.chats);
    print_gauge(out, "today_missed", "Chats of today that are over and in which no agent wrote", live->today.missed);
    print_gauge(out, "today_abandoned", "Chats of today whose customer went before an accept", live->today.abandoned);
    print_gauge(out, "today_dropped", "Chats of today that are over and whose last message is the customer's", live->today.dropped);
    print_median(out, &live->today);
    for (size_t i = 0; i < sizeof(spreads) / sizeof(spreads[0]); i++)
        print_spread(out, spreads[i].name, spreads[i].text, &live->spread[spreads[i].figure]);
}
