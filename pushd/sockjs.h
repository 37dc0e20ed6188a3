/* sockjs: SockJS sessions over plain HTTP requests (xhr, xhr_send, xhr_streaming, eventsource), for clients whose network lets no WebSocket through. A session
 * is a connection without a descriptor: its queue is read by one request at a time, the receiver, which libmicrohttpd answers; what it sends
 * comes by POSTs. Without a receiver it is kept for 5 s (SockJS 0.3.3). */
#ifndef SANGDAM_PUSHD_SOCKJS_H
#define SANGDAM_PUSHD_SOCKJS_H

#include <stdbool.h>
#include <stddef.h>

struct MHD_Connection;
struct buf;
struct conn_start;
struct push;
struct sockjs_receiver;
struct sockjs_session;
struct sockjs_table;

enum sockjs_kind { SOCKJS_XHR, SOCKJS_XHR_STREAMING, SOCKJS_EVENTSOURCE };

struct sockjs_table *sockjs_table_new(struct push *push);
/* Ends all sessions; receivers are told to end, so that libmicrohttpd can stop. */
void sockjs_table_free(struct sockjs_table **t);

/* The session of that id, whose first request brought the same cookie; NULL when there is none. */
struct sockjs_session *sockjs_find(struct sockjs_table *t, const char *id, size_t n, const char *cookie);
bool sockjs_is_taken(struct sockjs_table *t, const char *id, size_t n);
/* A new session; its connection is opened by start (whose session is set here). NULL: memory. */
struct sockjs_session *sockjs_open(struct sockjs_table *t, const char *id, size_t n, const char *cookie, struct conn_start *start);
/* Its last receiver was cut off: what was on the way is lost, and the session with it. */
bool sockjs_is_cut(const struct sockjs_session *s);
/* A client's POST. False when its framing is broken (the session is closed). */
bool sockjs_take(struct sockjs_session *s, const char *text, size_t n);

/* ---- receivers ---- */
/* How a response of that kind begins, and how a frame stands in it. */
void sockjs_add_start(enum sockjs_kind kind, struct buf *to);
void sockjs_add_frame(enum sockjs_kind kind, const char *frame, size_t n, struct buf *to);
/* The request http reads the session from now on. NULL: another one does already, or memory is out. */
struct sockjs_receiver *sockjs_receive(struct sockjs_session *s, enum sockjs_kind kind, struct MHD_Connection *http);
/* Copies up to max bytes for the response. 0: nothing yet, http was suspended and will be resumed. */
#define SOCKJS_END (-1)  /* the response ends */
#define SOCKJS_GONE (-2) /* the peer went meanwhile, or memory is out: the response is cut */
long sockjs_read(struct sockjs_receiver *r, char *to, size_t max);
/* The request is over; was_whole: all of its response went out. */
void sockjs_receiver_end(struct sockjs_receiver **r, bool was_whole);

/* ---- for conn.c ---- */
/* Something waits in the connection's queue. */
void sockjs_flush(struct sockjs_session *s);
/* The connection is dead. */
void sockjs_conn_gone(struct sockjs_session *s);

#endif
