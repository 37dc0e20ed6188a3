/* hub: who listens where, and what they get. One room per chat that somebody follows here; rows go through its seq_gate. All on the loop's
 * thread; the log is read by workers. A subscriber of a room is live, or replays: reads the log in pages as its queue drains until it has all
 * that was pushed, then is live. Nothing is skipped or repeated in between: live rows below sub->next_seq are not for it, and it goes live only
 * when next_seq is behind the gate. */
#ifndef SANGDAM_PUSHD_HUB_H
#define SANGDAM_PUSHD_HUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/change.h"
#include "lib/chat/right.h"
#include "lib/chat/table.h"
#include "pushd/seq_gate.h"
#include "pushd/sub.h"

struct body;
struct hub;
struct push;
struct session_watch;

struct room {
    UT_hash_handle hh;    /* by session_id */
    struct sub *subs;     /* SUB_ROOM and SUB_LIVE */
    int64_t session_no;   /* 0: not known yet */
    int64_t member_id, admin_id; /* as of the newest change that was seen; 0: none */
    struct seq_gate gate;
    int32_t status_id, snap_head; /* 0: nothing known; the head that went with it */
    int32_t swept_last;   /* gate.last when the sweep under way was asked for */
    uint32_t pins;        /* jobs that know this room */
    uint32_t member_subs; /* SUB_ROOM of its customer */
    char session_id[UUID_TEXT_SIZE];
    uint8_t idle_ticks; /* a chat is over that somebody gets by /user/queue/messages: its gate stays for those who come late with its last rows */
};

struct hub *hub_new(struct push *push);
void hub_free(struct hub **hub);

/* ---- rooms ---- */
struct room *hub_room(const struct hub *hub, const char *session_id); /* NULL: nobody follows it */
struct room *hub_room_no(const struct hub *hub, int64_t session_no);
/* Finds or makes it, and keeps it until hub_unpin(). From here on what happens to the chat is noted: register first, read then. NULL: memory. */
struct room *hub_pin(struct hub *hub, const char *session_id);
void hub_unpin(struct hub *hub, struct room *room);
/* What the database said of it. */
void hub_learn(struct hub *hub, struct room *room, const struct session *s);
/* The right of a principal by what is known here, for what is never stored. */
void hub_snapshot(const struct room *room, struct session *s_r);

/* ---- subscribing ---- */
/* sub listens to the room from next_seq on; what it has missed is read from the log. */
void hub_join_room(struct hub *hub, struct sub *sub, struct room *room, int32_t next_seq);
/* Kinds without a room. */
void hub_join_list(struct hub *hub, struct sub *sub);
/* A destination under debug_open_prefix. False when memory is out. */
bool hub_join_open(struct hub *hub, struct sub *sub, const char *destination);
const char *hub_open_name(const struct open_topic *open);
/* May the role subscribe to a pattern of /topic? Chiefs see all chats, other staff the lists. PATTERN_EMPTY: it stands for nothing of ours. */
enum pattern_right { PATTERN_ALLOWED, PATTERN_FORBIDDEN, PATTERN_EMPTY };
enum pattern_right hub_pattern_right(const char *text, enum role role);
/* SUB_PATTERN or SUB_OPEN_PATTERN; live only. False when memory is out. */
bool hub_join_pattern(struct hub *hub, struct sub *sub, const char *text);
const char *hub_pattern_text(const struct pattern *pattern);
void hub_leave(struct hub *hub, struct sub *sub);
/* A replay may go on: its connection's queue drained. */
void hub_pump(struct hub *hub, struct sub *sub);
/* {kind:"RESYNC"} on this subscription: the log it knew is gone. */
void hub_send_resync(struct hub *hub, struct sub *sub, int32_t head);

/* ---- publishing ---- */
/* What a committed transaction brought, from a writer of ours or a hint. */
void hub_publish(struct hub *hub, const struct change *c);
/* A row of a room, past the gate. */
void hub_deliver_row(struct hub *hub, struct room *room, const struct message *m);
/* JSON to the subscribers of one kind in a room. */
void hub_tell_room(struct hub *hub, struct room *room, enum sub_kind kind, struct body *body);
/* The same for what is never stored, whether or not anybody has the chat open here. A body that begins with HUB_STAFF_ONLY is for the staff among them alone; the mark is in
 * the body so that it stands on every loop and node that the body comes to. */
#define HUB_STAFF_ONLY "{\"kind\":\"WATCH\""
void hub_tell_live(struct hub *hub, const char *session_id, struct body *body);
/* JSON to all subscribers of a list; s not NULL: only to those who may read that chat. */
void hub_tell_list(struct hub *hub, enum sub_kind kind, struct body *body, const struct session *s);
/* To all who listen to a destination under debug_open_prefix. */
void hub_tell_open(struct hub *hub, const char *destination, struct body *body);
bool hub_has_list(const struct hub *hub, enum sub_kind kind);

/* ---- truth ---- */
/* Heads of chats as the database has them: rows that are missing here are read. */
void hub_hear_heads(struct hub *hub, const struct session_watch *list, size_t n);
/* Compares the heads of all rooms with the database. */
void hub_sweep(struct hub *hub);
/* A sweep soon: at most one a second. */
void hub_want_sweep(struct hub *hub);
/* Reads the log of the room if rows are missing. */
void hub_fill_gap(struct hub *hub, struct room *room);
/* Once a second: reads that failed are tried again, rooms without need go. */
void hub_tick(struct hub *hub);
/* {kind:"HEAD"} to all rooms' live subscribers. */
void hub_tell_heads(struct hub *hub);
/* Another epoch: every room is told RESYNC and replayed from 1. */
void hub_resync_all(struct hub *hub);
/* Walks the rooms; the next one is safe to end in fn. */
void hub_each_room(struct hub *hub, void (*fn)(struct room *room, void *arg), void *arg);

#endif
