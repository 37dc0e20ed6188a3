/* interest: what one loop wants to hear of the others. Names (of chats, of destinations) fall into slots; the loop counts what it follows in each, the
 * others look before they bother it. A slot may say yes for another name: that costs a look-up there, no more. Only the loop itself counts, any
 * thread looks.
 *
 * The rule that nothing is missed (doc/DELIVERY, Server, subscribing: register first): a loop counts a chat before it has its log read, and whoever
 * publishes looks after COMMIT. So either the look sees the count, or the read of the log sees the row. */
#ifndef SANGDAM_PUSHD_INTEREST_H
#define SANGDAM_PUSHD_INTEREST_H

#include <stdbool.h>

struct interest;

struct interest *interest_new(void); /* NULL: memory */
void interest_free(struct interest **interest);
/* n: 1 or -1. */
void interest_add(struct interest *interest, const char *name, int n);
/* In all names, of which it can't be said before which will come. */
void interest_add_all(struct interest *interest, int n);
bool interest_has(const struct interest *interest, const char *name);

/* Something could not be told to this loop, or everything may be stale: it must sweep. Any thread. */
void interest_note_miss(struct interest *interest);
/* The loop itself: true once after any number of notes. */
bool interest_take_miss(struct interest *interest);

#endif
