/* writer: see writer.h. */
#include "pushd/writer.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "pushd/fleet.h"
#include "pushd/push.h"
#include "pushd/spread.h"

/* What may wait for one writer: some seconds of work. More is refused as overload. */
#define WAITING_MAX 16384

struct writer {
    struct fleet *fleet;
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct task *first, **last; /* under lock, like the next two */
    size_t waiting;
    bool is_stopping;
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

static void write_batch(struct writer *writer, struct write **batch, size_t n, struct message_item *items, struct db *db)
{
    size_t used = 0;

    for (size_t i = 0; i < n; i++) {
        struct write *w = batch[i];
        if (!make_change(w))
            continue;
        items[used++] = (struct message_item){
            .who = &w->who,
            .draft = {.session_id = w->session_id, .content = w->content, .content_len = w->content_len,
                      .client_message_id = w->client_message_id[0] ? w->client_message_id : NULL},
            .outcome = OUTCOME_AWAY,
            .change = w->change,
        };
    }
    message_send_batch(db, items, used);
    for (size_t i = 0, at = 0; i < n; i++) {
        if (!batch[i]->change)
            continue;
        batch[i]->outcome = items[at].outcome;
        batch[i]->refusal = items[at].refusal;
        at++;
    }
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
    return n;
}

static void *work(void *arg)
{
    struct writer *writer = arg;
    const struct config *config = fleet_config(writer->fleet);
    size_t max = (size_t)config->writer_batch_max;
    struct write **batch = calloc(max, sizeof(struct write *));
    struct message_item *items = calloc(max, sizeof *items);
    struct db *db = db_open(config);

    if (!batch || !items || !db) {
        log_fatal("out_of_memory");
        abort();
    }
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
        pthread_mutex_lock(&writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    db_close(&db);
    free(batch);
    free(items);
    return NULL;
}

struct writer_pool *writer_pool_start(struct fleet *fleet, int threads)
{
    struct writer_pool *pool = calloc(1, sizeof *pool + (size_t)threads * sizeof pool->writer[0]);

    if (!pool)
        return NULL;
    for (; pool->count < threads; pool->count++) {
        struct writer *writer = &pool->writer[pool->count];
        writer->fleet = fleet;
        writer->last = &writer->first;
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

bool writer_add(struct writer_pool *pool, struct write *w)
{
    struct writer *writer = &pool->writer[hash(w->session_id) % (uint32_t)pool->count];
    bool has_room;

    pthread_mutex_lock(&writer->lock);
    has_room = writer->waiting < WAITING_MAX;
    if (has_room) {
        w->task.next = NULL;
        *writer->last = &w->task;
        writer->last = &w->task.next;
        writer->waiting++;
        if (writer->waiting == 1)
            pthread_cond_signal(&writer->more);
    }
    pthread_mutex_unlock(&writer->lock);
    if (has_room)
        metric_add(fleet_metrics(writer->fleet), METRIC_writer_queue, 1);
    return has_room;
}
