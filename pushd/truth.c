/* truth: see truth.h. */
#include "pushd/truth.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/chat/code.h"
#include "lib/chat/session.h"
#include "pushd/hub.h"
#include "pushd/int_table.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/spread.h"

#define SCANS_TO_BELIEVE 2 /* one may have been read before a change whose hint was quicker */

/* An open chat as it was told. */
struct told {
    int64_t session_no; /* first */
    int64_t admin_id, member_id;
    int32_t status_id; /* 0: nothing was told yet */
    uint32_t round;    /* of the last scan that had it */
    uint8_t doubts;    /* scans in a row that said otherwise */
    bool member_away, admin_away, is_asking;
};

struct truth {
    struct push *push;
    struct int_table told; /* of struct told */
    uint32_t round;
};

struct truth *truth_new(struct push *push)
{
    struct truth *t = calloc(1, sizeof *t);

    if (!t)
        return NULL;
    t->push = push;
    t->told = (struct int_table)INT_TABLE_INIT(struct told);
    return t;
}

void truth_free(struct truth **t)
{
    if (*t)
        int_table_free(&(*t)->told);
    free(*t);
    *t = NULL;
}

static struct told *find(struct truth *t, int64_t session_no, bool make)
{
    struct told *one = int_table_find(&t->told, session_no);

    if (one || !make)
        return one;
    one = int_table_add(&t->told, session_no);
    if (one)
        one->round = t->round;
    return one;
}

static void take(struct told *one, int64_t member_id, int64_t admin_id, int32_t status_id, bool member_away, bool admin_away)
{
    one->member_id = member_id;
    one->admin_id = admin_id;
    one->status_id = status_id;
    one->member_away = member_away;
    one->admin_away = admin_away;
    one->doubts = 0;
}

void truth_note_change(struct truth *t, const struct change *c)
{
    const struct session *s = &c->session;
    struct told *one;

    if (c->what == CHANGE_ROWS || c->what == CHANGE_READ || c->what == CHANGE_NOTE)
        return;
    one = find(t, s->session_no, s->status_id != STATUS_COMPLETED);
    if (!one)
        return;
    if (s->status_id == STATUS_COMPLETED && !one->is_asking)
        int_table_delete(&t->told, one->session_no);
    else
        take(one, s->member_id, s->admin_id, s->status_id, s->member_grace_ms >= 0, s->admin_grace_ms >= 0);
}

/* ---- asking the database ---- */

struct truth_job {
    struct job job;
    struct push *push;
    int64_t session_no;
    enum outcome outcome;
    struct change change;
};

static void ask_run(struct job *job, struct db *db)
{
    struct truth_job *j = (struct truth_job *)job;

    j->outcome = session_find_no(db, j->session_no, &j->change.session);
}

/* What must have happened between what was told and s. */
static void name_change(struct change *c, const struct told *one)
{
    const struct session *s = &c->session;
    bool member_away = s->member_grace_ms >= 0, admin_away = s->admin_grace_ms >= 0;

    c->old_admin_id = one->admin_id;
    if (s->status_id == STATUS_COMPLETED) {
        c->what = s->accept_ms < 0 && s->ended_by == 'M' ? CHANGE_CANCELLED : CHANGE_ENDED;
    } else if (s->status_id == STATUS_WAITING && one->status_id != STATUS_WAITING) {
        c->what = one->status_id ? CHANGE_RETURNED : CHANGE_NEW;
    } else if (s->admin_id != one->admin_id) {
        c->what = CHANGE_TAKEN;
    } else if (s->member_id != one->member_id && member_away == one->member_away && admin_away == one->admin_away) {
        c->what = CHANGE_MEMBER;
    } else {
        c->side = member_away != one->member_away ? 'M' : 'A';
        c->what = (c->side == 'M' ? member_away : admin_away) ? CHANGE_AWAY : CHANGE_BACK;
        c->grace_ms = c->side == 'M' ? s->member_grace_ms : s->admin_grace_ms;
        c->reason_id = s->disconnect_reason_id;
    }
}

static void ask_done(struct task *task)
{
    struct truth_job *j = (struct truth_job *)task;
    struct truth *t = push_truth(j->push);
    struct told *one = find(t, j->session_no, false);

    if (one)
        one->is_asking = false;
    if (one && one->doubts && j->outcome == OUTCOME_DONE) {
        name_change(&j->change, one);
        metric_add(push_metrics(j->push), METRIC_truths_told, 1);
        spread_found(j->push, &j->change);
    } else if (one && one->doubts && j->outcome == OUTCOME_REFUSED) {
        int_table_delete(&t->told, one->session_no); /* the row is gone */
    }
    change_clear(&j->change);
    free(j);
}

static void ask(struct truth *t, struct told *one)
{
    struct truth_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = ask_run;
    j->job.task.on_done = ask_done;
    j->push = t->push;
    j->session_no = one->session_no;
    j->outcome = OUTCOME_AWAY;
    change_init(&j->change);
    one->is_asking = true;
    job_add(t->push, &j->job);
}

static void doubt(struct truth *t, struct told *one)
{
    if (one->doubts < SCANS_TO_BELIEVE)
        one->doubts++;
    if (one->doubts == SCANS_TO_BELIEVE && !one->is_asking)
        ask(t, one);
}

void truth_begin(struct truth *t)
{
    t->round++;
}

void truth_compare(struct truth *t, const struct session_watch *list, size_t n)
{
    bool is_first = t->round == 1;

    for (size_t i = 0; i < n; i++) {
        const struct session_watch *w = &list[i];
        bool member_away = w->member_grace_until >= 0, admin_away = w->admin_grace_until >= 0;
        struct told *one = find(t, w->session_no, true);
        if (!one)
            continue;
        one->round = t->round;
        if (is_first && !one->status_id)
            take(one, w->member_id, w->admin_id, w->status_id, member_away, admin_away); /* what was before us is nobody's news */
        else if (one->status_id != w->status_id || one->admin_id != w->admin_id || one->member_id != w->member_id || one->member_away != member_away || one->admin_away != admin_away)
            doubt(t, one);
        else
            one->doubts = 0;
    }
}

void truth_end(struct truth *t)
{
    struct told *one;
    uint32_t at = 0;

    while ((one = int_table_next(&t->told, &at)))
        if (one->round != t->round)
            doubt(t, one); /* it is open no more, or younger than the scan */
}
