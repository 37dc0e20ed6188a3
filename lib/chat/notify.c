/* notify: the sending end. One connection a process, under a mutex that is held for one send(2) at most. */
#include "lib/chat/notify.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"

#define TRY_AGAIN_MS 1000

static struct {
    pthread_mutex_t lock;
    struct sockaddr_un address;
    int fd;
    uint64_t number;    /* of the last message on this connection */
    int64_t next_try_ms; /* monotonic: no connect before */
} out = {.lock = PTHREAD_MUTEX_INITIALIZER, .fd = -1};

void notify_open(const struct config *config)
{
    pthread_mutex_lock(&out.lock);
    memset(&out.address, 0, sizeof(out.address));
    out.address.sun_family = AF_UNIX;
    if (strlen(config->notify_socket) < sizeof(out.address.sun_path))
        memcpy(out.address.sun_path, config->notify_socket, strlen(config->notify_socket) + 1);
    else
        log_error("notify_path_too_long path=%s", log_value(config->notify_socket));
    pthread_mutex_unlock(&out.lock);
}

static void disconnect(void)
{
    if (out.fd >= 0)
        close(out.fd);
    out.fd = -1;
}

void notify_close(void)
{
    pthread_mutex_lock(&out.lock);
    disconnect();
    pthread_mutex_unlock(&out.lock);
}

static bool connect_now(void)
{
    const int64_t now = clock_monotonic_ms();

    if (out.fd >= 0)
        return true;
    if (now < out.next_try_ms || out.address.sun_path[0] == '\0')
        return false;
    out.fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (out.fd >= 0 && connect(out.fd, (const struct sockaddr *)&out.address, sizeof(out.address)) == 0) {
        out.number = 0;
        return true;
    }
    out.next_try_ms = now + TRY_AGAIN_MS;
    disconnect();
    return false;
}

/* True when the message went out. A full buffer drops it but keeps its number, so that pushd sees the gap. */
static bool send_one(const struct change *c)
{
    struct buf message = BUF_INIT;
    bool sent = false;

    if (!connect_now())
        return false;
    out.number++;
    if (notify_encode(c, out.number, &message)) {
        sent = send(out.fd, message.p, message.len, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)message.len;
        if (!sent && errno != EAGAIN && errno != EWOULDBLOCK && errno != ENOBUFS)
            disconnect();
    }
    buf_free(&message);
    return sent;
}

void notify_change(const struct change *c)
{
    bool sent;

    pthread_mutex_lock(&out.lock);
    sent = send_one(c);
    if (!sent && out.fd < 0 && clock_monotonic_ms() >= out.next_try_ms) /* pushd was started again since the last one */
        sent = send_one(c);
    pthread_mutex_unlock(&out.lock);
    counter_add(sent ? COUNT_hints_sent : COUNT_hints_dropped, 1);
}
