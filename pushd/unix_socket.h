/* unix_socket: listening UNIX sockets of ours. */
#ifndef SANGDAM_PUSHD_UNIX_SOCKET_H
#define SANGDAM_PUSHD_UNIX_SOCKET_H

#include <stdbool.h>

/* Binds and listens with mode 0660, non-blocking, close-on-exec. A socket that nobody answers on is removed first; one that is answered is left
 * alone. -1 (logged) on failure. type: SOCK_STREAM or SOCK_SEQPACKET. */
int unix_socket_listen(const char *path, int type);
/* True when the peer is root, or has this process's user or group. */
bool unix_socket_is_trusted(int fd);
/* Takes the lock file PATH.lock for the life of the process. False (logged) when another process holds it. *fd_r is the open lock. */
bool unix_socket_lock(const char *path, int *fd_r);

#endif
