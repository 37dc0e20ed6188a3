/* hub_priv: what hub.c, hub_rows.c and hub_events.c share. */
#ifndef SANGDAM_PUSHD_HUB_PRIV_H
#define SANGDAM_PUSHD_HUB_PRIV_H

#include "pushd/hub.h"
#include "pushd/int_table.h"

struct hub {
    struct push *push;
    struct room *by_id;
    struct int_table by_no;       /* of struct numbered_room: once the number is known */
    struct sub *lists[SUB_KINDS]; /* of the kinds without a room */
    struct open_topic *opens;     /* under debug_open_prefix */
    struct pattern *patterns;
    unsigned pattern_reach;       /* bits of the kinds that any of them reaches */
    bool is_sweeping, wants_sweep;
};

struct numbered_room {
    int64_t session_no; /* first */
    struct room *room;
};

/* Those who listen at the same place. */
void hub_list_add(struct sub **list, struct sub *sub);
void hub_list_del(struct sub **list, struct sub *sub); /* nothing when it never joined */
/* fn for each subscriber of a pattern that stands for destination, which is of that kind. */
void hub_each_pattern_sub(struct hub *hub, enum sub_kind kind, const char *destination, void (*fn)(struct sub *sub, const char *destination, void *arg), void *arg);
bool hub_pattern_reaches(const struct hub *hub, enum sub_kind kind);
/* To those of a room's SUB_ROOM or SUB_LIVE destination. */
void hub_tell_patterns_of_room(struct hub *hub, const char *session_id, enum sub_kind kind, struct body *body);
/* fn for each subscriber of a list, be it by a pattern. */
void hub_each_listener(struct hub *hub, enum sub_kind kind, void (*fn)(struct sub *sub, const char *destination, void *arg), void *arg);
void hub_leave_pattern(struct hub *hub, struct sub *sub);
/* The room's session_no is known now. */
void hub_index_room(struct hub *hub, struct room *room, int64_t session_no);
void hub_drop_if_idle(struct hub *hub, struct room *room);
/* The events of a change beside its rows. */
void hub_tell_change(struct hub *hub, const struct change *c, struct room *room);

#endif
