/* member_staff: who works here, for lists to choose from. */
#ifndef SANGDAM_CHAT_MEMBER_STAFF_H
#define SANGDAM_CHAT_MEMBER_STAFF_H

#include "lib/chat/auth.h"

struct staff {
    int64_t member_id;
    char nickname[NICKNAME_SIZE];
};

/* Agents, supervisors and admins, active and former ones (their chats remain), by name; at most 500. *list_r is malloc'd. DONE or AWAY. May block. */
enum outcome member_staff_list(struct db *db, struct staff **list_r, size_t *n_r);

#endif
