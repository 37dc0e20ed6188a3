/* verb_transaction: BEGIN, COMMIT, ABORT. SENDs that name a transaction wait here, copied, and run in their order at COMMIT. They are not one
 * database transaction: each is answered by itself, as STOMP has no other way to say so. What waits is bounded. */
#include <stdlib.h>
#include <string.h>

#include "lib/chat/config.h"
#include "pushd/conn.h"
#include "pushd/metrics.h"
#include "pushd/push.h"
#include "pushd/verb.h"
#include "pushd/verb_transaction.h"

struct kept_send {
    struct kept_send *next;
    char *destination, *body, *receipt; /* owned */
    size_t body_len;
    struct buf headers;
};

struct transaction {
    struct transaction *next;
    struct kept_send *first, **last;
    size_t bytes;
    char id[];
};

static void kept_free(struct kept_send *k)
{
    free(k->destination);
    free(k->body);
    free(k->receipt);
    buf_free(&k->headers);
    free(k);
}

static void transaction_free(struct transaction *t)
{
    while (t->first) {
        struct kept_send *k = t->first;
        t->first = k->next;
        kept_free(k);
    }
    free(t);
}

static struct transaction **find(struct conn *conn, const char *id)
{
    struct transaction **at = &conn->transactions;

    while (*at && strcmp((*at)->id, id) != 0)
        at = &(*at)->next;
    return at;
}

void verb_drop_transactions(struct conn *conn)
{
    while (conn->transactions) {
        struct transaction *t = conn->transactions;
        conn->transactions = t->next;
        transaction_free(t);
    }
}

void verb_begin(struct conn *conn, struct stomp_frame *frame)
{
    const char *id = stomp_header(frame, "transaction");
    struct transaction *t;
    int64_t count = 0;

    for (t = conn->transactions; t; t = t->next)
        count++;
    if (!id || !*id) {
        verb_fault(conn, frame, "BEGIN needs the header transaction");
        return;
    }
    if (*find(conn, id)) {
        verb_fault(conn, frame, "this transaction has begun already");
        return;
    }
    if (count >= push_config(conn->push)->transactions_max) {
        metric_add(push_metrics(conn->push), METRIC_limit_transactions, 1);
        verb_fault(conn, frame, "too many transactions");
        return;
    }
    t = calloc(1, sizeof *t + strlen(id) + 1);
    if (!t) {
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    memcpy(t->id, id, strlen(id));
    t->last = &t->first;
    t->next = conn->transactions;
    conn->transactions = t;
    conn_send_receipt(conn, stomp_header(frame, "receipt"));
}

void transaction_keep_send(struct conn *conn, const struct stomp_frame *frame, const char *id, const char *destination, struct buf *headers)
{
    const char *receipt = stomp_header(frame, "receipt");
    struct transaction *t = *find(conn, id);
    struct kept_send *k;

    if (!t) {
        verb_fault(conn, frame, "unknown transaction");
        return;
    }
    t->bytes += frame->body_len + headers->len + sizeof *k;
    if (t->bytes > (size_t)push_config(conn->push)->out_queue_max) {
        metric_add(push_metrics(conn->push), METRIC_limit_transactions, 1);
        verb_fault(conn, frame, "the transaction is too big");
        return;
    }
    k = calloc(1, sizeof *k);
    if (k) {
        k->destination = strdup(destination);
        k->body = malloc(frame->body_len + 1);
        k->receipt = receipt ? strdup(receipt) : NULL;
    }
    if (!k || !k->destination || !k->body || (receipt && !k->receipt)) {
        if (k)
            kept_free(k);
        conn_doom(conn, WS_CLOSE_SERVER_ERROR);
        return;
    }
    memcpy(k->body, frame->body, frame->body_len);
    k->body[frame->body_len] = '\0';
    k->body_len = frame->body_len;
    k->headers = *headers;
    *headers = (struct buf)BUF_INIT;
    *t->last = k;
    t->last = &k->next;
}

/* Takes the frame's transaction out of the connection's list; NULL after an ERROR. */
static struct transaction *take(struct conn *conn, struct stomp_frame *frame)
{
    const char *id = stomp_header(frame, "transaction");
    struct transaction **at = id ? find(conn, id) : NULL, *t;

    if (!at || !*at) {
        verb_fault(conn, frame, id ? "unknown transaction" : "the header transaction is missing");
        return NULL;
    }
    t = *at;
    *at = t->next;
    return t;
}

void verb_commit(struct conn *conn, struct stomp_frame *frame)
{
    struct transaction *t = take(conn, frame);

    if (!t)
        return;
    for (struct kept_send *k = t->first; k && conn_is_up(conn); k = k->next)
        send_run(conn, k->destination, k->body, k->body_len, &k->headers, k->receipt);
    transaction_free(t);
    conn_send_receipt(conn, stomp_header(frame, "receipt"));
}

void verb_abort(struct conn *conn, struct stomp_frame *frame)
{
    struct transaction *t = take(conn, frame);

    if (!t)
        return;
    transaction_free(t);
    conn_send_receipt(conn, stomp_header(frame, "receipt"));
}
