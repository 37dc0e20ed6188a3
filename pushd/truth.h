/* truth: keeps the lists of staff true when a hint was lost. What the last changes said of each open chat (status, agent, customer, who is away) is compared with what the
 * scan of a second reads; a difference that stays for two scans is read and published as if its hint had come. Rows need no help: their heads tell.
 * It also gives a chat that was carried over to a member (lib/chat/carry_over.h) a room for that member's /user/queue/messages. */
#ifndef SANGDAM_PUSHD_TRUTH_H
#define SANGDAM_PUSHD_TRUTH_H

#include <stddef.h>

struct change;
struct push;
struct session_watch;
struct truth;

struct truth *truth_new(struct push *push);
void truth_free(struct truth **t);
/* This was published. */
void truth_note_change(struct truth *t, const struct change *c);
/* A scan: all open chats as the database has them, in as many pieces as it takes; what is in none of them is open no more. */
void truth_begin(struct truth *t);
void truth_compare(struct truth *t, const struct session_watch *list, size_t n);
void truth_end(struct truth *t);

#endif
