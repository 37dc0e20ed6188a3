/* job: the threads that read the database for the loops (push_workers of them, each with its own connection). A job goes in with job_add(),
 * run() happens on a worker, and on_done() on the loop that asked. Order between jobs is not kept: whoever needs one adds the next in on_done(). */
#ifndef SANGDAM_PUSHD_JOB_H
#define SANGDAM_PUSHD_JOB_H

#include <stdbool.h>

#include "pushd/loop.h"

struct db;
struct fleet;
struct push;

struct job {
    struct task task; /* task.on_done gets it back; must stay the first member */
    void (*run)(struct job *job, struct db *db);
    struct push *push; /* job_add() sets it: the loop that asked gets the answer */
};

struct job_pool;
struct job_pool *job_pool_start(struct fleet *fleet, int threads);
/* Ends the threads. Jobs that were not run yet come back as they were born, so their outcome must say "away" from birth. */
void job_pool_stop(struct job_pool **pool);
/* Any loop's thread, for itself. When the pool has ended the job comes back as it was born. */
void job_add(struct push *push, struct job *job);
/* The same for work that takes a core for long (argon2id): at most half of the threads run such jobs at once, so that reads go on. */
void job_add_slow(struct push *push, struct job *job);
/* The same for steps of the clock, of which thousands may come at once. */
void job_add_step(struct push *push, struct job *job);

#endif
