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
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "cgi/http_io.h"
#include "lib/base/log.h"

#define PEER_TIMEOUT_S 60 /* of one read or write: a web server that is stuck must not keep a thread for ever */
#define FULL_PAUSE_MS 100 /* when descriptors have run out */
#define LEFT_MAX 65536    /* bytes of a body that nobody read, read for the sake of the connection */

/* A connection of the web server. It belongs to a thread while that serves a request, and to nobody between two. */
struct peer {
    FCGX_Request request; /* ipcFd is the connection */
    struct peer *prev, *next;
    bool is_watched; /* for its next request; never while one is served, or its end would come to a second thread */
};

struct fcgi_server {
    int listen_fd, stop_fd, epoll_fd;
    struct fcgi_callbacks callbacks;
    pthread_mutex_t lock;
    struct peer *peers; /* under lock */
    unsigned n;
    pthread_t threads[];
};

static void set_timeouts(int fd)
{
    const struct timeval limit = {.tv_sec = PEER_TIMEOUT_S};
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* EPOLLONESHOT: an event wakes one thread, not all, and no other until it is asked for again. */
static bool watch(const struct fcgi_server *s, int operation, int fd, uint32_t events, const void *who)
{
    struct epoll_event e = {.events = events, .data.ptr = (void *)(uintptr_t)who};
    return epoll_ctl(s->epoll_fd, operation, fd, &e) == 0;
}

static struct peer *peer_new(struct fcgi_server *s, int fd)
{
    struct peer *p = calloc(1, sizeof *p);
    /* no listening socket: FCGX_Accept_r() is to read from fd and from nothing else */
    if (!p || FCGX_InitRequest(&p->request, -1, FCGI_FAIL_ACCEPT_ON_INTR) != 0) {
        free(p);
        close(fd);
        return NULL;
    }
    set_timeouts(fd);
    p->request.ipcFd = fd;
    pthread_mutex_lock(&s->lock);
    p->next = s->peers;
    if (p->next)
        p->next->prev = p;
    s->peers = p;
    pthread_mutex_unlock(&s->lock);
    return p;
}

static void peer_free(struct fcgi_server *s, struct peer *p)
{
    FCGX_Free(&p->request, 1);
    pthread_mutex_lock(&s->lock);
    if (p->prev)
        p->prev->next = p->next;
    else
        s->peers = p->next;
    if (p->next)
        p->next->prev = p->prev;
    pthread_mutex_unlock(&s->lock);
    free(p);
}

/* The next request begins where this one's body ends. False when too much of it is left. */
static bool read_rest(FCGX_Request *request)
{
    char unread[4096];
    int left = LEFT_MAX;
    for (int n; (n = FCGX_GetStr(unread, sizeof unread, request->in)) > 0;)
        if ((left -= n) < 0)
            return false;
    return true;
}

/* One request, and the connection goes back to all threads; or it ends. */
static void serve(struct fcgi_server *s, struct peer *p, void *thread)
{
    FCGX_Request *request = &p->request;
    struct http_io io;
    request->keepConnection = 1; /* else FCGX_Accept_r() closes the connection as the end of a request that never was */
    if (FCGX_Accept_r(request) != 0) { /* it ended, or what came was malformed */
        peer_free(s, p);
        return;
    }
    http_io_fastcgi(&io, request);
    s->callbacks.on_request(thread, &io);
    if (io.is_cut) { /* without FCGI_END_REQUEST, and without what is still in the buffer */
        peer_free(s, p);
        return;
    }
    if (request->keepConnection && !read_rest(request))
        request->keepConnection = 0;
    FCGX_Finish_r(request);
    int operation = p->is_watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;
    p->is_watched = true;
    if (request->ipcFd < 0 || !watch(s, operation, request->ipcFd, EPOLLIN | EPOLLONESHOT, p)) /* from here on it is any thread's */
        peer_free(s, p);
}

static void take_connection(struct fcgi_server *s, void *thread)
{
    int fd = accept4(s->listen_fd, NULL, NULL, SOCK_CLOEXEC), error = errno;
    watch(s, EPOLL_CTL_MOD, s->listen_fd, EPOLLIN | EPOLLONESHOT, &s->listen_fd);
    if (fd >= 0) {
        struct peer *p = peer_new(s, fd);
        if (p)
            serve(s, p, thread); /* its request has come with it, or will soon */
        return;
    }
    if (error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS) {
        struct pollfd stop = {.fd = s->stop_fd, .events = POLLIN};
        poll(&stop, 1, FULL_PAUSE_MS); /* pause instead of spinning; stop still wakes */
    }
}

static void *run(void *arg)
{
    struct fcgi_server *s = arg;
    void *thread = s->callbacks.on_thread_begin(s->callbacks.arg);
    if (!thread)
        return NULL;
    for (;;) {
        struct epoll_event e;
        int n = epoll_wait(s->epoll_fd, &e, 1, -1);
        if (n < 0 && errno != EINTR)
            log_error("epoll_wait_failed reason=\"%s\"", strerror(errno));
        if (n <= 0)
            continue;
        if (e.data.ptr == &s->stop_fd)
            break; /* it stays readable, for all threads */
        if (e.data.ptr == &s->listen_fd)
            take_connection(s, thread);
        else
            serve(s, e.data.ptr, thread);
    }
    s->callbacks.on_thread_end(thread);
    return NULL;
}

static bool open_descriptors(struct fcgi_server *s)
{
    int flags = fcntl(s->listen_fd, F_GETFL);
    s->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return s->stop_fd >= 0 && s->epoll_fd >= 0 && flags >= 0 && fcntl(s->listen_fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           watch(s, EPOLL_CTL_ADD, s->stop_fd, EPOLLIN, &s->stop_fd) &&
           watch(s, EPOLL_CTL_ADD, s->listen_fd, EPOLLIN | EPOLLONESHOT, &s->listen_fd);
}

struct fcgi_server *fcgi_server_start(int listen_fd, unsigned threads, const struct fcgi_callbacks *callbacks)
{
    struct fcgi_server *s = calloc(1, sizeof *s + threads * sizeof s->threads[0]);
    if (!s || FCGX_Init() != 0)
        goto free_server;
    s->listen_fd = listen_fd;
    s->callbacks = *callbacks;
    pthread_mutex_init(&s->lock, NULL);
    if (!open_descriptors(s))
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
    while (s->peers) /* between two requests */
        peer_free(s, s->peers);
    close(s->stop_fd);
    close(s->epoll_fd);
    pthread_mutex_destroy(&s->lock);
    free(s);
    *server = NULL;
}
