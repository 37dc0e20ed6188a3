/* verb: the STOMP commands of clients, one file each (verb_NAME.c) and one row in the table of verb.c. A verb runs to completion; what
 * needs the database goes to a worker or writer and comes back. */
#ifndef SANGDAM_PUSHD_VERB_H
#define SANGDAM_PUSHD_VERB_H

#include <stddef.h>

#include "lib/chat/outcome.h"
#include "pushd/stomp_frame.h"

struct conn;
struct push;

/* Runs the verb of a frame, if this is the time for it; else ERROR. The frame is borrowed. */
void verb_run(struct conn *conn, struct stomp_frame *frame);

void verb_connect(struct conn *conn, struct stomp_frame *frame);
void verb_send(struct conn *conn, struct stomp_frame *frame);
void verb_subscribe(struct conn *conn, struct stomp_frame *frame);
void verb_unsubscribe(struct conn *conn, struct stomp_frame *frame);
void verb_ack(struct conn *conn, struct stomp_frame *frame); /* ACK and NACK: taken and forgotten, nothing is ever redelivered for them */
void verb_begin(struct conn *conn, struct stomp_frame *frame);
void verb_commit(struct conn *conn, struct stomp_frame *frame);
void verb_abort(struct conn *conn, struct stomp_frame *frame);
void verb_disconnect(struct conn *conn, struct stomp_frame *frame);

/* ---- what verbs share ---- */

/* The frame is at fault: ERROR naming why, then close 1008. */
void verb_fault(struct conn *conn, const struct stomp_frame *frame, const char *why);

/* What a SEND asked, for its answer. All texts are borrowed; NULL: none. */
struct ask {
    const char *destination, *session_id, *client_message_id, *receipt;
};
/* No for an answer: a MESSAGE on /user/queue/errors, the connection stays open; a client without that subscription gets ERROR and close. */
void verb_refuse(struct conn *conn, const struct ask *ask, const struct refusal *refusal);
/* The refusal for an outcome that is no refusal: AWAY and UNKNOWN. */
void verb_away(enum outcome outcome, struct refusal *refusal_r);

/* SEND that is not (or no more) part of a transaction. headers: the sender's own (struct body), for destinations under debug_open_prefix. */
void send_run(struct conn *conn, const char *destination, char *body, size_t body_len, const struct buf *headers, const char *receipt);
/* Transactions of a connection that ends. */
void verb_drop_transactions(struct conn *conn);

#endif
