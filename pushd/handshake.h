/* handshake: is this HTTP request a good WebSocket upgrade, and from whom? Pure: the head's fields in, a status out (RFC 6455 4.2.1; contract.md, Signing
 * in, Origin). */
#ifndef SANGDAM_PUSHD_HANDSHAKE_H
#define SANGDAM_PUSHD_HANDSHAKE_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/token.h"

#define HANDSHAKE_FIELD_SIZE 512

/* The head fields that count, gathered by handshake_field() and closed by handshake_end(). Start with {.trusted = trusted_proxies}. */
struct handshake {
    const char *trusted; /* what X-Forwarded-For and -Proto are worth: our peer is always "unix:". NULL: nobody is trusted */
    const char *host, *origin, *key, *version, *cookie_header, *forwarded_proto, *forwarded_for, *authorization;
    char upgrade[HANDSHAKE_FIELD_SIZE], connection[HANDSHAKE_FIELD_SIZE], protocols[HANDSHAKE_FIELD_SIZE]; /* lists: repeated fields are joined */
    unsigned upgrades, origins, keys, hosts, cookie_headers; /* how often each came */
    bool is_too_long;
    /* by handshake_end() */
    char cookie[TOKEN_TEXT_SIZE]; /* of the sign-in; "" when there is none */
    bool is_https;                /* a trusted proxy said so */
    bool has_cookie_twice;        /* the sign-in cookie, or the header */
};

/* One field of the head; texts are borrowed. */
void handshake_field(struct handshake *h, const char *name, const char *value);
/* After the last field: what they say together. */
void handshake_end(struct handshake *h);
/* 101, or the status to refuse with: 400, 403, 426. allowed: allowed_origins. *why_r is a static text. */
int handshake_check(const struct handshake *h, const char *http_version, const char *allowed, const char **why_r);
/* True when no Origin came, or one that may (lib/chat/origin.h). */
bool handshake_origin_is_allowed(const struct handshake *h, const char *allowed);
/* The client's address: "" when no proxy stands between, "unix:" when one does that is not trusted. */
void handshake_address(const struct handshake *h, char *out, size_t size);
/* True when no proxy stands between, or a trusted one says that the client is on this machine. */
bool handshake_is_loopback(const struct handshake *h);
/* The token of "Authorization: Bearer TOKEN", or NULL. */
const char *handshake_bearer(const struct handshake *h);

#endif
