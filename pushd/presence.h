/* presence: the clock of chats: linger, grace, the queue's limit (contract.md, Life). Who is there is in the roster; what the database has to say of all open
 * chats is read once a second, and each decision is taken again by lib/chat under the row lock. The clock itself is the first loop's. */
#ifndef SANGDAM_PUSHD_PRESENCE_H
#define SANGDAM_PUSHD_PRESENCE_H

struct change;
struct presence;
struct push;
struct session;
struct sub;

struct presence *presence_new(struct push *push);
void presence_free(struct presence **p);

/* Any loop: sub listens to its room now: a participant is present. */
void presence_join(struct push *push, struct sub *sub, const struct session *s);
/* The first loop. */
void presence_note_change(struct presence *p, const struct change *c);
/* Once a second, and when one of the staff comes. */
void presence_tick(struct presence *p);

#endif
