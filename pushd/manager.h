/* manager: what a service manager wants to hear: sd_notify(3) without its library, one datagram to NOTIFY_SOCKET; without it nothing is done. */
#ifndef SANGDAM_PUSHD_MANAGER_H
#define SANGDAM_PUSHD_MANAGER_H

#include <stdint.h>

#include "pushd/loop.h"

/* "READY=1", "STOPPING=1" and the like, lines separated by LF. */
void manager_tell(const char *text);
/* RELOADING=1 with the time that goes with it (sd_notify(3), Type=notify-reload); READY=1 must follow. */
void manager_tell_reloading(void);

/* The watchdog: when WATCHDOG_USEC asks for it (and WATCHDOG_PID, if given, is us) the loop says twice in that time that it still turns. */
struct manager_watchdog {
    struct loop_timer timer; /* first */
    struct loop *loop;
    int64_t interval_ms;
};
void manager_watch(struct manager_watchdog *w, struct loop *loop);
void manager_unwatch(struct manager_watchdog *w);

#endif
