/* door: the HTTP side of pushd by libmicrohttpd on a UNIX socket: the WebSocket upgrade, /livez, /readyz, /metrics. All of it runs on the loop's
 * thread; we accept ourselves, so that running out of descriptors pauses accepting, and hand connections to libmicrohttpd. After the upgrade it
 * lets go at once (libraries.md) and the connection is conn.c's. */
#ifndef SANGDAM_PUSHD_DOOR_H
#define SANGDAM_PUSHD_DOOR_H

#include <stdbool.h>

struct door;
struct push;

/* NULL (logged) when the socket can't be had. */
struct door *door_open(struct push *push);
/* No more connections; the socket is gone. */
void door_shut(struct door *door);
void door_close(struct door **door);
/* A suspended request was resumed: libmicrohttpd has no descriptor that would wake the loop for it. */
void door_wake(struct door *door);
bool door_is_awake(const struct door *door);
/* For the loop's hook: lets libmicrohttpd work; the longest wait it allows in ms, -1 any. */
int door_turn(struct door *door);

#endif
