/* notify_in: see notify_in.h. */
#include "config.h"

#include "pushd/notify_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/hand_over.h"
#include "lib/chat/notify.h"
#include "pushd/hand_in.h"
#include "pushd/loop.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/spread.h"
#include "pushd/unix_socket.h"

#define PEERS_MAX 1024
#define HINTS_A_TURN 64 /* of one peer: others want to be heard too */
#define RECEIVE_BYTES (1 << 20)
#define MESSAGE_MAX (sizeof(struct hand_over_request) + HAND_OVER_CONTENT_MAX > NOTIFY_MAX ? sizeof(struct hand_over_request) + HAND_OVER_CONTENT_MAX : NOTIFY_MAX)

struct peer {
    struct loop_io io; /* first */
    struct notify_in *in;
    struct peer *prev, *next;
    uint64_t number; /* of the last message */
    struct hand_in *hand_in; /* of one that hands messages over, and gives no hints; else NULL */
    int fd;
};

struct notify_in {
    struct loop_io io; /* first */
    struct loop_timer pause;
    struct push *push;
    struct peer *peers;
    int count;
    int fd;
    bool is_passed; /* by the service manager: it stays */
    const char *path;
};

static void peer_close(struct peer *peer)
{
    struct notify_in *in = peer->in;

    hand_in_drop(&peer->hand_in);
    loop_del(push_loop(in->push), peer->fd);
    close(peer->fd);
    if (peer->prev)
        peer->prev->next = peer->next;
    else
        in->peers = peer->next;
    if (peer->next)
        peer->next->prev = peer->prev;
    in->count--;
    peer->fd = -1;
    loop_bury(push_loop(in->push), peer);
}

static void lost_some(struct notify_in *in)
{
    metric_add(push_metrics(in->push), METRIC_hint_gaps, 1);
    spread_sweep(push_fleet(in->push));
}

static void take(struct peer *peer, const char *text, size_t n)
{
    struct notify_in *in = peer->in;
    struct change c;
    uint64_t number = 0;

    metric_add(push_metrics(in->push), METRIC_hints_received, 1);
    change_init(&c);
    if (!notify_decode(text, n, &c, &number)) {
        metric_add(push_metrics(in->push), METRIC_hints_bad, 1);
        log_warn("hint_unreadable bytes=%zu", n);
        spread_sweep(push_fleet(in->push));
    } else {
        if (number != peer->number + 1)
            lost_some(in);
        peer->number = number;
        spread_change(in->push, &c);
    }
    change_clear(&c);
}

/* True when it was a message handed over. */
static bool take_message(struct peer *peer, const char *bytes, size_t n)
{
    if (bytes[0] != HAND_OVER_MARK)
        return false;
    if (!peer->hand_in)
        peer->hand_in = hand_in_new(peer->in->push, peer->fd);
    if (peer->hand_in) /* without, its sender waits in vain and goes the whole way */
        hand_in_take(peer->hand_in, bytes, n);
    return true;
}

static void on_hint(struct loop_io *io, uint32_t events)
{
    struct peer *peer = (struct peer *)io;
    char text[MESSAGE_MAX + 1];

    (void)events;
    if (peer->fd < 0)
        return;
    for (int i = 0; i < HINTS_A_TURN; i++) {
        ssize_t n = recv(peer->fd, text, sizeof text, MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0) {
            if (!peer->hand_in)
                lost_some(peer->in);
            peer_close(peer);
            return;
        }
        if (!take_message(peer, text, (size_t)n))
            take(peer, text, (size_t)n);
    }
}

static void add_peer(struct notify_in *in, int fd)
{
    struct peer *peer = calloc(1, sizeof *peer);
    int bytes = RECEIVE_BYTES;

    if (!peer || in->count >= PEERS_MAX || !unix_socket_is_trusted(fd)) {
        log_warn("notify_peer_refused");
        close(fd);
        free(peer);
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
    peer->io.on_ready = on_hint;
    peer->in = in;
    peer->fd = fd;
    peer->next = in->peers;
    if (in->peers)
        in->peers->prev = peer;
    in->peers = peer;
    in->count++;
    if (!loop_add(push_loop(in->push), fd, &peer->io, EPOLLIN))
        peer_close(peer);
}

static void on_pause_over(struct loop_timer *t)
{
    struct notify_in *in = (struct notify_in *)((char *)t - offsetof(struct notify_in, pause));

    loop_change(push_loop(in->push), in->fd, &in->io, EPOLLIN);
}

static void on_accept(struct loop_io *io, uint32_t events)
{
    struct notify_in *in = (struct notify_in *)io;
    struct loop *loop = push_loop(in->push);

    (void)events;
    for (;;) {
        int fd = accept4(in->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd < 0) {
            if (errno != EAGAIN) { /* out of descriptors or memory: not to be asked again at once */
                metric_add(push_metrics(in->push), METRIC_accept_pauses, 1);
                loop_change(loop, in->fd, &in->io, 0);
                loop_set_timer(loop, &in->pause, loop_now(loop) + 100);
            }
            return;
        }
        add_peer(in, fd);
    }
}

struct notify_in *notify_in_start(struct push *push)
{
    struct notify_in *in = calloc(1, sizeof *in);

    if (!in)
        return NULL;
    in->io.on_ready = on_accept;
    in->pause.on_due = on_pause_over;
    in->push = push;
    in->path = push_config(push)->notify_socket;
    in->fd = unix_socket_open(in->path, SOCK_SEQPACKET, "notify", &in->is_passed);
    if (in->fd < 0 || !loop_add(push_loop(push), in->fd, &in->io, EPOLLIN)) {
        if (in->fd >= 0)
            close(in->fd);
        free(in);
        return NULL;
    }
    return in;
}

void notify_in_shut(struct notify_in *in)
{
    struct peer *next;

    if (!in || in->fd < 0)
        return;
    for (struct peer *peer = in->peers; peer; peer = next) {
        next = peer->next;
        if (!peer->hand_in || !hand_in_is_waiting(peer->hand_in))
            peer_close(peer);
    }
    loop_clear_timer(push_loop(in->push), &in->pause);
    loop_del(push_loop(in->push), in->fd);
    close(in->fd);
    in->fd = -1;
    if (!in->is_passed)
        unlink(in->path);
}

void notify_in_stop(struct notify_in **in_p)
{
    struct notify_in *in = *in_p;

    if (!in)
        return;
    notify_in_shut(in);
    while (in->peers)
        peer_close(in->peers);
    free(in);
    *in_p = NULL;
}
