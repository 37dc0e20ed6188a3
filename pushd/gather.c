/* gather: a list of what waits a kind, and collectors: ordinary jobs of the pool, which take from the list when a worker gets to them. At most one collector a
 * kind waits for a worker, and at most RUNNING_MAX are run: with more, batches would be small while the database has all hands full. */
#include "pushd/gather.h"

#include <pthread.h>
#include <stdlib.h>

#include "pushd/fleet.h"
#include "pushd/metrics.h"
#include "pushd/push.h"

#define RUNNING_MAX 2

struct waiting {
    struct task *first, **last;
    int running;    /* collectors that are run */
    bool is_called; /* a collector waits for a worker */
};

struct gathers {
    pthread_mutex_t lock;
    struct waiting waiting[GATHER_PLACES]; /* under lock */
};

struct collector {
    struct job job;
    const struct gather_kind *kind;
    bool has_run;
};

struct gathers *gathers_new(void)
{
    struct gathers *g = calloc(1, sizeof *g);

    if (!g)
        return NULL;
    pthread_mutex_init(&g->lock, NULL);
    for (int i = 0; i < GATHER_PLACES; i++)
        g->waiting[i].last = &g->waiting[i].first;
    return g;
}

void gathers_free(struct gathers **g)
{
    if (!*g)
        return;
    pthread_mutex_destroy(&(*g)->lock);
    free(*g);
    *g = NULL;
}

/* Under lock: the next jobs in the order in which they came. */
static size_t take(struct waiting *w, struct job **jobs, size_t max)
{
    size_t n = 0;

    while (w->first && n < max) {
        jobs[n++] = (struct job *)w->first;
        w->first = w->first->next;
    }
    if (!w->first)
        w->last = &w->first;
    return n;
}

static void give_back(struct job **jobs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        loop_post(push_loop(jobs[i]->push), &jobs[i]->task);
}

/* What waits can't be run: it goes back as it came. */
static void give_all_back(struct gathers *g, struct waiting *w)
{
    struct job *jobs[GATHER_MAX];
    size_t n;

    do {
        pthread_mutex_lock(&g->lock);
        w->is_called = false;
        n = take(w, jobs, GATHER_MAX);
        pthread_mutex_unlock(&g->lock);
        give_back(jobs, n);
    } while (n > 0);
}

/* Under lock: true when somebody must call a collector. */
static bool wants_collector(struct waiting *w)
{
    if (!w->first || w->is_called || w->running >= RUNNING_MAX)
        return false;
    return w->is_called = true;
}

static void call_collector(struct push *push, const struct gather_kind *kind);

static void collect(struct job *job, struct db *db)
{
    struct collector *c = (struct collector *)job;
    struct gathers *g = fleet_gathers(push_fleet(job->push));
    struct waiting *w = &g->waiting[c->kind->place];
    struct job *jobs[GATHER_MAX];
    bool is_wanted;
    size_t n;

    c->has_run = true;
    pthread_mutex_lock(&g->lock);
    w->is_called = false;
    w->running++;
    n = take(w, jobs, GATHER_MAX);
    is_wanted = wants_collector(w);
    pthread_mutex_unlock(&g->lock);
    if (is_wanted)
        call_collector(job->push, c->kind);
    if (n > 0) {
        c->kind->run(jobs, n, db);
        metric_add(push_metrics(job->push), METRIC_gather_batches, 1);
        metric_add(push_metrics(job->push), METRIC_gather_jobs, (int64_t)n);
    }
    give_back(jobs, n);
    pthread_mutex_lock(&g->lock);
    w->running--;
    is_wanted = wants_collector(w);
    pthread_mutex_unlock(&g->lock);
    if (is_wanted)
        call_collector(job->push, c->kind);
}

static void on_collected(struct task *task)
{
    struct collector *c = (struct collector *)task;
    struct gathers *g = fleet_gathers(push_fleet(c->job.push));

    if (!c->has_run) /* the workers are gone */
        give_all_back(g, &g->waiting[c->kind->place]);
    free(c);
}

/* Any thread. */
static void call_collector(struct push *push, const struct gather_kind *kind)
{
    struct gathers *g = fleet_gathers(push_fleet(push));
    struct collector *c = calloc(1, sizeof *c);

    if (!c) {
        give_all_back(g, &g->waiting[kind->place]);
        return;
    }
    c->job.run = collect;
    c->job.task.on_done = on_collected;
    c->kind = kind;
    job_add(push, &c->job);
}

void gather_add(struct push *push, const struct gather_kind *kind, struct job *job)
{
    struct gathers *g = fleet_gathers(push_fleet(push));
    struct waiting *w = &g->waiting[kind->place];
    bool is_wanted;

    job->push = push;
    job->task.next = NULL;
    pthread_mutex_lock(&g->lock);
    *w->last = &job->task;
    w->last = &job->task.next;
    is_wanted = wants_collector(w);
    pthread_mutex_unlock(&g->lock);
    if (is_wanted)
        call_collector(push, kind);
}
