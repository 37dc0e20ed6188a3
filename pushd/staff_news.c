/* staff_news: see staff_news.h. */
#include "pushd/staff_news.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/routing.h"
#include "pushd/job.h"
#include "pushd/outq.h"
#include "pushd/push.h"
#include "pushd/spread.h"

struct state_job {
    struct job job;
    struct staff_news *owner; /* NULL: it is gone */
    const struct config *config;
    enum outcome outcome;
    struct agent_state *list;
    size_t n;
    struct change *offers;
    size_t n_offers;
};

struct staff_news {
    struct push *push;
    struct state_job *reading; /* NULL: none runs */
    struct agent_state *told;  /* as told last, by member; NULL: nothing was read yet */
    size_t n_told;
};

struct staff_news *staff_news_new(struct push *push)
{
    struct staff_news *s = calloc(1, sizeof *s);

    if (s)
        s->push = push;
    return s;
}

void staff_news_free(struct staff_news **s)
{
    if (*s && (*s)->reading)
        (*s)->reading->owner = NULL;
    if (*s)
        free((*s)->told);
    free(*s);
    *s = NULL;
}

static void keep_offer(struct change *change, void *arg)
{
    struct state_job *j = arg;

    if (!j->offers)
        j->offers = calloc(ROUTING_AT_ONCE, sizeof *j->offers);
    if (!j->offers || j->n_offers == ROUTING_AT_ONCE)
        return; /* it is in the database: the next reading of the lists shows it */
    j->offers[j->n_offers++] = *change;
    change_init(change); /* it has no rows, but who owned it clears it */
}

static void run(struct job *job, struct db *db)
{
    struct state_job *j = (struct state_job *)job;
    unsigned changed;

    j->outcome = agent_state_settle(db, j->config, clock_wall_ms(), &changed);
    if (j->outcome == OUTCOME_DONE)
        j->outcome = agent_state_versions(db, &j->list, &j->n);
    routing_run(db, j->config, clock_wall_ms(), keep_offer, j);
}

static int64_t version_told(const struct staff_news *s, int64_t member_id)
{
    for (size_t i = 0; i < s->n_told; i++)
        if (s->told[i].member_id == member_id)
            return s->told[i].version;
    return 0;
}

static void tell(struct staff_news *s, const struct agent_state *a)
{
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    agent_state_write_news(&w, a);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    if (body)
        spread_presence(s->push, body);
    body_drop(&body);
}

static void done(struct task *task)
{
    struct state_job *j = (struct state_job *)task;
    struct staff_news *s = j->owner;

    if (s)
        s->reading = NULL;
    for (size_t i = 0; i < j->n_offers; i++) {
        if (s)
            spread_change(s->push, &j->offers[i]);
        change_clear(&j->offers[i]);
    }
    free(j->offers);
    if (s && j->outcome == OUTCOME_DONE) {
        for (size_t i = 0; s->told && i < j->n; i++)
            if (j->list[i].version != version_told(s, j->list[i].member_id))
                tell(s, &j->list[i]);
        free(s->told);
        s->told = j->list;
        s->n_told = j->n;
        j->list = NULL;
    }
    free(j->list);
    free(j);
}

void staff_news_tick(struct staff_news *s)
{
    struct state_job *j = s->reading ? NULL : calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = run;
    j->job.task.on_done = done;
    j->outcome = OUTCOME_AWAY;
    j->owner = s;
    j->config = push_config(s->push);
    s->reading = j;
    job_add(s->push, &j->job);
}
