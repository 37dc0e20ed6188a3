/* presence: see presence.h.
 *
 * A customer is there while subscribed to the chat, an agent while connected at all. When the last of it closes, the roster keeps the time; what this
 * process does not know it counts from its own start, so linger starts anew with it. */
#include "pushd/presence.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/session.h"
#include "lib/chat/session_hold.h"
#include "lib/chat/session_offer.h"
#include "pushd/conn.h"
#include "pushd/fleet.h"
#include "pushd/gather.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/push.h"
#include "pushd/roster.h"
#include "pushd/spread.h"
#include "pushd/truth.h"
#include "pushd/writer.h"

#define LOOK_AT_ONCE 250

/* Chats whose one side is here and is to be marked so, of one scan. */
struct marks {
    struct session_seen *list;
    size_t n, size;
};

struct presence {
    struct push *push;
    struct marks marks[2]; /* by side */
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

void presence_free(struct presence **p)
{
    if (*p)
        for (int side = SIDE_MEMBER; side <= SIDE_ADMIN; side++)
            free((*p)->marks[side].list);
    free(*p);
    *p = NULL;
}

/* ---- coming: on any loop ---- */

static void present_done(struct task *task)
{
    struct write *w = (struct write *)task;

    if (w->outcome == OUTCOME_DONE)
        hub_publish(push_hub(w->push), w->change);
    write_free(w); /* AWAY: the scan does it again */
}

/* By a writer, which may have an absence to end. */
static void write_present(struct push *push, const struct principal *who, const char *session_id)
{
    struct write *w = write_new(push, WRITE_PRESENT, session_id);

    if (!w)
        return;
    w->task.on_done = present_done;
    w->who = *who;
    if (!writer_add(push_writers(push), w))
        write_free(w);
}

/* A customer who came, and whose row needs no more than the mark: many such are written together. */
struct seen_job {
    struct job job;
    struct session_seen seen;
    bool is_answered; /* else the database was away: the scan does it */
    struct principal who;
    char session_id[UUID_TEXT_SIZE];
};

static void seen_run(struct job **jobs, size_t n, struct db *db)
{
    struct session_seen *seen[GATHER_MAX];

    for (size_t i = 0; i < n; i++)
        seen[i] = &((struct seen_job *)jobs[i])->seen;
    if (session_see(db, SIDE_MEMBER, seen, n))
        for (size_t i = 0; i < n; i++)
            ((struct seen_job *)jobs[i])->is_answered = true;
}

static void seen_done(struct task *task)
{
    struct seen_job *j = (struct seen_job *)task;

    if (j->is_answered && !j->seen.is_done && !push_is_stopping(j->job.push))
        write_present(j->job.push, &j->who, j->session_id);
    free(j);
}

static void note_seen(struct push *push, const struct principal *who, const struct session *s)
{
    static const struct gather_kind together = {.place = GATHER_PRESENT, .run = seen_run};
    struct seen_job *j = calloc(1, sizeof *j);

    if (!j)
        return; /* the scan does it */
    j->job.task.on_done = seen_done;
    j->seen.session_no = s->session_no;
    j->seen.member_id = who->member_id;
    j->who = *who;
    memcpy(j->session_id, s->session_id, sizeof j->session_id);
    gather_add(push, &together, &j->job);
}

void presence_join(struct push *push, struct sub *sub, const struct session *s)
{
    struct principal who;

    if ((sub->side != 'M' && sub->side != 'A') || s->status_id == STATUS_COMPLETED || session_is_seen(s, sub->side, true, clock_wall_ms()))
        return;
    account_principal(sub->conn->account, &who);
    if (sub->side == 'M' && s->member_grace_ms < 0)
        note_seen(push, &who, s);
    else
        write_present(push, &who, s->session_id);
}

void presence_note_change(struct presence *p, const struct change *c)
{
    if (c->what == CHANGE_ENDED || c->what == CHANGE_CANCELLED)
        roster_forget_chat(push_roster(p->push), c->session.session_no);
}

/* ---- steps: what the clock asks for ---- */

enum step_what { STEP_PRESENT, STEP_LOST, STEP_GRACE, STEP_QUEUE, STEP_OFFER, STEP_WAKE };

struct step_job {
    struct job job;
    struct push *push;
    enum step_what what;
    enum side side;
    int64_t session_no, when_ms;
    int64_t member_id; /* of STEP_PRESENT */
    enum outcome outcome;
    struct change change;
};

static enum outcome step_present(struct step_job *j, struct db *db)
{
    struct refusal refusal = {0};
    struct principal who;
    struct session s;
    enum outcome outcome = auth_by_member(db, j->member_id, &who);

    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        outcome = session_find_no(db, j->session_no, &s);
    return outcome == OUTCOME_DONE ? session_present(db, &who, s.session_id, true, &j->change, &refusal) : outcome;
}

static void step_run(struct job *job, struct db *db)
{
    struct step_job *j = (struct step_job *)job;
    const struct config *config = push_config(j->push);

    switch (j->what) {
    case STEP_PRESENT:
        j->outcome = step_present(j, db);
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
    case STEP_OFFER:
        j->outcome = session_offer_over(db, j->session_no, j->when_ms, &j->change);
        break;
    case STEP_WAKE:
        j->outcome = session_wake(db, j->session_no, j->when_ms, &j->change);
        break;
    }
}

static void step_done(struct task *task)
{
    struct step_job *j = (struct step_job *)task;

    push_presence(j->push)->steps--;
    if (j->outcome == OUTCOME_DONE) {
        log_debug("chat_step what=%d session_no=%lld change=%s", (int)j->what, (long long)j->session_no, change_what_name(j->change.what));
        spread_change(j->push, &j->change);
    }
    change_clear(&j->change);
    free(j);
}

static void add_step(struct presence *p, enum step_what what, enum side side, int64_t session_no, int64_t when_ms, int64_t member_id)
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
    j->member_id = member_id;
    p->steps++;
    job_add_step(p->push, &j->job);
}

/* ---- the scan ---- */

struct scan_job {
    struct job job;
    struct push *push;
    enum outcome outcome;
    struct session_watch *list;
    size_t n, at; /* at: so many of them were looked at */
    bool is_judged; /* so far each of them */
};

static void scan_run(struct job *job, struct db *db)
{
    struct scan_job *j = (struct scan_job *)job;

    j->outcome = session_watch_list(db, &j->list, &j->n);
}

/* ---- marks ---- */

static void mark(struct marks *m, int64_t session_no, int64_t member_id)
{
    if (m->n == m->size) {
        size_t size = m->size ? m->size * 2 : 64;
        struct session_seen *list = realloc(m->list, size * sizeof *list);
        if (!list)
            return; /* the next scan does it */
        m->list = list;
        m->size = size;
    }
    m->list[m->n++] = (struct session_seen){.session_no = session_no, .member_id = member_id};
}

struct marks_job {
    struct job job;
    enum side side;
    struct marks marks;
};

static void marks_run(struct job *job, struct db *db)
{
    struct marks_job *j = (struct marks_job *)job;
    struct session_seen *seen[256];

    for (size_t from = 0; from < j->marks.n;) {
        size_t n = 0;
        while (n < sizeof seen / sizeof seen[0] && from < j->marks.n)
            seen[n++] = &j->marks.list[from++];
        if (!session_see(db, j->side, seen, n))
            return; /* the next scan does it */
    }
}

static void marks_done(struct task *task)
{
    struct marks_job *j = (struct marks_job *)task;

    push_presence(j->job.push)->steps--;
    free(j->marks.list);
    free(j);
}

static void write_marks(struct presence *p, enum side side)
{
    struct marks_job *j = p->marks[side].n ? calloc(1, sizeof *j) : NULL;

    if (!j) {
        p->marks[side].n = 0;
        return;
    }
    j->job.run = marks_run;
    j->job.task.on_done = marks_done;
    j->side = side;
    j->marks = p->marks[side];
    p->marks[side] = (struct marks){0};
    p->steps++;
    job_add_step(p->push, &j->job);
}

/* ---- one side of one chat ---- */


struct look {
    enum side side;
    int64_t member_id;
    struct roster_look here;
    bool was_pushed;
    int64_t last_seen_ms, grace_ms; /* wall, -1 none */
};

static void look_at_side(struct presence *p, const struct session_watch *w, const struct look *look)
{
    const struct config *config = push_config(p->push);
    int64_t now = loop_now(push_loop(p->push)), wall = clock_wall_ms(), limit;
    bool is_pushed = look->was_pushed || look->here.left_ms;
    int64_t since = look->here.left_ms ? look->here.left_ms : is_pushed || look->last_seen_ms < 0 ? push_born(p->push) : 0;

    if (look->here.is_here) {
        if (look->grace_ms >= 0)
            add_step(p, STEP_PRESENT, look->side, w->session_no, 0, look->member_id);
        else if (!look->was_pushed || (config_has_nodes(config) && wall - look->last_seen_ms >= config->linger / 3))
            mark(&p->marks[look->side], w->session_no, look->member_id); /* other nodes judge by the mark's age */
        return;
    }
    if (look->side == SIDE_MEMBER && w->is_member_excused)
        return;
    switch (session_side_due(config, is_pushed, look->last_seen_ms, look->grace_ms, wall, &limit)) {
    case SIDE_NOT_DUE:
        break;
    case SIDE_GRACE_OVER:
        add_step(p, STEP_GRACE, look->side, w->session_no, wall, 0);
        break;
    case SIDE_LOST:
        if (!since || now - since >= limit)
            add_step(p, STEP_LOST, look->side, w->session_no, wall - limit, 0);
        break;
    }
}

static void look_at(struct presence *p, const struct session_watch *w)
{
    struct roster *roster = push_roster(p->push);
    struct look member = {.side = SIDE_MEMBER, .member_id = w->member_id, .here = roster_look_at_customer(roster, w->session_no, p->round),
                          .was_pushed = w->member_pushed, .last_seen_ms = w->member_last_seen, .grace_ms = w->member_grace_until};
    struct look admin = {.side = SIDE_ADMIN, .member_id = w->admin_id, .here = roster_look_at_member(roster, w->admin_id, p->round),
                         .was_pushed = w->admin_pushed, .last_seen_ms = w->admin_last_seen, .grace_ms = w->admin_grace_until};

    look_at_side(p, w, &member);
    if (w->admin_id && w->status_id != STATUS_WAITING)
        look_at_side(p, w, &admin);
    if (w->status_id == STATUS_WAITING && !w->is_offline && clock_wall_ms() - w->queue_entered >= push_config(p->push)->queue_timeout)
        add_step(p, STEP_QUEUE, SIDE_MEMBER, w->session_no, clock_wall_ms(), 0);
    if (w->offer_until >= 0 && w->offer_until <= clock_wall_ms())
        add_step(p, STEP_OFFER, SIDE_ADMIN, w->session_no, clock_wall_ms(), 0);
    if (w->hold_until >= 0 && w->hold_until <= clock_wall_ms())
        add_step(p, STEP_WAKE, SIDE_ADMIN, w->session_no, clock_wall_ms(), 0);
}

static void scan_free(struct scan_job *j)
{
    push_presence(j->push)->is_scanning = false;
    free(j->list);
    free(j);
}

static void scan_over(struct scan_job *j)
{
    struct presence *p = push_presence(j->push);

    truth_end(push_truth(j->push));
    write_marks(p, SIDE_MEMBER);
    write_marks(p, SIDE_ADMIN);
    if (j->is_judged) {
        p->round++;
        /* Members who left long ago matter no more: an absence is in the database by then. */
        roster_forget(push_roster(p->push), p->round - 1, loop_now(push_loop(p->push)) - push_config(p->push)->linger - 60000);
    }
    scan_free(j);
}

/* Some of the chats in each turn of the loop: tens of thousands at once would keep everybody waiting for as long as a message takes. */
static void look_at_some(struct task *task)
{
    struct scan_job *j = (struct scan_job *)task;
    struct loop *loop = push_loop(j->push);
    const struct session_watch *some = j->list + j->at;
    size_t n = j->n - j->at < LOOK_AT_ONCE ? j->n - j->at : LOOK_AT_ONCE;
    bool is_judging = loop_now(loop) >= loop_patient_until(loop);

    if (push_is_stopping(j->push)) {
        scan_free(j);
        return;
    }
    spread_heads(j->push, some, n);
    truth_compare(push_truth(j->push), some, n);
    for (size_t i = 0; is_judging && i < n; i++)
        look_at(push_presence(j->push), &some[i]);
    j->is_judged &= is_judging;
    j->at += n;
    if (j->at < j->n)
        loop_post(loop, task);
    else
        scan_over(j);
}

/* The scan brings the heads of all open chats: a lost push is found within its second. */
static void scan_done(struct task *task)
{
    struct scan_job *j = (struct scan_job *)task;

    fleet_set_database_up(push_fleet(j->push), j->outcome == OUTCOME_DONE);
    if (j->outcome != OUTCOME_DONE) {
        scan_free(j);
        return;
    }
    truth_begin(push_truth(j->push));
    j->is_judged = true;
    task->on_done = look_at_some;
    look_at_some(task);
}

void presence_tick(struct presence *p)
{
    struct scan_job *j;

    if (p->is_scanning || p->steps)
        return;
    j = calloc(1, sizeof *j);
    if (!j)
        return;
    j->job.run = scan_run;
    j->job.task.on_done = scan_done;
    j->push = p->push;
    j->outcome = OUTCOME_AWAY;
    p->is_scanning = true;
    job_add(p->push, &j->job);
}
