/* job: see job.h. */
#include "pushd/job.h"

#include <pthread.h>
#include <stdlib.h>

#include "lib/base/log.h"
#include "lib/chat/db.h"
#include "pushd/fleet.h"
#include "pushd/push.h"

/* Quick jobs go first. Those of the other lanes run beside them, each lane on no more than half of the threads, so that neither a hundred passwords nor
 * a thousand chats whose people all went away at once hold up a CONNECT. */
enum lane_name { LANE_QUICK, LANE_SLOW, LANE_STEP, LANES };

struct lane {
    struct task *first, **last;
    int running, running_max;
};

struct job_pool {
    struct fleet *fleet;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct lane lanes[LANES]; /* under lock, like all below */
    bool is_stopping;
    int threads;
    pthread_t thread[];
};

static void lane_add(struct lane *lane, struct task *t)
{
    t->next = NULL;
    *lane->last = t;
    lane->last = &t->next;
}

static struct job *lane_take(struct lane *lane)
{
    struct task *t = lane->first;

    lane->first = t->next;
    if (!lane->first)
        lane->last = &lane->first;
    return (struct job *)t;
}

/* The first lane that has a job and a thread's place for it; NULL when none has. Under lock. */
static struct lane *next_lane(struct job_pool *pool)
{
    for (int i = 0; i < LANES; i++)
        if (pool->lanes[i].first && pool->lanes[i].running < pool->lanes[i].running_max)
            return &pool->lanes[i];
    return NULL;
}

static void *worker(void *arg)
{
    struct job_pool *pool = arg;
    struct db *db = db_open(fleet_config(pool->fleet));

    if (!db) {
        log_fatal("out_of_memory");
        abort();
    }
    pthread_mutex_lock(&pool->lock);
    while (!pool->is_stopping) {
        struct lane *lane = next_lane(pool);
        struct job *job;
        if (!lane) {
            pthread_cond_wait(&pool->more, &pool->lock);
            continue;
        }
        job = lane_take(lane);
        lane->running++;
        pthread_mutex_unlock(&pool->lock);
        metric_add(fleet_metrics(pool->fleet), METRIC_worker_queue, -1);
        db_set_config(db, fleet_config(pool->fleet));
        job->run(job, db);
        loop_post(push_loop(job->push), &job->task);
        pthread_mutex_lock(&pool->lock);
        lane->running--;
        if (lane->first && lane->running + 1 == lane->running_max) /* its place is free again, and others may sleep */
            pthread_cond_signal(&pool->more);
    }
    pthread_mutex_unlock(&pool->lock);
    db_close(&db);
    return NULL;
}

struct job_pool *job_pool_start(struct fleet *fleet, int threads)
{
    struct job_pool *pool = calloc(1, sizeof *pool + (size_t)threads * sizeof pool->thread[0]);

    if (!pool)
        return NULL;
    pool->fleet = fleet;
    for (int i = 0; i < LANES; i++) {
        pool->lanes[i].last = &pool->lanes[i].first;
        pool->lanes[i].running_max = i == LANE_QUICK ? threads : threads > 1 ? threads / 2 : 1;
    }
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->more, NULL);
    for (; pool->threads < threads; pool->threads++)
        if (pthread_create(&pool->thread[pool->threads], NULL, worker, pool) != 0) {
            log_error("worker_start_failed");
            break;
        }
    if (!pool->threads)
        job_pool_stop(&pool);
    return pool;
}

static void lane_give_back(struct lane *lane)
{
    while (lane->first) {
        struct job *job = lane_take(lane);
        loop_post(push_loop(job->push), &job->task);
    }
}

void job_pool_stop(struct job_pool **pool_p)
{
    struct job_pool *pool = *pool_p;

    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->more);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->threads; i++)
        pthread_join(pool->thread[i], NULL);
    for (int i = 0; i < LANES; i++)
        lane_give_back(&pool->lanes[i]);
    pthread_cond_destroy(&pool->more);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *pool_p = NULL;
}

static void add(struct push *push, struct job *job, enum lane_name name)
{
    struct job_pool *pool = push_jobs(push);

    job->push = push;
    if (!pool) {
        loop_post(push_loop(push), &job->task);
        return;
    }
    metric_add(push_metrics(push), METRIC_worker_queue, 1);
    pthread_mutex_lock(&pool->lock);
    lane_add(&pool->lanes[name], &job->task);
    pthread_mutex_unlock(&pool->lock);
    pthread_cond_signal(&pool->more); /* behind the lock, or who wakes up would wait for it */
}

void job_add(struct push *push, struct job *job)
{
    add(push, job, LANE_QUICK);
}

void job_add_slow(struct push *push, struct job *job)
{
    add(push, job, LANE_SLOW);
}

void job_add_step(struct push *push, struct job *job)
{
    add(push, job, LANE_STEP);
}
