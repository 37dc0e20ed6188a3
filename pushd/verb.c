/* verb: the table of commands, and how a "no" is said. */
#include "pushd/verb.h"

#include <string.h>

#include "lib/base/catalog.h"
#include "lib/base/log.h"
#include "lib/chat/wire.h"
#include "pushd/conn.h"
#include "pushd/metrics.h"
#include "pushd/push.h"

#define IN(state) (1u << (state))

static const struct verb {
    void (*run)(struct conn *conn, struct stomp_frame *frame);
    unsigned states; /* in which it may come */
} verbs[] = {
    [STOMP_CONNECT] = {verb_connect, IN(CONN_OPEN)},
    [STOMP_SEND] = {verb_send, IN(CONN_LIVE)},
    [STOMP_SUBSCRIBE] = {verb_subscribe, IN(CONN_LIVE)},
    [STOMP_UNSUBSCRIBE] = {verb_unsubscribe, IN(CONN_LIVE)},
    [STOMP_ACK] = {verb_ack, IN(CONN_LIVE)},
    [STOMP_NACK] = {verb_ack, IN(CONN_LIVE)},
    [STOMP_BEGIN] = {verb_begin, IN(CONN_LIVE)},
    [STOMP_COMMIT] = {verb_commit, IN(CONN_LIVE)},
    [STOMP_ABORT] = {verb_abort, IN(CONN_LIVE)},
    [STOMP_DISCONNECT] = {verb_disconnect, IN(CONN_LIVE)},
};

void verb_run(struct conn *conn, struct stomp_frame *frame)
{
    const struct verb *verb = &verbs[frame->command];

    if (verb->states & IN(conn->state))
        verb->run(conn, frame);
    else if (conn->state == CONN_OPEN)
        verb_fault(conn, frame, "CONNECT must come first");
    else
        verb_fault(conn, frame, "CONNECT may come only once");
}

void verb_fault(struct conn *conn, const struct stomp_frame *frame, const char *why)
{
    metric_add(push_metrics(conn->push), METRIC_protocol_errors, 1);
    log_debug("frame_refused command=%s why=\"%s\"", stomp_command_name(frame->command), why);
    conn_error(conn, WS_CLOSE_POLICY, why, stomp_header(frame, "receipt"), NULL);
}

void verb_away(enum outcome outcome, struct refusal *refusal_r)
{
    refuse(refusal_r, 503, CODE_SERVER,
           outcome == OUTCOME_UNKNOWN ? "It is unknown whether this was stored. Send it again with the same clientMessageId."
                                      : "The service cannot store anything now. Try again.");
    refusal_r->retry_after_ms = 1000;
}

void verb_refuse(struct conn *conn, const struct ask *ask, const struct refusal *refusal)
{
    struct sub *sub = sub_find_kind(conn, SUB_USER_ERRORS);
    const char *text = catalog_text(conn_lang(conn), refusal->message);
    struct stomp_pair receipt = {"receipt-id", ask->receipt};
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    metric_add(push_metrics(conn->push), METRIC_sends_refused, 1);
    if (!conn_is_up(conn))
        return;
    wire_error(&w, refusal, text, ask->destination, ask->session_id, ask->client_message_id);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    if (!body)
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else if (sub)
        conn_send_message(conn, sub, body, &receipt, ask->receipt ? 1 : 0);
    else
        conn_error(conn, WS_CLOSE_POLICY, refusal->message, ask->receipt, body->bytes);
    body_drop(&body);
    buf_free(&json);
}

void verb_unsubscribe(struct conn *conn, struct stomp_frame *frame)
{
    const char *id = stomp_header(frame, "id");
    const char *destination = stomp_header(frame, "destination");
    struct sub *sub = NULL;

    if (id) {
        sub = sub_find(conn, id);
    } else if (conn->stomp.version == STOMP_1_0 && destination) {
        sub = conn->subs;
        while (sub && !sub_is_at(sub, destination))
            sub = sub->conn_next;
    } else {
        verb_fault(conn, frame, "UNSUBSCRIBE needs the header id");
        return;
    }
    if (sub) {
        sub_end(&sub);
    }
    conn_send_receipt(conn, stomp_header(frame, "receipt"));
}

void verb_ack(struct conn *conn, struct stomp_frame *frame)
{
    if (stomp_header(frame, "id") || stomp_header(frame, "message-id"))
        conn_send_receipt(conn, stomp_header(frame, "receipt"));
    else
        verb_fault(conn, frame, "ACK and NACK need the header id (1.0, 1.1: message-id)");
}

void verb_disconnect(struct conn *conn, struct stomp_frame *frame)
{
    const char *receipt = stomp_header(frame, "receipt");

    conn->leave_receipt = receipt ? strdup(receipt) : NULL;
    conn->state = CONN_LEAVING;
    conn_pause(conn);
    conn->sends++; /* itself: answered at once when nothing else is in flight */
    conn_send_done(conn);
}
