/* roster: who is here, over all loops: members with their connections, customers in their chats, addresses. One table behind a lock that is held for a
 * look-up; all functions may be called by any thread and never block for longer. */
#ifndef SANGDAM_PUSHD_ROSTER_H
#define SANGDAM_PUSHD_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"

struct address; /* counts the connections of one */
struct roster;

struct roster *roster_new(void); /* NULL: memory */
void roster_free(struct roster **roster);

/* ---- members ---- */
enum roster_answer { ROSTER_FULL, ROSTER_FIRST /* they were not here before */, ROSTER_MORE };
/* Counts one more connection of the member. FULL (max has been reached, or memory is out): it was not counted. */
enum roster_answer roster_come(struct roster *roster, int64_t member_id, enum role role, int64_t max);
/* One less, at monotonic now_ms; true when it was the last. */
bool roster_go(struct roster *roster, int64_t member_id, int64_t now_ms);
void roster_set_role(struct roster *roster, int64_t member_id, enum role role);
bool roster_is_here(struct roster *roster, int64_t member_id);
size_t roster_count(struct roster *roster);
/* Those of the staff, at most room; their number. */
size_t roster_staff(struct roster *roster, int64_t *ids_r, size_t room);

/* ---- customers in their chats: a loop sits down for the first subscription it has, and rises with the last ---- */
void roster_sit(struct roster *roster, int64_t session_no);
void roster_rise(struct roster *roster, int64_t session_no, int64_t now_ms);

/* ---- for the clock of chats (presence.c) ---- */
struct roster_look {
    bool is_here;
    int64_t left_ms; /* monotonic; 0: this process saw no going */
};
/* round: the caller's count of its scans; whoever was not looked at in a later one may be forgotten. */
struct roster_look roster_look_at_customer(struct roster *roster, int64_t session_no, uint32_t round);
struct roster_look roster_look_at_member(struct roster *roster, int64_t member_id, uint32_t round);
/* A chat is over: when its customer left is of no more use. */
void roster_forget_chat(struct roster *roster, int64_t session_no);
/* Forgets customers that no scan since `round` asked for, and members of the like who left before left_before_ms. */
void roster_forget(struct roster *roster, uint32_t round, int64_t left_before_ms);

/* ---- addresses ---- */
/* Counts one more connection of the address (text). NULL when max is reached or memory is out. */
struct address *roster_address_take(struct roster *roster, const char *text, int64_t max);
void roster_address_drop(struct roster *roster, struct address **address); /* NULL inside is fine */
const char *address_text(const struct address *address); /* "" for NULL */

#endif
