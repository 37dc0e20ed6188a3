/* histogram: how long things took, in buckets that any process may add to at once, and their text for Prometheus. One set of bounds for all, from 1 ms to
 * 60 s, so that sums over programs and nodes are right. Adding is two relaxed atomic adds: never blocks. */
#ifndef SANGDAM_CHAT_HISTOGRAM_H
#define SANGDAM_CHAT_HISTOGRAM_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define HISTOGRAM_BOUNDS 15
struct histogram {
    _Atomic uint64_t counts[HISTOGRAM_BOUNDS + 1]; /* not cumulative; the last one: above all bounds */
    _Atomic uint64_t sum_us;
};

void histogram_add(struct histogram *h, int64_t us);
/* from's counts on top of to's. */
void histogram_merge(struct histogram *to, const struct histogram *from);
/* The lines of one series: NAME_bucket{LABELS,le="..."} ... NAME_sum, NAME_count. labels: as `program="chat"`, or "". HELP and TYPE are the caller's. */
void histogram_print(const struct histogram *h, struct buf *out, const char *name, const char *labels);

#endif
