/* presence: who is there, and the clock of chats: linger, grace, the queue's limit (contract.md, Life). Connections are counted here; what the
 * database has to say of all open chats is read once a second, and each decision is taken again by lib/chat under the row lock. */
#ifndef SANGDAM_PUSHD_PRESENCE_H
#define SANGDAM_PUSHD_PRESENCE_H

#include <stdint.h>

struct account;
struct change;
struct presence;
struct push;
struct session;
struct sub;

struct presence *presence_new(struct push *push);
void presence_free(struct presence **p);

/* sub listens to its room now: a participant is present. */
void presence_join(struct presence *p, struct sub *sub, const struct session *s);
/* sub is about to end. */
void presence_leave(struct presence *p, const struct sub *sub);
void presence_member_came(struct presence *p, const struct account *account);
/* The member's last connection here is gone. */
void presence_member_left(struct presence *p, int64_t member_id);
void presence_note_change(struct presence *p, const struct change *c);
/* Once a second. */
void presence_tick(struct presence *p);

#endif
