/* gather: jobs of one kind that are run together. When a worker becomes free it takes all that wait, so a storm of clients costs a few statements a batch
 * instead of some a client. Nobody waits for company: one that comes alone is run alone, at once. Each goes back to the loop that asked, by its own
 * on_done(), with its own outcome. */
#ifndef SANGDAM_PUSHD_GATHER_H
#define SANGDAM_PUSHD_GATHER_H

#include <stddef.h>

#include "pushd/job.h"

/* Most jobs of one batch. */
#define GATHER_MAX 256

enum gather_place { GATHER_CONNECT, GATHER_SUBSCRIBE, GATHER_PRESENT, GATHER_PLACES };

struct gather_kind {
    enum gather_place place; /* of its own */
    /* On a worker: answers jobs[0..n-1], 1 <= n <= GATHER_MAX. The jobs' own run() is not called. */
    void (*run)(struct job **jobs, size_t n, struct db *db);
};

/* What waits, of all loops. */
struct gathers;
struct gathers *gathers_new(void);
/* After the workers ended and the loops are drained: nothing waits any more. */
void gathers_free(struct gathers **g);

/* Any loop's thread, for itself. kind: static. As with job_add(), a job that can't be run comes back as it went, so its outcome must say "away" from birth. */
void gather_add(struct push *push, const struct gather_kind *kind, struct job *job);

#endif
