/* verb_transaction: what SEND needs of transactions. */
#ifndef SANGDAM_PUSHD_VERB_TRANSACTION_H
#define SANGDAM_PUSHD_VERB_TRANSACTION_H

struct buf;
struct conn;
struct stomp_frame;

/* Keeps a copy of the SEND for the transaction's COMMIT; ERROR when it is unknown or too big. The frame's receipt is answered when it runs.
 * headers: what send_run() wants, taken over when the SEND is kept. */
void transaction_keep_send(struct conn *conn, const struct stomp_frame *frame, const char *id, const char *destination, struct buf *headers);

#endif
