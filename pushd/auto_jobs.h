/* auto_jobs: what the site says by itself (lib/chat/auto_message.h), looked for every two seconds by the first loop. Which node says it is decided by the lock of the
 * chat's row; the others find that it was said. */
#ifndef SANGDAM_PUSHD_AUTO_JOBS_H
#define SANGDAM_PUSHD_AUTO_JOBS_H

struct push;
struct auto_jobs;

struct auto_jobs *auto_jobs_new(struct push *push);
/* Jobs that run still end by themselves. */
void auto_jobs_free(struct auto_jobs **a);
/* The first loop. Does nothing while what the last one began is not done. */
void auto_jobs_tick(struct auto_jobs *a);

#endif
