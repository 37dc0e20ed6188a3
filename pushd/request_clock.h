/* request_clock: how long an HTTP request may take to come whole, and how many may be on their way. libmicrohttpd's own time-out begins anew with every byte, so
 * a peer that sends one now and then would stay for ever; here the time counts from accept(), or from the last answer, to the last byte of
 * the request (handshake_timeout). When http_max connections are there the oldest unfinished one gives way, so that those who send nothing do not
 * keep others out. For the door's loop alone. */
#ifndef SANGDAM_PUSHD_REQUEST_CLOCK_H
#define SANGDAM_PUSHD_REQUEST_CLOCK_H

#include <microhttpd.h>
#include <stdbool.h>
#include <stdint.h>

struct push;
struct request_clock;

struct request_clock *request_clock_new(struct push *push); /* NULL: memory */
void request_clock_free(struct request_clock **clock);      /* after libmicrohttpd has ended */

/* For MHD_OPTION_NOTIFY_CONNECTION; cls is the clock. */
void request_clock_on_connection(void *cls, struct MHD_Connection *http, void **context, enum MHD_ConnectionNotificationCode what);
/* The request is here whole: its answer may take as long as it likes. */
void request_clock_whole(struct MHD_Connection *http);
/* The answer is out and the connection stays: the next request is awaited. */
void request_clock_again(struct MHD_Connection *http);
/* Connections that libmicrohttpd has now. */
int64_t request_clock_count(const struct request_clock *clock);
/* True when one more connection may be accepted, for which the oldest may have been cut; false when http_max is reached and all have a request that is
 * being answered. */
bool request_clock_has_room(struct request_clock *clock);

#endif
