/* hub: rooms, lists and who is in them. Rows are hub_rows.c's, other events hub_events.c's. */
#include "pushd/hub.h"

#include <stdlib.h>
#include <string.h>

#include "lib/chat/code.h"
#include "lib/chat/right.h"
#include "pushd/conn.h"
#include "pushd/hub_priv.h"
#include "pushd/interest.h"
#include "pushd/loop.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/roster.h"

/* A destination without rules or storage, for tests and load. It lives while somebody listens. */
struct open_topic {
    UT_hash_handle hh;
    struct sub *subs;
    char name[];
};

#define OVER_TICKS 60 /* seconds; a hint that comes later was not only slow */

struct hub *hub_new(struct push *push)
{
    struct hub *hub = calloc(1, sizeof *hub);

    if (!hub)
        return NULL;
    hub->push = push;
    hub->by_no = (struct int_table)INT_TABLE_INIT(struct numbered_room);
    return hub;
}

static void room_free(struct hub *hub, struct room *room)
{
    HASH_DEL(hub->by_id, room);
    if (room->session_no)
        int_table_delete(&hub->by_no, room->session_no);
    interest_add(push_interest(hub->push), room->session_id, -1);
    free(room);
    metric_add(push_metrics(hub->push), METRIC_rooms, -1);
}

void hub_free(struct hub **hub_p)
{
    struct hub *hub = *hub_p;
    struct room *room, *next;

    if (!hub)
        return;
    HASH_ITER (hh, hub->by_id, room, next)
        room_free(hub, room);
    int_table_free(&hub->by_no);
    free(hub);
    *hub_p = NULL;
}

/* ---- rooms ---- */

struct room *hub_room(const struct hub *hub, const char *session_id)
{
    struct room *room;

    HASH_FIND_STR(hub->by_id, session_id, room);
    return room;
}

struct room *hub_room_no(const struct hub *hub, int64_t session_no)
{
    const struct numbered_room *n = int_table_find(&hub->by_no, session_no);

    return n ? n->room : NULL;
}

struct room *hub_pin(struct hub *hub, const char *session_id)
{
    struct room *room = hub_room(hub, session_id);

    if (!room) {
        room = calloc(1, sizeof *room);
        if (!room)
            return NULL;
        room->gate = (struct seq_gate)SEQ_GATE_INIT;
        memcpy(room->session_id, session_id, sizeof room->session_id - 1);
        HASH_ADD_STR(hub->by_id, session_id, room);
        if (!table_has(room)) {
            free(room);
            return NULL;
        }
        interest_add(push_interest(hub->push), room->session_id, 1);
        metric_add(push_metrics(hub->push), METRIC_rooms, 1);
    }
    room->pins++;
    return room;
}

void hub_unpin(struct hub *hub, struct room *room)
{
    room->pins--;
    hub_drop_if_idle(hub, room);
}

void hub_index_room(struct hub *hub, struct room *room, int64_t session_no)
{
    struct numbered_room *n = room->session_no || !session_no ? NULL : int_table_add(&hub->by_no, session_no);

    if (!n)
        return; /* known, unknown, or memory is out: the next who knows tries again */
    n->room = room;
    room->session_no = session_no;
}

/* Somebody gets this chat's rows through /user/queue/messages. */
static bool has_user_queue(struct hub *hub, int64_t member_id)
{
    const struct account *a = member_id ? account_find(push_accounts(hub->push), member_id) : NULL;

    return a && a->message_subs;
}

void hub_drop_if_idle(struct hub *hub, struct room *room)
{
    bool is_open = room->status_id && room->status_id != STATUS_COMPLETED;

    if (room->pins || room->subs || room->gate.is_reading)
        return;
    if ((is_open || room->idle_ticks < OVER_TICKS) && (hub_pattern_reaches(hub, SUB_ROOM) || has_user_queue(hub, room->member_id) || has_user_queue(hub, room->admin_id)))
        return;
    room_free(hub, room);
}

void hub_learn(struct hub *hub, struct room *room, const struct session *s)
{
    hub_index_room(hub, room, s->session_no);
    seq_gate_open(&room->gate, s->message_count);
    /* Answers overtake each other: the higher head is the newer state. Steps without a row (AWAY while waiting) change nothing kept here. */
    if (s->message_count >= room->snap_head) {
        room->snap_head = s->message_count;
        room->member_id = s->member_id;
        room->admin_id = s->admin_id;
        room->status_id = s->status_id;
    }
    hub_fill_gap(hub, room);
}

void hub_snapshot(const struct room *room, struct session *s_r)
{
    memset(s_r, 0, sizeof *s_r);
    s_r->session_no = room->session_no;
    memcpy(s_r->session_id, room->session_id, sizeof s_r->session_id);
    s_r->member_id = room->member_id;
    s_r->admin_id = room->admin_id;
    s_r->status_id = room->status_id;
    s_r->message_count = room->snap_head;
}

void hub_each_room(struct hub *hub, void (*fn)(struct room *room, void *arg), void *arg)
{
    struct room *room, *next;

    HASH_ITER (hh, hub->by_id, room, next)
        fn(room, arg);
}

/* ---- subscribing ---- */

void hub_list_add(struct sub **list, struct sub *sub)
{
    sub->prev = NULL;
    sub->next = *list;
    if (*list)
        (*list)->prev = sub;
    *list = sub;
}

void hub_list_del(struct sub **list, struct sub *sub)
{
    if (sub->prev)
        sub->prev->next = sub->next;
    else if (*list == sub)
        *list = sub->next;
    else
        return; /* it never joined */
    if (sub->next)
        sub->next->prev = sub->prev;
    sub->prev = sub->next = NULL;
}

static bool is_customer(const struct sub *sub)
{
    return sub->kind == SUB_ROOM && sub->side == 'M';
}

void hub_join_room(struct hub *hub, struct sub *sub, struct room *room, int32_t next_seq)
{
    sub->room = room;
    hub_list_add(&room->subs, sub);
    if (is_customer(sub) && !room->member_subs++)
        roster_sit(push_roster(hub->push), room->session_no);
    if (sub->kind != SUB_ROOM)
        return;
    sub->next_seq = next_seq;
    if (next_seq <= room->gate.last) {
        sub->is_replaying = true;
        sub->conn->replays++;
        metric_add(push_metrics(hub->push), METRIC_replays, 1);
        hub_pump(hub, sub);
    }
}

/* Rows of chats that have no room here yet are for these, too. */
static bool wants_all_chats(const struct sub *sub)
{
    return sub->kind == SUB_MESSAGES || sub->kind == SUB_USER_MESSAGES;
}

void hub_join_list(struct hub *hub, struct sub *sub)
{
    hub_list_add(&hub->lists[sub->kind], sub);
    if (wants_all_chats(sub))
        interest_add_all(push_interest(hub->push), 1);
    if (sub->kind == SUB_USER_MESSAGES)
        sub->conn->account->message_subs++;
}

static struct open_topic *find_open(const struct hub *hub, const char *name)
{
    struct open_topic *open;

    HASH_FIND(hh, hub->opens, name, strlen(name), open);
    return open;
}

const char *hub_open_name(const struct open_topic *open)
{
    return open->name;
}

bool hub_join_open(struct hub *hub, struct sub *sub, const char *destination)
{
    struct open_topic *open = find_open(hub, destination);

    if (!open) {
        open = calloc(1, sizeof *open + strlen(destination) + 1);
        if (!open)
            return false;
        memcpy(open->name, destination, strlen(destination));
        HASH_ADD(hh, hub->opens, name[0], strlen(open->name), open);
        if (!table_has(open)) {
            free(open);
            return false;
        }
        interest_add(push_interest(hub->push), open->name, 1);
    }
    sub->open = open;
    hub_list_add(&open->subs, sub);
    return true;
}

static void leave_open(struct hub *hub, struct sub *sub)
{
    struct open_topic *open = sub->open;

    hub_list_del(&open->subs, sub);
    sub->open = NULL;
    if (open->subs)
        return;
    HASH_DEL(hub->opens, open);
    interest_add(push_interest(hub->push), open->name, -1);
    free(open);
}

void hub_leave(struct hub *hub, struct sub *sub)
{
    struct room *room = sub->room;

    if (sub->is_replaying)
        sub->conn->replays--;
    sub->is_replaying = false;
    if (room) {
        hub_list_del(&room->subs, sub);
        if (is_customer(sub) && !--room->member_subs)
            roster_rise(push_roster(hub->push), room->session_no, loop_now(push_loop(hub->push)));
        sub->room = NULL;
        hub_drop_if_idle(hub, room);
        return;
    }
    if (sub->kind == SUB_OPEN && sub->open) {
        leave_open(hub, sub);
        return;
    }
    if ((sub->kind == SUB_PATTERN || sub->kind == SUB_OPEN_PATTERN) && sub->pattern) {
        hub_leave_pattern(hub, sub);
        return;
    }
    if (!sub->prev && hub->lists[sub->kind] != sub)
        return; /* it never joined */
    if (wants_all_chats(sub))
        interest_add_all(push_interest(hub->push), -1);
    if (sub->kind == SUB_USER_MESSAGES && sub->conn->account)
        sub->conn->account->message_subs--;
    hub_list_del(&hub->lists[sub->kind], sub);
}

bool hub_has_list(const struct hub *hub, enum sub_kind kind)
{
    return hub->lists[kind] || hub_pattern_reaches(hub, kind);
}

/* ---- telling ---- */

void hub_tell_room(struct hub *hub, struct room *room, enum sub_kind kind, struct body *body)
{
    for (struct sub *sub = room->subs; sub; sub = sub->next)
        if (sub->kind == kind)
            conn_send_message(sub->conn, sub, body, NULL, 0);
    hub_tell_patterns_of_room(hub, room->session_id, kind, body);
}

static void tell_staff(struct room *room, struct body *body)
{
    for (struct sub *sub = room->subs; sub; sub = sub->next)
        if (sub->kind == SUB_LIVE && sub->conn->account && role_is_staff(sub->conn->account->role))
            conn_send_message(sub->conn, sub, body, NULL, 0);
}

void hub_tell_live(struct hub *hub, const char *session_id, struct body *body)
{
    struct room *room = hub_room(hub, session_id);

    if (strncmp(body->bytes, HUB_STAFF_ONLY, sizeof HUB_STAFF_ONLY - 1) == 0) {
        if (room)
            tell_staff(room, body);
    } else if (room)
        hub_tell_room(hub, room, SUB_LIVE, body);
    else
        hub_tell_patterns_of_room(hub, session_id, SUB_LIVE, body);
}

struct list_news {
    struct body *body;
    const struct session *s; /* NULL: for all staff */
};

static void tell_listener(struct sub *sub, const char *destination, void *arg)
{
    const struct list_news *news = arg;
    const struct account *a = sub->conn->account;
    struct principal who = {.member_id = a->member_id, .role = a->role};

    if (role_is_staff(a->role) && (!news->s || role_is_chief(a->role) || right_may(&who, RIGHT_READ, news->s)))
        conn_send_message_at(sub->conn, sub, destination, news->body);
}

void hub_each_listener(struct hub *hub, enum sub_kind kind, void (*fn)(struct sub *sub, const char *destination, void *arg), void *arg)
{
    const char *destination = sub_kind_destination(kind);

    for (struct sub *sub = hub->lists[kind]; sub; sub = sub->next)
        fn(sub, destination, arg);
    hub_each_pattern_sub(hub, kind, destination, fn, arg);
}

void hub_tell_list(struct hub *hub, enum sub_kind kind, struct body *body, const struct session *s)
{
    struct list_news news = {body, s};

    hub_each_listener(hub, kind, tell_listener, &news);
}

static void tell_anyone(struct sub *sub, const char *destination, void *arg)
{
    conn_send_message_at(sub->conn, sub, destination, arg);
}

void hub_tell_open(struct hub *hub, const char *destination, struct body *body)
{
    const struct open_topic *open = find_open(hub, destination);

    for (struct sub *sub = open ? open->subs : NULL; sub; sub = sub->next)
        conn_send_message(sub->conn, sub, body, NULL, 0);
    hub_each_pattern_sub(hub, SUB_OPEN, destination, tell_anyone, body);
}
