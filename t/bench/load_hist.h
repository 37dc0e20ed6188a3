/* load_hist: a histogram of times, log-linear, 1.6 % wide, fixed in size. */
#ifndef SANGDAM_BENCH_LOAD_HIST_H
#define SANGDAM_BENCH_LOAD_HIST_H

#include <stdint.h>

#define HIST_BINS (64 * 64)

struct hist {
    uint64_t count, max_ns;
    uint64_t bins[HIST_BINS];
};

void hist_add(struct hist *h, uint64_t ns);
/* Forgets all. */
void hist_reset(struct hist *h);
/* The time in milliseconds that a part q (0..1) of all stays below; 0 when there is none. */
double hist_ms(const struct hist *h, double q);

#endif
