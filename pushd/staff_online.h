/* staff_online: tells the database which of the staff are connected here, for "agents online" (lib/chat/online.h). */
#ifndef SANGDAM_PUSHD_STAFF_ONLINE_H
#define SANGDAM_PUSHD_STAFF_ONLINE_H

#include <stdint.h>

struct push;

/* All of the staff that are connected, noted by a job. Every ONLINE_NOTE_MS, and when one comes. */
void staff_online_note(struct push *push);
/* One of the staff came who was not here before: noted, and the clock of chats looks whether they were missed. Any loop, for itself. */
void staff_online_came(struct push *push);
/* The member's last connection here is gone. */
void staff_online_forget(struct push *push, int64_t member_id);

#endif
