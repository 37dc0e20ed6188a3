/* right_change: the notes that tell pushd of changed rights (contract.md, Notify: rights do not rest on hints). Written in the transactions that
 * change a right: role, status, sign-out, participants of a chat. */
#ifndef SANGDAM_CHAT_RIGHT_CHANGE_H
#define SANGDAM_CHAT_RIGHT_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"

struct db;

struct right_change {
    int64_t change_no;
    int64_t member_id;  /* 0: a chat's participants changed */
    int64_t session_no; /* 0: a member's rights changed */
};

/* All notes since wall time since_ms, at most 10,000, oldest first. change_no is given before its transaction commits: a lower one may appear
 * after a higher one, so read with an overlap. *list_r is malloc'd. DONE or AWAY. Blocks. */
enum outcome right_change_list(struct db *db, int64_t since_ms, struct right_change **list_r, size_t *n_r);

#endif
