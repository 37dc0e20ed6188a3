/* loop: one epoll loop on one thread: descriptors, timers, and tasks that other threads hand over. Handlers run to completion and never
 * block. All functions but loop_post() and loop_stop() are for the loop's own thread. */
#ifndef SANGDAM_PUSHD_LOOP_H
#define SANGDAM_PUSHD_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* Stands first in whatever owns a descriptor. It must live until the end of the turn in which loop_del() was called: an event may be on its
 * way. loop_bury() frees it then. */
struct loop_io {
    void (*on_ready)(struct loop_io *io, uint32_t events /* EPOLLIN ... */);
};

/* Set or not; owned by whoever embeds it. */
struct loop_timer {
    void (*on_due)(struct loop_timer *t); /* runs unset; may set it again */
    int64_t due_ms;                       /* monotonic */
    uint32_t place;                       /* loop.c's: 0 when not set */
};

/* Work that comes back: posted by any thread, runs on the loop. */
struct task {
    struct task *next;
    void (*on_done)(struct task *t); /* owns t */
};

struct loop *loop_new(void); /* NULL: no descriptors or memory */
void loop_free(struct loop **loop);

bool loop_add(struct loop *loop, int fd, struct loop_io *io, uint32_t events); /* level-triggered */
void loop_change(struct loop *loop, int fd, struct loop_io *io, uint32_t events);
void loop_del(struct loop *loop, int fd);

/* Milliseconds of clock_monotonic_ms() at the start of this turn. */
int64_t loop_now(const struct loop *loop);
void loop_set_timer(struct loop *loop, struct loop_timer *t, int64_t due_ms); /* moves it when it is set */
void loop_clear_timer(struct loop *loop, struct loop_timer *t);
/* Until this time nobody should be judged by their silence: the process stood still (SIGSTOP, a suspended machine) and has yet to read what came. */
int64_t loop_patient_until(const struct loop *loop);
/* Longest turn since the last call, milliseconds. */
int64_t loop_take_lag(struct loop *loop);

/* Any thread: on_done runs soon on the loop, in the order of the posts of one thread. */
void loop_post(struct loop *loop, struct task *t);
/* Frees p with free() at the end of the turn. */
void loop_bury(struct loop *loop, void *p);
/* Called before each wait; returns the longest wait it allows in ms, -1 for any. */
void loop_set_hook(struct loop *loop, int (*before_wait)(void *arg), void *arg);

/* Runs what was posted; for the end, when its thread runs no more. False when nothing was. */
bool loop_drain(struct loop *loop);
void loop_run(struct loop *loop); /* until loop_stop() */
void loop_stop(struct loop *loop);

#endif
