/* origin: may a page of that origin talk to us? One rule for REST, WebSocket and SockJS (contract.md, Signing in, Origin). Pure. */
#ifndef SANGDAM_CHAT_ORIGIN_H
#define SANGDAM_CHAT_ORIGIN_H

#include <stdbool.h>

/* True when origin, as a browser sends it, is the request's own (its scheme, and host as the Host header names it; NULL: none came) or stands in allowed
 * (allowed_origins: separated by spaces, tabs or commas). Letters compare without case; the scheme's own port (80, 443) may stand there or not. "null",
 * "" and a host without a name or that holds more than letters, digits, ".-_:[]" never match. */
bool origin_is_allowed(const char *origin, const char *host, bool is_https, const char *allowed);

#endif
