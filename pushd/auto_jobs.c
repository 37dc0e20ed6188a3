/* auto_jobs: see auto_jobs.h. */
#include "pushd/auto_jobs.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/auto_message.h"
#include "pushd/job.h"
#include "pushd/push.h"
#include "pushd/spread.h"

/* Lives until its owner and its last job have let go of it. */
struct auto_jobs {
    struct push *push; /* NULL: the owner is gone */
    unsigned running;
};

static void let_go(struct auto_jobs *a)
{
    a->running--;
    if (!a->push && !a->running)
        free(a);
}

/* ---- one chat ---- */

struct say_job {
    struct job job;
    struct auto_jobs *owner;
    struct auto_due due;
    enum outcome outcome;
    struct change change;
};

static void say_run(struct job *job, struct db *db)
{
    struct say_job *j = (struct say_job *)job;

    j->outcome = auto_step(db, &j->due, clock_wall_ms(), &j->change);
}

static void say_done(struct task *task)
{
    struct say_job *j = (struct say_job *)task;

    if (j->outcome == OUTCOME_DONE && j->owner->push) {
        log_debug("auto_message kind=%d session_no=%lld", (int)j->due.kind, (long long)j->due.session_no);
        spread_change(j->owner->push, &j->change);
    }
    change_clear(&j->change);
    let_go(j->owner);
    free(j);
}

static void add_say(struct auto_jobs *a, const struct auto_due *due)
{
    struct say_job *j = calloc(1, sizeof *j);

    if (!j)
        return; /* the next look finds it again */
    j->job.run = say_run;
    j->job.task.on_done = say_done;
    j->owner = a;
    j->due = *due;
    j->outcome = OUTCOME_AWAY;
    change_init(&j->change);
    a->running++;
    job_add_step(a->push, &j->job);
}

/* ---- the look ---- */

struct look_job {
    struct job job;
    struct auto_jobs *owner;
    struct auto_due *list;
    size_t n;
};

static void look_run(struct job *job, struct db *db)
{
    struct look_job *j = (struct look_job *)job;

    auto_due_list(db, clock_wall_ms(), &j->list, &j->n);
}

static void look_done(struct task *task)
{
    struct look_job *j = (struct look_job *)task;

    for (size_t i = 0; j->owner->push && i < j->n; i++)
        add_say(j->owner, &j->list[i]);
    let_go(j->owner);
    free(j->list);
    free(j);
}

struct auto_jobs *auto_jobs_new(struct push *push)
{
    struct auto_jobs *a = calloc(1, sizeof *a);

    if (a)
        a->push = push;
    return a;
}

void auto_jobs_free(struct auto_jobs **a)
{
    if (*a) {
        (*a)->push = NULL;
        if (!(*a)->running)
            free(*a);
    }
    *a = NULL;
}

void auto_jobs_tick(struct auto_jobs *a)
{
    struct look_job *j = !a || a->running ? NULL : calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = look_run;
    j->job.task.on_done = look_done;
    j->owner = a;
    a->running++;
    job_add(a->push, &j->job);
}
