/* The loop: reap, start again, stop in order. */
#include "ctl/keeper/keeper.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#define TICK_MS 200
#define SCAN_MS 1000         /* how old the table of descendants may get ... */
#define SCAN_YOUNG_MS 3000   /* ... but after a start it is read at every tick for so long */
#define GROUP_WAIT_MS 2000   /* longest wait for left-overs of the process before */

static bool stopping;
static int64_t scanned_ms, young_until_ms;

/* After a death: at once, but slowly when it dies again and again. */
static int64_t wait_after_death(struct keeper_slot *s, int64_t now)
{
    s->deaths_ms[s->deaths % KEEPER_DEATHS] = now;
    s->deaths++;
    if (s->deaths < KEEPER_DEATHS)
        return KEEPER_WAIT_MS;
    int64_t fifth_last = s->deaths_ms[s->deaths % KEEPER_DEATHS];
    return now - fifth_last <= KEEPER_DEATHS_MS ? KEEPER_WAIT_LONG_MS : KEEPER_WAIT_MS;
}

static void note_death(struct keeper_program *p, struct keeper_slot *s, const siginfo_t *info, int64_t now)
{
    /* not reaped yet, so the group's number can't have been given to anybody else */
    kill(-s->pid, SIGKILL);
    s->old_group = s->pid;
    s->pid = 0;
    const char *how = info->si_code == CLD_EXITED ? "status" : "signal";
    if (stopping) {
        log_info("stopped program=%s pid=%d %s=%d", p->name, (int)s->old_group, how, info->si_status);
        return;
    }
    int64_t wait_ms = wait_after_death(s, now);
    s->start_at_ms = now + wait_ms;
    log_warn("died program=%s pid=%d %s=%d again_in_ms=%lld", p->name, (int)s->old_group, how, info->si_status,
             (long long)wait_ms);
}

static void reap(struct keeper *k, int64_t now)
{
    for (;;) {
        siginfo_t info = {0};
        if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) || !info.si_pid)
            return;
        for (int i = 0; i < k->n; i++)
            for (int s = 0; s < k->programs[i].processes; s++)
                if (k->programs[i].slots[s].pid == info.si_pid)
                    note_death(&k->programs[i], &k->programs[i].slots[s], &info, now);
        waitpid(info.si_pid, NULL, 0);
        scanned_ms = 0;
    }
}

static bool is_held_down(const struct keeper *k, const struct keeper_program *p)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/run/%s.down", k->dir, p->name) >= (int)sizeof path)
        return false;
    return access(path, F_OK) == 0;
}

static void start_slot(struct keeper *k, struct keeper_program *p, struct keeper_slot *s, int64_t now)
{
    if (now < s->start_at_ms)
        return;
    if (s->old_group && keeper_proc_group_lives(s->old_group) && now < s->start_at_ms + GROUP_WAIT_MS)
        return;
    s->old_group = 0;
    pid_t pid = keeper_child_start(k, p);
    if (pid < 0) {
        s->start_at_ms = now + 1000;
        return;
    }
    s->pid = pid;
    young_until_ms = now + SCAN_YOUNG_MS;
    scanned_ms = 0;
    log_info("started program=%s pid=%d", p->name, (int)pid);
}

static void start_missing(struct keeper *k, int64_t now)
{
    for (int i = 0; i < k->n; i++) {
        struct keeper_program *p = &k->programs[i];
        bool asked = false, down = false;
        for (int s = 0; s < p->processes; s++) {
            if (p->slots[s].pid)
                continue;
            if (!asked) {
                down = is_held_down(k, p);
                asked = true;
            }
            if (!down)
                start_slot(k, p, &p->slots[s], now);
        }
    }
}

static void look_at_processes(struct keeper *k, int64_t now)
{
    if (now >= young_until_ms && now - scanned_ms < SCAN_MS)
        return;
    scanned_ms = now;
    keeper_proc_scan();
    keeper_proc_kill_orphans(k);
    for (int i = 0; i < k->n; i++)
        keeper_proc_write_pids(k, &k->programs[i]);
}

static void signal_program(struct keeper_program *p, int number, bool group)
{
    for (int s = 0; s < p->processes; s++)
        if (p->slots[s].pid)
            kill(group ? -p->slots[s].pid : p->slots[s].pid, number);
}

/* Milliseconds until the next thing that no signal tells. */
static int next_wait(const struct keeper *k, int64_t now)
{
    int64_t wait = TICK_MS;
    for (int i = 0; i < k->n; i++)
        for (int s = 0; s < k->programs[i].processes; s++) {
            const struct keeper_slot *slot = &k->programs[i].slots[s];
            if (!slot->pid && slot->start_at_ms > now && slot->start_at_ms - now < wait)
                wait = slot->start_at_ms - now;
        }
    return (int)wait;
}

/* Waits for a signal at most wait_ms and takes all that came; HUP is passed on. True when the keeper was told to end. */
static bool take_signals(struct keeper *k, int signal_fd, int wait_ms)
{
    struct pollfd p = {.fd = signal_fd, .events = POLLIN};
    bool end = false;
    if (poll(&p, 1, wait_ms) <= 0)
        return false;
    struct signalfd_siginfo info;
    while (read(signal_fd, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
            end = true;
        if (info.ssi_signo == SIGHUP)
            for (int i = 0; i < k->n; i++)
                signal_program(&k->programs[i], SIGHUP, false);
    }
    return end;
}

static bool stage_lives(const struct keeper *k, int stage)
{
    for (int i = 0; i < k->n; i++) {
        const struct keeper_program *p = &k->programs[i];
        for (int s = 0; p->stage == stage && s < p->processes; s++)
            if (p->slots[s].pid || (p->slots[s].old_group && keeper_proc_group_lives(p->slots[s].old_group)))
                return true;
    }
    return false;
}

static void stop_stage(struct keeper *k, int signal_fd, int stage)
{
    int64_t began = clock_monotonic_ms();
    for (int i = 0; i < k->n; i++)
        if (k->programs[i].stage == stage)
            signal_program(&k->programs[i], SIGTERM, false);
    while (stage_lives(k, stage)) {
        take_signals(k, signal_fd, 50);
        int64_t now = clock_monotonic_ms();
        reap(k, now);
        for (int i = 0; i < k->n; i++)
            if (k->programs[i].stage == stage && now - began > k->programs[i].stop_ms)
                signal_program(&k->programs[i], SIGKILL, true);
    }
}

static void stop_all(struct keeper *k, int signal_fd)
{
    stopping = true;
    log_info("stopping");
    for (int stage = 9; stage >= 0; stage--)
        stop_stage(k, signal_fd, stage);
    keeper_proc_scan();
    keeper_proc_kill_orphans(k);
    reap(k, clock_monotonic_ms());
}

void keeper_loop_run(struct keeper *k, int signal_fd)
{
    for (;;) {
        int64_t now = clock_monotonic_ms();
        reap(k, now);
        start_missing(k, now);
        look_at_processes(k, now);
        if (take_signals(k, signal_fd, next_wait(k, now)))
            break;
    }
    stop_all(k, signal_fd);
}
