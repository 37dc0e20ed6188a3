/* hub_rows: the log of a chat on its way to subscribers: live rows through the gate, reads of what is missing, replays, the sweep. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/bug.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/message.h"
#include "lib/chat/session.h"
#include "lib/chat/wire.h"
#include "pushd/conn.h"
#include "pushd/hub_priv.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/rights.h"
#include "pushd/spread.h"

#define PAGE_ROWS 200

/* ---- one row ---- */

static struct body *row_body(const struct message *m)
{
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    wire_message(&w, NULL, m);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    return body;
}

static void tell_user_queues(struct hub *hub, int64_t member_id, struct body *body)
{
    const struct account *a = member_id ? account_find(push_accounts(hub->push), member_id) : NULL;

    if (!a || !a->message_subs)
        return;
    for (struct conn *conn = a->conns; conn; conn = conn->account_next)
        for (struct sub *sub = conn->subs; sub; sub = sub->conn_next)
            if (sub->kind == SUB_USER_MESSAGES)
                conn_send_message(conn, sub, body, NULL, 0);
}

static void tell_preview(struct hub *hub, const struct room *room, const struct message *m)
{
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;
    struct session s;

    if (!hub_has_list(hub, SUB_MESSAGES))
        return;
    wire_preview(&w, m);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    hub_snapshot(room, &s);
    if (body)
        hub_tell_list(hub, SUB_MESSAGES, body, &s);
    body_drop(&body);
}

void hub_deliver_row(struct hub *hub, struct room *room, const struct message *m)
{
    struct body *body = row_body(m);

    metric_add(push_metrics(hub->push), METRIC_rows_delivered, 1);
    metric_took(push_metrics(hub->push), HISTOGRAM_delivery_seconds, (clock_wall_ms() - m->cdate_ms) * 1000);
    for (struct sub *sub = room->subs; sub; sub = sub->next) {
        if (sub->kind != SUB_ROOM || sub->is_replaying || m->seq < sub->next_seq)
            continue;
        if (body)
            conn_send_message(sub->conn, sub, body, NULL, 0);
        else
            conn_doom(sub->conn, WS_CLOSE_SERVER_ERROR); /* out of memory: it resumes with `after` */
        sub->next_seq = m->seq + 1;
    }
    if (body) {
        hub_tell_patterns_of_room(hub, room->session_id, SUB_ROOM, body);
        tell_user_queues(hub, room->member_id, body);
        if (room->admin_id != room->member_id)
            tell_user_queues(hub, room->admin_id, body);
    }
    tell_preview(hub, room, m);
    body_drop(&body);
}

/* ---- missing rows ---- */

struct gap_job {
    struct job job;
    struct push *push;
    struct room *room; /* pinned */
    int64_t session_no;
    int32_t after;
    enum outcome outcome;
    struct session session; /* read behind the rows: whoever has no right to it any more gets none of them */
    struct message *rows;
    size_t n;
};

static void gap_run(struct job *job, struct db *db)
{
    struct gap_job *j = (struct gap_job *)job;

    j->outcome = message_list(db, j->session_no, j->after, -1, PAGE_ROWS, &j->rows, &j->n);
    if (j->outcome == OUTCOME_DONE)
        j->outcome = session_find_no(db, j->session_no, &j->session);
}

static void gap_done(struct task *task)
{
    struct gap_job *j = (struct gap_job *)task;
    struct hub *hub = push_hub(j->push);
    struct room *room = j->room;

    if (j->outcome == OUTCOME_DONE) {
        rights_apply(push_rights(hub->push), room, &j->session);
        for (size_t i = 0; i < j->n; i++)
            if (seq_gate_offer(&room->gate, j->rows[i].seq, true) == SEQ_DELIVER)
                hub_deliver_row(hub, room, &j->rows[i]);
        seq_gate_end_read(&room->gate, j->n == 0);
        hub_fill_gap(hub, room);
    } else {
        seq_gate_end_read(&room->gate, false); /* hub_tick() tries again */
    }
    message_free_list(&j->rows, j->n);
    free(j);
    hub_unpin(hub, room);
}

void hub_fill_gap(struct hub *hub, struct room *room)
{
    struct gap_job *j;

    if (!room->session_no || !seq_gate_begin_read(&room->gate))
        return;
    j = calloc(1, sizeof *j);
    if (!j) {
        seq_gate_end_read(&room->gate, false);
        return;
    }
    j->job.run = gap_run;
    j->job.task.on_done = gap_done;
    j->push = hub->push;
    j->room = room;
    j->session_no = room->session_no;
    j->after = room->gate.last;
    j->outcome = OUTCOME_AWAY;
    room->pins++;
    metric_add(push_metrics(hub->push), METRIC_gap_reads, 1);
    job_add(hub->push, &j->job);
}

void hub_hear_heads(struct hub *hub, const struct session_watch *list, size_t n)
{
    if (BUG(no_sweep))
        return;
    for (size_t i = 0; i < n; i++) {
        struct room *room = hub_room_no(hub, list[i].session_no);
        if (!room || list[i].head <= room->gate.seen)
            continue;
        metric_add(push_metrics(hub->push), METRIC_sweep_found, 1);
        seq_gate_hear(&room->gate, list[i].head);
        hub_fill_gap(hub, room);
    }
}

/* ---- replay ---- */

struct page_job {
    struct job job;
    struct push *push;
    struct sub *sub; /* lives while is_reading */
    struct conn *conn;
    int64_t session_no;
    int32_t after;
    enum outcome outcome;
    struct message *rows;
    size_t n;
};

static void page_run(struct job *job, struct db *db)
{
    struct page_job *j = (struct page_job *)job;

    j->outcome = message_list(db, j->session_no, j->after, -1, PAGE_ROWS, &j->rows, &j->n);
    (void)BUG_SLOW(register_after_read);
}

static void page_done(struct task *task)
{
    struct page_job *j = (struct page_job *)task;
    struct sub *sub = j->sub;
    struct conn *conn = j->conn;

    sub->is_reading = false;
    if (sub->is_gone) {
        sub_free(sub);
    } else if (j->outcome == OUTCOME_DONE && j->n) {
        sub->replay = calloc(1, sizeof *sub->replay);
        if (sub->replay) {
            *sub->replay = (struct replay){.rows = j->rows, .n = j->n};
            j->rows = NULL;
            hub_pump(push_hub(j->push), sub);
        }
    } /* nothing, or the database is away: hub_tick() reads again */
    message_free_list(&j->rows, j->rows ? j->n : 0);
    free(j);
    conn_release(conn);
}

static void read_page(struct hub *hub, struct sub *sub)
{
    struct page_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = page_run;
    j->job.task.on_done = page_done;
    j->push = hub->push;
    j->sub = sub;
    j->conn = sub->conn;
    j->session_no = sub->room->session_no;
    j->after = sub->next_seq - 1;
    j->outcome = OUTCOME_AWAY;
    sub->is_reading = true;
    conn_hold(sub->conn);
    job_add(hub->push, &j->job);
}

/* Puts rows of the page into the queue while it has room. */
static void send_page(struct sub *sub, size_t room_bytes)
{
    struct replay *page = sub->replay;

    while (page->at < page->n && sub->conn->out.bytes < room_bytes && conn_is_up(sub->conn)) {
        const struct message *m = &page->rows[page->at];
        struct body *body;
        if (m->seq > sub->next_seq) {
            log_error("log_has_a_hole session_no=%lld seq=%d", (long long)sub->room->session_no, (int)sub->next_seq);
            conn_doom(sub->conn, WS_CLOSE_SERVER_ERROR);
            return;
        }
        page->at++;
        if (m->seq < sub->next_seq)
            continue;
        body = row_body(m);
        if (!body) {
            conn_doom(sub->conn, WS_CLOSE_SERVER_ERROR);
            return;
        }
        conn_send_message(sub->conn, sub, body, NULL, 0);
        body_drop(&body);
        sub->next_seq = m->seq + 1;
    }
}

void hub_pump(struct hub *hub, struct sub *sub)
{
    /* Half of the ceiling is left for what comes live to the same connection. */
    size_t room_bytes = (size_t)push_config(hub->push)->out_queue_max / 2;
    bool is_read = false;

    if (!sub->is_replaying || sub->is_reading || !conn_is_up(sub->conn))
        return;
    if (sub->replay) {
        send_page(sub, room_bytes);
        if (!conn_is_up(sub->conn) || sub->replay->at < sub->replay->n)
            return;
        is_read = BUG(register_after_read) && sub->replay->n < PAGE_ROWS;
        replay_free(&sub->replay);
    }
    if (sub->next_seq > sub->room->gate.last || is_read) {
        sub->is_replaying = false;
        sub->conn->replays--;
    } else if (sub->conn->out.bytes < room_bytes) {
        read_page(hub, sub);
    }
}

/* ---- resync ---- */

void hub_send_resync(struct hub *hub, struct sub *sub, int32_t head)
{
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    jw_object(&w);
    jw_str(&w, "kind", "RESYNC");
    jw_null(&w, "seq");
    jw_str(&w, "sessionId", sub->room->session_id);
    jw_str(&w, "epoch", push_epoch(hub->push));
    jw_int(&w, "head", head);
    jw_object_end(&w);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    if (body)
        conn_send_message(sub->conn, sub, body, NULL, 0);
    else
        conn_doom(sub->conn, WS_CLOSE_SERVER_ERROR);
    body_drop(&body);
}

/* What is known is of another log. */
static void forget_log(struct room *room, void *arg)
{
    (void)arg;
    room->gate.last = -1;
    room->gate.seen = room->snap_head = room->swept_last = 0;
}

/* The data came from a backup: connections are closed and come back with another epoch, which brings RESYNC and rows 1..head. Simpler, and as
 * right, as telling each room's subscribers in the middle of reads of the old log. */
void hub_resync_all(struct hub *hub)
{
    hub_each_room(hub, forget_log, NULL);
    for (struct conn *conn = *push_conns(hub->push); conn; conn = conn->next)
        conn_doom(conn, 1012);
}

struct renew_job {
    struct job job;
    struct push *push;
    char old[UUID_TEXT_SIZE], epoch[UUID_TEXT_SIZE];
};

static void renew_run(struct job *job, struct db *db)
{
    struct renew_job *j = (struct renew_job *)job;

    message_renew_epoch(db, j->old, j->epoch);
}

static void renew_done(struct task *task)
{
    struct renew_job *j = (struct renew_job *)task;

    push_set_epoch(j->push, j->epoch);
    if (j->epoch[0])
        spread_sweep(push_fleet(j->push)); /* the other loops hear of it */
    free(j); /* the database is away: the next sweep finds the same */
}

static void renew_epoch(struct hub *hub)
{
    struct renew_job *j = calloc(1, sizeof *j);

    if (!j)
        return;
    j->job.run = renew_run;
    j->job.task.on_done = renew_done;
    j->push = hub->push;
    memcpy(j->old, push_epoch(hub->push), strlen(push_epoch(hub->push)));
    job_add(hub->push, &j->job);
}

/* ---- sweep ---- */

struct sweep_job {
    struct job job;
    struct push *push;
    enum outcome outcome;
    int64_t *session_nos;
    size_t asked;
    struct session_watch *list;
    size_t n;
    char epoch[UUID_TEXT_SIZE];
};

static void sweep_run(struct job *job, struct db *db)
{
    struct sweep_job *j = (struct sweep_job *)job;

    j->outcome = session_heads(db, j->session_nos, j->asked, &j->list, &j->n);
    if (j->outcome == OUTCOME_DONE && !message_epoch(db, j->epoch))
        j->epoch[0] = '\0';
}

/* A log only grows: where rows are gone that were known before they were asked for, the database is not the one that it was (a failover to a server that
 * lacked them, a restored backup). Other rows will take their places, and nobody who knows the old ones would ask for those. */
static bool has_gone_back(struct hub *hub, const struct session_watch *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct room *room = hub_room_no(hub, list[i].session_no);
        if (!room || list[i].head >= room->swept_last)
            continue;
        log_error("log_went_back session_no=%lld known=%d head=%d", (long long)list[i].session_no, (int)room->swept_last, (int)list[i].head);
        return true;
    }
    return false;
}

static void sweep_done(struct task *task)
{
    struct sweep_job *j = (struct sweep_job *)task;
    struct hub *hub = push_hub(j->push);

    hub->is_sweeping = false;
    if (j->outcome == OUTCOME_DONE) {
        push_set_epoch(j->push, j->epoch);
        if (has_gone_back(hub, j->list, j->n))
            renew_epoch(hub);
        hub_hear_heads(hub, j->list, j->n);
    } else {
        hub->wants_sweep = true; /* hub_tick() tries again */
    }
    free(j->list);
    free(j->session_nos);
    free(j);
}

void hub_sweep(struct hub *hub)
{
    struct sweep_job *j;
    const struct numbered_room *n;
    uint32_t at = 0;

    if (hub->is_sweeping) {
        hub->wants_sweep = true;
        return;
    }
    hub->wants_sweep = false;
    if (!hub->by_no.count)
        return;
    j = calloc(1, sizeof *j);
    if (j)
        j->session_nos = calloc(hub->by_no.count, sizeof *j->session_nos);
    if (!j || !j->session_nos) {
        free(j);
        hub->wants_sweep = true;
        return;
    }
    while ((n = int_table_next(&hub->by_no, &at))) {
        j->session_nos[j->asked++] = n->session_no;
        n->room->swept_last = n->room->gate.last;
    }
    j->job.run = sweep_run;
    j->job.task.on_done = sweep_done;
    j->push = hub->push;
    j->outcome = OUTCOME_AWAY;
    hub->is_sweeping = true;
    metric_add(push_metrics(hub->push), METRIC_sweeps, 1);
    job_add(hub->push, &j->job);
}

void hub_want_sweep(struct hub *hub)
{
    hub->wants_sweep = true;
}

static void tick_room(struct room *room, void *arg)
{
    struct hub *hub = arg;

    hub_fill_gap(hub, room);
    for (struct sub *sub = room->subs; sub; sub = sub->next)
        if (sub->is_replaying)
            hub_pump(hub, sub);
    if (room->pins || room->subs)
        room->idle_ticks = 0;
    else if (room->idle_ticks < UINT8_MAX)
        room->idle_ticks++;
    hub_drop_if_idle(hub, room);
}

void hub_tick(struct hub *hub)
{
    hub_each_room(hub, tick_room, hub);
    if (hub->wants_sweep)
        hub_sweep(hub);
}
