/* conn_priv: what conn.c, conn_in.c and conn_out.c share. */
#ifndef SANGDAM_PUSHD_CONN_PRIV_H
#define SANGDAM_PUSHD_CONN_PRIV_H

#include "pushd/conn.h"

void conn_on_ready(struct loop_io *io, uint32_t events);
void conn_set_state(struct conn *conn, enum conn_state state);
void conn_set_timer(struct conn *conn);
/* Bytes that came too late to count; the peer's close frame may be among them. */
void conn_swallow(struct conn *conn, const char *bytes, size_t n);
/* Both have said that they close, or the peer's time for that is over: shuts our half and waits for the peer's end. */
void conn_shut(struct conn *conn);
/* A WebSocket text message that is no STOMP: SockJS's o and h. */
void conn_send_text(struct conn *conn, const char *text, size_t n);
/* SockJS's c[code,"reason"]; goes into the queue of a connection that is closing, too. */
void conn_send_sockjs_close(struct conn *conn, uint16_t code, const char *reason);
/* The queue drained: replays of its subscriptions may go on. */
void conn_pump_replays(struct conn *conn);

#endif
