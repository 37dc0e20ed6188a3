/* spread: what one loop tells the others: changes, what is never stored, heads, lost rights. Each goes to this loop's own rooms at once, and is handed to those
 * loops that want it (interest.h) as one shared parcel, which the last of them frees. Order from one loop to another is kept. When memory is out
 * a loop is not told: it sweeps then (doc/DELIVERY, D6), and what is at most once is lost. */
#ifndef SANGDAM_PUSHD_SPREAD_H
#define SANGDAM_PUSHD_SPREAD_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/chat/change.h"

struct body;
struct fleet;
struct push;
struct right_change;
struct session_watch;

/* What a committed transaction brought, from a writer of ours or a hint: hub_publish() everywhere. c's rows may be moved out of it: the caller does no
 * more with it than change_clear(). */
void spread_change(struct push *push, struct change *c);
/* The same for what this node only found, and each other node finds for itself: to the loops of this process alone. */
void spread_found(struct push *push, struct change *c);

/* The same for a writer, in two steps, so that all loops get the changes of a chat in the order of their COMMITs: whatever asked, one writer hands them out.
 * A change that several loops can share, empty; NULL: memory. */
struct change *spread_new_change(void);
/* Gives up one share; the last frees it. NULL inside is fine. */
void spread_drop_change(struct change **c);
/* The writer's thread: c is committed, and goes to all loops that want it but the asker's, which calls hub_publish() itself when the answer comes. */
void spread_committed(struct push *asker, struct change *c);
/* To all who listen to what is never stored of a chat (/topic/chat/{id}/live). */
void spread_live(struct push *push, const char *session_id, struct body *body);
/* To all of the staff who listen to /topic/chat/presence, on this node. */
void spread_presence(struct push *push, struct body *body);
/* To all who listen to a destination under debug_open_prefix. */
void spread_open(struct push *push, const char *destination, struct body *body);
/* Heads as the database has them: missing rows are read. list stays the caller's. */
void spread_heads(struct push *push, const struct session_watch *list, size_t n);
/* Rights that changed: rights_take() everywhere. False when memory is out: not all were told: read the table again. */
bool spread_rights(struct push *push, const struct right_change *list, size_t n);
/* ---- the backplane's thread: what other nodes said, to all loops that want it ---- */
/* c's rows are moved out of it. */
void spread_from_node(struct fleet *fleet, struct change *c);
void spread_live_from_node(struct fleet *fleet, const char *session_id, const char *json, size_t n);
void spread_heads_from_node(struct fleet *fleet, const struct session_watch *list, size_t n);

/* Any thread: all loops sweep soon. */
void spread_sweep(const struct fleet *fleet);

#endif
