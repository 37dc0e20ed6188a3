/* fleet: starting the loops, and stopping in an order that loses nothing: the door first, then the connections, then the writers with what waits in
 * them, then the workers, and then those who were waiting for an answer of theirs. */
#include "pushd/fleet.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "pushd/backplane.h"
#include "pushd/gather.h"
#include "pushd/job.h"
#include "pushd/mailer.h"
#include "pushd/push_priv.h"
#include "pushd/roster.h"
#include "pushd/spread.h"
#include "pushd/unix_socket.h"
#include "pushd/writer.h"

struct old_config {
    struct old_config *next;
    struct config *config;
};

struct fleet {
    _Atomic(struct config *) config;
    struct old_config *old_configs; /* replaced by HUP; threads may still look at them */
    struct metrics metrics;
    struct roster *roster;
    struct gathers *gathers;
    struct job_pool *jobs;
    struct writer_pool *writers;
    struct mailer *mailer, *pusher; /* of web push */
    struct backplane *backplane;
    struct push *loops[LOOPS_MAX];
    int count;
    atomic_int running; /* threads beside the first */
    atomic_uint next;
    atomic_bool is_stopping, is_database_up;
    int64_t born_ms;
    int lock_fd;
};

const struct config *fleet_config(const struct fleet *fleet)
{
    return atomic_load_explicit(&((struct fleet *)(uintptr_t)fleet)->config, memory_order_acquire);
}

struct gathers *fleet_gathers(const struct fleet *fleet) { return fleet->gathers; }
struct job_pool *fleet_jobs(const struct fleet *fleet) { return fleet->jobs; }
struct writer_pool *fleet_writers(const struct fleet *fleet) { return fleet->writers; }
struct roster *fleet_roster(const struct fleet *fleet) { return fleet->roster; }
struct backplane *fleet_backplane(const struct fleet *fleet) { return fleet->backplane; }
struct metrics *fleet_metrics(const struct fleet *fleet) { return (struct metrics *)(uintptr_t)&fleet->metrics; }
int64_t fleet_born(const struct fleet *fleet) { return fleet->born_ms; }
bool fleet_is_stopping(const struct fleet *fleet) { return atomic_load(&((struct fleet *)(uintptr_t)fleet)->is_stopping); }
bool fleet_only_first_runs(const struct fleet *fleet) { return !atomic_load(&((struct fleet *)(uintptr_t)fleet)->running); }
bool fleet_is_database_up(const struct fleet *fleet) { return atomic_load(&((struct fleet *)(uintptr_t)fleet)->is_database_up); }
int fleet_count(const struct fleet *fleet) { return fleet->count; }
struct push *fleet_push(const struct fleet *fleet, int number) { return fleet->loops[number]; }
struct loop *fleet_first_loop(const struct fleet *fleet) { return fleet->loops[0]->loop; }

/* In turn: connections come and go at random, so the loops stay even. */
struct push *fleet_next(struct fleet *fleet)
{
    return fleet->loops[atomic_fetch_add(&fleet->next, 1) % (unsigned)fleet->count];
}

void fleet_set_database_up(struct fleet *fleet, bool is_up)
{
    if (atomic_exchange(&fleet->is_database_up, is_up) == is_up)
        return;
    metric_set(&fleet->metrics, METRIC_database_up, is_up);
    if (is_up) {
        log_info("database_up");
        spread_sweep(fleet);
    } else {
        log_warn("database_away");
    }
}

/* ---- metrics ---- */

int64_t fleet_metric(const struct fleet *fleet, enum metric which)
{
    int64_t sum = metric_get(&fleet->metrics, which);

    for (int i = 0; i < fleet->count; i++)
        sum += metric_get(&fleet->loops[i]->metrics, which);
    return sum;
}

static int64_t longest_lag(const struct fleet *fleet)
{
    int64_t longest = 0;

    for (int i = 0; i < fleet->count; i++) {
        int64_t lag = metric_get(&fleet->loops[i]->metrics, METRIC_loop_lag_seconds);
        if (lag > longest)
            longest = lag;
    }
    return longest;
}

void fleet_print_metrics(const struct fleet *fleet, struct buf *out)
{
    struct metrics sum = {0};

    for (int i = 0; i < HISTOGRAM_TOTAL; i++) {
        histogram_merge(&sum.histograms[i], &fleet->metrics.histograms[i]);
        for (int k = 0; k < fleet->count; k++)
            histogram_merge(&sum.histograms[i], &fleet->loops[k]->metrics.histograms[i]);
    }
    for (int i = 0; i < METRIC_TOTAL; i++)
        metric_set(&sum, (enum metric)i, fleet_metric(fleet, (enum metric)i));
    metric_set(&sum, METRIC_accounts, (int64_t)roster_count(fleet->roster));
    metric_set(&sum, METRIC_loop_lag_seconds, longest_lag(fleet));
    metrics_print(&sum, out);
}

/* ---- start ---- */

/* As many as asked for; 0 asks for half of the cores, since nginx, the FastCGI programs and MariaDB want the others. */
static int wanted_loops(const struct config *config)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    if (config->push_loops)
        return config->push_loops < LOOPS_MAX ? (int)config->push_loops : LOOPS_MAX;
    return cores < 4 ? 1 : cores / 2 < LOOPS_MAX / 2 ? (int)(cores / 2) : LOOPS_MAX / 2;
}

static bool make_loops(struct fleet *fleet)
{
    int wanted = wanted_loops(fleet_config(fleet));

    for (; fleet->count < wanted; fleet->count++)
        if (!(fleet->loops[fleet->count] = push_new(fleet, fleet->count == 0)))
            return false;
    return true;
}

static void *run_loop(void *arg)
{
    struct push *push = arg;

    loop_run(push->loop);
    atomic_fetch_sub(&push->fleet->running, 1);
    return NULL;
}

static bool start_threads(struct fleet *fleet)
{
    for (int i = 1; i < fleet->count; i++) {
        struct push *push = fleet->loops[i];
        atomic_fetch_add(&fleet->running, 1);
        if (pthread_create(&push->thread, NULL, run_loop, push) != 0) {
            atomic_fetch_sub(&fleet->running, 1);
            log_error("loop_thread_failed");
            return false;
        }
        push->has_thread = true;
    }
    return true;
}

static bool start_backplane(struct fleet *fleet)
{
    bool is_ok;

    fleet->backplane = backplane_start(fleet, &is_ok);
    return is_ok;
}

struct fleet *fleet_start(struct config *config)
{
    struct fleet *fleet = calloc(1, sizeof *fleet);

    if (!fleet) {
        config_free(&config);
        return NULL;
    }
    fleet->lock_fd = -1;
    atomic_store(&fleet->config, config);
    fleet->born_ms = clock_monotonic_ms();
    if (unix_socket_lock(config->pushd_socket, &fleet->lock_fd) && (fleet->roster = roster_new()) && (fleet->gathers = gathers_new()) && make_loops(fleet) &&
        (fleet->jobs = job_pool_start(fleet, (int)config->push_workers)) && (fleet->writers = writer_pool_start(fleet)) &&
        start_backplane(fleet) && push_open(fleet->loops[0]) && start_threads(fleet) &&
        (fleet->mailer = mailer_start(fleet, ERRAND_MAIL)) && (fleet->pusher = mailer_start(fleet, ERRAND_WEB_PUSH)))
        return fleet;
    fleet_free(&fleet);
    return NULL;
}

void fleet_run(struct fleet *fleet)
{
    loop_run(fleet->loops[0]->loop);
}

void fleet_reload(struct fleet *fleet)
{
    char error[512];
    struct old_config *old = calloc(1, sizeof *old);
    struct config *config = old ? config_load(fleet_config(fleet)->path, error, sizeof error) : NULL;

    if (!config) {
        log_error("configuration_kept reason=\"%s\"", old ? error : "out of memory");
        free(old);
        return;
    }
    old->config = atomic_exchange(&fleet->config, config);
    old->next = fleet->old_configs;
    fleet->old_configs = old;
    log_info("configuration_reloaded");
}

/* ---- stop ---- */

void fleet_begin_stop(struct fleet *fleet)
{
    if (atomic_exchange(&fleet->is_stopping, true))
        return;
    log_info("stopping connections=%lld", (long long)fleet_metric(fleet, METRIC_connections));
    for (int i = 0; i < fleet->count; i++)
        push_begin_stop(fleet->loops[i]);
}

/* Loops that run no more hold what others still send them: answers of workers, what was published. Until nothing is left. */
static void drain(struct fleet *fleet)
{
    bool was_busy = true;

    while (was_busy) {
        was_busy = false;
        for (int i = 0; i < fleet->count; i++) {
            push_kill_conns(fleet->loops[i]);
            was_busy |= loop_drain(fleet->loops[i]->loop);
        }
    }
}

void fleet_free(struct fleet **fleet_p)
{
    struct fleet *fleet = *fleet_p;
    struct config *config;

    if (!fleet)
        return;
    fleet_begin_stop(fleet);
    for (int i = 1; i < fleet->count; i++)
        if (fleet->loops[i]->has_thread)
            pthread_join(fleet->loops[i]->thread, NULL);
    for (int i = 0; i < fleet->count; i++)
        push_kill_conns(fleet->loops[i]);
    mailer_stop(&fleet->mailer);
    mailer_stop(&fleet->pusher);
    writer_pool_stop(&fleet->writers);
    job_pool_stop(&fleet->jobs);
    backplane_stop(&fleet->backplane);
    drain(fleet);
    for (int i = 0; i < fleet->count; i++)
        push_free(&fleet->loops[i]);
    gathers_free(&fleet->gathers);
    roster_free(&fleet->roster);
    if (fleet->lock_fd >= 0)
        close(fleet->lock_fd);
    while (fleet->old_configs) {
        struct old_config *old = fleet->old_configs;
        fleet->old_configs = old->next;
        config_free(&old->config);
        free(old);
    }
    config = atomic_load(&fleet->config);
    config_free(&config);
    free(fleet);
    *fleet_p = NULL;
}
