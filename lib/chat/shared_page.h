/* shared_page: the one page of memory (counters_file) that all processes of a host share: counters and rate buckets. Only for counter.c, program_count.c and rate.c.
 * Invariant: shared_page() is never NULL. Until shared_page_open() succeeds it is private memory of the process. */
#ifndef SANGDAM_CHAT_SHARED_PAGE_H
#define SANGDAM_CHAT_SHARED_PAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/chat/histogram.h"

#define SHARED_PAGE_MAGIC UINT64_C(0x3230676470676e73) /* changes with the layout below */
#define SHARED_COUNTERS 128
#define SHARED_PROGRAMS 8
#define SHARED_CLASSES 5 /* of statuses, 1xx first */
#define SHARED_DAEMONS 16
#define SHARED_SLOTS 16384 /* a power of two */

struct shared_slot {
    _Atomic uint64_t key; /* 0: free; a slot that was taken never becomes free again, only another key's */
    _Atomic int64_t tat_us; /* theoretical arrival time of GCRA */
};

struct shared_program {
    _Atomic uint64_t answers[SHARED_CLASSES];
    struct histogram took;
};
struct shared_daemon {
    _Atomic int64_t pid, at_ms, connections; /* at_ms: wall time of what it said last */
};

struct shared_page {
    uint64_t magic;
    _Atomic uint64_t counters[SHARED_COUNTERS];
    struct shared_program programs[SHARED_PROGRAMS];
    struct shared_daemon daemons[SHARED_DAEMONS];
    struct shared_slot slots[SHARED_SLOTS];
};

/* Maps path, creating it (0660) when it is missing and replacing it when it is of another layout. False when it can't (logged); then all go on
 * in private memory. A second call does nothing. For the start of a program, before its threads. */
bool shared_page_open(const char *path);
struct shared_page *shared_page(void);

#endif
