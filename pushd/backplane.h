/* backplane: what this node tells the others and hears of them, over Redis publish/subscribe. One thread of its own, so that a Redis that is slow, frozen or
 * gone costs no loop anything: what it can't take is dropped and counted. Nothing rests on it: each node's clock looks at the heads of all open
 * chats once a second (presence.c, truth.c), so without Redis a message of another node is a second or two late, and when Redis is back, or a number
 * was missed, all is looked at again. */
#ifndef SANGDAM_PUSHD_BACKPLANE_H
#define SANGDAM_PUSHD_BACKPLANE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/chat/change.h"

struct backplane;
struct fleet;

/* NULL without an error when no Redis is configured (or pushd was built without hiredis, which is logged); *ok_r is false when it can't be started. */
struct backplane *backplane_start(struct fleet *fleet, bool *ok_r);
void backplane_stop(struct backplane **backplane);

/* Any thread, NULL is fine: tells the other nodes of a committed change, or of what is never stored of a chat. At most once; blocks for a lock alone. */
void backplane_tell_change(struct backplane *backplane, const struct change *c);
void backplane_tell_live(struct backplane *backplane, const char *session_id, const char *json, size_t n);

#endif
