/* unix_socket: see unix_socket.h. */
#include "config.h"

#include "pushd/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "lib/base/log.h"

/* True when somebody accepts on it. */
static bool is_answered(const struct sockaddr_un *address, int type)
{
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool answered;

    if (fd < 0)
        return true; /* better not to remove what we can't ask */
    answered = connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 || errno == EAGAIN;
    close(fd);
    return answered;
}

int unix_socket_listen(const char *path, int type)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    mode_t old_mask;
    int fd, failed;

    if (strlen(path) >= sizeof address.sun_path) {
        log_error("socket_path_too_long path=%s", log_value(path));
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path));
    if (is_answered(&address, type)) {
        log_error("socket_in_use path=%s", log_value(path));
        return -1;
    }
    unlink(path);
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        log_error("socket_failed errno=%d", errno);
        return -1;
    }
    old_mask = umask(0117);
    failed = bind(fd, (struct sockaddr *)&address, sizeof address) != 0;
    umask(old_mask);
    if (failed || listen(fd, 4096) != 0) {
        log_error("listen_failed path=%s errno=%d", log_value(path), errno);
        close(fd);
        return -1;
    }
    return fd;
}

/* ---- socket activation, sd_listen_fds(3) by hand ---- */

#define PASSED_FIRST 3
#define PASSED_MAX 64

/* How many descriptors from PASSED_FIRST on are for this process. */
static int count_passed(void)
{
    const char *pid = getenv("LISTEN_PID"), *count = getenv("LISTEN_FDS");
    char *end;
    long n;

    if (!pid || !count || strtol(pid, &end, 10) != (long)getpid() || *end)
        return 0;
    n = strtol(count, &end, 10);
    return *end || n < 0 ? 0 : n > PASSED_MAX ? PASSED_MAX : (int)n;
}

/* Is the n-th name of LISTEN_FDNAMES (separated by colons) this one? */
static bool is_named(int n, const char *name)
{
    const char *at = getenv("LISTEN_FDNAMES");

    for (; at && n > 0; n--) {
        at = strchr(at, ':');
        at = at ? at + 1 : NULL;
    }
    return at && strncmp(at, name, strlen(name)) == 0 && (at[strlen(name)] == '\0' || at[strlen(name)] == ':');
}

static bool option_is(int fd, int option, int wanted)
{
    int value = 0;
    socklen_t n = sizeof value;

    return getsockopt(fd, SOL_SOCKET, option, &value, &n) == 0 && value == wanted;
}

/* -1: none was passed. */
static int find_passed(int type, const char *name)
{
    int found = -1, count = count_passed();

    for (int i = 0; i < count; i++) {
        int fd = PASSED_FIRST + i;
        if (!option_is(fd, SO_DOMAIN, AF_UNIX) || !option_is(fd, SO_TYPE, type) || !option_is(fd, SO_ACCEPTCONN, 1))
            continue;
        if (is_named(i, name))
            return fd;
        if (found < 0)
            found = fd;
    }
    return found;
}

int unix_socket_open(const char *path, int type, const char *name, bool *is_passed_r)
{
    struct sockaddr_un address = {0};
    socklen_t n = sizeof address;
    int fd = find_passed(type, name);

    *is_passed_r = fd >= 0;
    if (fd < 0)
        return unix_socket_listen(path, type);
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) != 0 || fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) {
        log_error("passed_socket_failed name=%s errno=%d", name, errno);
        return -1;
    }
    if (getsockname(fd, (struct sockaddr *)&address, &n) != 0 || strncmp(address.sun_path, path, sizeof address.sun_path) != 0)
        log_warn("passed_socket_is_elsewhere name=%s wanted=%s", name, log_value(path)); /* others find us by the configuration */
    log_info("socket_passed name=%s fd=%d", name, fd);
    return fd;
}

bool unix_socket_is_trusted(int fd)
{
    struct ucred peer;
    socklen_t n = sizeof peer;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) != 0)
        return false;
    return peer.uid == 0 || peer.uid == geteuid() || peer.gid == getegid();
}

bool unix_socket_lock(const char *path, int *fd_r)
{
    char name[512];
    int fd;

    if ((size_t)snprintf(name, sizeof name, "%s.lock", path) >= sizeof name) {
        log_error("socket_path_too_long path=%s", log_value(path));
        return false;
    }
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        log_error("lock_failed path=%s errno=%d", log_value(name), errno);
        return false;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        log_error("another_pushd_runs path=%s", log_value(name));
        close(fd);
        return false;
    }
    *fd_r = fd;
    return true;
}
