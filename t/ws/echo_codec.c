/* echo_codec [READ_SIZE]: echoes WebSocket messages by the codec of pushd/ws_frame.h and nothing else of pushd, so that run.mjs can try the
 * codec by itself. Listens on a free port of 127.0.0.1, prints its URL, and serves one connection after the other with plain blocking calls
 * until it is ended. READ_SIZE is how many bytes a read may bring (default 16384). */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pushd/ws_frame.h"

#define MESSAGE_MAX (16 * 1024 * 1024)
#define HEAD_MAX 4096
#define READ_MAX 65536

static const struct ws_limits limits = {.message_max = MESSAGE_MAX, .fragments_max = 0};

static bool write_all(int fd, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t wrote = send(fd, p, n, MSG_NOSIGNAL);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0)
            return false;
        p += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

static bool write_close(int fd, uint16_t code, const char *why)
{
    unsigned char frame[WS_CONTROL_MAX];

    return write_all(fd, frame, ws_encode_close(code, why, frame)) && shutdown(fd, SHUT_WR) == 0;
}

/* Answers an event; false when nothing may follow. */
static bool answer(int fd, enum ws_result result, const struct ws_event *event)
{
    unsigned char frame[WS_CONTROL_MAX];
    size_t size;

    switch (result) {
    case WS_MESSAGE:
        size = ws_encode_head(event->is_text ? WS_OP_TEXT : WS_OP_BINARY, true, event->len, frame);
        return write_all(fd, frame, size) && write_all(fd, event->data, event->len);
    case WS_PING:
        return write_all(fd, frame, ws_encode_control(WS_OP_PONG, event->data, event->len, frame));
    case WS_CLOSE:
        write_close(fd, event->code, NULL);
        return false;
    case WS_BAD:
        write_close(fd, event->code, event->why);
        return false;
    case WS_PONG:
    case WS_MORE:
        break;
    }
    return true;
}

static bool feed(int fd, struct ws *ws, char *bytes, size_t n)
{
    enum ws_result result;

    do {
        struct ws_event event;
        size_t used;

        result = ws_feed(ws, &limits, bytes, n, &used, &event);
        bytes += used;
        n -= used;
        if (!answer(fd, result, &event))
            return false;
    } while (result != WS_MORE);
    return true;
}

/* Reads the request's head, answers it and hands what came behind it to *rest_r (within head). */
static bool shake_hands(int fd, char head[HEAD_MAX + 1], char **rest_r, size_t *rest_size_r)
{
    static const char name[] = "\r\nSec-WebSocket-Key: ";
    char accept[WS_ACCEPT_SIZE], reply[256], *end = NULL, *key;
    size_t n = 0;
    int size;

    while (!end) {
        ssize_t got = n < HEAD_MAX ? read(fd, head + n, HEAD_MAX - n) : 0;

        if (got <= 0)
            return false;
        n += (size_t)got;
        head[n] = '\0';
        end = strstr(head, "\r\n\r\n");
    }
    *rest_r = end + 4;
    *rest_size_r = n - (size_t)(end + 4 - head);
    end[2] = '\0';
    key = strstr(head, name);
    if (!key)
        return false;
    key += sizeof name - 1;
    *strchr(key, '\r') = '\0';
    if (!ws_key_is_valid(key))
        return false;
    ws_accept_key(key, accept);
    size = snprintf(reply, sizeof reply, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    "Sec-WebSocket-Accept: %s\r\n\r\n", accept);
    return size > 0 && write_all(fd, reply, (size_t)size);
}

static void serve(int fd, size_t read_size)
{
    static char bytes[READ_MAX];
    char head[HEAD_MAX + 1], *rest;
    struct ws ws = {0};
    size_t rest_size;
    ssize_t got;

    if (shake_hands(fd, head, &rest, &rest_size) && feed(fd, &ws, rest, rest_size))
        while ((got = read(fd, bytes, read_size)) > 0)
            if (!feed(fd, &ws, bytes, (size_t)got))
                break;
    /* what still comes is read, or close() would reset the connection before the peer has read our close */
    while (read(fd, bytes, sizeof bytes) > 0)
        ;
    ws_free(&ws);
}

static int open_listener(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&address, size) != 0 || listen(fd, 16) != 0 ||
        getsockname(fd, (struct sockaddr *)&address, &size) != 0)
        return -1;
    printf("ws://127.0.0.1:%d/\n", ntohs(address.sin_port));
    return fflush(stdout) == 0 ? fd : -1;
}

int main(int argc, char **argv)
{
    size_t read_size = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 16384;
    int listener, on = 1;

    if (read_size == 0 || read_size > READ_MAX) {
        fputs("usage: echo_codec [READ_SIZE]\n", stderr);
        return 64;
    }
    listener = open_listener();
    if (listener < 0) {
        perror("echo_codec");
        return 71;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);

        if (fd < 0)
            continue;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        serve(fd, read_size);
        close(fd);
    }
}
