/* push: one loop: putting its rooms together, what it does before each wait, taking it apart. */
#include "pushd/push.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "pushd/account.h"
#include "pushd/conn.h"
#include "pushd/door.h"
#include "pushd/fleet.h"
#include "pushd/hub.h"
#include "pushd/interest.h"
#include "pushd/notify_in.h"
#include "pushd/presence.h"
#include "pushd/push_priv.h"
#include "pushd/queue_place.h"
#include "pushd/rights.h"
#include "pushd/sockjs.h"
#include "pushd/timer_jobs.h"
#include "pushd/truth.h"

const struct config *push_config(const struct push *push) { return fleet_config(push->fleet); }
struct metrics *push_metrics(const struct push *push) { return (struct metrics *)(uintptr_t)&push->metrics; }
struct loop *push_loop(const struct push *push) { return push->loop; }
struct fleet *push_fleet(const struct push *push) { return push->fleet; }
struct job_pool *push_jobs(const struct push *push) { return fleet_jobs(push->fleet); }
struct writer_pool *push_writers(const struct push *push) { return fleet_writers(push->fleet); }
struct roster *push_roster(const struct push *push) { return fleet_roster(push->fleet); }
struct interest *push_interest(const struct push *push) { return push->interest; }
bool push_is_stopping(const struct push *push) { return fleet_is_stopping(push->fleet); }
int64_t push_born(const struct push *push) { return fleet_born(push->fleet); }
struct account_table *push_accounts(const struct push *push) { return push->accounts; }
struct hub *push_hub(const struct push *push) { return push->hub; }
struct queue_place *push_queue_place(const struct push *push) { return push->queue_place; }
struct rights *push_rights(const struct push *push) { return push->rights; }
const char *push_epoch(const struct push *push) { return push->epoch; }
struct conn **push_conns(struct push *push) { return &push->conns; }
struct conn **push_flush_list(struct push *push) { return &push->flush_list; }
bool push_is_first(const struct push *push) { return push->is_first; }
struct door *push_door(const struct push *push) { return push->door; }
struct presence *push_presence(const struct push *push) { return push->presence; }
struct sockjs_table *push_sockjs(const struct push *push) { return push->sockjs; }
struct timer_jobs *push_timers(const struct push *push) { return push->timers; }
struct truth *push_truth(const struct push *push) { return push->truth; }

char *push_read_buffer(struct push *push, size_t *size_r)
{
    *size_r = sizeof push->read_buffer;
    return push->read_buffer;
}

struct buf *push_scratch(struct push *push)
{
    buf_reset(&push->scratch);
    return &push->scratch;
}

void push_set_epoch(struct push *push, const char *epoch)
{
    bool is_other = push->epoch[0] && epoch[0] && strcmp(push->epoch, epoch) != 0;

    if (!epoch[0])
        return;
    memcpy(push->epoch, epoch, strnlen(epoch, sizeof push->epoch - 1) + 1);
    if (!is_other)
        return;
    log_warn("epoch_changed epoch=%s", push->epoch);
    hub_resync_all(push->hub);
}

static int before_wait(void *arg)
{
    struct push *push = arg;
    int wait = -1;

    /* What is written may wake a request of SockJS, and the other way round. */
    for (int i = 0; i < 4; i++) {
        wait = push->door ? door_turn(push->door) : -1;
        conn_flush_all(push);
        if (!push->door || !door_is_awake(push->door))
            break;
        wait = 0;
    }
    if (!push_is_stopping(push))
        return wait;
    /* The first goes last: it has the door's requests, and the others' hand-overs. */
    if (!push->conns && (!push->is_first || fleet_only_first_runs(push->fleet)))
        loop_stop(push->loop);
    return wait < 0 || wait > 100 ? 100 : wait;
}

static bool make_first(struct push *push)
{
    return (push->presence = presence_new(push)) && (push->truth = truth_new(push)) && (push->sockjs = sockjs_table_new(push));
}

struct push *push_new(struct fleet *fleet, bool is_first)
{
    struct push *push = calloc(1, sizeof *push);

    if (!push)
        return NULL;
    push->fleet = fleet;
    push->is_first = is_first;
    if ((push->loop = loop_new()) && (push->accounts = account_table_new()) && (push->interest = interest_new()) && (push->hub = hub_new(push)) &&
        (push->rights = rights_new(push)) && (push->queue_place = queue_place_new(push)) && (!is_first || make_first(push)) &&
        (push->timers = timer_jobs_start(push))) {
        loop_set_hook(push->loop, before_wait, push);
        return push;
    }
    log_error("loop_start_failed");
    push_free(&push);
    return NULL;
}

bool push_open(struct push *push)
{
    return (push->notify_in = notify_in_start(push)) && (push->door = door_open(push));
}

static void on_stop(struct task *task)
{
    struct push *push = (struct push *)((char *)task - offsetof(struct push, stop_task));

    if (push->door)
        door_shut(push->door);
    conn_leave_all(push);
}

void push_begin_stop(struct push *push)
{
    push->stop_task.on_done = on_stop;
    loop_post(push->loop, &push->stop_task);
}

void push_kill_conns(struct push *push)
{
    notify_in_shut(push->notify_in);
    sockjs_table_free(&push->sockjs);
    while (push->conns)
        conn_kill(push->conns);
    conn_flush_all(push);
}

void push_free(struct push **push_p)
{
    struct push *push = *push_p;

    if (!push)
        return;
    notify_in_stop(&push->notify_in);
    door_close(&push->door);
    timer_jobs_stop(&push->timers);
    queue_place_free(&push->queue_place);
    rights_free(&push->rights);
    truth_free(&push->truth);
    presence_free(&push->presence);
    hub_free(&push->hub);
    interest_free(&push->interest);
    account_table_free(&push->accounts);
    loop_free(&push->loop);
    buf_free(&push->scratch);
    free(push);
    *push_p = NULL;
}
