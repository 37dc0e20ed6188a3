/* writer: see writer.h. */
#include "pushd/writer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/auth.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/rate.h"
#include "pushd/fleet.h"
#include "pushd/push.h"
#include "pushd/spread.h"

#define PLAIN_WRITERS 8
#define LANES 64
/* Batches beside each other share flushes, but what comes while one is made is better put into the next than into another beside it. So a second one begins only when all
 * that are under way have sent their COMMIT and wait longer than a quick disk's flush takes: with a second one 0.5 ms behind the first whatever that did, there were
 * twice as many flushes, and of chats with a side on each of two nodes 15,800 messages a second came through instead of 20,700. */
#define FLUSH_PATIENCE_US 500
#define FLUSH_MESSAGE_US 10 /* for each message: the statement that commits also moves the heads */
/* Or when one takes so long to be made: somebody else holds a row that it needs. */
#define MAKING_PATIENCE_US 10000

/* Chats of one hash. Belongs to one writer at a time, so that the changes of a chat keep the order in which they came. 200 chats that write without end share
 * them by three; with 1,024 lanes, or lanes of a chat's one side, they wrote no more on a disk that takes 5 ms more a flush: what decides there is in the
 * rhythm of the flushes, three of which a message sees, with 2 writers as with 16. */
struct lane {
    struct task *first, **last;
    struct lane *next; /* in the list of those that are ready */
    bool is_owned;
};

struct writer_pool {
    struct fleet *fleet;
    pthread_mutex_t lock;
    pthread_cond_t more, sooner; /* sooner: for the one that is_timed */
    struct lane lanes[LANES]; /* under lock, like all up to is_stopping */
    struct lane *ready, **last_ready; /* with work, and nobody's */
    size_t waiting;
    int busy;          /* writers at work */
    int making;        /* of them, those that have not sent their COMMIT */
    int64_t due_us;    /* when the next may begin beside them */
    bool is_timed;     /* one that idles waits for that */
    bool is_called;    /* one was woken and has not looked yet */
    bool is_stopping;
    bool is_plain;
    size_t batch_max;
    _Atomic size_t backlog;     /* = waiting, for those without the lock */
    _Atomic int64_t message_us; /* what a message took lately */
    int count;
    pthread_t threads[];
};

/* One thread's own. */
struct writer {
    struct writer_pool *pool;
    struct db *db;
    struct write **batch;
    struct message_item *items;
    struct lane *lanes[LANES]; /* that it owns now */
    size_t nlanes, taken;
    bool is_making;
};

struct write *write_new(struct push *push, enum write_kind kind, const char *session_id)
{
    struct write *w = calloc(1, sizeof *w);

    if (!w)
        return NULL;
    w->push = push;
    w->kind = kind;
    w->outcome = OUTCOME_AWAY;
    memcpy(w->session_id, session_id, sizeof w->session_id - 1);
    return w;
}

void write_free(struct write *w)
{
    spread_drop_change(&w->change);
    free(w->content);
    free(w->receipt);
    free(w);
}

static bool make_change(struct write *w)
{
    w->change = spread_new_change();
    return w->change;
}

/* The other loops get what was committed in this thread's order, then whoever asked gets the answer. */
static void give_back(struct write *w)
{
    if (w->outcome == OUTCOME_DONE)
        spread_committed(w->push, w->change);
    loop_post(push_loop(w->push), &w->task);
}

static void write_one(struct write *w, struct db *db)
{
    if (!make_change(w))
        return;
    if (w->kind == WRITE_JOIN)
        w->outcome = session_join(db, &w->who, w->session_id, w->change, &w->refusal);
    else if (w->kind == WRITE_LEAVE)
        w->outcome = session_leave(db, &w->who, w->session_id, w->change, &w->refusal);
    else
        w->outcome = session_present(db, &w->who, w->session_id, true, w->change, &w->refusal);
}

/* A message that has waited too long is left as it is, AWAY: its sender has given up, or will resend it. */
static bool is_stale(const struct writer_pool *pool, const struct write *w, int64_t now_ms)
{
    return now_ms - w->added_ms > fleet_config(pool->fleet)->writer_wait_max || (w->until_ms && now_ms > w->until_ms);
}

/* May the member of this claim send now? What is refused is refused in words by who handed it over. */
static bool admit(const struct config *config, struct write *w, const struct auth_claim *claim)
{
    const struct config_rate rate = config->send_rate;

    w->outcome = claim->outcome == OUTCOME_DONE ? OUTCOME_REFUSED : claim->outcome;
    w->who = claim->who;
    if (claim->outcome != OUTCOME_DONE || *claim->who.scope)
        return false;
    return rate_take(RATE_SEND, (uint64_t)w->who.member_id, rate, rate.count > 3 ? rate.count / 3 : 1, clock_wall_ms()) == 0;
}

/* Finds out whose the messages are that brought a secret, by one statement for all. Who may not send loses its place in the batch: its change. */
static void identify(const struct writer_pool *pool, struct write **batch, size_t n, struct db *db)
{
    const struct config *config = fleet_config(pool->fleet);
    struct auth_claim *claims = NULL, **list = NULL;
    size_t i, count = 0;

    for (i = 0; i < n; i++)
        count += batch[i]->change && batch[i]->secret[0];
    if (!count)
        return;
    claims = calloc(count, sizeof *claims);
    list = calloc(count, sizeof(struct auth_claim *));
    for (i = count = 0; claims && list && i < n; i++)
        if (batch[i]->change && batch[i]->secret[0]) {
            claims[count] = (struct auth_claim){.secret = batch[i]->secret, .is_bearer = batch[i]->secret_is_bearer};
            list[count] = &claims[count];
            count++;
        }
    if (claims && list)
        auth_by_secrets(db, config, list, count);
    for (i = count = 0; i < n; i++)
        if (batch[i]->change && batch[i]->secret[0] && (!claims || !list || !admit(config, batch[i], &claims[count++])))
            spread_drop_change(&batch[i]->change);
    free(claims);
    free(list);
}

/* A message that is not stored does not count for the rate: who handed it over goes the whole way with it. */
static void end_handed_over(const struct config *config, struct write *w)
{
    if (w->secret[0] && w->outcome != OUTCOME_DONE)
        rate_give_back(RATE_SEND, (uint64_t)w->who.member_id, config->send_rate);
}

static void keep_pace(struct writer_pool *pool, int64_t us, size_t n)
{
    const int64_t was = atomic_load_explicit(&pool->message_us, memory_order_relaxed), is = us / (int64_t)n;

    atomic_store_explicit(&pool->message_us, was ? (3 * was + is) / 4 : is, memory_order_relaxed);
}

static void write_batch(struct writer *writer, size_t n)
{
    struct writer_pool *pool = writer->pool;
    struct write **batch = writer->batch;
    struct message_item *items = writer->items;
    const int64_t begin_us = clock_monotonic_us();
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        if (!is_stale(pool, batch[i], begin_us / 1000))
            make_change(batch[i]);
    identify(pool, batch, n, writer->db);
    for (size_t i = 0; i < n; i++) {
        struct write *w = batch[i];
        if (!w->change)
            continue;
        items[used++] = (struct message_item){
            .who = &w->who,
            .draft = {.session_id = w->session_id, .content = w->content, .content_len = w->content_len,
                      .client_message_id = w->client_message_id[0] ? w->client_message_id : NULL, .quote_seq = w->quote_seq},
            .outcome = OUTCOME_AWAY,
            .change = w->change,
        };
    }
    if (used)
        message_send_batch(writer->db, items, used);
    for (size_t i = 0, at = 0; i < n; i++) {
        if (!batch[i]->change)
            continue;
        batch[i]->outcome = items[at].outcome;
        batch[i]->refusal = items[at].refusal;
        end_handed_over(fleet_config(pool->fleet), batch[i]);
        at++;
    }
    keep_pace(pool, clock_monotonic_us() - begin_us, n);
    metric_took(fleet_metrics(pool->fleet), HISTOGRAM_write_seconds, clock_monotonic_us() - begin_us);
    metric_add(fleet_metrics(pool->fleet), METRIC_writer_batches, 1);
    metric_add(fleet_metrics(pool->fleet), METRIC_writer_messages, (int64_t)n);
}

/* ---- lanes, all under lock ---- */

static void make_ready(struct writer_pool *pool, struct lane *lane)
{
    lane->next = NULL;
    *pool->last_ready = lane;
    pool->last_ready = &lane->next;
}

static struct lane *own_next_lane(struct writer *writer)
{
    struct writer_pool *pool = writer->pool;
    struct lane *lane = pool->ready;

    pool->ready = lane->next;
    if (!pool->ready)
        pool->last_ready = &pool->ready;
    lane->is_owned = true;
    writer->lanes[writer->nlanes++] = lane;
    return lane;
}

static struct write *take_first(struct lane *lane)
{
    struct write *w = (struct write *)lane->first;

    lane->first = w->task.next;
    if (!lane->first)
        lane->last = &lane->first;
    return w;
}

static bool has_message(const struct lane *lane)
{
    return lane->first && ((const struct write *)lane->first)->kind == WRITE_MESSAGE;
}

/* Takes what is ready: messages up to batch_max, of each lane those that come before another change; or one other change. */
static size_t take(struct writer *writer)
{
    struct writer_pool *pool = writer->pool;
    size_t n = 0;

    while (pool->ready && n < pool->batch_max && (!n || has_message(pool->ready))) {
        struct lane *lane = own_next_lane(writer);
        if (!has_message(lane)) {
            writer->batch[n++] = take_first(lane);
            break;
        }
        while (has_message(lane) && n < pool->batch_max)
            writer->batch[n++] = take_first(lane);
    }
    pool->waiting -= n;
    atomic_store_explicit(&pool->backlog, pool->waiting, memory_order_relaxed);
    return n;
}

static void give_up_lanes(struct writer *writer)
{
    while (writer->nlanes) {
        struct lane *lane = writer->lanes[--writer->nlanes];
        lane->is_owned = false;
        if (lane->first)
            make_ready(writer->pool, lane);
    }
}

/* There is something to do for one that idles: to begin, or to watch how long the others take. */
static void call_one(struct writer_pool *pool)
{
    if (pool->is_called || pool->busy == pool->count || (pool->busy && pool->is_timed))
        return;
    pool->is_called = true;
    pthread_cond_signal(&pool->more);
}

/* Waits until there is something to do, and it is this writer's turn to do it. False: the end. */
static bool wait_for_turn(struct writer_pool *pool)
{
    for (;;) {
        pool->is_called = false;
        if (pool->ready && (!pool->busy || pool->is_stopping || clock_monotonic_us() >= pool->due_us))
            return true;
        if (!pool->ready && pool->is_stopping)
            return false;
        if (!pool->ready || pool->is_timed) {
            pthread_cond_wait(&pool->more, &pool->lock);
        } else {
            const struct timespec due = {.tv_sec = pool->due_us / 1000000, .tv_nsec = pool->due_us % 1000000 * 1000};
            pool->is_timed = true;
            pthread_cond_timedwait(&pool->sooner, &pool->lock, &due);
            pool->is_timed = false;
        }
    }
}

/* Under lock. */
static void begin_making(struct writer *writer, size_t n)
{
    struct writer_pool *pool = writer->pool;

    pool->busy++;
    pool->making++;
    writer->is_making = true;
    writer->taken = n;
    pool->due_us = clock_monotonic_us() + (pool->is_plain ? 0 : MAKING_PATIENCE_US);
}

/* Under lock. */
static void end_making(struct writer *writer)
{
    struct writer_pool *pool = writer->pool;

    if (!writer->is_making)
        return;
    writer->is_making = false;
    if (--pool->making || pool->is_plain)
        return;
    pool->due_us = clock_monotonic_us() + FLUSH_PATIENCE_US + (int64_t)writer->taken * FLUSH_MESSAGE_US;
    if (pool->is_timed)
        pthread_cond_signal(&pool->sooner);
}

static void on_commit(void *arg)
{
    struct writer *writer = arg;

    pthread_mutex_lock(&writer->pool->lock);
    end_making(writer);
    pthread_mutex_unlock(&writer->pool->lock);
}

/* ---- threads ---- */

static void write_all(struct writer *writer, size_t n)
{
    metric_add(fleet_metrics(writer->pool->fleet), METRIC_writer_queue, -(int64_t)n);
    db_set_config(writer->db, fleet_config(writer->pool->fleet));
    if (writer->batch[0]->kind == WRITE_MESSAGE)
        write_batch(writer, n);
    else
        write_one(writer->batch[0], writer->db);
    for (size_t i = 0; i < n; i++)
        give_back(writer->batch[i]);
    db_rest(writer->db); /* it looked up who somebody is, and stored nothing */
}

static void *work(void *arg)
{
    struct writer_pool *pool = arg;
    struct writer writer = {
        .pool = pool,
        .db = db_open(fleet_config(pool->fleet)),
        .batch = calloc(pool->batch_max, sizeof(struct write *)),
        .items = calloc(pool->batch_max, sizeof(struct message_item)),
    };

    if (!writer.batch || !writer.items || !writer.db) {
        log_fatal("out_of_memory");
        abort();
    }
    db_set_chaining(writer.db);
    db_set_on_commit(writer.db, on_commit, &writer);
    pthread_mutex_lock(&pool->lock);
    while (wait_for_turn(pool)) {
        size_t n = take(&writer);
        begin_making(&writer, n);
        if (pool->ready)
            call_one(pool);
        pthread_mutex_unlock(&pool->lock);
        write_all(&writer, n);
        pthread_mutex_lock(&pool->lock);
        end_making(&writer);
        pool->busy--;
        give_up_lanes(&writer);
    }
    pthread_mutex_unlock(&pool->lock);
    db_close(&writer.db);
    free(writer.batch);
    free(writer.items);
    return NULL;
}

/* The clock that clock_monotonic_us() reads. */
static void make_cond(pthread_cond_t *cond)
{
    pthread_condattr_t attr;

    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(cond, &attr);
    pthread_condattr_destroy(&attr);
}

struct writer_pool *writer_pool_start(struct fleet *fleet)
{
    const struct config *config = fleet_config(fleet);
    const bool is_plain = strcmp(config->writer, "plain") == 0;
    const int threads = is_plain ? PLAIN_WRITERS : (int)config->push_writers;
    struct writer_pool *pool = calloc(1, sizeof *pool + (size_t)threads * sizeof pool->threads[0]);

    if (!pool)
        return NULL;
    pool->fleet = fleet;
    pool->last_ready = &pool->ready;
    for (int i = 0; i < LANES; i++)
        pool->lanes[i].last = &pool->lanes[i].first;
    pool->batch_max = is_plain ? 1 : (size_t)config->writer_batch_max;
    pool->is_plain = is_plain;
    pthread_mutex_init(&pool->lock, NULL);
    make_cond(&pool->more);
    make_cond(&pool->sooner);
    for (; pool->count < threads; pool->count++)
        if (pthread_create(&pool->threads[pool->count], NULL, work, pool) != 0) {
            log_error("writer_start_failed");
            break;
        }
    if (!pool->count)
        writer_pool_stop(&pool);
    return pool;
}

void writer_pool_stop(struct writer_pool **pool_p)
{
    struct writer_pool *pool = *pool_p;

    if (!pool)
        return;
    pthread_mutex_lock(&pool->lock);
    pool->is_stopping = true;
    pthread_cond_broadcast(&pool->more);
    pthread_cond_broadcast(&pool->sooner);
    pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < pool->count; i++)
        pthread_join(pool->threads[i], NULL);
    pthread_cond_destroy(&pool->more);
    pthread_cond_destroy(&pool->sooner);
    pthread_mutex_destroy(&pool->lock);
    free(pool);
    *pool_p = NULL;
}

/* FNV-1a */
static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u;

    for (; *s; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

int64_t writer_backlog_ms(const struct writer_pool *pool)
{
    return (int64_t)atomic_load_explicit(&pool->backlog, memory_order_relaxed) * atomic_load_explicit(&pool->message_us, memory_order_relaxed) / 1000;
}

bool writer_add(struct writer_pool *pool, struct write *w)
{
    struct lane *lane = &pool->lanes[hash(w->session_id) % LANES];
    const size_t most = (size_t)fleet_config(pool->fleet)->writer_queue_max * (size_t)pool->count;
    bool has_room;

    w->added_ms = clock_monotonic_ms();
    w->task.next = NULL;
    pthread_mutex_lock(&pool->lock);
    has_room = pool->waiting < most;
    if (has_room) {
        if (!lane->first && !lane->is_owned)
            make_ready(pool, lane);
        *lane->last = &w->task;
        lane->last = &w->task.next;
        pool->waiting++;
        atomic_store_explicit(&pool->backlog, pool->waiting, memory_order_relaxed);
        if (!lane->is_owned)
            call_one(pool);
    }
    pthread_mutex_unlock(&pool->lock);
    if (has_room)
        metric_add(fleet_metrics(pool->fleet), METRIC_writer_queue, 1);
    return has_room;
}
