/* hand_in: messages that FastCGI programs hand over (lib/chat/hand_over.h) on their way through the writers and back. */
#ifndef SANGDAM_PUSHD_HAND_IN_H
#define SANGDAM_PUSHD_HAND_IN_H

#include <stdbool.h>
#include <stddef.h>

struct hand_in; /* the messages of one connection */
struct push;

/* fd stays the caller's. NULL: memory. */
struct hand_in *hand_in_new(struct push *push, int fd);
/* The connection is gone: what is under way is stored, and answered to nobody. */
void hand_in_drop(struct hand_in **in);
/* Something of it is under way, and its sender waits for the answer. */
bool hand_in_is_waiting(const struct hand_in *in);
/* One request as it came. Bytes that are none are logged and left. */
void hand_in_take(struct hand_in *in, const char *bytes, size_t n);

#endif
