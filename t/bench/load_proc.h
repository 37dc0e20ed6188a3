/* load_proc: what the server's processes use, from /proc. */
#ifndef SANGDAM_BENCH_LOAD_PROC_H
#define SANGDAM_BENCH_LOAD_PROC_H

#include <stddef.h>

struct proc_use {
    long rss_kb;     /* resident, smaps_rollup */
    long private_kb; /* resident but file pages: Rss of smaps_rollup less RssFile of status */
    double cpu_s;    /* user and system, all threads */
};

/* The sum over n processes; one that is gone counts as nothing. */
struct proc_use proc_read(const int *pids, size_t n);

#endif
