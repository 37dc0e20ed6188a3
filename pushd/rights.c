/* rights: see rights.h. */
#include "pushd/rights.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/auth.h"
#include "lib/chat/right.h"
#include "lib/chat/right_change.h"
#include "lib/chat/session.h"
#include "lib/chat/table.h"
#include "pushd/conn.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/roster.h"
#include "pushd/spread.h"
#include "pushd/verb.h"

/* change_no is given before its transaction commits, so a lower one may appear later: each look reads this far back and skips what it knows. */
#define LOOK_BACK_MS 15000

struct known {
    UT_hash_handle hh;
    int64_t change_no, seen_ms;
};

/* Who or what could not be checked because the database was away. */
struct again {
    int64_t *ids;
    size_t n, size;
};

struct rights {
    struct push *push;
    struct known *known;
    struct again members, rooms;
    int64_t read_ms; /* wall time of the last good read */
    uint32_t turn;
    bool is_reading;
};

struct rights *rights_new(struct push *push)
{
    struct rights *r = calloc(1, sizeof *r);

    if (r) {
        r->push = push;
        r->read_ms = clock_wall_ms();
    }
    return r;
}

static void add_again(struct again *a, int64_t id)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->ids[i] == id)
            return;
    if (a->n == a->size) {
        size_t size = a->size ? a->size * 2 : 16;
        int64_t *ids = realloc(a->ids, size * sizeof *ids);
        if (!ids)
            return;
        a->ids = ids;
        a->size = size;
    }
    a->ids[a->n++] = id;
}

static void forget(struct rights *r, int64_t before_ms)
{
    struct known *k, *next;

    HASH_ITER (hh, r->known, k, next)
        if (k->seen_ms < before_ms) {
            HASH_DEL(r->known, k);
            free(k);
        }
}

void rights_free(struct rights **r_p)
{
    struct rights *r = *r_p;

    if (!r)
        return;
    forget(r, INT64_MAX);
    free(r->members.ids);
    free(r->rooms.ids);
    free(r);
    *r_p = NULL;
}

/* ---- a subscription without a right ---- */

static void end_sub(struct push *push, struct sub *sub)
{
    struct conn *conn = sub->conn;
    char destination[1024], session_id[UUID_TEXT_SIZE]; /* a pattern is as long as a header line may be */
    struct refusal refusal = {0};
    struct ask ask = {.destination = destination, .session_id = sub->room ? session_id : NULL};

    metric_add(push_metrics(push), METRIC_rights_lost, 1);
    sub_destination(sub, destination, sizeof destination);
    if (sub->room)
        memcpy(session_id, sub->room->session_id, sizeof session_id);
    sub_end(&sub);
    /* Nobody asked for anything just now: a client that does not listen to errors loses the subscription, not the connection. */
    if (!sub_find_kind(conn, SUB_USER_ERRORS))
        return;
    refuse(&refusal, 403, CODE_RIGHT, "You have no right to this any more.");
    verb_refuse(conn, &ask, &refusal);
}

static void end_lost_patterns(struct conn *conn)
{
    for (struct sub *sub = conn->subs, *next; sub; sub = next) {
        next = sub->conn_next;
        if (sub->kind == SUB_PATTERN && hub_pattern_right(hub_pattern_text(sub->pattern), conn->account->role) == PATTERN_FORBIDDEN)
            end_sub(conn->push, sub);
    }
}

/* ---- a connection: is its member still who they were? ---- */

struct member_job {
    struct job job;
    struct conn *conn;
    enum credential credential;
    char *secret; /* owned; NULL for a password */
    int64_t member_id;
    enum outcome outcome;
    struct principal who;
};

static void member_run(struct job *job, struct db *db)
{
    struct member_job *j = (struct member_job *)job;
    const struct config *config = push_config(j->conn->push);
    struct refusal refusal = {0};

    if (j->credential == CREDENTIAL_COOKIE && j->secret)
        j->outcome = auth_by_cookie(db, config, j->secret, &j->who, &refusal);
    else if (j->credential == CREDENTIAL_BEARER && j->secret)
        j->outcome = auth_by_bearer(db, config, j->secret, &j->who, &refusal);
    else
        j->outcome = auth_by_member(db, j->member_id, &j->who);
}

static void member_done(struct task *task)
{
    struct member_job *j = (struct member_job *)task;
    struct conn *conn = j->conn;
    struct push *push = conn->push;

    if (conn_is_up(conn) && conn->account) {
        bool was_staff = role_is_staff(conn->account->role);
        if (j->outcome == OUTCOME_REFUSED) {
            metric_add(push_metrics(push), METRIC_rights_lost, 1);
            conn_error(conn, WS_CLOSE_POLICY, "you are signed out", NULL, NULL);
        } else if (j->outcome == OUTCOME_DONE || j->outcome == OUTCOME_SAME) {
            account_take(push_accounts(push), &j->who);
            roster_set_role(push_roster(push), j->who.member_id, j->who.role);
            if (was_staff && !role_is_staff(j->who.role)) {
                metric_add(push_metrics(push), METRIC_rights_lost, 1);
                conn_error(conn, WS_CLOSE_POLICY, "your role has changed", NULL, NULL);
            } else {
                end_lost_patterns(conn);
                for (struct sub *sub = conn->subs; sub; sub = sub->conn_next)
                    if (sub->room)
                        rights_check_room(push_rights(push), sub->room);
            }
        } else {
            add_again(&push_rights(push)->members, j->member_id);
        }
    }
    free(j->secret);
    free(j);
    conn_release(conn);
}

static void check_conn(struct conn *conn)
{
    struct member_job *j = calloc(1, sizeof *j);
    const char *secret = conn->credential == CREDENTIAL_COOKIE ? conn->cookie : conn->credential == CREDENTIAL_BEARER ? conn->bearer : NULL;

    if (!j || (secret && !(j->secret = strdup(secret)))) {
        free(j);
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    j->job.run = member_run;
    j->job.task.on_done = member_done;
    j->conn = conn;
    j->credential = (enum credential)conn->credential;
    j->member_id = conn->account->member_id;
    j->outcome = OUTCOME_AWAY;
    conn_hold(conn);
    job_add(conn->push, &j->job);
}

void rights_check_member(struct rights *r, int64_t member_id)
{
    const struct account *account = account_find(push_accounts(r->push), member_id);

    for (struct conn *conn = account ? account->conns : NULL; conn; conn = conn->account_next)
        check_conn(conn);
}

/* ---- a room: may each who listens still read? ---- */

struct room_job {
    struct job job;
    struct push *push;
    struct room *room; /* pinned */
    int64_t session_no;
    enum outcome outcome;
    struct session session;
};

static void room_run(struct job *job, struct db *db)
{
    struct room_job *j = (struct room_job *)job;

    j->outcome = session_find_no(db, j->session_no, &j->session);
}

static struct sub *first_without_right(const struct room *room, const struct session *s)
{
    for (struct sub *sub = room->subs; sub; sub = sub->next) {
        const struct account *a = sub->conn->account;
        struct principal who = {.member_id = a->member_id, .role = a->role};
        if (!sub->conn->doom && !right_may(&who, RIGHT_SUBSCRIBE, s))
            return sub;
    }
    return NULL;
}

void rights_apply(struct rights *r, struct room *room, const struct session *s)
{
    struct sub *sub;

    if (BUG(rights_cached))
        return;
    room->pins++; /* it must not go with its last subscription */
    while ((sub = first_without_right(room, s)))
        end_sub(r->push, sub);
    room->pins--;
}

static void room_done(struct task *task)
{
    struct room_job *j = (struct room_job *)task;
    struct hub *hub = push_hub(j->push);

    if (j->outcome == OUTCOME_DONE) {
        rights_apply(push_rights(j->push), j->room, &j->session);
        hub_learn(hub, j->room, &j->session);
    } else if (j->outcome != OUTCOME_REFUSED) {
        add_again(&push_rights(j->push)->rooms, j->session_no);
    }
    hub_unpin(hub, j->room);
    free(j);
}

void rights_check_room(struct rights *r, struct room *room)
{
    struct room_job *j;

    /* a room without subscriptions too: it may be there for somebody's /user/queue/messages, which follows what it knows */
    if (!room->session_no || BUG(rights_cached))
        return;
    j = calloc(1, sizeof *j);
    if (!j)
        return;
    j->job.run = room_run;
    j->job.task.on_done = room_done;
    j->push = r->push;
    j->room = room;
    j->session_no = room->session_no;
    j->outcome = OUTCOME_AWAY;
    room->pins++;
    job_add(r->push, &j->job);
}

/* ---- the table ---- */

struct table_job {
    struct job job;
    struct push *push;
    int64_t since_ms, asked_ms;
    enum outcome outcome;
    struct right_change *list;
    size_t n;
};

static void table_run(struct job *job, struct db *db)
{
    struct table_job *j = (struct table_job *)job;

    j->outcome = right_change_list(db, j->since_ms, &j->list, &j->n);
}

static void check_room_no(struct rights *r, int64_t session_no)
{
    struct room *room = hub_room_no(push_hub(r->push), session_no);

    if (room)
        rights_check_room(r, room);
}

static bool is_known(struct rights *r, const struct right_change *c)
{
    struct known *k;

    HASH_FIND(hh, r->known, &c->change_no, sizeof c->change_no, k);
    if (k)
        k->seen_ms = loop_now(push_loop(r->push));
    return k;
}

static void remember(struct rights *r, const struct right_change *c)
{
    struct known *k = calloc(1, sizeof *k);

    if (!k)
        return; /* looked at once more */
    k->change_no = c->change_no;
    k->seen_ms = loop_now(push_loop(r->push));
    HASH_ADD(hh, r->known, change_no, sizeof k->change_no, k);
    if (!table_has(k))
        free(k);
}

static void take_again(struct rights *r)
{
    struct again members = r->members, rooms = r->rooms;

    r->members = r->rooms = (struct again){0};
    for (size_t i = 0; i < members.n; i++)
        rights_check_member(r, members.ids[i]);
    for (size_t i = 0; i < rooms.n; i++)
        check_room_no(r, rooms.ids[i]);
    free(members.ids);
    free(rooms.ids);
}

uint32_t rights_turn(const struct rights *r)
{
    return r->turn;
}

void rights_take(struct rights *r, const struct right_change *list, size_t n)
{
    r->turn += n > 0;
    for (size_t i = 0; i < n; i++) {
        if (list[i].member_id)
            rights_check_member(r, list[i].member_id);
        if (list[i].session_no)
            check_room_no(r, list[i].session_no);
    }
    take_again(r);
}

static void take_table(struct rights *r, struct table_job *j)
{
    size_t n = 0;

    for (size_t i = 0; i < j->n; i++)
        if (!is_known(r, &j->list[i]))
            j->list[n++] = j->list[i];
    if (!spread_rights(r->push, j->list, n))
        return;
    for (size_t i = 0; i < n; i++)
        remember(r, &j->list[i]);
    r->read_ms = j->asked_ms;
    forget(r, loop_now(push_loop(r->push)) - 10000); /* no more in what is read */
}

static void table_done(struct task *task)
{
    struct table_job *j = (struct table_job *)task;
    struct rights *r = push_rights(j->push);

    r->is_reading = false;
    if (j->outcome == OUTCOME_DONE)
        take_table(r, j);
    free(j->list);
    free(j);
}

void rights_tick(struct rights *r)
{
    struct table_job *j;

    if (r->is_reading)
        return;
    j = calloc(1, sizeof *j);
    if (!j)
        return;
    j->job.run = table_run;
    j->job.task.on_done = table_done;
    j->push = r->push;
    j->asked_ms = clock_wall_ms();
    j->since_ms = r->read_ms - LOOK_BACK_MS;
    j->outcome = OUTCOME_AWAY;
    r->is_reading = true;
    job_add(r->push, &j->job);
}
