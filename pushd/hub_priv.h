/* hub_priv: what hub.c, hub_rows.c and hub_events.c share. */
#ifndef SANGDAM_PUSHD_HUB_PRIV_H
#define SANGDAM_PUSHD_HUB_PRIV_H

#include "pushd/hub.h"

struct hub {
    struct push *push;
    struct room *by_id, *by_no;
    struct sub *lists[SUB_KINDS]; /* of the kinds without a room */
    struct open_topic *opens;     /* under debug_open_prefix */
    bool is_sweeping, wants_sweep;
};

/* The room's session_no is known now. */
void hub_index_room(struct hub *hub, struct room *room, int64_t session_no);
void hub_drop_if_idle(struct hub *hub, struct room *room);
/* The events of a change beside its rows. */
void hub_tell_change(struct hub *hub, const struct change *c, struct room *room);

#endif
