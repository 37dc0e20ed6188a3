/* queue_place: see queue_place.h. */
#include "pushd/queue_place.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/chat/code.h"
#include "lib/chat/session.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/outq.h"
#include "pushd/push.h"

#define GATHER_MS 150
#define PLACES_MAX 500 /* at once; a longer queue is told in rounds */

struct queue_place {
    struct loop_timer timer; /* first */
    struct push *push;
    bool is_reading, wants_again;
};

struct place {
    char session_id[UUID_TEXT_SIZE];
    int64_t session_no, position, estimate_s;
    bool is_known;
};

struct place_job {
    struct job job;
    struct push *push;
    size_t n;
    struct place places[PLACES_MAX];
};

static void place_run(struct job *job, struct db *db)
{
    struct place_job *j = (struct place_job *)job;

    for (size_t i = 0; i < j->n; i++) {
        struct place *p = &j->places[i];
        struct session s;
        enum outcome outcome = session_find_no(db, p->session_no, &s);
        if (outcome == OUTCOME_AWAY)
            return; /* the rest waits for the next change */
        p->is_known = outcome == OUTCOME_DONE && session_queue_place(db, &s, &p->position, &p->estimate_s) == OUTCOME_DONE && p->position > 0;
    }
}

static void tell(struct push *push, const struct place *p)
{
    struct room *room = hub_room(push_hub(push), p->session_id);
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    if (!room)
        return;
    jw_object(&w);
    jw_str(&w, "kind", "QUEUE");
    jw_str(&w, "sessionId", p->session_id);
    jw_int(&w, "position", p->position);
    if (p->estimate_s < 0)
        jw_null(&w, "estimateS");
    else
        jw_int(&w, "estimateS", p->estimate_s);
    jw_object_end(&w);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    if (body)
        hub_tell_room(push_hub(push), room, SUB_LIVE, body);
    body_drop(&body);
}

static void place_done(struct task *task)
{
    struct place_job *j = (struct place_job *)task;
    struct queue_place *q = push_queue_place(j->push);

    q->is_reading = false;
    for (size_t i = 0; i < j->n; i++)
        if (j->places[i].is_known)
            tell(j->push, &j->places[i]);
    if (q->wants_again)
        queue_place_changed(j->push);
    free(j);
}

static void collect(struct room *room, void *arg)
{
    struct place_job *j = arg;
    const struct sub *sub = room->subs;

    while (sub && sub->kind != SUB_LIVE)
        sub = sub->next;
    if (!sub || room->status_id != STATUS_WAITING || j->n == PLACES_MAX)
        return;
    memcpy(j->places[j->n].session_id, room->session_id, UUID_TEXT_SIZE);
    j->places[j->n++].session_no = room->session_no;
}

static void on_due(struct loop_timer *t)
{
    struct queue_place *q = (struct queue_place *)t;
    struct place_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    hub_each_room(push_hub(q->push), collect, j);
    if (!j->n) {
        free(j);
        return;
    }
    j->job.run = place_run;
    j->job.task.on_done = place_done;
    j->push = q->push;
    q->is_reading = true;
    q->wants_again = false;
    job_add(q->push, &j->job);
}

struct queue_place *queue_place_new(struct push *push)
{
    struct queue_place *q = calloc(1, sizeof *q);

    if (q) {
        q->timer.on_due = on_due;
        q->push = push;
    }
    return q;
}

void queue_place_free(struct queue_place **q)
{
    if (*q)
        loop_clear_timer(push_loop((*q)->push), &(*q)->timer);
    free(*q);
    *q = NULL;
}

void queue_place_changed(struct push *push)
{
    struct queue_place *q = push_queue_place(push);
    struct loop *loop = push_loop(push);

    if (q->is_reading)
        q->wants_again = true;
    else if (!q->timer.place)
        loop_set_timer(loop, &q->timer, loop_now(loop) + GATHER_MS);
}
