/* timer_jobs: what happens by the clock: the tick of a second, sweeps, heads, the log line of statistics, the figures of now. */
#ifndef SANGDAM_PUSHD_TIMER_JOBS_H
#define SANGDAM_PUSHD_TIMER_JOBS_H

struct push;
struct stats_live;
struct timer_jobs;

struct timer_jobs *timer_jobs_start(struct push *push);
void timer_jobs_stop(struct timer_jobs **t);
/* How chats stood at most some seconds ago, for /metrics; NULL: the database did not say. The first loop's. */
const struct stats_live *timer_jobs_live(const struct timer_jobs *t);

#endif
