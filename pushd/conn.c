/* conn: the life of a connection: opening, time-outs, writing at the end of a turn, the ways to end. Input is in conn_in.c, frames to the
 * client are in conn_out.c. */
#include "pushd/conn.h"

#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "pushd/conn_priv.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/roster.h"
#include "pushd/sockjs.h"
#include "pushd/staff_online.h"
#include "pushd/verb.h"

#define STOP_REASON "the server stops"
#define LEAVE_STEP_MS 5 /* between two connections that leave: a few need not the whole of stop_spread */

enum lang conn_lang(const struct conn *conn)
{
    return account_lang(conn->account);
}

void conn_set_state(struct conn *conn, enum conn_state state)
{
    conn->state = (uint8_t)state;
    conn->state_ms = loop_now(push_loop(conn->push));
}

static void on_due(struct loop_timer *t);

struct conn *conn_open(struct push *push, const struct conn_start *start)
{
    struct loop *loop = push_loop(push);
    struct conn *conn = calloc(1, sizeof *conn);
    struct conn **all = push_conns(push);

    if (!conn) {
        struct address *address = start->address;
        roster_address_drop(push_roster(push), &address);
        if (start->fd >= 0)
            close(start->fd);
        return NULL;
    }
    conn->io.on_ready = conn_on_ready;
    conn->timer.on_due = on_due;
    conn->push = push;
    conn->fd = start->fd;
    conn->session = start->session;
    conn->address = start->address;
    conn->is_echo = start->is_echo;
    conn->is_sockjs = start->is_sockjs;
    conn->cookie = start->cookie ? strdup(start->cookie) : NULL;
    conn->bearer = start->bearer ? strdup(start->bearer) : NULL;
    conn->heard_ms = conn->spoke_ms = conn->pinged_ms = conn->state_ms = loop_now(loop);
    conn->next = *all;
    if (*all)
        (*all)->prev = conn;
    *all = conn;
    metric_add(push_metrics(push), METRIC_connections, 1);
    metric_add(push_metrics(push), METRIC_connections_opened, 1);
    conn->events = EPOLLIN | EPOLLRDHUP;
    if (conn->fd >= 0 && !loop_add(loop, conn->fd, &conn->io, conn->events)) {
        conn_kill(conn);
        return NULL;
    }
    conn_set_timer(conn);
    if (conn->is_sockjs)
        conn_send_text(conn, "o", 1);
    if (push_is_stopping(push)) /* its handshake was on the way */
        conn_close(conn, WS_CLOSE_GOING_AWAY, STOP_REASON);
    if (start->first_len) {
        char *copy = malloc(start->first_len);
        if (!copy) {
            conn_kill(conn);
            return NULL;
        }
        memcpy(copy, start->first, start->first_len);
        conn_take(conn, copy, start->first_len);
        free(copy);
    }
    return conn;
}

/* ---- a connection that another loop accepted ---- */

struct arrival {
    struct task task; /* first */
    struct push *to;
    struct conn_start start; /* its texts are owned */
};

static void on_arrival(struct task *task)
{
    struct arrival *a = (struct arrival *)task;

    metric_add(push_metrics(a->to), METRIC_connections, -1); /* from here on it counts itself */
    conn_open(a->to, &a->start);
    free((char *)(uintptr_t)a->start.cookie);
    free((char *)(uintptr_t)a->start.bearer);
    free((char *)(uintptr_t)a->start.first);
    free(a);
}

static struct arrival *new_arrival(struct push *to, const struct conn_start *start)
{
    struct arrival *a = calloc(1, sizeof *a);
    char *first = start->first_len ? malloc(start->first_len) : NULL;

    if (!a || (start->first_len && !first)) {
        free(a);
        free(first);
        return NULL;
    }
    if (first)
        memcpy(first, start->first, start->first_len);
    a->task.on_done = on_arrival;
    a->to = to;
    a->start = *start;
    a->start.first = first;
    a->start.cookie = start->cookie ? strdup(start->cookie) : NULL;
    a->start.bearer = start->bearer ? strdup(start->bearer) : NULL;
    return a;
}

void conn_open_on(struct push *to, struct push *from, const struct conn_start *start)
{
    struct arrival *a = to == from ? NULL : new_arrival(to, start);

    if (!a) {
        conn_open(from, start);
        return;
    }
    metric_add(push_metrics(from), METRIC_connections, 1); /* on its way it counts, too, or many at once would pass connections_max */
    loop_post(push_loop(to), &a->task);
}

/* ---- ends ---- */

/* Lets go of bytes at the end of the turn. */
static void bury(struct conn *conn, struct buf *bytes)
{
    if (bytes->p)
        loop_bury(push_loop(conn->push), bytes->p);
    *bytes = (struct buf)BUF_INIT;
}

/* Leaves everything by which others could reach it. */
static void leave(struct conn *conn)
{
    while (conn->subs) {
        struct sub *sub = conn->subs;
        sub_end(&sub);
    }
    verb_drop_transactions(conn);
    if (conn->account) {
        int64_t member_id = conn->account->member_id;
        bool is_staff = role_is_staff(conn->account->role);
        account_unlink(push_accounts(conn->push), conn->account, conn);
        if (roster_go(push_roster(conn->push), member_id, loop_now(push_loop(conn->push))) && is_staff)
            staff_online_forget(conn->push, member_id);
    }
    roster_address_drop(push_roster(conn->push), &conn->address);
    if (conn->held) {
        ws_skip(&conn->ws, conn->held->raw.p, conn->held->raw.len);
        buf_free(&conn->held->stomp);
        buf_free(&conn->held->raw);
        free(conn->held);
        conn->held = NULL;
    }
    /* The frame that is at fault may lie there, and its verb still looks at it. */
    bury(conn, &conn->stomp.gather);
    stomp_free(&conn->stomp);
    free(conn->cookie);
    free(conn->bearer);
    free(conn->leave_receipt);
    conn->cookie = conn->bearer = conn->leave_receipt = NULL;
}

static void free_when_done(struct conn *conn)
{
    if (conn->state == CONN_DEAD && !conn->jobs && !conn->is_in_flush)
        loop_bury(push_loop(conn->push), conn);
}

void conn_kill(struct conn *conn)
{
    struct loop *loop = push_loop(conn->push);

    if (conn->state == CONN_DEAD)
        return;
    leave(conn);
    loop_clear_timer(loop, &conn->timer);
    if (conn->fd >= 0) {
        loop_del(loop, conn->fd);
        close(conn->fd);
    }
    conn->fd = -1;
    if (conn->session)
        sockjs_conn_gone(conn->session);
    conn->session = NULL;
    bury(conn, &conn->ws.gather);
    ws_free(&conn->ws);
    outq_free(&conn->out);
    if (conn->prev)
        conn->prev->next = conn->next;
    else
        *push_conns(conn->push) = conn->next;
    if (conn->next)
        conn->next->prev = conn->prev;
    metric_add(push_metrics(conn->push), METRIC_connections, -1);
    conn_set_state(conn, CONN_DEAD);
    free_when_done(conn);
}

void conn_hold(struct conn *conn)
{
    conn->jobs++;
}

void conn_release(struct conn *conn)
{
    conn->jobs--;
    free_when_done(conn);
}

void conn_close(struct conn *conn, uint16_t code, const char *reason)
{
    unsigned char frame[WS_CONTROL_MAX];
    size_t n;

    if (conn->state >= CONN_CLOSING)
        return;
    leave(conn);
    if (conn->is_sockjs)
        conn_send_sockjs_close(conn, code, reason);
    n = ws_encode_close(code, reason, frame);
    if (!conn->session && !outq_add(&conn->out, frame, n, NULL, 0, NULL, loop_now(push_loop(conn->push)))) {
        conn_kill(conn);
        return;
    }
    conn->is_paused = false; /* what still comes is swallowed */
    conn_set_state(conn, CONN_CLOSING);
    conn_set_timer(conn);
    conn_update(conn);
    conn_want_flush(conn);
}

void conn_doom(struct conn *conn, uint16_t code)
{
    if (conn->state >= CONN_CLOSING || conn->doom)
        return;
    conn->doom = code;
    conn_want_flush(conn);
}

void conn_leave(struct conn *conn, uint16_t code)
{
    struct loop *loop = push_loop(conn->push);
    bool was_told = conn->leave_code;

    if (!conn_is_up(conn))
        return;
    conn->leave_code = code;
    if (!conn->sends || was_told) {
        conn_close(conn, code, code == WS_CLOSE_GOING_AWAY ? STOP_REASON : NULL);
        return;
    }
    conn_set_state(conn, CONN_LEAVING);
    conn_pause(conn);
    conn->leave_ms = loop_now(loop) + push_config(conn->push)->close_timeout;
    conn_set_timer(conn);
}

void conn_leave_all(struct push *push)
{
    int64_t now = loop_now(push_loop(push)), span = push_config(push)->stop_spread, count = 0, i = 0;

    for (struct conn *conn = *push_conns(push); conn; conn = conn->next)
        count++;
    if (span > count * LEAVE_STEP_MS)
        span = count * LEAVE_STEP_MS;
    for (struct conn *conn = *push_conns(push); conn; conn = conn->next) {
        conn->leave_ms = now + span * i++ / count;
        conn_set_timer(conn);
    }
}

/* ---- time-outs: one timer, set to the next thing that could be due ---- */

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t most(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

void conn_set_timer(struct conn *conn)
{
    const struct config *config = push_config(conn->push);
    struct loop *loop = push_loop(conn->push);
    int64_t due;

    if (conn->state >= CONN_CLOSING) {
        loop_set_timer(loop, &conn->timer, conn->state_ms + config->close_timeout);
        return;
    }
    due = least(conn->heard_ms + config->dead_after, conn->pinged_ms + config->ping_interval);
    if ((conn->state == CONN_OPEN || conn->state == CONN_CHECKING) && !conn->is_echo)
        due = least(due, conn->state_ms + config->connect_timeout);
    if (conn->leave_ms)
        due = least(due, conn->leave_ms);
    if (conn->unfinished_ms)
        due = least(due, conn->unfinished_ms + config->frame_timeout);
    if (conn->beat_ms)
        due = least(due, conn->spoke_ms + conn->beat_ms);
    if (conn->out.bytes)
        due = least(due, conn->out.moved_ms + config->out_queue_age);
    loop_set_timer(loop, &conn->timer, most(due, loop_now(loop) + 1));
}

static void ping(struct conn *conn, int64_t now)
{
    unsigned char frame[WS_CONTROL_MAX];
    size_t n = ws_encode_control(WS_OP_PING, "", 0, frame);

    conn->pinged_ms = now;
    metric_add(push_metrics(conn->push), METRIC_pings_sent, 1);
    if (!conn->session && !outq_add(&conn->out, frame, n, NULL, 0, NULL, now))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    if (conn->is_sockjs)
        conn_send_text(conn, "h", 1);
    conn_want_flush(conn);
}

static void close_slow(struct conn *conn)
{
    metric_add(push_metrics(conn->push), METRIC_slow_closed, 1);
    log_info("slow_reader_closed bytes=%zu", conn->out.bytes);
    outq_drop_unsent(&conn->out);
    conn_close(conn, WS_CLOSE_SLOW_READER, "slow reader");
}

/* True when a limit ended the connection. */
static bool ended_by_limit(struct conn *conn, int64_t now)
{
    const struct config *config = push_config(conn->push);
    struct metrics *metrics = push_metrics(conn->push);

    if (outq_is_stuck(&conn->out, now, config->out_queue_age)) {
        close_slow(conn);
    } else if (now - conn->heard_ms >= config->dead_after) {
        metric_add(metrics, METRIC_dead_closed, 1);
        conn_error(conn, WS_CLOSE_POLICY, "nothing was heard from you", NULL, NULL);
    } else if ((conn->state == CONN_OPEN || conn->state == CONN_CHECKING) && !conn->is_echo && now - conn->state_ms >= config->connect_timeout) {
        metric_add(metrics, METRIC_connect_timeouts, 1);
        conn_error(conn, WS_CLOSE_POLICY, "no CONNECT came in time", NULL, NULL);
    } else if (conn->unfinished_ms && now - conn->unfinished_ms >= config->frame_timeout) {
        metric_add(metrics, METRIC_frame_timeouts, 1);
        conn_error(conn, WS_CLOSE_POLICY, "the frame was not finished in time", NULL, NULL);
    } else {
        return false;
    }
    return true;
}

static void on_due(struct loop_timer *t)
{
    struct conn *conn = (struct conn *)((char *)t - offsetof(struct conn, timer));
    struct loop *loop = push_loop(conn->push);
    int64_t now = loop_now(loop);

    if (conn->state == CONN_PARTING) {
        metric_add(push_metrics(conn->push), METRIC_closes_unanswered, 1);
        conn_shut(conn);
        return;
    }
    if (conn->state >= CONN_CLOSING) {
        conn_kill(conn);
        return;
    }
    if (conn->leave_ms && now >= conn->leave_ms) {
        conn_leave(conn, WS_CLOSE_GOING_AWAY);
        return;
    }
    if (now < loop_patient_until(loop)) {
        loop_set_timer(loop, t, loop_patient_until(loop));
        return;
    }
    if (ended_by_limit(conn, now))
        return;
    if (now - conn->pinged_ms >= push_config(conn->push)->ping_interval)
        ping(conn, now);
    if (conn->beat_ms && now - conn->spoke_ms >= conn->beat_ms)
        conn_send_raw(conn, "\n", 1);
    conn_set_timer(conn);
}

/* ---- writing ---- */

void conn_update(struct conn *conn)
{
    uint32_t events = EPOLLRDHUP;

    if (conn->state == CONN_DEAD || conn->session)
        return;
    if (conn->is_paused)
        events = 0; /* an end that came would wake us for ever: the time-outs find it */
    else
        events |= EPOLLIN;
    if (conn->wants_room)
        events |= EPOLLOUT;
    if (events == conn->events)
        return;
    conn->events = (uint16_t)events;
    loop_change(push_loop(conn->push), conn->fd, &conn->io, events);
}

void conn_want_flush(struct conn *conn)
{
    struct conn **list = push_flush_list(conn->push);

    if (conn->is_in_flush || conn->state == CONN_DEAD)
        return;
    conn->is_in_flush = true;
    conn->flush_next = *list;
    *list = conn;
}

void conn_shut(struct conn *conn)
{
    shutdown(conn->fd, SHUT_WR);
    conn_set_state(conn, CONN_DRAINING);
    conn_set_timer(conn);
}

/* All words are out. */
static void begin_parting(struct conn *conn)
{
    conn_set_state(conn, CONN_PARTING);
    conn_set_timer(conn);
    if (conn->ws.has_closed)
        conn_shut(conn);
}

static void flush(struct conn *conn)
{
    struct loop *loop = push_loop(conn->push);
    int64_t now = loop_now(loop);
    size_t written = 0;
    enum outq_state state;
    bool wanted_room = conn->wants_room;

    if (conn->state > CONN_CLOSING)
        return;
    if (conn->doom && conn->state < CONN_CLOSING) {
        if (conn->doom == WS_CLOSE_SLOW_READER)
            close_slow(conn);
        else
            conn_close(conn, conn->doom, NULL);
        if (conn->state == CONN_DEAD)
            return;
    }
    if (conn->session) {
        sockjs_flush(conn->session);
        if (conn->state < CONN_CLOSING && conn->replays)
            conn_pump_replays(conn);
        return;
    }
    state = outq_write(&conn->out, conn->fd, now, &written);
    metric_add(push_metrics(conn->push), METRIC_bytes_sent, (int64_t)written);
    if (written)
        conn->spoke_ms = now;
    if (state == OUTQ_GONE) {
        conn_kill(conn);
        return;
    }
    if (state == OUTQ_EMPTY && conn->state == CONN_CLOSING)
        begin_parting(conn);
    conn->wants_room = state == OUTQ_WAITING || state == OUTQ_MORE;
    if (conn->wants_room != wanted_room)
        conn_update(conn);
    if (conn->wants_room && conn->state < CONN_CLOSING && conn->timer.due_ms > conn->out.moved_ms + push_config(conn->push)->out_queue_age)
        conn_set_timer(conn);
    if (conn->replays && conn->state < CONN_CLOSING)
        conn_pump_replays(conn);
}

void conn_flush_all(struct push *push)
{
    struct conn **list = push_flush_list(push);

    /* A replay that goes on in flush() puts its connection on the list again: those are for the same turn, and end because each
     * round fills a queue that only the socket empties. */
    while (*list) {
        struct conn *conn = *list;
        *list = conn->flush_next;
        conn->flush_next = NULL;
        conn->is_in_flush = false;
        if (conn->state == CONN_DEAD)
            free_when_done(conn);
        else
            flush(conn);
    }
}
