/* loop: epoll, a binary heap of timers, and a list of tasks behind an eventfd. */
#include "pushd/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

#define EVENTS_MAX 256
#define STALL_MS 2000
#define PATIENCE_MS 5000

struct loop {
    struct loop_io wake_io;
    int epoll_fd, wake_fd;
    bool is_stopped;
    int64_t now_ms, patient_until_ms, lag_ms;
    struct loop_timer **heap; /* heap[1..timers] */
    uint32_t timers, heap_size;
    pthread_mutex_t lock;
    struct task *posted, **posted_tail; /* under lock */
    void **grave;
    size_t buried, grave_size;
    int (*before_wait)(void *arg);
    void *hook_arg;
};

static void on_wake(struct loop_io *io, uint32_t events)
{
    struct loop *loop = (struct loop *)io;
    uint64_t n;

    (void)events;
    while (read(loop->wake_fd, &n, sizeof n) < 0 && errno == EINTR)
        ;
}

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);

    if (!loop)
        return NULL;
    loop->wake_io.on_ready = on_wake;
    loop->posted_tail = &loop->posted;
    loop->now_ms = clock_monotonic_ms();
    pthread_mutex_init(&loop->lock, NULL);
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    loop->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (loop->epoll_fd < 0 || loop->wake_fd < 0 || !loop_add(loop, loop->wake_fd, &loop->wake_io, EPOLLIN))
        loop_free(&loop);
    return loop;
}

static void empty_grave(struct loop *loop)
{
    for (size_t i = 0; i < loop->buried; i++)
        free(loop->grave[i]);
    loop->buried = 0;
}

void loop_free(struct loop **loop_p)
{
    struct loop *loop = *loop_p;

    if (!loop)
        return;
    if (loop->epoll_fd >= 0)
        close(loop->epoll_fd);
    if (loop->wake_fd >= 0)
        close(loop->wake_fd);
    empty_grave(loop);
    free(loop->grave);
    free(loop->heap);
    pthread_mutex_destroy(&loop->lock);
    free(loop);
    *loop_p = NULL;
}

bool loop_add(struct loop *loop, int fd, struct loop_io *io, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = io};

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, fd, &e) == 0)
        return true;
    log_error("epoll_add_failed errno=%d", errno);
    return false;
}

void loop_change(struct loop *loop, int fd, struct loop_io *io, uint32_t events)
{
    struct epoll_event e = {.events = events, .data.ptr = io};

    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_MOD, fd, &e) != 0)
        log_error("epoll_change_failed errno=%d", errno);
}

void loop_del(struct loop *loop, int fd)
{
    epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

int64_t loop_now(const struct loop *loop)
{
    return loop->now_ms;
}

int64_t loop_patient_until(const struct loop *loop)
{
    return loop->patient_until_ms;
}

int64_t loop_take_lag(struct loop *loop)
{
    int64_t lag = loop->lag_ms;

    loop->lag_ms = 0;
    return lag;
}

/* ---- timers: heap[1] is due first ---- */

static void heap_put(struct loop *loop, uint32_t place, struct loop_timer *t)
{
    loop->heap[place] = t;
    t->place = place;
}

static void heap_up(struct loop *loop, uint32_t place, struct loop_timer *t)
{
    while (place > 1 && loop->heap[place / 2]->due_ms > t->due_ms) {
        heap_put(loop, place, loop->heap[place / 2]);
        place /= 2;
    }
    heap_put(loop, place, t);
}

static void heap_down(struct loop *loop, uint32_t place, struct loop_timer *t)
{
    for (;;) {
        uint32_t child = place * 2;
        if (child > loop->timers)
            break;
        if (child < loop->timers && loop->heap[child + 1]->due_ms < loop->heap[child]->due_ms)
            child++;
        if (loop->heap[child]->due_ms >= t->due_ms)
            break;
        heap_put(loop, place, loop->heap[child]);
        place = child;
    }
    heap_put(loop, place, t);
}

void loop_set_timer(struct loop *loop, struct loop_timer *t, int64_t due_ms)
{
    loop_clear_timer(loop, t);
    if (loop->timers + 2 > loop->heap_size) {
        uint32_t size = loop->heap_size ? loop->heap_size * 2 : 256;
        struct loop_timer **heap = realloc(loop->heap, size * sizeof *heap);
        if (!heap) {
            /* A connection without its timer would live for ever: there is no sane way to go on. */
            log_fatal("out_of_memory timers=%u", loop->timers);
            abort();
        }
        loop->heap = heap;
        loop->heap_size = size;
    }
    t->due_ms = due_ms;
    heap_up(loop, ++loop->timers, t);
}

void loop_clear_timer(struct loop *loop, struct loop_timer *t)
{
    uint32_t place = t->place;
    struct loop_timer *last;

    if (!place)
        return;
    t->place = 0;
    last = loop->heap[loop->timers--];
    if (last == t)
        return;
    if (place > 1 && loop->heap[place / 2]->due_ms > last->due_ms)
        heap_up(loop, place, last);
    else
        heap_down(loop, place, last);
}

static void run_timers(struct loop *loop)
{
    /* Only those due when the turn began: a timer that sets itself to "now" waits for the next turn. */
    while (loop->timers && loop->heap[1]->due_ms <= loop->now_ms) {
        struct loop_timer *t = loop->heap[1];
        loop_clear_timer(loop, t);
        t->on_due(t);
        if (t->place && t->due_ms <= loop->now_ms)
            loop_set_timer(loop, t, loop->now_ms + 1);
    }
}

/* ---- tasks ---- */

void loop_post(struct loop *loop, struct task *t)
{
    bool was_empty;

    t->next = NULL;
    pthread_mutex_lock(&loop->lock);
    was_empty = !loop->posted;
    *loop->posted_tail = t;
    loop->posted_tail = &t->next;
    pthread_mutex_unlock(&loop->lock);
    if (was_empty) {
        uint64_t one = 1;
        while (write(loop->wake_fd, &one, sizeof one) < 0 && errno == EINTR)
            ;
    }
}

static bool run_tasks(struct loop *loop)
{
    struct task *t;
    bool had_some;

    pthread_mutex_lock(&loop->lock);
    t = loop->posted;
    had_some = t;
    loop->posted = NULL;
    loop->posted_tail = &loop->posted;
    pthread_mutex_unlock(&loop->lock);
    while (t) {
        struct task *next = t->next;
        t->on_done(t);
        t = next;
    }
    return had_some;
}

bool loop_drain(struct loop *loop)
{
    bool had_some = run_tasks(loop);

    empty_grave(loop);
    return had_some;
}

void loop_bury(struct loop *loop, void *p)
{
    if (loop->buried == loop->grave_size) {
        size_t size = loop->grave_size ? loop->grave_size * 2 : 64;
        void **grave = realloc(loop->grave, size * sizeof *grave);
        if (!grave)
            return; /* leaked rather than freed too early */
        loop->grave = grave;
        loop->grave_size = size;
    }
    loop->grave[loop->buried++] = p;
}

void loop_set_hook(struct loop *loop, int (*before_wait)(void *arg), void *arg)
{
    loop->before_wait = before_wait;
    loop->hook_arg = arg;
}

static int next_wait(struct loop *loop)
{
    int wait = loop->before_wait ? loop->before_wait(loop->hook_arg) : -1;
    int64_t now = clock_monotonic_ms(), left;

    if (now - loop->now_ms > loop->lag_ms)
        loop->lag_ms = now - loop->now_ms;
    if (!loop->timers)
        return wait;
    left = loop->heap[1]->due_ms - now;
    if (left < 0)
        left = 0;
    if (left > 60000)
        left = 60000;
    return wait < 0 || left < wait ? (int)left : wait;
}

void loop_run(struct loop *loop)
{
    struct epoll_event events[EVENTS_MAX];

    while (!loop->is_stopped) {
        int wait = next_wait(loop);
        int64_t before = clock_monotonic_ms();
        int n = epoll_wait(loop->epoll_fd, events, EVENTS_MAX, wait);

        if (n < 0 && errno != EINTR)
            log_error("epoll_wait_failed errno=%d", errno);
        loop->now_ms = clock_monotonic_ms();
        if (wait >= 0 && loop->now_ms - before > wait + STALL_MS) {
            log_warn("loop_stood_still ms=%lld", (long long)(loop->now_ms - before));
            loop->patient_until_ms = loop->now_ms + PATIENCE_MS;
        }
        for (int i = 0; i < n; i++) {
            struct loop_io *io = events[i].data.ptr;
            io->on_ready(io, events[i].events);
        }
        run_tasks(loop);
        run_timers(loop);
        empty_grave(loop);
    }
}

void loop_stop(struct loop *loop)
{
    loop->is_stopped = true;
}
