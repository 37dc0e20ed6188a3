/* notify_in: hints of the FastCGI programs on a UNIX SEQPACKET socket (contract.md, Notify). A hint decides nothing: a gap in a connection's numbers, a
 * lost connection or a message that can't be read makes the hub sweep. */
#ifndef SANGDAM_PUSHD_NOTIFY_IN_H
#define SANGDAM_PUSHD_NOTIFY_IN_H

struct notify_in;
struct push;

/* NULL (logged) when the socket can't be had. */
struct notify_in *notify_in_start(struct push *push);
/* No more is taken, and the socket is removed, if it is our own. Peers whose handed-over messages are still with the writers stay, for the answer: a program
 * that got none would find its message stored and call it a repeat. n may be NULL. */
void notify_in_shut(struct notify_in *n);
/* The same, and closes all. */
void notify_in_stop(struct notify_in **n);

#endif
