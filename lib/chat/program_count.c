#include "lib/chat/program_count.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/chat/shared_page.h"

#define FRESH_MS 10000

static const char *const names[] = {"account", "chat", "agent", "stats", "file"};
#define NAMES (sizeof(names) / sizeof(names[0]))
_Static_assert(NAMES <= SHARED_PROGRAMS, "each program needs its place in the page");

static int own = -1;

void program_count_start(const char *name)
{
    for (size_t i = 0; i < NAMES; i++)
        if (strcmp(names[i], name) == 0)
            own = (int)i;
}

void program_count_answer(int status, int64_t took_us)
{
    struct shared_program *p;

    if (own < 0 || status < 100 || status > 599)
        return;
    p = &shared_page()->programs[own];
    atomic_fetch_add_explicit(&p->answers[status / 100 - 1], 1, memory_order_relaxed);
    histogram_add(&p->took, took_us);
}

void program_count_print(struct buf *out)
{
    char labels[64];

    buf_add_str(out, "# HELP sangdam_program_responses_total Answers of each FastCGI program, by class of status.\n# TYPE sangdam_program_responses_total counter\n");
    for (size_t i = 0; i < NAMES; i++)
        for (int k = 1; k < SHARED_CLASSES; k++)
            buf_printf(out, "sangdam_program_responses_total{program=\"%s\",status=\"%dxx\"} %" PRIu64 "\n", names[i], k + 1,
                       atomic_load_explicit(&shared_page()->programs[i].answers[k], memory_order_relaxed));
    buf_add_str(out, "# HELP sangdam_program_response_seconds From a request that was read to the end of its answer, of each FastCGI program.\n"
                     "# TYPE sangdam_program_response_seconds histogram\n");
    for (size_t i = 0; i < NAMES; i++) {
        snprintf(labels, sizeof(labels), "program=\"%s\"", names[i]);
        histogram_print(&shared_page()->programs[i].took, out, "sangdam_program_response_seconds", labels);
    }
}

/* ---- connections ---- */

/* A place is its process's until it was silent for FRESH_MS. */
static struct shared_daemon *own_place(int64_t now_ms)
{
    struct shared_daemon *daemons = shared_page()->daemons;
    int64_t pid = getpid();

    for (int i = 0; i < SHARED_DAEMONS; i++)
        if (atomic_load_explicit(&daemons[i].pid, memory_order_relaxed) == pid)
            return &daemons[i];
    for (int i = 0; i < SHARED_DAEMONS; i++) {
        int64_t other = atomic_load_explicit(&daemons[i].pid, memory_order_relaxed), at = atomic_load_explicit(&daemons[i].at_ms, memory_order_relaxed);

        if ((at < now_ms - FRESH_MS || at > now_ms + FRESH_MS) && atomic_compare_exchange_strong(&daemons[i].pid, &other, pid))
            return &daemons[i];
    }
    return NULL;
}

void program_count_connections_are(int64_t now_ms, int64_t connections)
{
    struct shared_daemon *d = own_place(now_ms);

    if (!d)
        return;
    atomic_store_explicit(&d->connections, connections, memory_order_relaxed);
    atomic_store_explicit(&d->at_ms, now_ms, memory_order_relaxed);
}

int64_t program_count_connections(int64_t now_ms)
{
    struct shared_daemon *daemons = shared_page()->daemons;
    int64_t sum = -1;

    for (int i = 0; i < SHARED_DAEMONS; i++) {
        int64_t at = atomic_load_explicit(&daemons[i].at_ms, memory_order_relaxed);

        if (at >= now_ms - FRESH_MS && at <= now_ms + FRESH_MS)
            sum = (sum < 0 ? 0 : sum) + atomic_load_explicit(&daemons[i].connections, memory_order_relaxed);
    }
    return sum;
}
