/* timer_jobs: what happens by the clock: the tick of a second, sweeps, heads, the log line of statistics. */
#ifndef SANGDAM_PUSHD_TIMER_JOBS_H
#define SANGDAM_PUSHD_TIMER_JOBS_H

struct push;
struct timer_jobs;

struct timer_jobs *timer_jobs_start(struct push *push);
void timer_jobs_stop(struct timer_jobs **t);

#endif
