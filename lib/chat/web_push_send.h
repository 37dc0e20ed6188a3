/* web_push_send: one request to a push service (RFC 8030), by libcurl. The address comes from a browser, so from anybody: only https, only public addresses, looked
 * at when the socket is opened, so that no name can lead elsewhere; no redirect is followed, and of the answer only status and Retry-After are read. */
#ifndef SANGDAM_CHAT_WEB_PUSH_SEND_H
#define SANGDAM_CHAT_WEB_PUSH_SEND_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;
struct sockaddr;

struct web_push_request {
    const char *endpoint, *authorization;
    const void *body;
    size_t body_n;
    int ttl_s;
};
enum web_push_answer {
    WEB_PUSH_SENT,
    WEB_PUSH_GONE,    /* 404, 410: nobody is subscribed there any more */
    WEB_PUSH_LATER,   /* 429, 5xx, no connection; retry_ms_r: what Retry-After says, 0 without */
    WEB_PUSH_REFUSED, /* anything else */
    WEB_PUSH_STOPPED
};
/* Blocks, up to 10 s; within a second once *stop is set. status_r: HTTP's, 0 without an answer. */
enum web_push_answer web_push_send(const struct config *config, const struct web_push_request *request, const atomic_bool *stop, int *status_r, int64_t *retry_ms_r);
bool web_push_send_is_built(void);
/* Whether an endpoint may be kept: https, a host that is not plainly a private one, no name and password. Pure. */
bool web_push_endpoint_is_good(const char *endpoint);
/* False for addresses of this machine, of private networks, link-local, multicast and the like. Pure. */
bool web_push_address_is_public(const struct sockaddr *address);

#endif
