/* presence: see presence.h.
 *
 * A customer is there while subscribed to the chat, an agent while connected at all. When the last of it closes, the time is kept here (seats by
 * chat, leavers by member); what this process does not know it counts from its own start, so linger starts anew with it. */
#include "pushd/presence.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/session.h"
#include "pushd/account.h"
#include "pushd/conn.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/truth.h"
#include "pushd/staff_online.h"
#include "pushd/writer.h"

/* When somebody was last seen to go: a customer by chat, an agent by member. */
struct leaver {
    UT_hash_handle hh;
    int64_t key;     /* session_no or member_id */
    int64_t left_ms; /* monotonic */
    uint32_t round;  /* of the last scan that had use for it */
};

struct presence {
    struct push *push;
    struct leaver *customers, *agents;
    uint32_t round;
    unsigned steps; /* in flight */
    bool is_scanning;
};

struct presence *presence_new(struct push *push)
{
    struct presence *p = calloc(1, sizeof *p);

    if (p)
        p->push = push;
    return p;
}

static void leavers_free(struct leaver **all, const uint32_t *but_round)
{
    struct leaver *l, *next;

    HASH_ITER (hh, *all, l, next)
        if (!but_round || l->round + 1 < *but_round) {
            HASH_DEL(*all, l);
            free(l);
        }
}

void presence_free(struct presence **p_p)
{
    struct presence *p = *p_p;

    if (!p)
        return;
    leavers_free(&p->customers, NULL);
    leavers_free(&p->agents, NULL);
    free(p);
    *p_p = NULL;
}

/* ---- coming and going ---- */

static void note_left(struct presence *p, struct leaver **all, int64_t key)
{
    struct leaver *l;

    HASH_FIND(hh, *all, &key, sizeof key, l);
    if (!l) {
        l = calloc(1, sizeof *l);
        if (!l)
            return; /* counted from the process's start then */
        l->key = key;
        HASH_ADD(hh, *all, key, sizeof l->key, l);
    }
    l->left_ms = loop_now(push_loop(p->push));
    l->round = p->round;
}

static void present_done(struct task *task)
{
    struct write *w = (struct write *)task;

    if (w->outcome == OUTCOME_DONE)
        hub_publish(push_hub(w->push), w->change);
    write_free(w); /* AWAY: the scan does it again */
}

void presence_join(struct presence *p, struct sub *sub, const struct session *s)
{
    struct write *w;

    if ((sub->side != 'M' && sub->side != 'A') || s->status_id == STATUS_COMPLETED)
        return;
    w = write_new(p->push, WRITE_PRESENT, s->session_id);
    if (!w)
        return;
    w->task.on_done = present_done;
    account_principal(sub->conn->account, &w->who);
    if (!writer_add(push_writers(p->push), w))
        write_free(w);
}

void presence_leave(struct presence *p, const struct sub *sub)
{
    if (sub->kind == SUB_ROOM && sub->side == 'M' && sub->room && sub->room->member_subs == 1)
        note_left(p, &p->customers, sub->room->session_no);
}

void presence_member_came(struct presence *p, const struct account *account)
{
    if (role_is_staff(account->role)) {
        staff_online_note(p->push);
        presence_tick(p);
    }
}

void presence_member_left(struct presence *p, int64_t member_id)
{
    note_left(p, &p->agents, member_id);
}

void presence_note_change(struct presence *p, const struct change *c)
{
    struct leaver *l;

    if (c->what != CHANGE_ENDED && c->what != CHANGE_CANCELLED)
        return;
    HASH_FIND(hh, p->customers, &c->session.session_no, sizeof c->session.session_no, l);
    if (l) {
        HASH_DEL(p->customers, l);
        free(l);
    }
}

/* ---- steps: what the clock asks for ---- */

enum step_what { STEP_PRESENT, STEP_LOST, STEP_GRACE, STEP_QUEUE };

struct step_job {
    struct job job;
    struct push *push;
    enum step_what what;
    enum side side;
    int64_t session_no, when_ms;
    struct principal who; /* of STEP_PRESENT */
    enum outcome outcome;
    struct change change;
};

static void step_run(struct job *job, struct db *db)
{
    struct step_job *j = (struct step_job *)job;
    const struct config *config = push_config(j->push);
    struct refusal refusal = {0};
    struct session s;

    switch (j->what) {
    case STEP_PRESENT:
        j->outcome = session_find_no(db, j->session_no, &s);
        if (j->outcome == OUTCOME_DONE)
            j->outcome = session_present(db, &j->who, s.session_id, true, &j->change, &refusal);
        break;
    case STEP_LOST:
        j->outcome = session_side_lost(db, config, j->session_no, j->side, j->when_ms, LEAVE_NETWORK_ERROR, &j->change);
        break;
    case STEP_GRACE:
        j->outcome = session_grace_over(db, j->session_no, j->when_ms, &j->change);
        break;
    case STEP_QUEUE:
        j->outcome = session_queue_over(db, config, j->session_no, j->when_ms, &j->change);
        break;
    }
}

static void step_done(struct task *task)
{
    struct step_job *j = (struct step_job *)task;

    push_presence(j->push)->steps--;
    if (j->outcome == OUTCOME_DONE) {
        log_debug("chat_step what=%d session_no=%lld change=%s", (int)j->what, (long long)j->session_no, change_what_name(j->change.what));
        hub_publish(push_hub(j->push), &j->change);
    }
    change_clear(&j->change);
    free(j);
}

static void add_step(struct presence *p, enum step_what what, enum side side, int64_t session_no, int64_t when_ms, const struct account *account)
{
    struct step_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = step_run;
    j->job.task.on_done = step_done;
    j->push = p->push;
    j->what = what;
    j->side = side;
    j->session_no = session_no;
    j->when_ms = when_ms;
    j->outcome = OUTCOME_AWAY;
    change_init(&j->change);
    if (account)
        account_principal(account, &j->who);
    p->steps++;
    job_add(p->push, &j->job);
}

/* ---- the scan ---- */

struct scan_job {
    struct job job;
    struct push *push;
    enum outcome outcome;
    struct session_watch *list;
    size_t n;
};

static void scan_run(struct job *job, struct db *db)
{
    struct scan_job *j = (struct scan_job *)job;

    j->outcome = session_watch_list(db, &j->list, &j->n);
}

/* One side of one chat. */
struct look {
    enum side side;
    const struct account *account; /* NULL: not there */
    bool was_pushed;
    int64_t left_ms;      /* monotonic; 0: this process saw no going */
    int64_t last_seen_ms, grace_ms; /* wall, -1 none */
};

static void look_at_side(struct presence *p, const struct session_watch *w, const struct look *look)
{
    const struct config *config = push_config(p->push);
    int64_t now = loop_now(push_loop(p->push)), wall = clock_wall_ms();
    bool is_pushed = look->was_pushed || look->left_ms;
    int64_t limit = is_pushed ? config->linger : config->rest_idle;
    int64_t since = look->left_ms ? look->left_ms : is_pushed || look->last_seen_ms < 0 ? push_born(p->push) : 0;

    if (look->account) {
        if (look->grace_ms >= 0 || !look->was_pushed)
            add_step(p, STEP_PRESENT, look->side, w->session_no, 0, look->account);
    } else if (look->grace_ms >= 0) {
        if (wall >= look->grace_ms)
            add_step(p, STEP_GRACE, look->side, w->session_no, wall, NULL);
    } else if ((!since || now - since >= limit) && (look->last_seen_ms < 0 || wall - look->last_seen_ms >= limit)) {
        add_step(p, STEP_LOST, look->side, w->session_no, wall - limit, NULL);
    }
}

static int64_t left_ms(struct presence *p, struct leaver *all, int64_t key)
{
    struct leaver *l;

    HASH_FIND(hh, all, &key, sizeof key, l);
    if (!l)
        return 0;
    l->round = p->round;
    return l->left_ms;
}

static const struct account *customer_in(const struct room *room)
{
    if (room)
        for (const struct sub *sub = room->subs; sub; sub = sub->next)
            if (sub->kind == SUB_ROOM && sub->side == 'M')
                return sub->conn->account;
    return NULL;
}

static void look_at(struct presence *p, const struct session_watch *w)
{
    struct look member = {.side = SIDE_MEMBER, .account = customer_in(hub_room_no(push_hub(p->push), w->session_no)), .was_pushed = w->member_pushed,
                          .left_ms = left_ms(p, p->customers, w->session_no), .last_seen_ms = w->member_last_seen, .grace_ms = w->member_grace_until};
    struct look admin = {.side = SIDE_ADMIN, .account = account_find(push_accounts(p->push), w->admin_id), .was_pushed = w->admin_pushed,
                         .left_ms = left_ms(p, p->agents, w->admin_id), .last_seen_ms = w->admin_last_seen, .grace_ms = w->admin_grace_until};

    look_at_side(p, w, &member);
    if (w->admin_id && w->status_id != STATUS_WAITING)
        look_at_side(p, w, &admin);
    if (w->status_id == STATUS_WAITING && clock_wall_ms() - w->queue_entered >= push_config(p->push)->queue_timeout)
        add_step(p, STEP_QUEUE, SIDE_MEMBER, w->session_no, clock_wall_ms(), NULL);
}

static void scan_done(struct task *task)
{
    struct scan_job *j = (struct scan_job *)task;
    struct presence *p = push_presence(j->push);
    struct loop *loop = push_loop(j->push);

    p->is_scanning = false;
    push_set_database_up(j->push, j->outcome == OUTCOME_DONE);
    if (j->outcome == OUTCOME_DONE) {
        /* The scan brings the heads of all open chats: a lost push is found within its second. */
        for (size_t i = 0; i < j->n; i++)
            if (hub_hear_head(push_hub(j->push), j->list[i].session_no, j->list[i].head))
                metric_add(push_metrics(j->push), METRIC_sweep_found, 1);
        truth_compare(push_truth(j->push), j->list, j->n);
        if (loop_now(loop) >= loop_patient_until(loop) && !push_is_stopping(j->push)) {
            for (size_t i = 0; i < j->n; i++)
                look_at(p, &j->list[i]);
            p->round++;
            leavers_free(&p->customers, &p->round);
        }
    }
    free(j->list);
    free(j);
}

/* Members who left long ago matter no more: an absence is in the database by then. */
static void forget_agents(struct presence *p)
{
    int64_t now = loop_now(push_loop(p->push)), keep = push_config(p->push)->linger + 60000;
    struct leaver *l, *next;

    HASH_ITER (hh, p->agents, l, next)
        if (now - l->left_ms > keep && l->round + 1 < p->round) {
            HASH_DEL(p->agents, l);
            free(l);
        }
}

void presence_tick(struct presence *p)
{
    struct scan_job *j;

    if (p->is_scanning || p->steps)
        return;
    j = calloc(1, sizeof *j);
    if (!j)
        return;
    forget_agents(p);
    j->job.run = scan_run;
    j->job.task.on_done = scan_done;
    j->push = p->push;
    j->outcome = OUTCOME_AWAY;
    p->is_scanning = true;
    job_add(p->push, &j->job);
}
