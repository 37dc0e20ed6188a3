#include "lib/chat/stats_figure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chat/code.h"

#define NS_PER_MS INT64_C(1000000)
#define TENTH_NS (100 * NS_PER_MS)

static const char *const names[FIGURE_TOTAL] = {"wait_s", "frt_s", "art_s", "mrt_s", "handle_s", "dur_s"};

const char *stats_figure_name(enum stats_figure figure)
{
    return names[figure];
}

void stats_chat_begin(struct stats_chat *c)
{
    c->start_row_ms = c->end_row_ms = -1;
    c->first_ask_ms = c->pending_ask_ms = c->first_answer_ms = -1;
    c->answerer_id = c->last_talker_id = 0;
    c->gap_sum_ms = c->gap_max_ms = 0;
    c->gaps = 0;
    c->last_talk = 0;
    c->is_answered = false;
    c->member_rows = c->agent_rows = c->system_rows = 0;
    stats_duty_begin(&c->duties);
}

/* Rows are ordered by seq; a clock that was set back between two of them makes a span of 0, not less. */
static int64_t span(int64_t from_ms, int64_t to_ms)
{
    return to_ms > from_ms ? to_ms - from_ms : 0;
}

void stats_chat_row(struct stats_chat *c, char sender_type, int64_t sender_id, bool is_talk, const char *kind, int64_t cdate_ms)
{
    if (sender_type == 'S' || !is_talk) {
        c->system_rows++;
        if (!strcmp(kind, "START") && c->start_row_ms < 0)
            c->start_row_ms = cdate_ms;
        else if (!strcmp(kind, "END") || !strcmp(kind, "CANCEL"))
            c->end_row_ms = cdate_ms;
        return;
    }
    c->last_talk = sender_type;
    if (sender_type == 'M') {
        c->member_rows++;
        if (c->first_ask_ms < 0)
            c->first_ask_ms = cdate_ms;
        if (c->pending_ask_ms < 0)
            c->pending_ask_ms = cdate_ms;
        return;
    }
    c->agent_rows++;
    c->is_answered = true;
    c->last_talker_id = sender_id;
    if (c->pending_ask_ms < 0)
        return;
    if (c->first_answer_ms < 0) {
        c->first_answer_ms = cdate_ms;
        c->answerer_id = sender_id;
    }
    int64_t gap = span(c->pending_ask_ms, cdate_ms);
    c->gap_sum_ms += gap;
    if (gap > c->gap_max_ms)
        c->gap_max_ms = gap;
    c->gaps++;
    c->pending_ask_ms = -1;
}

/* Rows that were written by hand may lack accept_time: the START row says it too, and so does a start_time behind the request (ours is the
 * request's own) of a chat that has an agent. */
static int64_t accepted_at(const struct stats_chat *c)
{
    if (c->accept_ms >= 0)
        return c->accept_ms;
    if (c->start_row_ms >= 0)
        return c->start_row_ms;
    return c->admin_id && c->status_id != STATUS_WAITING && c->start_ms > c->cdate_ms ? c->start_ms : -1;
}

/* Likewise who ended a chat that nobody accepted: reasons that only the customer's side gives. */
static bool left_by_customer(const struct stats_chat *c)
{
    if (c->is_abandoned || c->ended_by == 'M')
        return true;
    return !c->ended_by && (c->exit_reason_id == EXIT_CANCELLED || c->exit_reason_id == EXIT_WINDOW_CLOSED || c->exit_reason_id == EXIT_JUST_EXIT);
}

void stats_chat_duties(struct stats_chat *c)
{
    int64_t end = c->end_ms >= 0 ? c->end_ms : c->end_row_ms;

    stats_duty_end(&c->duties, c->admin_id ? c->admin_id : c->last_talker_id, accepted_at(c), c->status_id == STATUS_COMPLETED ? end : -1);
}

void stats_chat_end(const struct stats_chat *c, struct stats_figures *f)
{
    int64_t accept = accepted_at(c), end = c->end_ms >= 0 ? c->end_ms : c->end_row_ms, held = c->hold_ms;
    bool is_completed = c->status_id == STATUS_COMPLETED;

    for (int i = 0; i < FIGURE_TOTAL; i++)
        f->value[i] = -1;
    if (!is_completed)
        end = -1;
    if (accept >= 0)
        f->value[FIGURE_WAIT] = span(c->cdate_ms, accept) * NS_PER_MS;
    if (c->first_answer_ms >= 0)
        f->value[FIGURE_FRT] = span(c->first_ask_ms, c->first_answer_ms) * NS_PER_MS;
    if (c->gaps > 0) {
        f->value[FIGURE_ART] = (c->gap_sum_ms * NS_PER_MS + c->gaps / 2) / c->gaps;
        f->value[FIGURE_MRT] = c->gap_max_ms * NS_PER_MS;
    }
    if (end >= 0 && accept >= 0) {
        if (c->hold_since_ms >= 0)
            held += span(c->hold_since_ms, end);
        f->value[FIGURE_HANDLE] = span(held, span(accept, end)) * NS_PER_MS; /* what is left of the whole, at least 0 */
    }
    if (end >= 0)
        f->value[FIGURE_DUR] = span(c->cdate_ms, end) * NS_PER_MS;
    f->agent_id = c->admin_id ? c->admin_id : c->last_talker_id;
    f->answerer_id = c->answerer_id;
    f->abandoned = is_completed && accept < 0 && !c->is_answered && left_by_customer(c);
    f->missed = is_completed && !c->is_answered && !f->abandoned;
    f->dropped = is_completed && c->last_talk == 'M';
    f->is_open = true;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

int64_t stats_nearest_rank(const int64_t *values, size_t n, int percent)
{
    size_t position = (n * (size_t)percent + 99) / 100;

    return values[position > 0 ? position - 1 : 0];
}

static int64_t half_up(int64_t ns)
{
    return (ns + TENTH_NS / 2) / TENTH_NS * TENTH_NS;
}

void stats_dist_make(int64_t *values, size_t n, bool is_mean, struct stats_dist *d)
{
    __int128 sum = 0;

    *d = (struct stats_dist){.n = (int64_t)n, .mean_ns = -1, .median_ns = -1, .p90_ns = -1, .max_ns = -1};
    if (n == 0)
        return;
    qsort(values, n, sizeof(*values), compare);
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    /* A chat's mean gap is kept to the nanosecond. Thirds of a second that add up to an exact half must not fall short of it for that. */
    d->mean_ns = half_up((int64_t)(sum / (int64_t)n) + (is_mean ? 1 : 0));
    d->median_ns = stats_nearest_rank(values, n, 50);
    d->p90_ns = stats_nearest_rank(values, n, 90);
    d->max_ns = values[n - 1];
    if (is_mean) {
        d->median_ns = half_up(d->median_ns);
        d->p90_ns = half_up(d->p90_ns);
        d->max_ns = half_up(d->max_ns);
    }
}

void stats_seconds(int64_t ns, char out[STATS_NUMBER_SIZE])
{
    int64_t seconds = ns / NS_PER_MS / 1000;
    int behind = (int)(ns / NS_PER_MS % 1000), places = 3;
    char text[STATS_NUMBER_SIZE], *p = text + sizeof(text);

    out[0] = '\0';
    if (ns < 0)
        return;
    *--p = '\0';
    for (; behind && behind % 10 == 0; behind /= 10)
        places--;
    if (behind) {
        for (; places > 0; places--, behind /= 10)
            *--p = (char)('0' + behind % 10);
        *--p = '.';
    }
    do
        *--p = (char)('0' + seconds % 10);
    while (seconds /= 10);
    memcpy(out, p, (size_t)(text + sizeof(text) - p));
}
