/* staff_online: see staff_online.h. A note that fails or comes late is mended by the next one. Jobs overtake each other: each looks, when it comes back,
 * whether what it wrote still holds, and has it written right otherwise. */
#include "pushd/staff_online.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/chat/online.h"
#include "pushd/fleet.h"
#include "pushd/job.h"
#include "pushd/presence.h"
#include "pushd/push.h"
#include "pushd/roster.h"

struct online_job {
    struct job job;
    struct push *push;
    int64_t now_ms, gone_id; /* gone_id: forget this one; 0: note the others */
    size_t n;
    int64_t ids[];
};

static void online_run(struct job *job, struct db *db)
{
    struct online_job *j = (struct online_job *)job;

    if (j->gone_id)
        online_forget(db, j->gone_id);
    else
        online_note(db, j->ids, j->n, j->now_ms);
}

static void online_done(struct task *task)
{
    struct online_job *j = (struct online_job *)task;
    struct roster *roster = push_roster(j->push);

    if (!push_is_stopping(j->push)) {
        for (size_t i = 0; i < j->n; i++)
            if (!roster_is_here(roster, j->ids[i])) /* left while it was being noted */
                staff_online_forget(j->push, j->ids[i]);
        if (j->gone_id && roster_is_here(roster, j->gone_id)) /* came while it was being forgotten */
            staff_online_note(j->push);
    }
    free(j);
}

static struct online_job *new_job(struct push *push, size_t room)
{
    struct online_job *j = calloc(1, sizeof *j + room * sizeof j->ids[0]);

    if (j) {
        j->push = push;
        j->job.run = online_run;
        j->job.task.on_done = online_done;
        j->now_ms = clock_wall_ms();
    }
    return j;
}

void staff_online_note(struct push *push)
{
    size_t room = roster_count(push_roster(push));
    struct online_job *j = new_job(push, room);

    if (!j)
        return;
    j->n = roster_staff(push_roster(push), j->ids, room);
    if (j->n > 0)
        job_add(push, &j->job);
    else
        free(j);
}

void staff_online_forget(struct push *push, int64_t member_id)
{
    struct online_job *j = new_job(push, 0);

    if (!j)
        return;
    j->gone_id = member_id;
    job_add(push, &j->job);
}

/* ---- coming ---- */

struct look_task {
    struct task task;
    struct push *first;
};

static void look_now(struct task *task)
{
    struct look_task *t = (struct look_task *)task;

    presence_tick(push_presence(t->first));
    free(t);
}

void staff_online_came(struct push *push)
{
    struct look_task *t = malloc(sizeof *t);

    staff_online_note(push);
    if (!t)
        return; /* the next tick looks */
    t->task.on_done = look_now;
    t->first = fleet_push(push_fleet(push), 0);
    loop_post(push_loop(t->first), &t->task);
}
