/* verb_subscribe: who may listen where. Subscriptions to chats are checked by a worker, as many as wait together; the room is pinned before that read
 * begins, so that what commits in between is not missed (doc/DELIVERY, Server, subscribing). What a subscriber has missed, the hub reads. The
 * input waits meanwhile. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "pushd/conn.h"
#include "pushd/gather.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/pattern.h"
#include "pushd/presence.h"
#include "pushd/push.h"
#include "pushd/queue_place.h"
#include "pushd/rights.h"
#include "pushd/verb.h"

#define USER_ROOMS_MAX 64 /* open chats of one agent that /user/queue/messages follows from its SUBSCRIBE on */
#define ID_MAX 200

static const char topics[] = "/topic/", prefix[] = "/topic/chat/";

struct subscribe_job {
    struct job job;
    struct conn *conn;
    struct room *room; /* pinned; NULL for /user/queue/messages */
    enum sub_kind kind;
    bool wants_ack;
    int32_t after;     /* -1: live only */
    char asked_epoch[64]; /* "" not given */
    uint32_t rights_turn; /* when it began */
    struct principal who;
    char session_id[UUID_TEXT_SIZE];
    char *id, *receipt; /* owned */
    /* what the worker found */
    enum outcome outcome;
    struct session_claim claim; /* who and session_id are ours */
    bool must_resync;
    struct session *open_chats; /* of a member */
    size_t open_count;
};

static void job_free(struct subscribe_job *j)
{
    free(j->open_chats);
    free(j->id);
    free(j->receipt);
    free(j);
}

/* ---- on a worker ---- */

/* Read once for all, and only when somebody asks for what they missed. */
static void check_epochs(struct subscribe_job **list, size_t n, struct db *db)
{
    char epoch[UUID_TEXT_SIZE];
    bool is_there = message_epoch(db, epoch);

    for (size_t i = 0; i < n; i++) {
        struct subscribe_job *j = list[i];

        if (is_there)
            j->must_resync = j->after > j->claim.session.message_count || (j->asked_epoch[0] && strcmp(j->asked_epoch, epoch) != 0);
        else
            j->outcome = OUTCOME_AWAY;
    }
}

static void run_rooms(struct job **jobs, size_t n, struct db *db)
{
    struct session_claim *claims[GATHER_MAX];
    struct subscribe_job *behind[GATHER_MAX];
    size_t nbehind = 0;

    code_refresh(db);
    for (size_t i = 0; i < n; i++)
        claims[i] = &((struct subscribe_job *)jobs[i])->claim;
    session_claim_all(db, claims, n);
    for (size_t i = 0; i < n; i++) {
        struct subscribe_job *j = (struct subscribe_job *)jobs[i];

        j->outcome = j->claim.outcome;
        if (j->outcome == OUTCOME_DONE && j->after >= 0 && j->kind == SUB_ROOM)
            behind[nbehind++] = j;
    }
    if (nbehind > 0)
        check_epochs(behind, nbehind, db);
}

/* The member's own open chats, whose rows go to their queue. */
static void run_user(struct job *job, struct db *db)
{
    struct subscribe_job *j = (struct subscribe_job *)job;
    struct session_filter filter = {.kind = LIST_OF_ADMIN_OPEN, .admin_id = j->who.member_id, .from_ms = -1, .to_ms = -1, .limit = USER_ROOMS_MAX};
    struct refusal refusal = {0};
    int64_t next;

    if (role_is_staff(j->who.role)) {
        j->outcome = session_list(db, &filter, &j->open_chats, &j->open_count, &next, NULL);
        return;
    }
    j->open_chats = calloc(1, sizeof *j->open_chats);
    if (!j->open_chats)
        return;
    j->outcome = session_find_open(db, j->who.member_id, j->open_chats, &refusal);
    if (j->outcome == OUTCOME_DONE)
        j->open_count = 1;
    else if (j->outcome == OUTCOME_REFUSED)
        j->outcome = OUTCOME_DONE; /* none is open */
}

/* ---- back on the loop ---- */

static void join_room(struct conn *conn, struct subscribe_job *j)
{
    struct hub *hub = push_hub(conn->push);
    struct sub *sub = sub_new(conn, j->kind, j->id);
    const struct session *s = &j->claim.session;
    int32_t next = j->after < 0 ? s->message_count + 1 : j->must_resync ? 1 : j->after + 1;

    if (!sub) {
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    sub->wants_ack = j->wants_ack;
    sub->side = right_side(&j->who, s);
    hub_learn(hub, j->room, s);
    conn_send_receipt(conn, j->receipt);
    if (j->must_resync) {
        sub->room = j->room; /* the destination says which chat */
        hub_send_resync(hub, sub, s->message_count);
        sub->room = NULL;
    }
    hub_join_room(hub, sub, j->room, next);
    if (j->rights_turn != rights_turn(push_rights(conn->push)) || j->who.role != conn->account->role)
        rights_check_room(push_rights(conn->push), j->room);
    if (j->kind == SUB_ROOM)
        presence_join(conn->push, sub, s);
    else if (s->status_id == STATUS_WAITING)
        queue_place_changed(conn->push);
}

static void join_user(struct conn *conn, struct subscribe_job *j)
{
    struct hub *hub = push_hub(conn->push);
    struct sub *sub = sub_new(conn, SUB_USER_MESSAGES, j->id);

    if (!sub) {
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    sub->wants_ack = j->wants_ack;
    hub_join_list(hub, sub);
    for (size_t i = 0; i < j->open_count; i++) {
        struct room *room = hub_pin(hub, j->open_chats[i].session_id);
        if (!room)
            continue;
        hub_learn(hub, room, &j->open_chats[i]);
        hub_unpin(hub, room);
    }
    conn_send_receipt(conn, j->receipt);
}

static void on_done(struct task *task)
{
    struct subscribe_job *j = (struct subscribe_job *)task;
    struct conn *conn = j->conn;

    conn->is_checking = false;
    if (conn->state == CONN_LIVE && conn_is_up(conn)) {
        if (j->outcome == OUTCOME_REFUSED)
            conn_error(conn, WS_CLOSE_POLICY, "no such chat, or no right to it", j->receipt, NULL);
        else if (j->outcome != OUTCOME_DONE)
            conn_error(conn, 1013, "the service is away, try again", j->receipt, NULL);
        else if (j->kind == SUB_USER_MESSAGES)
            join_user(conn, j);
        else
            join_room(conn, j);
        if (conn_is_up(conn))
            conn_resume(conn);
    }
    if (j->room)
        hub_unpin(push_hub(conn->push), j->room);
    job_free(j);
    conn_release(conn);
}

/* ---- the frame ---- */

static bool is_uuid_then(const char *s, const char *rest)
{
    char id[UUID_TEXT_SIZE];

    if (strnlen(s, UUID_TEXT_SIZE) < UUID_TEXT_SIZE - 1 || strcmp(s + UUID_TEXT_SIZE - 1, rest) != 0)
        return false;
    memcpy(id, s, UUID_TEXT_SIZE - 1);
    id[UUID_TEXT_SIZE - 1] = '\0';
    return uuid_is_valid(id);
}

/* What destination names; SUB_KINDS when nothing. */
static enum sub_kind kind_of(const struct conn *conn, const char *destination)
{
    const char *open = push_config(conn->push)->debug_open_prefix;
    const char *rest = destination + sizeof prefix - 1;

    for (int kind = 0; kind < SUB_KINDS; kind++)
        if (sub_kind_destination((enum sub_kind)kind) && strcmp(sub_kind_destination((enum sub_kind)kind), destination) == 0)
            return (enum sub_kind)kind;
    if (strncmp(destination, prefix, sizeof prefix - 1) == 0 && is_uuid_then(rest, ""))
        return SUB_ROOM;
    if (strncmp(destination, prefix, sizeof prefix - 1) == 0 && is_uuid_then(rest, "/live"))
        return SUB_LIVE;
    if (open[0] && strncmp(destination, open, strlen(open)) == 0)
        return pattern_is_one(destination) ? SUB_OPEN_PATTERN : SUB_OPEN;
    if (strncmp(destination, topics, sizeof topics - 1) == 0 && pattern_is_one(destination))
        return SUB_PATTERN;
    return SUB_KINDS;
}

/* A whole number from 0 on; what passes every seq is one behind all. False when it is none. */
static bool read_after(const char *text, int32_t *after_r)
{
    int64_t v = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        if (v <= SEQ_MAX)
            v = v * 10 + (*text - '0');
    }
    *after_r = v > SEQ_MAX ? SEQ_MAX + 1 : (int32_t)v;
    return true;
}

static const struct gather_kind together = {.place = GATHER_SUBSCRIBE, .run = run_rooms};

static void start_job(struct conn *conn, struct stomp_frame *frame, enum sub_kind kind, const char *destination, const char *id, int32_t after)
{
    struct subscribe_job *j = calloc(1, sizeof *j);
    const char *receipt = stomp_header(frame, "receipt"), *epoch = stomp_header(frame, "epoch"), *ack = stomp_header(frame, "ack");

    if (j) {
        j->id = strdup(id);
        j->receipt = receipt ? strdup(receipt) : NULL;
        if (kind != SUB_USER_MESSAGES) {
            memcpy(j->session_id, destination + sizeof prefix - 1, UUID_TEXT_SIZE - 1);
            j->room = hub_pin(push_hub(conn->push), j->session_id);
        }
    }
    if (!j || !j->id || (receipt && !j->receipt) || (kind != SUB_USER_MESSAGES && !j->room)) {
        if (j && j->room)
            hub_unpin(push_hub(conn->push), j->room);
        if (j)
            job_free(j);
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    j->job.task.on_done = on_done;
    j->conn = conn;
    j->kind = kind;
    j->after = after;
    j->wants_ack = ack && strcmp(ack, "auto") != 0;
    j->outcome = OUTCOME_AWAY;
    j->rights_turn = rights_turn(push_rights(conn->push));
    if (epoch)
        strncpy(j->asked_epoch, *epoch ? epoch : "-", sizeof j->asked_epoch - 1);
    account_principal(conn->account, &j->who);
    j->claim.who = &j->who;
    j->claim.session_id = j->session_id;
    conn->is_checking = true;
    conn_pause(conn);
    conn_hold(conn);
    if (kind == SUB_USER_MESSAGES) {
        j->job.run = run_user;
        job_add(conn->push, &j->job);
    } else {
        gather_add(conn->push, &together, &j->job);
    }
}

static void join_list(struct conn *conn, struct stomp_frame *frame, enum sub_kind kind, const char *destination, const char *id)
{
    struct sub *sub = sub_new(conn, kind, id);
    const char *ack = stomp_header(frame, "ack");
    bool has_joined = true;

    if (sub && kind == SUB_OPEN)
        has_joined = hub_join_open(push_hub(conn->push), sub, destination);
    else if (sub && (kind == SUB_PATTERN || kind == SUB_OPEN_PATTERN))
        has_joined = hub_join_pattern(push_hub(conn->push), sub, destination);
    else if (sub)
        hub_join_list(push_hub(conn->push), sub);
    if (!sub || !has_joined) {
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    sub->wants_ack = ack && strcmp(ack, "auto") != 0;
    conn_send_receipt(conn, stomp_header(frame, "receipt"));
}

void verb_subscribe(struct conn *conn, struct stomp_frame *frame)
{
    const char *destination = stomp_header(frame, "destination");
    const char *id = stomp_header(frame, "id");
    const char *ack = stomp_header(frame, "ack");
    const char *after_text = stomp_header(frame, "after");
    enum sub_kind kind = destination ? kind_of(conn, destination) : SUB_KINDS;
    enum pattern_right right = kind == SUB_PATTERN ? hub_pattern_right(destination, conn->account->role) : PATTERN_ALLOWED;
    int32_t after = -1;

    if (!destination) {
        verb_fault(conn, frame, "SUBSCRIBE needs the header destination");
    } else if (!id && conn->stomp.version != STOMP_1_0) {
        verb_fault(conn, frame, "SUBSCRIBE needs the header id");
    } else if (id && (strlen(id) > ID_MAX || !*id)) {
        verb_fault(conn, frame, "the header id is empty or too long");
    } else if (id && sub_find(conn, id)) {
        verb_fault(conn, frame, "this subscription id is taken");
    } else if (ack && strcmp(ack, "auto") != 0 && strcmp(ack, "client") != 0 && strcmp(ack, "client-individual") != 0) {
        verb_fault(conn, frame, "unknown ack mode");
    } else if (kind == SUB_KINDS) {
        verb_fault(conn, frame, "unknown destination");
    } else if (kind >= SUB_NOTIFICATIONS && kind <= SUB_MESSAGES && !role_is_staff(conn->account->role)) {
        verb_fault(conn, frame, "no right to this destination");
    } else if (kind == SUB_PATTERN && right != PATTERN_ALLOWED) {
        verb_fault(conn, frame, right == PATTERN_FORBIDDEN ? "no right to all that this pattern stands for" : "this pattern stands for nothing");
    } else if (kind == SUB_PATTERN && after_text) {
        verb_fault(conn, frame, "a pattern is live only, after is for one chat");
    } else if (after_text && !read_after(after_text, &after)) {
        verb_fault(conn, frame, "the header after is not a whole number");
    } else if (conn->sub_count >= (uint64_t)push_config(conn->push)->subscriptions_max) {
        metric_add(push_metrics(conn->push), METRIC_limit_subscriptions, 1);
        verb_fault(conn, frame, "too many subscriptions");
    } else if (kind == SUB_ROOM || kind == SUB_LIVE || kind == SUB_USER_MESSAGES) {
        start_job(conn, frame, kind, destination, id ? id : "", after);
    } else {
        join_list(conn, frame, kind, destination, id ? id : "");
    }
}
