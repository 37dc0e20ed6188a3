/* verb_send: SEND to /app/...: the body is read strictly, then it goes to a writer or worker, whose answer is exactly one: RECEIPT after COMMIT, or a
 * MESSAGE on /user/queue/errors (contract.md, STOMP). Malformed JSON, wrong types and unknown destinations are ERROR and close.
 *
 * Bodies:
 *   /app/chat.sendMessage  {sessionId, content, messageTypeId?, clientMessageId?, quoteSeq?}
 *   /app/chat.addUser, /app/chat.removeUser  {sessionId}
 *   /app/chat.read         {sessionId, seq? or readSeq?}     all that is there when neither is given
 *   /app/chat.typing       {sessionId, typing?}              true when absent
 *   /app/chat.watch        {sessionId, state?}               of the staff, to the staff: READING when absent, TYPING, GONE
 * and the keys that existing pages send beside them, which are ignored. */
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/rate.h"
#include "lib/chat/right.h"
#include "pushd/conn.h"
#include "pushd/hub.h"
#include "pushd/job.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/spread.h"
#include "pushd/verb.h"
#include "pushd/verb_transaction.h"
#include "pushd/writer.h"

#define RETRY_MAX_MS 30000

static const char *const tolerated[] = {"senderId", "senderType", "senderName", "timestamp", "isRead", "messageId", "memberId", "adminId", "endedBy", "side", NULL};

/* ---- changes by a writer ---- */

static void write_done(struct task *task)
{
    struct write *w = (struct write *)task;
    struct conn *conn = w->conn;
    struct ask ask = {w->destination, w->session_id, w->client_message_id[0] ? w->client_message_id : NULL, w->receipt};

    if (w->outcome == OUTCOME_DONE)
        hub_publish(push_hub(w->push), w->change);
    if (w->outcome == OUTCOME_DONE || w->outcome == OUTCOME_SAME) {
        conn_send_receipt(conn, w->receipt);
    } else {
        if (w->outcome != OUTCOME_REFUSED)
            verb_away(w->outcome, &w->refusal);
        verb_refuse(conn, &ask, &w->refusal);
    }
    if (conn->state < CONN_CLOSING)
        conn_send_done(conn);
    write_free(w);
    conn_release(conn);
}

static struct write *new_write(struct conn *conn, enum write_kind kind, const struct ask *ask)
{
    struct write *w = write_new(conn->push, kind, ask->session_id);

    if (!w)
        return NULL;
    w->task.on_done = write_done;
    w->conn = conn;
    w->destination = ask->destination;
    w->receipt = ask->receipt ? strdup(ask->receipt) : NULL;
    account_principal(conn->account, &w->who);
    return w;
}

/* Hands w over, or says that too much waits. */
static void add_write(struct conn *conn, const struct ask *ask, struct write *w)
{
    struct refusal refusal = {0};
    int64_t backlog_ms;

    if (w && (w->receipt || !ask->receipt) && writer_add(push_writers(conn->push), w)) {
        conn_hold(conn);
        if (++conn->sends >= CONN_SENDS_MAX)
            conn_pause(conn);
        return;
    }
    if (w)
        write_free(w);
    verb_away(OUTCOME_AWAY, &refusal);
    backlog_ms = writer_backlog_ms(push_writers(conn->push));
    if (backlog_ms > refusal.retry_after_ms)
        refusal.retry_after_ms = backlog_ms < RETRY_MAX_MS ? backlog_ms : RETRY_MAX_MS;
    verb_refuse(conn, ask, &refusal);
}

/* ---- the destinations ---- */

/* True when it names the plain type, or nothing. */
static bool type_is_normal(struct json_object *json, bool *is_malformed_r)
{
    const char *text;
    size_t len;
    int64_t v;

    *is_malformed_r = false;
    switch (json_get_int(json, "messageTypeId", &v)) {
    case JSON_ABSENT:
        return true;
    case JSON_GOT:
        return v == TYPE_NORMAL;
    case JSON_WRONG_TYPE:
        break;
    }
    if (json_get_str(json, "messageTypeId", &text, &len) == JSON_GOT)
        return strcmp(text, "NORMAL") == 0 || strcmp(text, "11") == 0;
    *is_malformed_r = true;
    return false;
}

static const char *app_message(struct conn *conn, struct json_object *json, struct ask *ask)
{
    const struct config *config = push_config(conn->push);
    struct refusal refusal = {0};
    const char *content;
    size_t content_len, unused;
    int64_t quote_seq = 0;
    bool is_malformed;
    struct write *w;
    int64_t wait;

    if (json_get_str(json, "clientMessageId", &ask->client_message_id, &unused) == JSON_WRONG_TYPE)
        return "clientMessageId is not a string";
    if (json_get_str(json, "content", &content, &content_len) != JSON_GOT)
        return "content is missing or not a string";
    if (json_get_int(json, "quoteSeq", &quote_seq) == JSON_WRONG_TYPE || quote_seq < 0)
        return "quoteSeq is not a whole number";
    if (!type_is_normal(json, &is_malformed)) {
        if (is_malformed)
            return "messageTypeId is neither a number nor a string";
        refuse_field(&refusal, 422, CODE_INPUT, "This message type can't be sent.", "messageTypeId");
        verb_refuse(conn, ask, &refusal);
        return NULL;
    }
    w = new_write(conn, WRITE_MESSAGE, ask);
    if (w && message_check(content, content_len, ask->client_message_id, &w->content, &w->content_len, &refusal) != OUTCOME_DONE) {
        write_free(w);
        if (refusal.status == 400)
            return refusal.message;
        verb_refuse(conn, ask, &refusal);
        return NULL;
    }
    wait = rate_take(RATE_SEND, (uint64_t)conn->account->member_id, config->send_rate, config->send_rate.count / 3, clock_wall_ms());
    if (wait) {
        if (w)
            write_free(w);
        metric_add(push_metrics(conn->push), METRIC_limit_rate, 1);
        refuse(&refusal, 429, CODE_RATE, "Too many messages. Wait a moment.");
        refusal.retry_after_ms = wait;
        verb_refuse(conn, ask, &refusal);
        return NULL;
    }
    if (w)
        w->quote_seq = quote_seq > SEQ_MAX ? SEQ_MAX : (int32_t)quote_seq;
    if (w && ask->client_message_id)
        memcpy(w->client_message_id, ask->client_message_id, UUID_TEXT_SIZE - 1);
    add_write(conn, ask, w);
    return NULL;
}

static const char *app_add_user(struct conn *conn, struct json_object *json, struct ask *ask)
{
    (void)json;
    add_write(conn, ask, new_write(conn, WRITE_JOIN, ask));
    return NULL;
}

static const char *app_remove_user(struct conn *conn, struct json_object *json, struct ask *ask)
{
    (void)json;
    add_write(conn, ask, new_write(conn, WRITE_LEAVE, ask));
    return NULL;
}

/* ---- read marks: no order to keep, so a worker does */

struct read_job {
    struct job job;
    struct conn *conn;
    struct principal who;
    char session_id[UUID_TEXT_SIZE];
    char *receipt;
    int32_t seq;
    bool is_typing_check, typing; /* a typing event whose right is not known here */
    const char *watch;            /* of a watch event: its state, static; else NULL */
    enum outcome outcome;
    struct refusal refusal;
    struct change change;
    struct session session;
};

static const char read_destination[] = "/app/chat.read", typing_destination[] = "/app/chat.typing", watch_destination[] = "/app/chat.watch";

static void read_run(struct job *job, struct db *db)
{
    struct read_job *j = (struct read_job *)job;

    if (j->is_typing_check)
        j->outcome = session_find(db, &j->who, j->session_id, &j->session, &j->refusal);
    else
        j->outcome = session_mark_read(db, &j->who, j->session_id, j->seq, &j->change, &j->refusal);
}

static void tell_typing(struct conn *conn, const struct session *s, bool typing)
{
    struct principal who;
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    if (!conn->account || s->status_id == STATUS_COMPLETED)
        return;
    account_principal(conn->account, &who);
    jw_object(&w);
    jw_str(&w, "kind", "TYPING");
    jw_str(&w, "sessionId", s->session_id);
    jw_str(&w, "side", right_side(&who, s) == 'M' ? "MEMBER" : "ADMIN");
    jw_bool(&w, "typing", typing);
    jw_object_end(&w);
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    if (body)
        spread_live(conn->push, s->session_id, body);
    body_drop(&body);
}

/* Who of the staff looks on or writes: never the customer's to know (hub_tell_live()). */
static void tell_watch(struct conn *conn, const struct session *s, const char *state)
{
    struct principal who;
    struct buf json = BUF_INIT;
    struct json_writer w = JSON_WRITER(&json);
    struct body *body;

    if (!conn->account)
        return;
    account_principal(conn->account, &who);
    buf_add_str(&json, HUB_STAFF_ONLY);
    w.comma = true;
    jw_str(&w, "sessionId", s->session_id);
    jw_int(&w, "memberId", who.member_id);
    jw_str(&w, "name", who.nickname);
    jw_str(&w, "state", state);
    buf_add_char(&json, '}');
    body = buf_failed(&json) ? NULL : body_new(json.p, json.len);
    buf_free(&json);
    if (body)
        spread_live(conn->push, s->session_id, body);
    body_drop(&body);
}

static bool may_type(const struct principal *who, const struct session *s)
{
    char side = right_side(who, s);

    return side == 'M' || side == 'A';
}

static void read_done(struct task *task)
{
    struct read_job *j = (struct read_job *)task;
    struct conn *conn = j->conn;
    struct ask ask = {j->watch ? watch_destination : j->is_typing_check ? typing_destination : read_destination, j->session_id, NULL, j->receipt};

    if (j->watch && j->outcome == OUTCOME_DONE && !right_may(&j->who, RIGHT_NOTE, &j->session))
        j->outcome = refuse(&j->refusal, 403, CODE_RIGHT, "You may not do this in this chat.");
    if (j->watch && j->outcome == OUTCOME_DONE)
        tell_watch(conn, &j->session, j->watch);
    else     if (j->is_typing_check && j->outcome == OUTCOME_DONE && !may_type(&j->who, &j->session))
        j->outcome = refuse_absent(&j->refusal);
    if (j->outcome == OUTCOME_DONE && j->is_typing_check)
        tell_typing(conn, &j->session, j->typing);
    else if (j->outcome == OUTCOME_DONE)
        spread_change(conn->push, &j->change);
    if (j->outcome == OUTCOME_DONE || j->outcome == OUTCOME_SAME) {
        conn_send_receipt(conn, j->receipt);
    } else {
        if (j->outcome != OUTCOME_REFUSED)
            verb_away(j->outcome, &j->refusal);
        verb_refuse(conn, &ask, &j->refusal);
    }
    if (conn->state < CONN_CLOSING)
        conn_send_done(conn);
    change_clear(&j->change);
    free(j->receipt);
    free(j);
    conn_release(conn);
}

static void add_read(struct conn *conn, const struct ask *ask, int32_t seq, bool is_typing_check, bool typing, const char *watch)
{
    struct read_job *j = calloc(1, sizeof *j);
    struct refusal refusal = {0};

    if (j && ask->receipt)
        j->receipt = strdup(ask->receipt);
    if (!j || (ask->receipt && !j->receipt)) {
        free(j);
        verb_away(OUTCOME_AWAY, &refusal);
        verb_refuse(conn, ask, &refusal);
        return;
    }
    j->job.run = read_run;
    j->job.task.on_done = read_done;
    j->conn = conn;
    j->seq = seq;
    j->is_typing_check = is_typing_check;
    j->typing = typing;
    j->watch = watch;
    j->outcome = OUTCOME_AWAY;
    change_init(&j->change);
    memcpy(j->session_id, ask->session_id, sizeof j->session_id - 1);
    account_principal(conn->account, &j->who);
    conn_hold(conn);
    if (++conn->sends >= CONN_SENDS_MAX)
        conn_pause(conn);
    job_add(conn->push, &j->job);
}

static const char *app_read(struct conn *conn, struct json_object *json, struct ask *ask)
{
    int64_t seq = 0;
    enum json_get got = json_get_int(json, "seq", &seq);

    if (got == JSON_ABSENT)
        got = json_get_int(json, "readSeq", &seq);
    if (got == JSON_WRONG_TYPE || seq < 0)
        return "seq is not a whole number";
    add_read(conn, ask, seq > SEQ_MAX ? SEQ_MAX : (int32_t)seq, false, false, NULL);
    return NULL;
}

static const char *app_typing(struct conn *conn, struct json_object *json, struct ask *ask)
{
    const struct room *room = hub_room(push_hub(conn->push), ask->session_id);
    struct principal who;
    struct session s;
    bool typing = true;

    if (json_get_bool(json, "typing", &typing) == JSON_WRONG_TYPE)
        return "typing is neither true nor false";
    account_principal(conn->account, &who);
    if (room && room->status_id) {
        hub_snapshot(room, &s);
        if (may_type(&who, &s)) {
            tell_typing(conn, &s, typing);
            conn_send_receipt(conn, ask->receipt);
            return NULL;
        }
    }
    add_read(conn, ask, 0, true, typing, NULL);
    return NULL;
}

static const char *app_watch(struct conn *conn, struct json_object *json, struct ask *ask)
{
    static const char *const states[] = {"READING", "TYPING", "GONE"};
    const struct room *room = hub_room(push_hub(conn->push), ask->session_id);
    const char *text = states[0], *state = NULL;
    struct principal who;
    struct session s;
    size_t n;

    if (json_get_str(json, "state", &text, &n) == JSON_WRONG_TYPE)
        return "state is no text";
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i], text) == 0)
            state = states[i];
    if (!state)
        return "state is none of READING, TYPING, GONE";
    account_principal(conn->account, &who);
    if (room && room->status_id) {
        hub_snapshot(room, &s);
        if (right_may(&who, RIGHT_NOTE, &s)) {
            tell_watch(conn, &s, state);
            conn_send_receipt(conn, ask->receipt);
            return NULL;
        }
    }
    add_read(conn, ask, 0, true, false, state);
    return NULL;
}

/* ---- the frame ---- */

static const struct app {
    const char *destination;
    const char *const *known;
    /* Answers, or returns why the body is malformed. */
    const char *(*run)(struct conn *conn, struct json_object *json, struct ask *ask);
} apps[] = {
    {"/app/chat.sendMessage", (const char *const[]){"sessionId", "content", "messageTypeId", "clientMessageId", "quoteSeq", NULL}, app_message},
    {"/app/chat.addUser", (const char *const[]){"sessionId", "content", "messageTypeId", NULL}, app_add_user},
    {"/app/chat.removeUser", (const char *const[]){"sessionId", "content", "messageTypeId", NULL}, app_remove_user},
    {read_destination, (const char *const[]){"sessionId", "seq", "readSeq", "content", "messageTypeId", NULL}, app_read},
    {typing_destination, (const char *const[]){"sessionId", "typing", NULL}, app_typing},
    {watch_destination, (const char *const[]){"sessionId", "state", NULL}, app_watch},
};

static const char *run_app(struct conn *conn, const struct app *app, char *body, size_t body_len, const char *receipt)
{
    struct ask ask = {.destination = app->destination, .receipt = receipt};
    struct refusal refusal = {0};
    const char *why;
    struct json_object *json = json_read(body, body_len, &why);
    size_t unused;

    if (!json && (why == json_why_surrogate || why == json_why_memory)) {
        refuse_json(&refusal, why);
        verb_refuse(conn, &ask, &refusal);
        return NULL;
    }
    if (!json)
        return why;
    if (!json_object_is_type(json, json_type_object))
        why = "the body is not an object";
    else if (json_unknown_key(json, app->known, tolerated))
        why = "unknown key";
    else if (json_get_str(json, "sessionId", &ask.session_id, &unused) != JSON_GOT)
        why = "sessionId is missing or not a string";
    else
        why = NULL;
    if (!why && !uuid_is_valid(ask.session_id)) {
        json_get_str(json, "clientMessageId", &ask.client_message_id, &unused);
        refuse_absent(&refusal);
        verb_refuse(conn, &ask, &refusal);
    } else if (!why) {
        why = app->run(conn, json, &ask);
    }
    json_object_put(json);
    return why;
}

static bool is_open(const struct conn *conn, const char *destination)
{
    const char *open = push_config(conn->push)->debug_open_prefix;

    return open[0] && strncmp(destination, open, strlen(open)) == 0;
}

/* The headers that a MESSAGE carries on (STOMP 1.2, MESSAGE): all but those that mean something between the sender and us, or that we set. */
static void keep_headers(const struct stomp_frame *frame, struct buf *headers)
{
    static const char *const ours[] = {"destination", "content-length", "receipt", "transaction", "subscription", "message-id", "ack", NULL};

    for (size_t i = 0; i < frame->header_count; i++) {
        const struct stomp_pair *h = &frame->headers[i];
        int k = 0;
        while (ours[k] && strcmp(ours[k], h->name) != 0)
            k++;
        if (ours[k])
            continue;
        buf_add(headers, h->name, strlen(h->name) + 1);
        buf_add(headers, h->value, strlen(h->value) + 1);
    }
}

static bool run_open(struct conn *conn, const char *destination, const char *body, size_t body_len, const struct buf *headers, const char *receipt)
{
    struct body *shared;

    if (!is_open(conn, destination))
        return false;
    shared = body_new_with_headers(body, body_len, headers->p, headers->len);
    if (shared) {
        shared->is_binary = !utf8_is_valid(body, body_len);
        spread_open(conn->push, destination, shared);
        conn_send_receipt(conn, receipt);
    }
    body_drop(&shared);
    return true;
}

void send_run(struct conn *conn, const char *destination, char *body, size_t body_len, const struct buf *headers, const char *receipt)
{
    const char *why = "unknown destination";

    for (size_t i = 0; i < sizeof apps / sizeof apps[0]; i++)
        if (strcmp(apps[i].destination, destination) == 0) {
            why = run_app(conn, &apps[i], body, body_len, receipt);
            if (why)
                conn_error(conn, WS_CLOSE_POLICY, why, receipt, NULL);
            return;
        }
    if (!run_open(conn, destination, body, body_len, headers, receipt))
        conn_error(conn, WS_CLOSE_POLICY, why, receipt, NULL);
}

void verb_send(struct conn *conn, struct stomp_frame *frame)
{
    const char *destination = stomp_header(frame, "destination");
    const char *transaction = stomp_header(frame, "transaction");
    struct buf headers = BUF_INIT;

    if (destination && is_open(conn, destination))
        keep_headers(frame, &headers);
    if (buf_failed(&headers))
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
    else if (!destination)
        verb_fault(conn, frame, "SEND needs the header destination");
    else if (transaction)
        transaction_keep_send(conn, frame, transaction, destination, &headers);
    else
        send_run(conn, destination, frame->body, frame->body_len, &headers, stomp_header(frame, "receipt"));
    buf_free(&headers);
}
