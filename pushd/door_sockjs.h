/* door_sockjs: the HTTP requests of SockJS under /ws/: info, xhr, xhr_send, xhr_streaming, eventsource. The sessions are sockjs.c's. */
#ifndef SANGDAM_PUSHD_DOOR_SOCKJS_H
#define SANGDAM_PUSHD_DOOR_SOCKJS_H

#include <microhttpd.h>

#include "lib/base/buf.h"
#include "pushd/handshake.h"

struct push;
struct sockjs_receiver;
struct address;

/* What one request carries between the calls of libmicrohttpd; zero at first. */
struct sockjs_request {
    struct sockjs_receiver *receiver;
    struct buf body;
    bool is_too_big;
};

/* Is path SockJS's (what follows "/ws/": "info", or SERVER/SESSION/transport but for websocket)? */
bool door_is_sockjs(const char *path);
/* A piece of a request's body. */
void door_sockjs_body(struct push *push, struct sockjs_request *q, const char *bytes, size_t n);
/* Answers the whole request. address: counted for a new session, taken over when it is; NULL: none. */
enum MHD_Result door_sockjs_answer(struct push *push, struct MHD_Connection *http, const char *path, const char *method, const struct handshake *h,
                                   struct sockjs_request *q, struct address **address);
void door_sockjs_completed(struct sockjs_request *q, bool was_whole);

#endif
