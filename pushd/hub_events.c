/* hub_events: a change becomes rows, read marks, presence and list events. */
#include <string.h>

#include "lib/chat/code.h"
#include "lib/chat/right.h"
#include "lib/chat/wire.h"
#include "pushd/conn.h"
#include "pushd/hub_priv.h"
#include "pushd/metrics.h"
#include "pushd/presence.h"
#include "pushd/push.h"
#include "pushd/queue_place.h"
#include "pushd/rights.h"
#include "pushd/truth.h"

/* The body that write_json() makes of c; NULL when memory is out: events of this file are at most once. */
static struct body *body_of(void (*write_json)(struct json_writer *w, const struct change *c), const struct change *c)
{
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    write_json(&w, c);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    return body;
}

static void write_new_session(struct json_writer *w, const struct change *c)
{
    wire_new_session(w, &c->session);
}

/* What an agent without a right to the chat learns of it: that it is no more for them. {sessionId, statusId, statusName, adminId, updatedAt} */
static void write_gone(struct json_writer *w, const struct change *c)
{
    char name[401];

    code_name(c->session.status_id, LANG_KO, name, sizeof name);
    jw_object(w);
    jw_str(w, "sessionId", c->session.session_id);
    jw_int(w, "statusId", c->session.status_id);
    jw_str(w, "statusName", name);
    if (c->session.admin_id)
        jw_int(w, "adminId", c->session.admin_id);
    else
        jw_null(w, "adminId");
    jw_time(w, "updatedAt", c->session.udate_ms);
    jw_object_end(w);
}

static void tell_list(struct hub *hub, enum sub_kind kind, void (*write_json)(struct json_writer *w, const struct change *c), const struct change *c,
                      const struct session *s)
{
    struct body *body;

    if (!hub_has_list(hub, kind))
        return;
    body = body_of(write_json, c);
    if (body)
        hub_tell_list(hub, kind, body, s);
    body_drop(&body);
}

struct session_news {
    const struct session *s;
    struct body *whole, *gone;
};

/* Those who may read the chat get all of it, other staff that it changed hands. */
static void tell_session(struct sub *sub, const char *destination, void *arg)
{
    const struct session_news *news = arg;
    const struct account *a = sub->conn->account;
    struct principal who = {.member_id = a->member_id, .role = a->role};
    bool may_read = role_is_chief(a->role) || right_may(&who, RIGHT_READ, news->s);

    if (role_is_staff(a->role))
        conn_send_message_at(sub->conn, sub, destination, may_read ? news->whole : news->gone);
}

static void tell_sessions(struct hub *hub, const struct change *c)
{
    struct session_news news = {.s = &c->session};

    if (!hub_has_list(hub, SUB_SESSIONS))
        return;
    news.whole = body_of(wire_session_change, c);
    news.gone = body_of(write_gone, c);
    if (news.whole && news.gone)
        hub_each_listener(hub, SUB_SESSIONS, tell_session, &news);
    body_drop(&news.whole);
    body_drop(&news.gone);
}

/* Whoever has the chat in a list with what is unread: its agent, at whatever console, and supervisors. */
static void tell_reader(struct sub *sub, const char *destination, void *arg)
{
    const struct session_news *news = arg;
    const struct account *a = sub->conn->account;

    if (role_is_chief(a->role) || (role_is_staff(a->role) && a->member_id == news->s->admin_id))
        conn_send_message_at(sub->conn, sub, destination, news->whole);
}

static void tell_read_by_agent(struct hub *hub, const struct change *c)
{
    struct session_news news = {.s = &c->session};

    if (c->side != 'A' || !hub_has_list(hub, SUB_SESSIONS))
        return;
    news.whole = body_of(wire_session_change, c);
    if (news.whole)
        hub_each_listener(hub, SUB_SESSIONS, tell_reader, &news);
    body_drop(&news.whole);
}

static void tell_room(struct hub *hub, struct room *room, enum sub_kind kind, void (*write_json)(struct json_writer *w, const struct change *c),
                      const struct change *c)
{
    struct body *body;

    if (!room || (!room->subs && !hub_pattern_reaches(hub, kind)))
        return;
    body = body_of(write_json, c);
    if (body)
        hub_tell_room(hub, room, kind, body);
    body_drop(&body);
}

void hub_tell_change(struct hub *hub, const struct change *c, struct room *room)
{
    switch (c->what) {
    case CHANGE_NEW:
        tell_list(hub, SUB_NEW_SESSION, write_new_session, c, &c->session);
        tell_list(hub, SUB_NOTIFICATIONS, wire_notification, c, NULL);
        tell_sessions(hub, c);
        break;
    case CHANGE_TAKEN:
    case CHANGE_RETURNED:
    case CHANGE_CANCELLED:
        tell_list(hub, SUB_NOTIFICATIONS, wire_notification, c, NULL);
        tell_sessions(hub, c);
        break;
    case CHANGE_ENDED:
    case CHANGE_MEMBER:
    case CHANGE_ROUTED:
        tell_sessions(hub, c);
        break;
    case CHANGE_AWAY:
    case CHANGE_BACK:
        tell_list(hub, SUB_PRESENCE, wire_presence, c, &c->session);
        tell_room(hub, room, SUB_LIVE, wire_live_presence, c);
        tell_sessions(hub, c);
        break;
    case CHANGE_READ:
        tell_room(hub, room, SUB_ROOM, wire_read, c);
        tell_read_by_agent(hub, c);
        break;
    case CHANGE_NOTE: /* for who may read the chat, among staff alone */
        tell_list(hub, SUB_NOTIFICATIONS, wire_notification, c, &c->session);
        break;
    case CHANGE_OFFERED: /* to all of the staff: to whom it is offered, they may not read it yet */
    case CHANGE_OFFER_OVER:
        tell_list(hub, SUB_NOTIFICATIONS, wire_notification, c, NULL);
        tell_sessions(hub, c);
        break;
    case CHANGE_HELD:
        tell_list(hub, SUB_NOTIFICATIONS, wire_notification, c, &c->session);
        tell_sessions(hub, c);
        break;
    case CHANGE_ROWS:
    case CHANGE_WHAT_TOTAL:
        break;
    }
}

/* A room for a chat whose participant listens to /user/queue/messages, or that a pattern reaches, from its first row of this change on. */
static struct room *room_for_users(struct hub *hub, const struct change *c)
{
    const struct account *member = account_find(push_accounts(hub->push), c->session.member_id);
    const struct account *admin = c->session.admin_id ? account_find(push_accounts(hub->push), c->session.admin_id) : NULL;
    struct room *room;

    if (!(member && member->message_subs) && !(admin && admin->message_subs) && !hub_pattern_reaches(hub, SUB_ROOM) && !hub_pattern_reaches(hub, SUB_LIVE))
        return NULL;
    room = hub_pin(hub, c->session.session_id);
    if (!room)
        return NULL;
    room->pins--;
    return room;
}

/* Lists of staff follow chats that nobody here has opened, too: without a room there is no gate, and a preview is at most once. */
static void tell_previews_without_room(struct hub *hub, const struct change *c)
{
    for (int i = 0; i < c->nrows && hub_has_list(hub, SUB_MESSAGES); i++) {
        struct buf json = BUF_INIT;
        struct json_writer w = JSON_WRITER(&json);
        struct body *body;
        if (!c->rows[i].content)
            continue;
        wire_preview(&w, &c->rows[i]);
        body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
        buf_free(&json);
        if (body)
            hub_tell_list(hub, SUB_MESSAGES, body, &c->session);
        body_drop(&body);
    }
}

void hub_publish(struct hub *hub, const struct change *c)
{
    struct room *room = hub_room(hub, c->session.session_id);
    int64_t old_admin = room ? room->admin_id : 0, old_member = room ? room->member_id : 0;

    if (!room)
        room = room_for_users(hub, c);
    if (room) {
        room->pins++;
        hub_index_room(hub, room, c->session.session_no);
        if (room->gate.last < 0)
            seq_gate_open(&room->gate, c->nrows ? c->rows[0].seq - 1 : c->session.message_count);
        if (c->session.message_count >= room->snap_head) {
            room->snap_head = c->session.message_count;
            room->member_id = c->session.member_id;
            room->admin_id = c->session.admin_id;
            room->status_id = c->session.status_id;
        }
        for (int i = 0; i < c->nrows; i++) {
            enum seq_answer answer = seq_gate_offer(&room->gate, c->rows[i].seq, c->rows[i].content);
            if (answer == SEQ_DELIVER)
                hub_deliver_row(hub, room, &c->rows[i]);
            else if (answer == SEQ_DROP)
                metric_add(push_metrics(hub->push), METRIC_rows_dropped, 1);
        }
        seq_gate_hear(&room->gate, c->session.message_count);
        hub_fill_gap(hub, room);
    } else {
        tell_previews_without_room(hub, c);
    }
    hub_tell_change(hub, c, room);
    if (push_is_first(hub->push)) {
        truth_note_change(push_truth(hub->push), c);
        presence_note_change(push_presence(hub->push), c);
    }
    if (c->what != CHANGE_ROWS && c->what != CHANGE_READ && c->what != CHANGE_NOTE && c->what != CHANGE_ROUTED && c->what != CHANGE_MEMBER)
        queue_place_changed(hub->push);
    /* Whose chat it was a moment ago gets the row that says so, and nothing behind it. */
    if (room && (old_admin != room->admin_id || old_member != room->member_id))
        rights_apply(push_rights(hub->push), room, &c->session);
    if (room)
        hub_unpin(hub, room);
}

/* {kind:"HEAD", head} */
static void tell_head(struct room *room, void *arg)
{
    struct hub *hub = arg;
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;
    bool has_live = hub_pattern_reaches(hub, SUB_LIVE);

    for (struct sub *sub = room->subs; sub && !has_live; sub = sub->next)
        has_live = sub->kind == SUB_LIVE;
    if (!has_live || room->gate.last < 0)
        return;
    jw_object(&w);
    jw_str(&w, "kind", "HEAD");
    jw_str(&w, "sessionId", room->session_id);
    jw_int(&w, "head", room->gate.seen > room->gate.last ? room->gate.seen : room->gate.last);
    jw_object_end(&w);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    if (body)
        hub_tell_room(hub, room, SUB_LIVE, body);
    body_drop(&body);
}

void hub_tell_heads(struct hub *hub)
{
    hub_each_room(hub, tell_head, hub);
}
