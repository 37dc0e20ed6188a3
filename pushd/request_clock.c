/* request_clock: see request_clock.h. A connection that is waited for stands in a list, the longest waiting first, so one timer does for all. */
#include "pushd/request_clock.h"

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "lib/chat/config.h"
#include "pushd/loop.h"
#include "pushd/metrics.h"
#include "pushd/push.h"

/* One HTTP connection; libmicrohttpd keeps it as its socket's context. */
struct visitor {
    struct visitor *prev, *next;
    struct request_clock *clock;
    int fd; /* libmicrohttpd's */
    int64_t since_ms;
    bool is_awaited, is_cut;
};

struct request_clock {
    struct loop_timer timer; /* first */
    struct push *push;
    struct visitor *first, *last;
    int64_t count, cut; /* connections; those among them that were cut and are about to go */
};

static void set_timer(struct request_clock *clock)
{
    if (clock->first)
        loop_set_timer(push_loop(clock->push), &clock->timer, clock->first->since_ms + push_config(clock->push)->handshake_timeout);
    else
        loop_clear_timer(push_loop(clock->push), &clock->timer);
}

static void await(struct visitor *v)
{
    struct request_clock *clock = v->clock;

    if (v->is_awaited || v->is_cut)
        return;
    v->is_awaited = true;
    v->since_ms = loop_now(push_loop(clock->push));
    v->prev = clock->last;
    v->next = NULL;
    if (clock->last)
        clock->last->next = v;
    else
        clock->first = v;
    clock->last = v;
    if (clock->first == v)
        set_timer(clock);
}

static void await_no_more(struct visitor *v)
{
    struct request_clock *clock = v->clock;
    bool was_first = clock->first == v;

    if (!v->is_awaited)
        return;
    v->is_awaited = false;
    if (v->prev)
        v->prev->next = v->next;
    else
        clock->first = v->next;
    if (v->next)
        v->next->prev = v->prev;
    else
        clock->last = v->prev;
    if (was_first)
        set_timer(clock);
}

/* libmicrohttpd sees the end of its socket, and lets go of it. */
static void cut_first(struct request_clock *clock, enum metric why)
{
    struct visitor *v = clock->first;

    await_no_more(v);
    v->is_cut = true;
    clock->cut++;
    metric_add(push_metrics(clock->push), why, 1);
    shutdown(v->fd, SHUT_RDWR);
}

static void on_due(struct loop_timer *t)
{
    struct request_clock *clock = (struct request_clock *)t;
    int64_t timeout = push_config(clock->push)->handshake_timeout;
    int64_t now = loop_now(push_loop(clock->push));

    while (clock->first && now - clock->first->since_ms >= timeout)
        cut_first(clock, METRIC_handshake_timeouts);
    set_timer(clock);
}

struct request_clock *request_clock_new(struct push *push)
{
    struct request_clock *clock = calloc(1, sizeof *clock);

    if (!clock)
        return NULL;
    clock->timer.on_due = on_due;
    clock->push = push;
    return clock;
}

void request_clock_free(struct request_clock **clock)
{
    if (*clock)
        loop_clear_timer(push_loop((*clock)->push), &(*clock)->timer);
    free(*clock);
    *clock = NULL;
}

static void come(struct request_clock *clock, struct MHD_Connection *http, void **context)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct visitor *v = info ? calloc(1, sizeof *v) : NULL;

    *context = v;
    if (!v)
        return; /* libmicrohttpd's own time-out remains */
    v->clock = clock;
    v->fd = info->connect_fd;
    clock->count++;
    await(v);
}

static void go(struct visitor *v)
{
    await_no_more(v);
    v->clock->count--;
    v->clock->cut -= v->is_cut;
    free(v);
}

void request_clock_on_connection(void *cls, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode what)
{
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        come(cls, http, context);
    } else if (*context) {
        go(*context);
        *context = NULL;
    }
}

static struct visitor *visitor_of(struct MHD_Connection *http)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(http, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

    return info ? info->socket_context : NULL;
}

void request_clock_whole(struct MHD_Connection *http)
{
    struct visitor *v = visitor_of(http);

    if (v)
        await_no_more(v);
}

void request_clock_again(struct MHD_Connection *http)
{
    struct visitor *v = visitor_of(http);

    if (v)
        await(v);
}

int64_t request_clock_count(const struct request_clock *clock)
{
    return clock->count;
}

bool request_clock_has_room(struct request_clock *clock)
{
    if (clock->count - clock->cut < push_config(clock->push)->http_max)
        return true;
    if (!clock->first)
        return false;
    cut_first(clock, METRIC_limit_http);
    return true;
}
