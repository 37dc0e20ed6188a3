/* hand_over: see hand_over.h. */
#include "lib/chat/hand_over.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"

#define PAUSE_MIN_MS 500
#define PAUSE_MAX_MS 8000 /* a pushd that stands still costs each thread one wait in this time */

struct hand_over {
    struct sockaddr_un address;
    int fd;
    uint32_t number;
};

/* Of the process: what one thread learnt, the others need not. */
static _Atomic int64_t next_try_ms, pause_ms;

struct hand_over *hand_over_open(const struct config *config)
{
    struct hand_over *h = calloc(1, sizeof *h);

    if (!h)
        return NULL;
    h->fd = -1;
    h->address.sun_family = AF_UNIX;
    if (strlen(config->notify_socket) < sizeof h->address.sun_path)
        memcpy(h->address.sun_path, config->notify_socket, strlen(config->notify_socket) + 1);
    return h;
}

static void disconnect(struct hand_over *h)
{
    if (h->fd >= 0)
        close(h->fd);
    h->fd = -1;
}

void hand_over_close(struct hand_over **h)
{
    if (!*h)
        return;
    disconnect(*h);
    free(*h);
    *h = NULL;
}

/* Nobody asks for a while. */
static bool pause_all(int64_t pause)
{
    atomic_store(&next_try_ms, clock_monotonic_ms() + pause);
    return false;
}

/* Pushd stands still, or died in the middle: whether the message is stored is not known. The longer it lasts the longer are the pauses. */
static bool give_up(struct hand_over *h)
{
    int64_t pause = atomic_load(&pause_ms);

    disconnect(h);
    if (clock_monotonic_ms() < atomic_load(&next_try_ms)) /* another thread has seen it, too */
        return false;
    pause = pause ? 2 * pause : PAUSE_MIN_MS;
    atomic_store(&pause_ms, pause < PAUSE_MAX_MS ? pause : PAUSE_MAX_MS);
    return pause_all(atomic_load(&pause_ms));
}

static bool connect_now(struct hand_over *h)
{
    const struct timeval limit = {.tv_sec = HAND_OVER_WAIT_MS / 1000, .tv_usec = HAND_OVER_WAIT_MS % 1000 * 1000};

    if (h->fd >= 0)
        return true;
    if (clock_monotonic_ms() < atomic_load(&next_try_ms) || h->address.sun_path[0] == '\0')
        return false;
    h->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0); /* a full backlog must not hold the request up */
    if (h->fd >= 0 && connect(h->fd, (const struct sockaddr *)&h->address, sizeof h->address) == 0 && fcntl(h->fd, F_SETFL, 0) == 0 &&
        setsockopt(h->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) == 0)
        return true;
    disconnect(h);
    return pause_all(PAUSE_MIN_MS);
}

static bool send_now(struct hand_over *h, const struct hand_over_request *request, size_t size)
{
    if (send(h->fd, request, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size)
        return true;
    disconnect(h);
    return false;
}

bool hand_over_ask(struct hand_over *h, struct hand_over_request *request, struct hand_over_answer *answer_r)
{
    const size_t size = sizeof *request + request->content_len;
    ssize_t n;

    if (!connect_now(h))
        return false;
    request->mark = HAND_OVER_MARK;
    request->number = ++h->number;
    request->until_ms = clock_monotonic_ms() + HAND_OVER_WAIT_MS;
    /* a connection to a pushd that was started anew since is found dead here: nothing was handed over by it */
    if (!send_now(h, request, size) && !(connect_now(h) && send_now(h, request, size)))
        return give_up(h);
    do
        n = recv(h->fd, answer_r, sizeof *answer_r, 0);
    while (n < 0 && errno == EINTR);
    if (n != (ssize_t)sizeof *answer_r || answer_r->mark != HAND_OVER_MARK || answer_r->number != request->number)
        return give_up(h);
    atomic_store(&pause_ms, 0);
    answer_r->lang[sizeof answer_r->lang - 1] = '\0';
    answer_r->sender_name[sizeof answer_r->sender_name - 1] = '\0';
    counter_add(answer_r->is_stored ? COUNT_handed_over : COUNT_handed_back, 1);
    return answer_r->is_stored;
}

static bool is_ended(const char *text, size_t size)
{
    return memchr(text, '\0', size);
}

bool hand_over_is_request(const void *bytes, size_t n)
{
    const struct hand_over_request *r = bytes;

    return n >= sizeof *r && r->mark == HAND_OVER_MARK && n == sizeof *r + r->content_len && is_ended(r->secret, sizeof r->secret) &&
           is_ended(r->session_id, sizeof r->session_id) && is_ended(r->client_message_id, sizeof r->client_message_id);
}
