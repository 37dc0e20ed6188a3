/* unix_socket: see unix_socket.h. */
#include "config.h"

#include "pushd/unix_socket.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
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
