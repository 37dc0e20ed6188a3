/* fcgi_server: N threads that serve FastCGI connections of one listening socket, and a stop that lets running requests finish.
 *
 * libfcgi's own accept can neither be woken safely nor be waited for: all threads wait for one epoll descriptor with the socket, a wake-up and the
 * connections that the web server keeps (FCGI_KEEP_CONN), which cost no thread between two requests. Such a connection is ended by the web server, or by a
 * stop. The listening socket becomes non-blocking; all processes that share it are ours. Signals play no part here: the caller keeps them blocked in these
 * threads.
 */
#ifndef SANGDAM_CGI_FCGI_SERVER_H
#define SANGDAM_CGI_FCGI_SERVER_H

struct fcgi_server;
struct http_io;

struct fcgi_callbacks {
    void *(*on_thread_begin)(void *arg);                   /* in the thread; what it returns comes back below */
    void (*on_request)(void *thread, struct http_io *io); /* answers the one request of io; may block */
    void (*on_thread_end)(void *thread);
    void *arg;
};

/* NULL (logged) when a thread or the wake-up can't be had. callbacks is copied. */
struct fcgi_server *fcgi_server_start(int listen_fd, unsigned threads, const struct fcgi_callbacks *callbacks);
/* Accepts no more, waits until the running requests have been answered, frees. */
void fcgi_server_stop(struct fcgi_server **server);

#endif
