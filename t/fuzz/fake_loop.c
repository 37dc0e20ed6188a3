/* fake_loop: pushd/loop.h without epoll, threads and time: a turn is taken when world_turn() asks for it. */
#include <poll.h>
#include <sys/epoll.h>

#include "lib/base/clock.h"
#include "pushd/conn.h"
#include "pushd/push.h"
#include "t/fuzz/fake_world.h"
#include "t/fuzz/fuzz.h"

#define FDS 64
#define TIMERS 256

struct loop {
    struct watch {
        int fd;
        uint32_t events;
        struct loop_io *io;
    } watched[FDS];
    int fds;
    struct loop_timer *timers[TIMERS + 1]; /* from 1 on: place is the index */
    uint32_t timer_count;
    struct task *posted, **posted_tail;
    void *grave[WORLD_JOBS];
    size_t buried;
    int64_t now_ms;
    int (*hook)(void *arg);
    void *hook_arg;
};

int64_t clock_monotonic_ms(void) { return world.now_ms; }
int64_t clock_monotonic_us(void) { return world.now_ms * 1000; }
int64_t clock_wall_ms(void) { return world.now_ms; }

struct loop *loop_new(void)
{
    struct loop *loop = calloc(1, sizeof *loop);

    require(loop != NULL);
    loop->posted_tail = &loop->posted;
    loop->now_ms = world.now_ms;
    return loop;
}

static void empty_grave(struct loop *loop)
{
    while (loop->buried > 0)
        free(loop->grave[--loop->buried]);
}

void loop_free(struct loop **loop)
{
    if (!*loop)
        return;
    require(!(*loop)->posted && (*loop)->fds == 0 && (*loop)->timer_count == 0);
    empty_grave(*loop);
    free(*loop);
    *loop = NULL;
}

static struct watch *find(struct loop *loop, int fd)
{
    for (int i = 0; i < loop->fds; i++)
        if (loop->watched[i].fd == fd)
            return &loop->watched[i];
    return NULL;
}

bool loop_add(struct loop *loop, int fd, struct loop_io *io, uint32_t events)
{
    require(loop->fds < FDS && !find(loop, fd));
    loop->watched[loop->fds++] = (struct watch){fd, events, io};
    return true;
}

void loop_change(struct loop *loop, int fd, struct loop_io *io, uint32_t events)
{
    struct watch *w = find(loop, fd);

    require(w && w->io == io);
    w->events = events;
}

void loop_del(struct loop *loop, int fd)
{
    struct watch *w = find(loop, fd);

    require(w != NULL);
    *w = loop->watched[--loop->fds];
}

int64_t loop_now(const struct loop *loop) { return loop->now_ms; }
int64_t loop_patient_until(const struct loop *loop) { (void)loop; return 0; }
int64_t loop_take_lag(struct loop *loop) { (void)loop; return 0; }

void loop_clear_timer(struct loop *loop, struct loop_timer *t)
{
    struct loop_timer *last = loop->timers[loop->timer_count];

    if (!t->place)
        return;
    require(t->place <= loop->timer_count && loop->timers[t->place] == t);
    loop->timers[t->place] = last;
    last->place = t->place;
    t->place = 0;
    loop->timer_count--;
}

void loop_set_timer(struct loop *loop, struct loop_timer *t, int64_t due_ms)
{
    loop_clear_timer(loop, t);
    require(loop->timer_count < TIMERS);
    t->due_ms = due_ms;
    t->place = ++loop->timer_count;
    loop->timers[t->place] = t;
}

static void run_timers(struct loop *loop)
{
    for (;;) {
        struct loop_timer *first = NULL;
        for (uint32_t i = 1; i <= loop->timer_count; i++)
            if (loop->timers[i]->due_ms <= loop->now_ms && (!first || loop->timers[i]->due_ms < first->due_ms))
                first = loop->timers[i];
        if (!first)
            return;
        loop_clear_timer(loop, first);
        first->on_due(first);
        /* As the real one: a timer that sets itself to "now" waits for the next turn. It may be gone, too: then it is in no list. */
        for (uint32_t i = 1; i <= loop->timer_count; i++)
            if (loop->timers[i] == first && first->due_ms <= loop->now_ms)
                first->due_ms = loop->now_ms + 1;
    }
}

void loop_post(struct loop *loop, struct task *t)
{
    t->next = NULL;
    *loop->posted_tail = t;
    loop->posted_tail = &t->next;
}

bool loop_drain(struct loop *loop)
{
    struct task *t = loop->posted;
    bool had_some = t;

    loop->posted = NULL;
    loop->posted_tail = &loop->posted;
    while (t) {
        struct task *next = t->next;
        t->on_done(t);
        t = next;
    }
    return had_some;
}

void loop_bury(struct loop *loop, void *p)
{
    require(loop->buried < WORLD_JOBS);
    loop->grave[loop->buried++] = p;
}

void loop_set_hook(struct loop *loop, int (*hook)(void *arg), void *arg)
{
    loop->hook = hook;
    loop->hook_arg = arg;
}

void loop_run(struct loop *loop) { (void)loop; }
void loop_stop(struct loop *loop) { (void)loop; }

static uint32_t ready_events(const struct watch *w)
{
    struct pollfd p = {.fd = w->fd, .events = (short)((w->events & EPOLLIN ? POLLIN : 0) | (w->events & EPOLLOUT ? POLLOUT : 0) | (w->events & EPOLLRDHUP ? POLLRDHUP : 0))};

    if (poll(&p, 1, 0) <= 0)
        return 0;
    return (p.revents & POLLIN ? EPOLLIN : 0U) | (p.revents & POLLOUT ? EPOLLOUT : 0U) | (p.revents & POLLRDHUP ? EPOLLRDHUP : 0U) |
           (p.revents & POLLHUP ? EPOLLHUP : 0U) | (p.revents & POLLERR ? EPOLLERR : 0U);
}

void world_turn(int number)
{
    struct loop *loop = push_loop(world_push(number));
    struct watch ready[FDS];
    uint32_t events[FDS];
    int n = 0;

    loop->hook(loop->hook_arg);
    loop->now_ms = world.now_ms;
    for (int i = 0; i < loop->fds; i++)
        if ((events[n] = ready_events(&loop->watched[i])) != 0)
            ready[n++] = loop->watched[i];
    for (int i = 0; i < n; i++) /* an event of one that was deleted meanwhile comes all the same, as with epoll */
        ready[i].io->on_ready(ready[i].io, events[i]);
    loop_drain(loop);
    run_timers(loop);
    empty_grave(loop);
    loop->hook(loop->hook_arg);
    empty_grave(loop);
}

bool world_loop_is_idle(int number)
{
    const struct loop *loop = push_loop(world_push(number));

    return !loop->posted && !loop->fds;
}
