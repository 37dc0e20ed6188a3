/* notify_in: hints of the FastCGI programs on a UNIX SEQPACKET socket (contract.md, Notify). A hint decides nothing: a gap in a connection's numbers, a
 * lost connection or a message that can't be read makes the hub sweep. */
#ifndef SANGDAM_PUSHD_NOTIFY_IN_H
#define SANGDAM_PUSHD_NOTIFY_IN_H

struct notify_in;
struct push;

/* NULL (logged) when the socket can't be had. */
struct notify_in *notify_in_start(struct push *push);
/* Closes all and removes the socket, if it is our own. */
void notify_in_stop(struct notify_in **n);

#endif
