/* backplane: see backplane.h. Two connections, one to publish, one that is subscribed; both without blocking, watched by poll(). */
#include "config.h"

#include "pushd/backplane.h"

#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "pushd/fleet.h"

#ifndef HAVE_HIREDIS

struct backplane *backplane_start(struct fleet *fleet, bool *ok_r)
{
    *ok_r = true;
    if (config_has_nodes(fleet_config(fleet)))
        log_error("redis_ignored reason=\"built without hiredis: other nodes' messages are found by the sweep\"");
    return NULL;
}

void backplane_stop(struct backplane **backplane) { *backplane = NULL; }
void backplane_tell_change(struct backplane *backplane, const struct change *c) { (void)backplane, (void)c; }
void backplane_tell_live(struct backplane *backplane, const char *session_id, const char *json, size_t n) { (void)backplane, (void)session_id, (void)json, (void)n; }

#else

#include <errno.h>
#include <hiredis/hiredis.h>
#include <hiredis/sds.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/token.h"
#include "lib/chat/notify.h"
#include "lib/chat/session.h"
#include "pushd/backplane_frame.h"
#include "pushd/metrics.h"
#include "pushd/spread.h"

#define WAITING_MAX (8u << 20) /* bytes that may wait for Redis */
#define UNSENT_MAX (1u << 20)  /* of them, bytes in the connection's own buffer */
#define TOGETHER_MAX (BACKPLANE_MAX / 2) /* bytes of letters that go in one message */
#define PING_MS 2000
#define DEAD_MS 6000
#define RETRY_MIN_MS 100
#define RETRY_MAX_MS 2000
#define NODES_MAX 64

struct letter {
    struct letter *next;
    enum backplane_kind kind;
    size_t n;
    char text[];
};

/* Another node, and the number of its last message. */
struct peer_node {
    char node[UUID_TEXT_SIZE];
    uint64_t number;
};

struct line {
    redisContext *redis; /* NULL: not connected */
    int64_t heard_ms, pinged_ms;
};

struct backplane {
    struct fleet *fleet;
    struct backplane_key key;
    char node[UUID_TEXT_SIZE];
    char *channel;
    pthread_t thread;
    pthread_mutex_t lock;
    struct letter *first, **last; /* under lock, with the next two */
    size_t waiting;
    bool is_stopping;
    atomic_bool is_up, has_lost; /* has_lost: something was never told; the next message skips a number, so that who hears it knows */
    int wake_fd;
    /* the thread's own */
    uint64_t number;
    struct line publish, subscribe;
    struct peer_node peers[NODES_MAX];
    int peer_count;
    int64_t retry_ms, retry_at_ms;
};

static void count_many(struct backplane *b, enum metric which, int64_t n)
{
    metric_add(fleet_metrics(b->fleet), which, n);
}

static void count(struct backplane *b, enum metric which)
{
    count_many(b, which, 1);
}

/* ---- telling ---- */

static void note_loss(struct backplane *b, size_t letters)
{
    atomic_store(&b->has_lost, true);
    count_many(b, METRIC_backplane_dropped, (int64_t)letters);
}

static void add_letter(struct backplane *b, struct letter *letter)
{
    uint64_t one = 1;
    bool was_empty, has_room;

    pthread_mutex_lock(&b->lock);
    was_empty = !b->first;
    has_room = b->waiting + letter->n <= WAITING_MAX;
    if (has_room) {
        *b->last = letter;
        b->last = &letter->next;
        b->waiting += letter->n;
    }
    pthread_mutex_unlock(&b->lock);
    if (!has_room) {
        note_loss(b, 1);
        free(letter);
    } else if (was_empty) {
        while (write(b->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
    }
}

static struct letter *new_letter(enum backplane_kind kind, size_t n)
{
    struct letter *letter = malloc(sizeof *letter + n);

    if (letter) {
        letter->next = NULL;
        letter->kind = kind;
        letter->n = n;
    }
    return letter;
}

void backplane_tell_change(struct backplane *b, const struct change *c)
{
    struct buf json = BUF_INIT;
    struct letter *letter = NULL;

    if (!b || !atomic_load_explicit(&b->is_up, memory_order_relaxed))
        return;
    if (notify_encode(c, 1, &json))
        letter = new_letter(BACKPLANE_CHANGE, json.len);
    if (letter) {
        memcpy(letter->text, json.p, json.len);
        add_letter(b, letter);
    } else {
        note_loss(b, 1);
    }
    buf_free(&json);
}

void backplane_tell_live(struct backplane *b, const char *session_id, const char *json, size_t n)
{
    size_t id = strlen(session_id);
    struct letter *letter;

    if (!b || !atomic_load_explicit(&b->is_up, memory_order_relaxed))
        return;
    letter = new_letter(BACKPLANE_LIVE, id + 1 + n);
    if (!letter) {
        note_loss(b, 1);
        return;
    }
    memcpy(letter->text, session_id, id);
    letter->text[id] = ' ';
    memcpy(letter->text + id + 1, json, n);
    add_letter(b, letter);
}

/* ---- hearing ---- */

/* True when the message is the next of its node: otherwise some were lost. A node seen for the first time begins anywhere. */
static bool follows(struct backplane *b, const struct backplane_message *m)
{
    struct peer_node *peer = NULL;
    bool is_next;

    for (int i = 0; i < b->peer_count && !peer; i++)
        if (strcmp(b->peers[i].node, m->node) == 0)
            peer = &b->peers[i];
    if (!peer) {
        peer = &b->peers[b->peer_count < NODES_MAX ? b->peer_count++ : (int)(m->number % NODES_MAX)];
        memcpy(peer->node, m->node, sizeof peer->node);
        peer->number = m->number - 1;
    }
    is_next = m->number == peer->number + 1;
    peer->number = m->number;
    return is_next;
}

static void hear_change(struct backplane *b, const struct backplane_entry *e)
{
    struct change c;
    uint64_t unused;

    change_init(&c);
    if (!notify_decode(e->text, e->n, &c, &unused)) {
        count(b, METRIC_backplane_bad);
        spread_sweep(b->fleet);
    } else if (b->key.is_set) {
        spread_from_node(b->fleet, &c);
    } else { /* anybody may have said so: only worth a look at the log */
        struct session_watch head = {.session_no = c.session.session_no, .head = c.session.message_count};
        spread_heads_from_node(b->fleet, &head, 1);
    }
    change_clear(&c);
}

static void hear_live(struct backplane *b, const struct backplane_entry *e)
{
    char session_id[UUID_TEXT_SIZE] = "";

    if (e->n > UUID_TEXT_SIZE && e->text[UUID_TEXT_SIZE - 1] == ' ')
        memcpy(session_id, e->text, UUID_TEXT_SIZE - 1);
    if (!uuid_is_valid(session_id))
        count(b, METRIC_backplane_bad);
    else if (b->key.is_set)
        spread_live_from_node(b->fleet, session_id, e->text + UUID_TEXT_SIZE, e->n - UUID_TEXT_SIZE);
}

/* False: not all of it could be understood. */
static bool hear_entries(struct backplane *b, struct backplane_message *m)
{
    struct backplane_entry e;

    do {
        if (!backplane_take_entry(m, &e))
            return false;
        count(b, METRIC_backplane_received);
        if (e.kind == BACKPLANE_CHANGE)
            hear_change(b, &e);
        else
            hear_live(b, &e);
    } while (m->len);
    return true;
}

static void hear(struct backplane *b, const char *text, size_t n)
{
    struct backplane_message m;
    bool is_good = backplane_open(text, n, &b->key, &m);

    if (is_good && strcmp(m.node, b->node) == 0)
        return;
    if (is_good && !follows(b, &m)) {
        count(b, METRIC_backplane_gaps);
        spread_sweep(b->fleet);
    }
    if (!is_good || !hear_entries(b, &m)) {
        count(b, METRIC_backplane_bad);
        spread_sweep(b->fleet);
    }
}

/* ---- the lines ---- */

static void line_close(struct line *line)
{
    if (line->redis)
        redisFree(line->redis);
    line->redis = NULL;
}

static void give_up(struct backplane *b, const char *why)
{
    if (atomic_exchange(&b->is_up, false)) {
        atomic_store(&b->has_lost, true); /* what is said meanwhile, and what Redis had not read yet */
        log_warn("redis_away why=\"%s\"", log_value(why));
        metric_set(fleet_metrics(b->fleet), METRIC_backplane_up, 0);
    }
    line_close(&b->publish);
    line_close(&b->subscribe);
    b->peer_count = 0;
    b->retry_ms = b->retry_ms ? b->retry_ms * 2 : RETRY_MIN_MS;
    if (b->retry_ms > RETRY_MAX_MS)
        b->retry_ms = RETRY_MAX_MS;
    b->retry_at_ms = clock_monotonic_ms() + b->retry_ms;
}

static bool line_open(struct backplane *b, struct line *line)
{
    const struct config *config = fleet_config(b->fleet);

    line->redis = config->redis_socket[0] ? redisConnectUnixNonBlock(config->redis_socket)
                                          : redisConnectNonBlock(config->redis_host, (int)config->redis_port);
    if (!line->redis || line->redis->err)
        return false;
    line->heard_ms = line->pinged_ms = clock_monotonic_ms();
    return !config->redis_password[0] || redisAppendCommand(line->redis, "AUTH %s", config->redis_password) == REDIS_OK;
}

static void connect_again(struct backplane *b)
{
    if (!line_open(b, &b->publish) || !line_open(b, &b->subscribe) || redisAppendCommand(b->publish.redis, "PING") != REDIS_OK ||
        redisAppendCommand(b->subscribe.redis, "SUBSCRIBE %s", b->channel) != REDIS_OK)
        give_up(b, "no connection");
}

/* Both lines have answered: what went by meanwhile is read from the log. */
static void up(struct backplane *b)
{
    b->retry_ms = 0;
    if (atomic_exchange(&b->is_up, true))
        return;
    log_info("redis_up");
    metric_set(fleet_metrics(b->fleet), METRIC_backplane_up, 1);
    spread_sweep(b->fleet);
}

static bool is_word(const redisReply *reply, const char *word)
{
    return reply->type == REDIS_REPLY_STRING && strcmp(reply->str, word) == 0;
}

/* False: the line is of no use. */
static bool take_reply(struct backplane *b, const struct line *line, const redisReply *reply)
{
    if (reply->type == REDIS_REPLY_ERROR) {
        log_warn("redis_says text=\"%s\"", log_value(reply->str));
        return false;
    }
    if (line != &b->subscribe || reply->type != REDIS_REPLY_ARRAY || reply->elements < 2)
        return true;
    if (reply->elements == 3 && is_word(reply->element[0], "message") && reply->element[2]->type == REDIS_REPLY_STRING)
        hear(b, reply->element[2]->str, reply->element[2]->len);
    else if (is_word(reply->element[0], "subscribe"))
        up(b);
    return true;
}

static bool line_read(struct backplane *b, struct line *line)
{
    void *reply;

    if (redisBufferRead(line->redis) != REDIS_OK)
        return false;
    line->heard_ms = clock_monotonic_ms();
    for (;;) {
        bool is_good;
        if (redisGetReplyFromReader(line->redis, &reply) != REDIS_OK)
            return false;
        if (!reply)
            return true;
        is_good = take_reply(b, line, reply);
        freeReplyObject(reply);
        if (!is_good)
            return false;
    }
}

static bool line_write(struct line *line)
{
    int done;

    return redisBufferWrite(line->redis, &done) == REDIS_OK;
}

static size_t unsent(const struct line *line)
{
    return line->redis ? sdslen(line->redis->obuf) : 0;
}

/* ---- the thread ---- */

static struct letter *take_letters(struct backplane *b)
{
    struct letter *first;

    pthread_mutex_lock(&b->lock);
    first = b->first;
    b->first = NULL;
    b->last = &b->first;
    b->waiting = 0;
    pthread_mutex_unlock(&b->lock);
    return first;
}

/* How many letters from this one on go together, at least one. */
static size_t count_together(const struct letter *letter)
{
    size_t count = 0, size = 0;

    for (; letter; letter = letter->next, count++) {
        size += letter->n + BACKPLANE_ENTRY_HEAD;
        if (count && size > TOGETHER_MAX)
            break;
    }
    return count;
}

/* True when Redis will get them as one message. */
static bool publish_together(struct backplane *b, const struct letter *letter, size_t n)
{
    struct buf batch = BUF_INIT, sealed = BUF_INIT;
    bool is_told = false;

    if (b->publish.redis && atomic_load(&b->is_up)) {
        const struct letter *one = letter;
        b->number += atomic_exchange(&b->has_lost, false);
        for (size_t i = 0; n > 1 && i < n; i++, one = one->next)
            backplane_add_entry(&batch, one->kind, one->text, one->n);
        if (n > 1)
            backplane_seal(&sealed, &b->key, b->node, ++b->number, BACKPLANE_BATCH, batch.p, batch.len);
        else
            backplane_seal(&sealed, &b->key, b->node, ++b->number, letter->kind, letter->text, letter->n);
        is_told = !buf_failed(&batch) && !buf_failed(&sealed) && redisAppendCommand(b->publish.redis, "PUBLISH %s %b", b->channel, sealed.p, sealed.len) == REDIS_OK;
    }
    buf_free(&batch);
    buf_free(&sealed);
    return is_told;
}

static void publish_letters(struct backplane *b)
{
    struct letter *letter;

    if (unsent(&b->publish) > UNSENT_MAX)
        return; /* Redis is slow: they wait, and are dropped above WAITING_MAX */
    letter = take_letters(b);
    while (letter) {
        const size_t n = count_together(letter);
        if (publish_together(b, letter, n))
            count_many(b, METRIC_backplane_sent, (int64_t)n);
        else
            note_loss(b, n);
        for (size_t i = 0; i < n; i++) {
            struct letter *next = letter->next;
            free(letter);
            letter = next;
        }
    }
}

/* Pings a quiet line; false when it has been dead for too long. */
static bool line_lives(struct line *line, int64_t now)
{
    if (now - line->heard_ms >= DEAD_MS)
        return false;
    if (now - line->heard_ms >= PING_MS && now - line->pinged_ms >= PING_MS) {
        line->pinged_ms = now;
        return redisAppendCommand(line->redis, "PING") == REDIS_OK;
    }
    return true;
}

static short events_of(const struct line *line)
{
    return (short)(POLLIN | (unsent(line) ? POLLOUT : 0));
}

static bool line_serve(struct backplane *b, struct line *line, short events)
{
    if (events & (POLLIN | POLLHUP | POLLERR) && !line_read(b, line))
        return false;
    return !line->redis || !unsent(line) || !(events & POLLOUT) || line_write(line);
}

static void turn(struct backplane *b)
{
    struct pollfd fds[3] = {{.fd = b->wake_fd, .events = POLLIN}};
    int64_t now = clock_monotonic_ms();
    bool is_connected;
    uint64_t n;

    if (!b->publish.redis && now >= b->retry_at_ms)
        connect_again(b);
    is_connected = b->publish.redis && b->subscribe.redis;
    if (is_connected) {
        fds[1] = (struct pollfd){.fd = b->publish.redis->fd, .events = events_of(&b->publish)};
        fds[2] = (struct pollfd){.fd = b->subscribe.redis->fd, .events = events_of(&b->subscribe)};
    }
    if (poll(fds, is_connected ? 3 : 1, is_connected ? 500 : (int)(b->retry_ms ? b->retry_ms : RETRY_MIN_MS)) < 0)
        return;
    if (fds[0].revents)
        while (read(b->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
            ;
    if (is_connected) {
        now = clock_monotonic_ms();
        if (!line_serve(b, &b->publish, fds[1].revents) || !line_serve(b, &b->subscribe, fds[2].revents) || !line_lives(&b->publish, now) ||
            !line_lives(&b->subscribe, now))
            give_up(b, b->publish.redis->err ? b->publish.redis->errstr : b->subscribe.redis->err ? b->subscribe.redis->errstr : "no answer");
    }
    publish_letters(b);
    if (b->publish.redis && atomic_load(&b->is_up) && unsent(&b->publish) && !line_write(&b->publish))
        give_up(b, b->publish.redis->errstr);
}

static bool is_stopping(struct backplane *b)
{
    bool yes;

    pthread_mutex_lock(&b->lock);
    yes = b->is_stopping;
    pthread_mutex_unlock(&b->lock);
    return yes;
}

static void *run(void *arg)
{
    struct backplane *b = arg;

    while (!is_stopping(b))
        turn(b);
    publish_letters(b);
    if (b->publish.redis)
        line_write(&b->publish);
    return NULL;
}

struct backplane *backplane_start(struct fleet *fleet, bool *ok_r)
{
    const struct config *config = fleet_config(fleet);
    struct backplane *b;

    *ok_r = true;
    if (!config_has_nodes(config))
        return NULL;
    *ok_r = false;
    b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->fleet = fleet;
    b->last = &b->first;
    b->channel = strdup(config->redis_channel);
    b->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    backplane_key_from(config->redis_key, &b->key);
    uuid_new(b->node);
    pthread_mutex_init(&b->lock, NULL);
    if (!b->key.is_set)
        log_warn("redis_key_missing text=\"other nodes' messages are read from the database\"");
    if (!b->channel || b->wake_fd < 0 || pthread_create(&b->thread, NULL, run, b) != 0) {
        log_error("backplane_start_failed");
        pthread_mutex_destroy(&b->lock);
        free(b->channel);
        if (b->wake_fd >= 0)
            close(b->wake_fd);
        free(b);
        return NULL;
    }
    *ok_r = true;
    return b;
}

void backplane_stop(struct backplane **b_p)
{
    struct backplane *b = *b_p;
    uint64_t one = 1;

    if (!b)
        return;
    pthread_mutex_lock(&b->lock);
    b->is_stopping = true;
    pthread_mutex_unlock(&b->lock);
    while (write(b->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
        ;
    pthread_join(b->thread, NULL);
    line_close(&b->publish);
    line_close(&b->subscribe);
    for (struct letter *letter = take_letters(b), *next; letter; letter = next) {
        next = letter->next;
        free(letter);
    }
    pthread_mutex_destroy(&b->lock);
    close(b->wake_fd);
    free(b->channel);
    free(b);
    *b_p = NULL;
}

#endif
