/* sub: see sub.h. */
#include "pushd/sub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chat/message.h"
#include "pushd/conn.h"
#include "pushd/hub.h"
#include "pushd/metrics.h"
#include "pushd/push.h"

static const char *const destinations[SUB_KINDS] = {
    [SUB_NOTIFICATIONS] = "/topic/admin/notifications",
    [SUB_SESSIONS] = "/topic/chat/sessions",
    [SUB_NEW_SESSION] = "/topic/chat/new-session",
    [SUB_PRESENCE] = "/topic/chat/presence",
    [SUB_MESSAGES] = "/topic/chat/messages",
    [SUB_USER_MESSAGES] = "/user/queue/messages",
    [SUB_USER_ERRORS] = "/user/queue/errors",
};

const char *sub_kind_destination(enum sub_kind kind)
{
    return destinations[kind];
}

struct sub *sub_new(struct conn *conn, enum sub_kind kind, const char *id)
{
    size_t n = strlen(id);
    struct sub *sub = calloc(1, sizeof *sub + n + 1);

    if (!sub)
        return NULL;
    sub->conn = conn;
    sub->kind = (uint8_t)kind;
    memcpy(sub->id, id, n);
    sub->conn_next = conn->subs;
    conn->subs = sub;
    conn->sub_count++;
    metric_add(push_metrics(conn->push), METRIC_subscriptions, 1);
    return sub;
}

struct sub *sub_find(const struct conn *conn, const char *id)
{
    for (struct sub *s = conn->subs; s; s = s->conn_next)
        if (strcmp(s->id, id) == 0)
            return s;
    return NULL;
}

struct sub *sub_find_kind(const struct conn *conn, enum sub_kind kind)
{
    for (struct sub *s = conn->subs; s; s = s->conn_next)
        if (s->kind == kind)
            return s;
    return NULL;
}

struct sub *sub_find_room(const struct conn *conn, enum sub_kind kind, const char *session_id)
{
    for (struct sub *s = conn->subs; s; s = s->conn_next)
        if (s->kind == kind && s->room && strcmp(s->room->session_id, session_id) == 0)
            return s;
    return NULL;
}

void replay_free(struct replay **replay)
{
    if (!*replay)
        return;
    message_free_list(&(*replay)->rows, (*replay)->n);
    free(*replay);
    *replay = NULL;
}

void sub_free(struct sub *sub)
{
    replay_free(&sub->replay);
    free(sub);
}

void sub_end(struct sub **sub_p)
{
    struct sub *sub = *sub_p;
    struct sub **at = &sub->conn->subs;

    while (*at != sub)
        at = &(*at)->conn_next;
    *at = sub->conn_next;
    sub->conn->sub_count--;
    metric_add(push_metrics(sub->conn->push), METRIC_subscriptions, -1);
    hub_leave(push_hub(sub->conn->push), sub);
    if (sub->is_reading)
        sub->is_gone = true;
    else
        sub_free(sub);
    *sub_p = NULL;
}

/* NULL for those of a room. */
static const char *name_of(const struct sub *sub)
{
    if (sub->kind == SUB_OPEN)
        return hub_open_name(sub->open);
    if (sub->kind == SUB_PATTERN || sub->kind == SUB_OPEN_PATTERN)
        return hub_pattern_text(sub->pattern);
    return destinations[sub->kind];
}

void sub_room_destination(enum sub_kind kind, const char *session_id, char *out, size_t size)
{
    static const char prefix[] = "/topic/chat/", live[] = "/live";
    size_t n = sizeof prefix - 1;

    if (size < n + UUID_TEXT_SIZE + sizeof live) {
        *out = '\0';
        return;
    }
    memcpy(out, prefix, n);
    memcpy(out + n, session_id, UUID_TEXT_SIZE - 1);
    n += UUID_TEXT_SIZE - 1;
    memcpy(out + n, live, sizeof live);
    if (kind != SUB_LIVE)
        out[n] = '\0';
}

void sub_destination(const struct sub *sub, char *out, size_t size)
{
    const char *name = name_of(sub);

    if (name)
        snprintf(out, size, "%s", name);
    else
        sub_room_destination((enum sub_kind)sub->kind, sub->room->session_id, out, size);
}

bool sub_is_at(const struct sub *sub, const char *destination)
{
    const char *name = name_of(sub);
    char room[64];

    if (!name)
        sub_destination(sub, room, sizeof room);
    return strcmp(name ? name : room, destination) == 0;
}
