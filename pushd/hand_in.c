/* hand_in: see hand_in.h. */
#include "pushd/hand_in.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/log.h"
#include "lib/chat/hand_over.h"
#include "pushd/hub.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/writer.h"

struct hand_in {
    struct push *push;
    int fd; /* -1: the connection is gone */
    size_t waiting;
};

struct hand_in *hand_in_new(struct push *push, int fd)
{
    struct hand_in *in = calloc(1, sizeof *in);

    if (in) {
        in->push = push;
        in->fd = fd;
    }
    return in;
}

void hand_in_drop(struct hand_in **in)
{
    if (!*in)
        return;
    (*in)->fd = -1;
    if (!(*in)->waiting)
        free(*in);
    *in = NULL;
}

bool hand_in_is_waiting(const struct hand_in *in)
{
    return in->waiting > 0;
}

/* Never waits: a program that reads no answers gives up by itself. */
static void answer(const struct hand_in *in, struct hand_over_answer *a)
{
    a->mark = HAND_OVER_MARK;
    if (in->fd >= 0 && send(in->fd, a, sizeof *a, MSG_NOSIGNAL | MSG_DONTWAIT) != (ssize_t)sizeof *a)
        log_debug("hand_over_unanswered");
}

static void tell_row(struct hand_over_answer *a, const struct write *w)
{
    const struct message *m = &w->change->rows[w->change->nrows - 1];

    a->is_stored = 1;
    a->sender_type = m->sender_type;
    memcpy(a->lang, w->who.lang, sizeof a->lang);
    a->seq = m->seq;
    a->session_no = m->session_no;
    a->sender_id = m->sender_id;
    a->cdate_ms = m->cdate_ms;
    memcpy(a->sender_name, m->sender_name, sizeof a->sender_name);
}

static void on_written(struct task *task)
{
    struct write *w = (struct write *)task;
    struct hand_in *in = w->hand_in;
    struct hand_over_answer a = {.number = w->hand_in_number};

    if (w->outcome == OUTCOME_DONE) {
        hub_publish(push_hub(w->push), w->change);
        tell_row(&a, w);
    }
    answer(in, &a);
    write_free(w);
    if (!--in->waiting && in->fd < 0)
        free(in);
}

static struct write *write_of(struct hand_in *in, const struct hand_over_request *r)
{
    struct write *w = write_new(in->push, WRITE_MESSAGE, r->session_id);

    if (!w)
        return NULL;
    w->task.on_done = on_written;
    w->hand_in = in;
    w->hand_in_number = r->number;
    w->until_ms = r->until_ms;
    w->secret_is_bearer = r->is_bearer;
    memcpy(w->secret, r->secret, sizeof w->secret);
    memcpy(w->client_message_id, r->client_message_id, sizeof w->client_message_id);
    w->content_len = r->content_len;
    w->content = malloc(w->content_len + 1u);
    if (!w->content) {
        write_free(w);
        return NULL;
    }
    memcpy(w->content, r->content, w->content_len);
    w->content[w->content_len] = '\0';
    return w;
}

void hand_in_take(struct hand_in *in, const char *bytes, size_t n)
{
    _Alignas(struct hand_over_request) char aligned[sizeof(struct hand_over_request) + HAND_OVER_CONTENT_MAX];
    const struct hand_over_request *r = (const struct hand_over_request *)aligned;
    struct write *w;

    metric_add(push_metrics(in->push), METRIC_hand_overs, 1);
    if (n > sizeof aligned || !memcpy(aligned, bytes, n) || !hand_over_is_request(r, n)) {
        metric_add(push_metrics(in->push), METRIC_hints_bad, 1);
        log_warn("hand_over_unreadable bytes=%zu", n);
        return;
    }
    w = write_of(in, r);
    if (w && writer_add(push_writers(in->push), w)) {
        in->waiting++;
        return;
    }
    if (w)
        write_free(w);
    answer(in, &(struct hand_over_answer){.number = r->number});
}
