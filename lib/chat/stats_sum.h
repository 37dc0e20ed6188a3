/* stats_sum: what many chats add up to, in a form that can be added up again: counts, and of each figure n, sum, max and either all values (then median and
 * p90 are the nearest rank, exactly) or a histogram (then they are within STATS_ERROR of it). Pure: no database, no clock.
 *
 * The histogram is log-linear over milliseconds: values below 32 ms have a bucket each, and every doubling above is cut into 32 equal buckets, so a bucket
 * is at most 1/32 of its lower bound wide and its middle at most 1/64 from any value in it. Buckets of two histograms are the same: merging is adding. */
#ifndef SANGDAM_CHAT_STATS_SUM_H
#define SANGDAM_CHAT_STATS_SUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/chat/stats_figure.h"

#define STATS_ERROR "0.016" /* the largest relative error of a percentile from a histogram: 1/64 */
#define STATS_SCORES 5      /* 1..5 */

/* One chat's contribution, figures in ns (-1: none). */
struct stats_entry {
    int64_t value[FIGURE_TOTAL];
    bool is_chat; /* false: only figures, no counts */
    bool missed, abandoned, dropped;
    int64_t member_rows, agent_rows, system_rows;
    int score; /* 0: not rated */
};

struct stats_buckets;
struct stats_figure_sum {
    int64_t n, max_ns; /* max_ns -1: none */
    __int128 sum_ns;
    int64_t *values; /* owned; of an exact sum */
    size_t cap;
    struct stats_buckets *buckets; /* owned; of one that is not */
};
struct stats_sum {
    bool is_exact;
    bool has_failed; /* memory ran out: what it says is too little */
    int64_t chats, missed, abandoned, dropped, member_rows, agent_rows, system_rows;
    int64_t scores[STATS_SCORES];
    struct stats_figure_sum figure[FIGURE_TOTAL];
};
void stats_sum_init(struct stats_sum *s, bool is_exact);
void stats_sum_clear(struct stats_sum *s);
void stats_sum_add(struct stats_sum *s, const struct stats_entry *e);
/* The bytes of a sum that is not exact, behind what out holds. */
void stats_sum_write(const struct stats_sum *s, struct buf *out);
/* Adds written bytes to a sum that is not exact. False: they are not what stats_sum_write() wrote; the sum may then hold a part. */
bool stats_sum_read(struct stats_sum *s, const void *bytes, size_t n);
/* Sorts the values of an exact sum. */
void stats_sum_dist(struct stats_sum *s, enum stats_figure figure, struct stats_dist *d_r);
/* How many chats have the figure at or below limit_ns, by whole buckets (the bucket that limit_ns is in counts when its middle is). */
int64_t stats_sum_below(const struct stats_sum *s, enum stats_figure figure, int64_t limit_ns);

#endif
