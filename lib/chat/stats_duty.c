#include "lib/chat/stats_duty.h"

#include <string.h>

void stats_duty_begin(struct stats_duties *d)
{
    d->n = 0;
    d->going = d->away = -1;
}

static int add(struct stats_duties *d, int64_t agent_id, bool is_away, int64_t at_ms)
{
    if (d->n == STATS_DUTIES_MAX)
        return -1;
    d->list[d->n] = (struct stats_duty){agent_id, at_ms, -1, is_away};
    return d->n++;
}

/* Where the clock was set back a stretch is empty, never negative. */
static void stop(struct stats_duties *d, int *which, int64_t at_ms)
{
    if (*which >= 0)
        d->list[*which].to_ms = at_ms > d->list[*which].from_ms ? at_ms : d->list[*which].from_ms;
    *which = -1;
}

static void stop_both(struct stats_duties *d, int64_t at_ms)
{
    stop(d, &d->away, at_ms);
    stop(d, &d->going, at_ms);
}

void stats_duty_row(struct stats_duties *d, char sender_type, int64_t sender_id, bool is_talk, const char *kind, int64_t agent_id, bool of_agent, int64_t at_ms)
{
    bool is_start = !strcmp(kind, "START"), is_transfer = !strcmp(kind, "TRANSFER");

    if (is_talk && sender_type == 'A') {
        if (d->going < 0)
            d->going = add(d, sender_id, false, at_ms);
        else if (!d->list[d->going].agent_id)
            d->list[d->going].agent_id = sender_id;
        stop(d, &d->away, at_ms);
    } else if (is_start || is_transfer) {
        stop_both(d, at_ms);
        if (is_start || agent_id)
            d->going = add(d, agent_id, false, at_ms);
    } else if (!strcmp(kind, "END") || !strcmp(kind, "CANCEL")) {
        stop_both(d, at_ms);
    } else if (!strcmp(kind, "AWAY") && of_agent && d->going >= 0 && d->away < 0) {
        d->away = add(d, d->list[d->going].agent_id, true, at_ms);
    } else if (!strcmp(kind, "BACK") && of_agent) {
        stop(d, &d->away, at_ms);
    }
}

void stats_duty_end(struct stats_duties *d, int64_t agent_id, int64_t accept_ms, int64_t end_ms)
{
    int kept = 0, last = d->going;

    if (d->n == 0 && accept_ms >= 0 && agent_id)
        d->going = last = add(d, agent_id, false, accept_ms);
    for (int i = d->n - 1; i >= 0 && last < 0; i--) /* the one that END closed */
        if (!d->list[i].is_away)
            last = i;
    if (last >= 0 && !d->list[last].agent_id)
        d->list[last].agent_id = agent_id;
    if (end_ms >= 0)
        stop_both(d, end_ms);
    for (int i = 0; i < d->n; i++) {
        struct stats_duty one = d->list[i];

        if (one.is_away && !one.agent_id) /* of the stretch that it lies in */
            for (int k = i - 1; k >= 0 && !one.agent_id; k--)
                one.agent_id = d->list[k].is_away ? 0 : d->list[k].agent_id;
        if (one.agent_id && (one.to_ms < 0 || one.to_ms > one.from_ms))
            d->list[kept++] = one;
    }
    d->n = kept;
    d->going = d->away = -1;
}
