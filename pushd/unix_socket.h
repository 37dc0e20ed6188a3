/* unix_socket: listening UNIX sockets of ours. */
#ifndef SANGDAM_PUSHD_UNIX_SOCKET_H
#define SANGDAM_PUSHD_UNIX_SOCKET_H

#include <stdbool.h>

/* Binds and listens with mode 0660, non-blocking, close-on-exec. A socket that nobody answers on is removed first; one that is answered is left
 * alone. -1 (logged) on failure. type: SOCK_STREAM or SOCK_SEQPACKET. */
int unix_socket_listen(const char *path, int type);
/* A socket as unix_socket_listen() makes it; or, when the service manager passed a listening UNIX socket of that type (socket activation, sd_listen_fds(3)), that
 * one: *is_passed_r is true then, and its path is the manager's: it stays when we close our descriptor, so that whoever connects while no pushd runs waits for the
 * next one. Of several of the type it is the one called name in LISTEN_FDNAMES, else the first. */
int unix_socket_open(const char *path, int type, const char *name, bool *is_passed_r);
/* True when the peer is root, or has this process's user or group. */
bool unix_socket_is_trusted(int fd);
/* Takes the lock file PATH.lock for the life of the process. False (logged) when another process holds it. *fd_r is the open lock. */
bool unix_socket_lock(const char *path, int *fd_r);

#endif
