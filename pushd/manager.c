/* manager: see manager.h. */
#include "config.h"

#include "pushd/manager.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"

void manager_tell(const char *text)
{
    const char *path = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = path ? strlen(path) : 0;
    int fd;

    if (n < 2 || n >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
        return;
    memcpy(address.sun_path, path, n);
    if (path[0] == '@')
        address.sun_path[0] = '\0';
    fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n)) < 0)
        log_warn("notify_socket_failed errno=%d", errno);
    close(fd);
}

void manager_tell_reloading(void)
{
    char text[80];

    snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, clock_monotonic_ms() * 1000);
    manager_tell(text);
}

/* The whole of text as a positive number; 0 when it is none. */
static int64_t positive(const char *text)
{
    char *end;
    long long v;

    if (!text || !*text)
        return 0;
    errno = 0;
    v = strtoll(text, &end, 10);
    return errno || *end || v < 0 ? 0 : v;
}

static void on_due(struct loop_timer *t)
{
    struct manager_watchdog *w = (struct manager_watchdog *)t;

    manager_tell("WATCHDOG=1");
    loop_set_timer(w->loop, t, loop_now(w->loop) + w->interval_ms);
}

void manager_watch(struct manager_watchdog *w, struct loop *loop)
{
    int64_t usec = positive(getenv("WATCHDOG_USEC")), pid = positive(getenv("WATCHDOG_PID"));

    *w = (struct manager_watchdog){.timer.on_due = on_due, .loop = loop, .interval_ms = usec / 2000};
    if (w->interval_ms > 0 && (!pid || pid == getpid()))
        loop_set_timer(loop, &w->timer, loop_now(loop) + w->interval_ms);
}

void manager_unwatch(struct manager_watchdog *w)
{
    loop_clear_timer(w->loop, &w->timer);
}
