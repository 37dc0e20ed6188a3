/* timer_jobs: see timer_jobs.h. */
#include "pushd/timer_jobs.h"

#include <stdlib.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/zone.h"
#include "lib/chat/attachment.h"
#include "lib/chat/auth.h"
#include "lib/chat/config.h"
#include "lib/chat/online.h"
#include "lib/chat/program_count.h"
#include "lib/chat/search_index.h"
#include "lib/chat/session.h"
#include "lib/chat/stats.h"
#include "lib/chat/stats_roll.h"
#include "pushd/auto_jobs.h"
#include "pushd/fleet.h"
#include "pushd/hub.h"
#include "pushd/interest.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/presence.h"
#include "pushd/push.h"
#include "pushd/queue_place.h"
#include "pushd/rights.h"
#include "pushd/staff_online.h"
#include "pushd/staff_news.h"

#define TICK_MS 1000
#define CLEAN_MS 600000
#define LIVE_MS 5000
#define AUTO_MS 2000
#define STATS_BUDGET_MS 5000 /* of one turn; what is left is for the next tick */
#define SEARCH_BUDGET_MS 2000

struct timer_jobs {
    struct loop_timer tick; /* first */
    struct push *push;
    int64_t swept_ms, told_ms, logged_ms, cleaned_ms, noted_ms, rolled_ms, lived_ms, entered_ms, said_ms;
    struct auto_jobs *auto_jobs;
    struct stats_turn stats_turn;
    struct stats_live live;
    bool has_live;
    struct staff_news *staff;
    struct live_job *reading;     /* as rolling */
    struct stats_job *rolling;    /* NULL: none runs; it outlives this when it says so */
    struct search_job *entering;  /* the same */
};

/* ---- the log line ---- */

struct count_job {
    struct job job;
    enum outcome outcome;
    struct session_counts counts;
};

static void count_run(struct job *job, struct db *db)
{
    struct count_job *j = (struct count_job *)job;

    j->outcome = session_count(db, &j->counts);
}

static void count_done(struct task *task)
{
    struct count_job *j = (struct count_job *)task;

    if (j->outcome == OUTCOME_DONE)
        log_info("chat_statistics waiting=%lld active=%lld completed=%lld total_messages=%lld", (long long)j->counts.waiting, (long long)j->counts.active,
                 (long long)j->counts.completed, (long long)j->counts.total_messages);
    else
        log_warn("chat_statistics_unknown reason=database_away");
    free(j);
}

static void log_statistics(struct push *push)
{
    struct count_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = count_run;
    j->job.task.on_done = count_done;
    j->outcome = OUTCOME_AWAY;
    job_add(push, &j->job);
}

/* ---- cleaning ---- */

struct clean_job {
    struct job job;
    struct push *push;
    unsigned removed;
};

static void clean_run(struct job *job, struct db *db)
{
    struct clean_job *j = (struct clean_job *)job;

    attachment_sweep(db, push_config(j->push), &j->removed);
    auth_sweep(db);
}

static void clean_done(struct task *task)
{
    struct clean_job *j = (struct clean_job *)task;

    if (j->removed)
        log_info("files_removed count=%u", j->removed);
    free(j);
}

static void clean(struct push *push)
{
    struct clean_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = clean_run;
    j->job.task.on_done = clean_done;
    j->push = push;
    job_add_slow(push, &j->job);
}

/* ---- figures ---- */

/* One at a time, so that the turn has one owner. */
struct stats_job {
    struct job job;
    struct timer_jobs *timers; /* NULL: they are gone */
    const struct config *config;
    struct stats_turn turn;
    struct stats_roll_done done;
    enum outcome outcome;
};

static void stats_run(struct job *job, struct db *db)
{
    struct stats_job *j = (struct stats_job *)job;
    struct stats_turn *turn = j->config->stats_settle ? &j->turn : NULL;

    j->outcome = stats_roll_all(db, j->config, clock_wall_ms(), clock_monotonic_ms() + STATS_BUDGET_MS, turn, &j->done);
}

static void stats_done(struct task *task)
{
    struct stats_job *j = (struct stats_job *)task;

    if (j->timers) {
        j->timers->stats_turn = j->turn;
        j->timers->rolling = NULL;
        if (j->done.is_unfinished)
            j->timers->rolled_ms = 0;
    }
    if (j->done.fixed || j->done.rolled)
        log_debug("stats_rolled chats=%zu blocks=%zu", j->done.fixed, j->done.rolled);
    free(j);
}

static void roll_stats(struct timer_jobs *t)
{
    struct stats_job *j = t->rolling ? NULL : calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = stats_run;
    j->job.task.on_done = stats_done;
    j->timers = t;
    j->config = push_config(t->push);
    j->turn = t->stats_turn;
    t->rolling = j;
    job_add_slow(t->push, &j->job);
}

/* ---- the figures of now ---- */

/* Asked by the clock and not by who asks for /metrics: those are wanted most when the database does not answer. */
struct live_job {
    struct job job;
    struct timer_jobs *timers; /* NULL: they are gone */
    const struct config *config;
    struct stats_live live;
    enum outcome outcome;
};

static void live_run(struct job *job, struct db *db)
{
    struct live_job *j = (struct live_job *)job;
    struct refusal refusal = {0};
    struct zone *zone = NULL;

    if (zone_open(NULL, j->config->timezone, &zone) == ZONE_FOUND)
        j->outcome = stats_live_read(db, j->config, zone, clock_wall_ms(), LANG_EN, &j->live, &refusal);
    zone_free(&zone);
}

static void live_done(struct task *task)
{
    struct live_job *j = (struct live_job *)task;

    if (j->timers) {
        j->timers->reading = NULL;
        j->timers->has_live = j->outcome == OUTCOME_DONE;
        j->timers->live = j->live;
    }
    free(j);
}

static void read_live(struct timer_jobs *t)
{
    struct live_job *j = t->reading ? NULL : calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = live_run;
    j->job.task.on_done = live_done;
    j->outcome = OUTCOME_AWAY;
    j->timers = t;
    j->config = push_config(t->push);
    t->reading = j;
    job_add(t->push, &j->job);
}

/* The database may hang and with it the job: then the figures of before are not those of now. */
const struct stats_live *timer_jobs_live(const struct timer_jobs *t)
{
    return t && t->has_live && clock_wall_ms() - t->live.now_ms < 4 * LIVE_MS ? &t->live : NULL;
}

/* ---- the search's index ---- */

struct search_job {
    struct job job;
    struct timer_jobs *timers; /* NULL: they are gone */
    struct search_filled done;
};

static void search_run(struct job *job, struct db *db)
{
    struct search_job *j = (struct search_job *)job;

    search_fill(db, clock_monotonic_ms() + SEARCH_BUDGET_MS, &j->done);
}

static void search_done(struct task *task)
{
    struct search_job *j = (struct search_job *)task;

    if (j->timers)
        j->timers->entering = NULL;
    if (j->done.chats)
        log_debug("search_entered chats=%zu", j->done.chats);
    free(j);
}

static void enter_chats(struct timer_jobs *t)
{
    struct search_job *j = t->entering ? NULL : calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = search_run;
    j->job.task.on_done = search_done;
    j->timers = t;
    t->entering = j;
    job_add_slow(t->push, &j->job);
}

/* ---- the tick ---- */

static bool is_due(int64_t *last_ms, int64_t now, int64_t interval)
{
    if (now - *last_ms < interval)
        return false;
    *last_ms = now;
    return true;
}

/* What is done once for all loops. */
static void first_tick(struct timer_jobs *t, const struct config *config, int64_t now)
{
    struct push *push = t->push;

    presence_tick(push_presence(push));
    rights_tick(push_rights(push));
    if (is_due(&t->logged_ms, now, config->stats_log_interval))
        log_statistics(push);
    program_count_connections_are(clock_wall_ms(), fleet_metric(push_fleet(push), METRIC_connections));
    if (is_due(&t->lived_ms, now, LIVE_MS))
        read_live(t);
    if (t->staff)
        staff_news_tick(t->staff);
    if (is_due(&t->noted_ms, now, ONLINE_NOTE_MS))
        staff_online_note(push);
    if (is_due(&t->cleaned_ms, now, CLEAN_MS))
        clean(push);
    if (is_due(&t->rolled_ms, now, config->stats_settle ? config->stats_settle : TICK_MS))
        roll_stats(t);
    if (is_due(&t->entered_ms, now, TICK_MS))
        enter_chats(t);
    if (is_due(&t->said_ms, now, AUTO_MS))
        auto_jobs_tick(t->auto_jobs);
}

static void on_tick(struct loop_timer *timer)
{
    struct timer_jobs *t = (struct timer_jobs *)timer;
    struct push *push = t->push;
    struct loop *loop = push_loop(push);
    const struct config *config = push_config(push);
    int64_t now = loop_now(loop), tick = TICK_MS;

    if (push_is_stopping(push))
        return;
    if (push_is_first(push))
        first_tick(t, config, now);
    if (interest_take_miss(push_interest(push)))
        hub_want_sweep(push_hub(push));
    hub_tick(push_hub(push));
    if (is_due(&t->swept_ms, now, config->sweep_interval))
        hub_sweep(push_hub(push));
    if (is_due(&t->told_ms, now, config->sweep_interval)) {
        hub_tell_heads(push_hub(push));
        queue_place_changed(push); /* estimates age */
    }
    metric_set(push_metrics(push), METRIC_loop_lag_seconds, loop_take_lag(loop));
    /* Tests run with intervals below a second. */
    if (config->sweep_interval < tick)
        tick = config->sweep_interval;
    if (config->linger < tick)
        tick = config->linger;
    if (config->stats_log_interval < tick)
        tick = config->stats_log_interval;
    loop_set_timer(loop, &t->tick, now + tick);
}

struct timer_jobs *timer_jobs_start(struct push *push)
{
    struct timer_jobs *t = calloc(1, sizeof *t);
    int64_t now = loop_now(push_loop(push));

    if (!t)
        return NULL;
    t->tick.on_due = on_tick;
    t->push = push;
    t->staff = push_is_first(push) ? staff_news_new(push) : NULL;
    t->lived_ms = now - LIVE_MS;
    t->swept_ms = t->told_ms = t->logged_ms = t->cleaned_ms = t->noted_ms = t->rolled_ms = t->entered_ms = t->said_ms = now;
    t->auto_jobs = auto_jobs_new(push); /* NULL: memory is short, and nothing is said by itself */
    loop_set_timer(push_loop(push), &t->tick, now + 1);
    return t;
}

void timer_jobs_stop(struct timer_jobs **t)
{
    if (*t && (*t)->rolling)
        (*t)->rolling->timers = NULL;
    if (*t && (*t)->reading)
        (*t)->reading->timers = NULL;
    if (*t && (*t)->entering)
        (*t)->entering->timers = NULL;
    if (*t)
        auto_jobs_free(&(*t)->auto_jobs);
    if (*t)
        loop_clear_timer(push_loop((*t)->push), &(*t)->tick);
    if (*t)
        staff_news_free(&(*t)->staff);
    free(*t);
    *t = NULL;
}
