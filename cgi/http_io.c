/* http_io: see http_io.h. */
#include "cgi/http_io.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

static const char *fcgi_param(struct http_io *io, const char *name)
{
    const FCGX_Request *r = io->handle;
    return FCGX_GetParam(name, r->envp);
}

static size_t fcgi_read(struct http_io *io, void *to, size_t n)
{
    const FCGX_Request *r = io->handle;
    size_t got = 0;
    while (got < n) {
        int want = n - got > INT_MAX ? INT_MAX : (int)(n - got);
        int k = FCGX_GetStr((char *)to + got, want, r->in);
        if (k <= 0)
            break;
        got += (size_t)k;
    }
    return got;
}

static bool fcgi_write(struct http_io *io, const void *from, size_t n)
{
    const FCGX_Request *r = io->handle;
    size_t sent = 0;
    while (sent < n) {
        int want = n - sent > INT_MAX ? INT_MAX : (int)(n - sent);
        int k = FCGX_PutStr((const char *)from + sent, want, r->out);
        if (k <= 0)
            return false;
        sent += (size_t)k;
    }
    return true;
}

void http_io_fastcgi(struct http_io *io, FCGX_Request *request)
{
    *io = (struct http_io){.param = fcgi_param, .read = fcgi_read, .write = fcgi_write, .handle = request};
}

static const char *plain_param(struct http_io *io, const char *name)
{
    (void)io;
    return getenv(name);
}

static size_t plain_read(struct http_io *io, void *to, size_t n)
{
    (void)io;
    size_t got = 0;
    while (got < n) {
        ssize_t k = read(STDIN_FILENO, (char *)to + got, n - got);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            break;
        got += (size_t)k;
    }
    return got;
}

static bool plain_write(struct http_io *io, const void *from, size_t n)
{
    (void)io;
    size_t sent = 0;
    while (sent < n) {
        ssize_t k = write(STDOUT_FILENO, (const char *)from + sent, n - sent);
        if (k < 0 && errno == EINTR)
            continue;
        if (k <= 0)
            return false;
        sent += (size_t)k;
    }
    return true;
}

void http_io_plain(struct http_io *io)
{
    *io = (struct http_io){.param = plain_param, .read = plain_read, .write = plain_write};
}
