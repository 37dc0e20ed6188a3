/* rights: a lost right ends what rests on it within 2 s (doc/DELIVERY, D8). Rights do not rest on hints: the table right_change is read every
 * second, and who it names is checked anew.
 *
 * A member who is disabled or signed out: ERROR and close. A right to one chat that is lost (another agent has it now): that subscription ends,
 * with a MESSAGE of code 05 on /user/queue/errors that names its destination; a client without that subscription gets ERROR and close, so that it
 * does not wait in vain. Closing always would make stompjs reconnect and ask for the same again. */
#ifndef SANGDAM_PUSHD_RIGHTS_H
#define SANGDAM_PUSHD_RIGHTS_H

#include <stddef.h>
#include <stdint.h>

struct push;
struct right_change;
struct rights;
struct room;
struct session;

struct rights *rights_new(struct push *push);
void rights_free(struct rights **r);
/* Reads right_change for all loops; once a second, on the first. */
void rights_tick(struct rights *r);
/* Looks again at those of this loop whom the list names, and at those who could not be looked at before. */
void rights_take(struct rights *r, const struct right_change *list, size_t n);
/* How often rights_take() was given something. Who began a check at another number than this may have read what held before the change, and was not
 * here yet when it was looked for: they are to be looked at again. */
uint32_t rights_turn(const struct rights *r);
void rights_check_member(struct rights *r, int64_t member_id);
/* All who listen to the room. */
void rights_check_room(struct rights *r, struct room *room);
/* Ends the subscriptions of those who lost their right to the chat as s, of a committed transaction, has it: at once, before another row goes out. */
void rights_apply(struct rights *r, struct room *room, const struct session *s);

#endif
