/* fcgi_server: see fcgi_server.h. */
#include "config.h"

#include "cgi/fcgi_server.h"

#include <errno.h>
#include <fcgiapp.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cgi/http_io.h"
#include "lib/base/log.h"

#define PEER_TIMEOUT_S 60 /* of one read or write: a web server that is stuck must not keep a thread for ever */
#define FULL_PAUSE_MS 100 /* when descriptors have run out */

struct fcgi_server {
    int listen_fd, stop_fd;
    struct fcgi_callbacks callbacks;
    pthread_mutex_t leader; /* held by the thread that polls */
    unsigned n;
    pthread_t threads[];
};

/* Waits for a connection. -1: time to stop. */
static int take_connection(struct fcgi_server *s)
{
    int fd = -1;
    pthread_mutex_lock(&s->leader);
    for (;;) {
        struct pollfd polled[2] = {{.fd = s->stop_fd, .events = POLLIN}, {.fd = s->listen_fd, .events = POLLIN}};
        if (poll(polled, 2, -1) < 0 && errno != EINTR)
            log_error("poll_failed reason=\"%s\"", strerror(errno));
        if (polled[0].revents)
            break;
        fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            break;
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            poll(polled, 1, FULL_PAUSE_MS); /* pause instead of spinning; stop still wakes */
    }
    pthread_mutex_unlock(&s->leader);
    return fd;
}

static void set_timeouts(int fd)
{
    const struct timeval limit = {.tv_sec = PEER_TIMEOUT_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

static void *run(void *arg)
{
    struct fcgi_server *s = arg;
    void *thread = s->callbacks.on_thread_begin(s->callbacks.arg);
    FCGX_Request request;
    if (!thread || FCGX_InitRequest(&request, s->listen_fd, FCGI_FAIL_ACCEPT_ON_INTR) != 0)
        return NULL;
    for (;;) {
        int fd = take_connection(s);
        if (fd < 0)
            break;
        set_timeouts(fd);
        request.ipcFd = fd;
        request.keepConnection = 1; /* else FCGX_Accept_r() closes fd as the end of a request that never was */
        /* reads the request's head from fd; a malformed one is closed, and then it finds no other connection: not 0 */
        if (FCGX_Accept_r(&request) == 0) {
            struct http_io io;
            http_io_fastcgi(&io, &request);
            s->callbacks.on_request(thread, &io);
            request.keepConnection = 0; /* one request a connection: a kept one would own this thread */
            FCGX_Finish_r(&request);
        }
    }
    FCGX_Free(&request, 1);
    s->callbacks.on_thread_end(thread);
    return NULL;
}

struct fcgi_server *fcgi_server_start(int listen_fd, unsigned threads, const struct fcgi_callbacks *callbacks)
{
    struct fcgi_server *s = calloc(1, sizeof *s + threads * sizeof s->threads[0]);
    if (!s || FCGX_Init() != 0)
        goto free_server;
    s->listen_fd = listen_fd;
    s->callbacks = *callbacks;
    pthread_mutex_init(&s->leader, NULL);
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    int flags = fcntl(listen_fd, F_GETFL);
    if (s->stop_fd < 0 || flags < 0 || fcntl(listen_fd, F_SETFL, flags | O_NONBLOCK) < 0)
        goto free_server;
    for (; s->n < threads; s->n++) {
        int error = pthread_create(&s->threads[s->n], NULL, run, s);
        if (error) {
            errno = error;
            log_fatal("thread_failed reason=\"%s\"", strerror(error));
            fcgi_server_stop(&s);
            return NULL;
        }
    }
    return s;
free_server:
    log_fatal("fastcgi_failed reason=\"%s\"", strerror(errno));
    free(s);
    return NULL;
}

void fcgi_server_stop(struct fcgi_server **server)
{
    struct fcgi_server *s = *server;
    if (!s)
        return;
    const uint64_t one = 1;
    if (write(s->stop_fd, &one, sizeof one) != (ssize_t)sizeof one)
        log_error("stop_failed reason=\"%s\"", strerror(errno));
    for (unsigned i = 0; i < s->n; i++)
        pthread_join(s->threads[i], NULL);
    close(s->stop_fd);
    pthread_mutex_destroy(&s->leader);
    free(s);
    *server = NULL;
}
