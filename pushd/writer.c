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

struct writer {
    struct fleet *fleet;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct task *first, **last; /* under lock, like the next two */
    size_t waiting;
    bool is_stopping;
    size_t batch_max;
    _Atomic size_t backlog;     /* = waiting, for those without the lock */
    _Atomic int64_t message_us; /* what a message took lately */
    pthread_t thread;
};

struct writer_pool {
    int count;
    struct writer writer[];
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
static bool is_stale(const struct writer *writer, const struct write *w, int64_t now_ms)
{
    return now_ms - w->added_ms > fleet_config(writer->fleet)->writer_wait_max || (w->until_ms && now_ms > w->until_ms);
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
static void identify(struct writer *writer, struct write **batch, size_t n, struct db *db)
{
    const struct config *config = fleet_config(writer->fleet);
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

static void keep_pace(struct writer *writer, int64_t us, size_t n)
{
    const int64_t was = atomic_load_explicit(&writer->message_us, memory_order_relaxed), is = us / (int64_t)n;

    atomic_store_explicit(&writer->message_us, was ? (3 * was + is) / 4 : is, memory_order_relaxed);
}

static void write_batch(struct writer *writer, struct write **batch, size_t n, struct message_item *items, struct db *db)
{
    const int64_t begin_us = clock_monotonic_us();
    size_t used = 0;

    for (size_t i = 0; i < n; i++)
        if (!is_stale(writer, batch[i], begin_us / 1000))
            make_change(batch[i]);
    identify(writer, batch, n, db);
    for (size_t i = 0; i < n; i++) {
        struct write *w = batch[i];
        if (!w->change)
            continue;
        items[used++] = (struct message_item){
            .who = &w->who,
            .draft = {.session_id = w->session_id, .content = w->content, .content_len = w->content_len,
                      .client_message_id = w->client_message_id[0] ? w->client_message_id : NULL},
            .outcome = OUTCOME_AWAY,
            .change = w->change,
        };
    }
    if (used)
        message_send_batch(db, items, used);
    for (size_t i = 0, at = 0; i < n; i++) {
        if (!batch[i]->change)
            continue;
        batch[i]->outcome = items[at].outcome;
        batch[i]->refusal = items[at].refusal;
        end_handed_over(fleet_config(writer->fleet), batch[i]);
        at++;
    }
    keep_pace(writer, clock_monotonic_us() - begin_us, n);
    metric_add(fleet_metrics(writer->fleet), METRIC_writer_batches, 1);
    metric_add(fleet_metrics(writer->fleet), METRIC_writer_messages, (int64_t)n);
}

/* Takes what waits: a run of messages up to max, or one other change. Under lock. */
static size_t take(struct writer *writer, struct write **batch, size_t max)
{
    size_t n = 0;

    while (writer->first && n < max) {
        struct write *w = (struct write *)writer->first;
        if (n && w->kind != WRITE_MESSAGE)
            break;
        writer->first = w->task.next;
        batch[n++] = w;
        if (w->kind != WRITE_MESSAGE)
            break;
    }
    if (!writer->first)
        writer->last = &writer->first;
    writer->waiting -= n;
    atomic_store_explicit(&writer->backlog, writer->waiting, memory_order_relaxed);
    return n;
}

static void *work(void *arg)
{
    struct writer *writer = arg;
    const struct config *config = fleet_config(writer->fleet);
    size_t max = writer->batch_max;
    struct write **batch = calloc(max, sizeof(struct write *));
    struct message_item *items = calloc(max, sizeof *items);
    struct db *db = db_open(config);

    if (!batch || !items || !db) {
        log_fatal("out_of_memory");
        abort();
    }
    db_set_chaining(db);
    pthread_mutex_lock(&writer->lock);
    for (;;) {
        size_t n = take(writer, batch, max);
        if (!n && writer->is_stopping)
            break;
        if (!n) {
            pthread_cond_wait(&writer->more, &writer->lock);
            continue;
        }
        pthread_mutex_unlock(&writer->lock);
        metric_add(fleet_metrics(writer->fleet), METRIC_writer_queue, -(int64_t)n);
        if (batch[0]->kind == WRITE_MESSAGE)
            write_batch(writer, batch, n, items, db);
        else
            write_one(batch[0], db);
        for (size_t i = 0; i < n; i++)
            give_back(batch[i]);
        db_rest(db); /* it looked up who somebody is, and stored nothing */
        pthread_mutex_lock(&writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    db_close(&db);
    free(batch);
    free(items);
    return NULL;
}

struct writer_pool *writer_pool_start(struct fleet *fleet)
{
    const struct config *config = fleet_config(fleet);
    const bool is_plain = strcmp(config->writer, "plain") == 0;
    const int threads = is_plain ? PLAIN_WRITERS : (int)config->push_writers;
    struct writer_pool *pool = calloc(1, sizeof *pool + (size_t)threads * sizeof pool->writer[0]);

    if (!pool)
        return NULL;
    for (; pool->count < threads; pool->count++) {
        struct writer *writer = &pool->writer[pool->count];
        writer->fleet = fleet;
        writer->last = &writer->first;
        writer->batch_max = is_plain ? 1 : (size_t)config->writer_batch_max;
        pthread_mutex_init(&writer->lock, NULL);
        pthread_cond_init(&writer->more, NULL);
        if (pthread_create(&writer->thread, NULL, work, writer) != 0) {
            log_error("writer_start_failed");
            break;
        }
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
    for (int i = 0; i < pool->count; i++) {
        struct writer *writer = &pool->writer[i];
        pthread_mutex_lock(&writer->lock);
        writer->is_stopping = true;
        pthread_cond_signal(&writer->more);
        pthread_mutex_unlock(&writer->lock);
    }
    for (int i = 0; i < pool->count; i++) {
        struct writer *writer = &pool->writer[i];
        pthread_join(writer->thread, NULL);
        pthread_cond_destroy(&writer->more);
        pthread_mutex_destroy(&writer->lock);
    }
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

int64_t writer_backlog_ms(const struct writer_pool *pool, const char *session_id)
{
    const struct writer *writer = &pool->writer[hash(session_id) % (uint32_t)pool->count];

    return (int64_t)atomic_load_explicit(&writer->backlog, memory_order_relaxed) * atomic_load_explicit(&writer->message_us, memory_order_relaxed) / 1000;
}

bool writer_add(struct writer_pool *pool, struct write *w)
{
    struct writer *writer = &pool->writer[hash(w->session_id) % (uint32_t)pool->count];
    const size_t most = (size_t)fleet_config(writer->fleet)->writer_queue_max;
    bool has_room;

    w->added_ms = clock_monotonic_ms();
    pthread_mutex_lock(&writer->lock);
    has_room = writer->waiting < most;
    if (has_room) {
        w->task.next = NULL;
        *writer->last = &w->task;
        writer->last = &w->task.next;
        writer->waiting++;
        atomic_store_explicit(&writer->backlog, writer->waiting, memory_order_relaxed);
        if (writer->waiting == 1)
            pthread_cond_signal(&writer->more);
    }
    pthread_mutex_unlock(&writer->lock);
    if (has_room)
        metric_add(fleet_metrics(writer->fleet), METRIC_writer_queue, 1);
    return has_room;
}
