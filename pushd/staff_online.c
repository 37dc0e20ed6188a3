/* staff_online: see staff_online.h. A note that fails or comes late is mended by the next one. Jobs overtake each other: each looks, when it comes back,
 * whether what it wrote still holds, and has it written right otherwise. */
#include "pushd/staff_online.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/chat/online.h"
#include "pushd/account.h"
#include "pushd/job.h"
#include "pushd/push.h"

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
    const struct account_table *accounts = push_accounts(j->push);

    if (!push_is_stopping(j->push)) {
        for (size_t i = 0; i < j->n; i++)
            if (!account_find(accounts, j->ids[i])) /* left while it was being noted */
                staff_online_forget(j->push, j->ids[i]);
        if (j->gone_id && account_find(accounts, j->gone_id)) /* came while it was being forgotten */
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
    size_t room = account_count(push_accounts(push));
    struct online_job *j = new_job(push, room);

    if (!j)
        return;
    j->n = account_staff(push_accounts(push), j->ids, room);
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
