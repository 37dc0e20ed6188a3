/* bare: the least that a WebSocket server can do, to know what the load generator and the machine can: one thread, one epoll, no checks, one write a
 * connection and turn. The path of a connection says what becomes of its messages:
 *   /pair/NAME   to the others of that name (a pair: what came in goes out once)
 *   /room/NAME   to all of that name, the sender too (as a broker does)
 *
 *   bare SOCKET_PATH     prints "ready"; ends by TERM. Trusts its clients: for measuring alone. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <uthash.h>

#include "lib/base/buf.h"
#include "pushd/ws_frame.h"

#define EVENTS 512
#define READ_SIZE (256 * 1024)
#define KEEP_SIZE 65536
#define NAME_SIZE 64

struct room {
    char name[NAME_SIZE];
    struct peer *first;
    UT_hash_handle hh;
};

struct peer {
    int fd;
    bool is_open, is_dirty, wants_out, hears_itself;
    struct room *room;
    struct peer *room_next, *next_dirty;
    struct buf in, out;
};

struct bare {
    int epoll, listener;
    struct room *rooms;
    struct peer *dirty;
};

static void peer_end(struct bare *b, struct peer *p)
{
    if (p->room)
        for (struct peer **at = &p->room->first; *at; at = &(*at)->room_next)
            if (*at == p) {
                *at = p->room_next;
                break;
            }
    for (struct peer **at = &b->dirty; *at; at = &(*at)->next_dirty)
        if (*at == p) {
            *at = p->next_dirty;
            break;
        }
    close(p->fd);
    buf_free(&p->in);
    buf_free(&p->out);
    free(p);
}

static void put(struct bare *b, struct peer *p, const void *bytes, size_t n)
{
    buf_add(&p->out, bytes, n);
    if (!p->is_dirty) {
        p->is_dirty = true;
        p->next_dirty = b->dirty;
        b->dirty = p;
    }
}

static void flush(struct bare *b, struct peer *p)
{
    ssize_t n = p->out.len ? send(p->fd, p->out.p, p->out.len, MSG_NOSIGNAL) : 0;
    bool wants_out;

    if (n > 0)
        buf_consume(&p->out, (size_t)n);
    if (p->out.len == 0 && p->out.cap > KEEP_SIZE)
        buf_free(&p->out);
    wants_out = p->out.len > 0 && (n >= 0 || errno == EAGAIN);
    if (wants_out != p->wants_out) {
        struct epoll_event event = {.events = EPOLLIN | (wants_out ? EPOLLOUT : 0), .data.ptr = p};

        p->wants_out = wants_out;
        epoll_ctl(b->epoll, EPOLL_CTL_MOD, p->fd, &event);
    }
}

static void flush_all(struct bare *b)
{
    while (b->dirty) {
        struct peer *p = b->dirty;

        b->dirty = p->next_dirty;
        p->is_dirty = false;
        flush(b, p);
    }
}

static struct room *find_room(struct bare *b, const char *name)
{
    struct room *room;

    HASH_FIND_STR(b->rooms, name, room);
    if (room)
        return room;
    room = calloc(1, sizeof *room);
    if (!room)
        exit(71);
    snprintf(room->name, sizeof room->name, "%s", name);
    HASH_ADD_STR(b->rooms, name, room);
    return room;
}

/* The bytes of the request's head, 0 while it is not whole, -1 when it is none. */
static long shake_hands(struct bare *b, struct peer *p, char *bytes, size_t n)
{
    static const char key_name[] = "Sec-WebSocket-Key: ";
    char *end = memmem(bytes, n, "\r\n\r\n", 4), *key, name[NAME_SIZE], accept[WS_ACCEPT_SIZE], answer[256];
    int size;

    if (!end)
        return 0;
    *end = '\0';
    key = strstr(bytes, key_name);
    if (!key || sscanf(bytes, "GET %63s", name) != 1)
        return -1;
    key += sizeof key_name - 1;
    key[strcspn(key, "\r")] = '\0';
    ws_accept_key(key, accept);
    size = snprintf(answer, sizeof answer, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n", accept);
    put(b, p, answer, (size_t)size);
    p->is_open = true;
    p->hears_itself = strncmp(name, "/room/", 6) == 0;
    p->room = find_room(b, name);
    p->room_next = p->room->first;
    p->room->first = p;
    return end + 4 - bytes;
}

static void unmask(unsigned char *bytes, size_t n, const unsigned char key[4])
{
    uint64_t wide, word;
    size_t i = 0;

    memcpy(&wide, key, 4);
    memcpy((char *)&wide + 4, key, 4);
    for (; i + 8 <= n; i += 8) {
        memcpy(&word, bytes + i, 8);
        word ^= wide;
        memcpy(bytes + i, &word, 8);
    }
    for (; i < n; i++)
        bytes[i] ^= key[i & 3];
}

static void relay(struct bare *b, const struct peer *from, const unsigned char *bytes, size_t n)
{
    unsigned char head[10];
    size_t head_len = ws_encode_head(WS_OP_TEXT, true, n, head);

    for (struct peer *p = from->room->first; p; p = p->room_next)
        if (p != from || from->hears_itself) {
            put(b, p, head, head_len);
            put(b, p, bytes, n);
        }
}

/* The bytes of whole frames, -1 at a close. Only text of less than 64 KiB in one masked frame is relayed. */
static long take_frames(struct bare *b, struct peer *p, unsigned char *bytes, size_t n)
{
    size_t used = 0;

    for (;;) {
        unsigned char *f = bytes + used;
        size_t left = n - used, head = 6, len;

        if (left < 8)
            return (long)used;
        len = f[1] & 127;
        if (len == 126) {
            len = (size_t)(f[2] << 8 | f[3]);
            head = 8;
        }
        if (left < head + len)
            return (long)used;
        if ((f[0] & 15) == WS_OP_CLOSE || (f[1] & 127) == 127)
            return -1;
        unmask(f + head, len, f + head - 4);
        if ((f[0] & 15) == WS_OP_TEXT)
            relay(b, p, f + head, len);
        used += head + len;
    }
}

static long take(struct bare *b, struct peer *p, char *bytes, size_t n)
{
    long used = 0, more;

    if (!p->is_open)
        used = shake_hands(b, p, bytes, n);
    if (used < 0 || !p->is_open)
        return used;
    more = take_frames(b, p, (unsigned char *)bytes + used, n - (size_t)used);
    return more < 0 ? -1 : used + more;
}

static void on_readable(struct bare *b, struct peer *p)
{
    static char bytes[READ_SIZE + 1];
    ssize_t n = read(p->fd, bytes, READ_SIZE);
    long used;

    if (n < 0 && errno == EAGAIN)
        return;
    if (n <= 0) {
        peer_end(b, p);
        return;
    }
    if (p->in.len) {
        buf_add(&p->in, bytes, (size_t)n);
        used = take(b, p, p->in.p, p->in.len);
        if (used > 0)
            buf_consume(&p->in, (size_t)used);
    } else {
        used = take(b, p, bytes, (size_t)n);
        if (used >= 0 && used < n)
            buf_add(&p->in, bytes + used, (size_t)(n - used));
    }
    if (used < 0)
        peer_end(b, p);
}

static void on_connection(struct bare *b)
{
    int fd;

    while ((fd = accept4(b->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct peer *p = calloc(1, sizeof *p);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = p};

        if (!p)
            exit(71);
        p->fd = fd;
        epoll_ctl(b->epoll, EPOLL_CTL_ADD, fd, &event);
    }
}

static bool listen_at(struct bare *b, const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};

    if (snprintf(address.sun_path, sizeof address.sun_path, "%s", path) >= (int)sizeof address.sun_path)
        return false;
    unlink(path);
    b->epoll = epoll_create1(EPOLL_CLOEXEC);
    b->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    return b->listener >= 0 && bind(b->listener, (struct sockaddr *)&address, sizeof address) == 0 && listen(b->listener, 4096) == 0 &&
           epoll_ctl(b->epoll, EPOLL_CTL_ADD, b->listener, &event) == 0;
}

int main(int argc, char **argv)
{
    struct rlimit limit;
    struct bare b = {0};

    if (argc != 2) {
        fputs("usage: bare SOCKET_PATH\n", stderr);
        return 64;
    }
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (!listen_at(&b, argv[1])) {
        perror("bare");
        return 71;
    }
    puts("ready");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int n = epoll_wait(b.epoll, events, EVENTS, -1);

        for (int i = 0; i < n; i++) {
            struct peer *p = events[i].data.ptr;

            if (!p) {
                on_connection(&b);
                continue;
            }
            if (events[i].events & EPOLLOUT)
                flush(&b, p);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                on_readable(&b, p);
        }
        flush_all(&b);
    }
}
