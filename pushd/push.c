/* push: putting the rooms together, and taking them apart in an order that loses nothing: the door first, then the connections, then the writers
 * with what waits in them, then the workers. */
#include "pushd/push.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "pushd/account.h"
#include "pushd/conn.h"
#include "pushd/door.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/notify_in.h"
#include "pushd/presence.h"
#include "pushd/push_priv.h"
#include "pushd/queue_place.h"
#include "pushd/rights.h"
#include "pushd/sockjs.h"
#include "pushd/timer_jobs.h"
#include "pushd/truth.h"
#include "pushd/unix_socket.h"
#include "pushd/writer.h"

const struct config *push_config(const struct push *push)
{
    return atomic_load_explicit(&((struct push *)(uintptr_t)push)->config, memory_order_acquire);
}

struct metrics *push_metrics(const struct push *push) { return (struct metrics *)(uintptr_t)&push->metrics; }
struct loop *push_loop(const struct push *push) { return push->loop; }
struct account_table *push_accounts(const struct push *push) { return push->accounts; }
struct door *push_door(const struct push *push) { return push->door; }
struct hub *push_hub(const struct push *push) { return push->hub; }
struct job_pool *push_jobs(const struct push *push) { return push->jobs; }
struct presence *push_presence(const struct push *push) { return push->presence; }
struct queue_place *push_queue_place(const struct push *push) { return push->queue_place; }
struct rights *push_rights(const struct push *push) { return push->rights; }
struct sockjs_table *push_sockjs(const struct push *push) { return push->sockjs; }
struct truth *push_truth(const struct push *push) { return push->truth; }
struct writer_pool *push_writers(const struct push *push) { return push->writers; }
int64_t push_born(const struct push *push) { return push->born_ms; }
const char *push_epoch(const struct push *push) { return push->epoch; }
bool push_is_database_up(const struct push *push) { return push->is_database_up; }
bool push_is_stopping(const struct push *push) { return push->is_stopping; }
struct conn **push_conns(struct push *push) { return &push->conns; }
struct conn **push_flush_list(struct push *push) { return &push->flush_list; }

char *push_read_buffer(struct push *push, size_t *size_r)
{
    *size_r = sizeof push->read_buffer;
    return push->read_buffer;
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

void push_set_database_up(struct push *push, bool is_up)
{
    if (is_up == push->is_database_up)
        return;
    push->is_database_up = is_up;
    metric_set(&push->metrics, METRIC_database_up, is_up);
    if (is_up) {
        log_info("database_up");
        hub_want_sweep(push->hub);
    } else {
        log_warn("database_away");
    }
}

static int before_wait(void *arg)
{
    struct push *push = arg;
    int wait = -1;

    /* What is written may wake a request of SockJS, and the other way round. */
    for (int i = 0; i < 4; i++) {
        wait = door_turn(push->door);
        conn_flush_all(push);
        if (!door_is_awake(push->door))
            break;
        wait = 0;
    }
    if (push->is_stopping && !push->conns)
        loop_stop(push->loop);
    return push->is_stopping && (wait < 0 || wait > 100) ? 100 : wait;
}

struct push *push_start(struct config *config)
{
    struct push *push = calloc(1, sizeof *push);

    if (!push) {
        config_free(&config);
        return NULL;
    }
    push->lock_fd = -1;
    atomic_store(&push->config, config);
    push->born_ms = clock_monotonic_ms();
    if (unix_socket_lock(config->pushd_socket, &push->lock_fd) && (push->loop = loop_new()) && (push->accounts = account_table_new()) &&
        (push->hub = hub_new(push)) && (push->presence = presence_new(push)) && (push->rights = rights_new(push)) &&
        (push->truth = truth_new(push)) && (push->sockjs = sockjs_table_new(push)) && (push->queue_place = queue_place_new(push)) && (push->jobs = job_pool_start(push, (int)config->push_workers)) &&
        (push->writers = writer_pool_start(push, (int)config->push_writers)) && (push->notify_in = notify_in_start(push)) &&
        (push->door = door_open(push)) && (push->timers = timer_jobs_start(push))) {
        loop_set_hook(push->loop, before_wait, push);
        return push;
    }
    push_free(&push);
    return NULL;
}

void push_reload(struct push *push)
{
    char error[512];
    struct old_config *old = calloc(1, sizeof *old);
    struct config *config = old ? config_load(push_config(push)->path, error, sizeof error) : NULL;

    if (!config) {
        log_error("configuration_kept reason=\"%s\"", old ? error : "out of memory");
        free(old);
        return;
    }
    old->config = atomic_exchange(&push->config, config);
    old->next = push->old_configs;
    push->old_configs = old;
    log_info("configuration_reloaded");
}

void push_begin_stop(struct push *push)
{
    if (push->is_stopping)
        return;
    push->is_stopping = true;
    log_info("stopping connections=%lld", (long long)metric_get(&push->metrics, METRIC_connections));
    door_shut(push->door);
    for (struct conn *conn = push->conns; conn; conn = conn->next)
        conn_doom(conn, WS_CLOSE_GOING_AWAY);
}

void push_free(struct push **push_p)
{
    struct push *push = *push_p;
    struct config *config;

    if (!push)
        return;
    push->is_stopping = true;
    notify_in_stop(&push->notify_in);
    sockjs_table_free(&push->sockjs);
    timer_jobs_stop(&push->timers);
    while (push->conns)
        conn_kill(push->conns);
    writer_pool_stop(&push->writers);
    job_pool_stop(&push->jobs);
    if (push->loop) {
        loop_drain(push->loop);
        conn_flush_all(push);
        loop_drain(push->loop);
    }
    door_close(&push->door);
    queue_place_free(&push->queue_place);
    rights_free(&push->rights);
    truth_free(&push->truth);
    presence_free(&push->presence);
    hub_free(&push->hub);
    account_table_free(&push->accounts);
    loop_free(&push->loop);
    if (push->lock_fd >= 0)
        close(push->lock_fd);
    while (push->old_configs) {
        struct old_config *old = push->old_configs;
        push->old_configs = old->next;
        config_free(&old->config);
        free(old);
    }
    config = atomic_load(&push->config);
    config_free(&config);
    free(push);
    *push_p = NULL;
}
