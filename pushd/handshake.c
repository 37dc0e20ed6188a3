/* handshake: see handshake.h. */
#include "pushd/handshake.h"

#include <string.h>
#include <strings.h>

#include "lib/chat/client_address.h"
#include "lib/chat/cookie.h"
#include "lib/chat/origin.h"
#include "pushd/ws_frame.h"

#define PEER "unix:"

static void join(struct handshake *h, char *list, const char *value)
{
    size_t used = strlen(list), n = strlen(value);

    if (used + n + 2 >= HANDSHAKE_FIELD_SIZE) {
        h->is_too_long = true;
        return;
    }
    if (used)
        list[used++] = ',';
    memcpy(list + used, value, n + 1);
}

void handshake_field(struct handshake *h, const char *name, const char *value)
{
    if (!value)
        value = "";
    if (strcasecmp(name, "Host") == 0) {
        h->host = value;
        h->hosts++;
    } else if (strcasecmp(name, "Origin") == 0) {
        h->origin = value;
        h->origins++;
    } else if (strcasecmp(name, "Upgrade") == 0) {
        join(h, h->upgrade, value);
        h->upgrades++;
    } else if (strcasecmp(name, "Connection") == 0) {
        join(h, h->connection, value);
    } else if (strcasecmp(name, "Sec-WebSocket-Key") == 0) {
        h->key = value;
        h->keys++;
    } else if (strcasecmp(name, "Sec-WebSocket-Version") == 0) {
        h->version = value;
    } else if (strcasecmp(name, "Sec-WebSocket-Protocol") == 0) {
        join(h, h->protocols, value);
    } else if (strcasecmp(name, "Cookie") == 0) {
        h->cookie_header = value;
        h->cookie_headers++;
    } else if (strcasecmp(name, "Authorization") == 0) {
        h->authorization = value;
    } else if (strcasecmp(name, "X-Forwarded-Proto") == 0) {
        h->forwarded_proto = value;
    } else if (strcasecmp(name, "X-Forwarded-For") == 0) {
        h->forwarded_for = value;
    }
}

void handshake_end(struct handshake *h)
{
    h->is_https = h->forwarded_proto && strcasecmp(h->forwarded_proto, "https") == 0 && h->trusted && client_address_is_trusted(h->trusted, PEER);
    h->has_cookie_twice = h->cookie_headers > 1 || cookie_find_sign_in(h->cookie_header, h->is_https, h->cookie, sizeof h->cookie) == COOKIE_TWICE;
}

bool handshake_origin_is_allowed(const struct handshake *h, const char *allowed)
{
    return !h->origins || (h->origins == 1 && origin_is_allowed(h->origin, h->host, h->is_https, allowed));
}

int handshake_check(const struct handshake *h, const char *http_version, const char *allowed, const char **why_r)
{
    *why_r = "";
    if (strcmp(http_version, "HTTP/1.1") != 0) {
        *why_r = "HTTP/1.1 is needed";
        return 400;
    }
    if (h->upgrades != 1 || !ws_list_has_token(h->upgrade, "websocket") || strchr(h->upgrade, ',')) {
        *why_r = "one Upgrade: websocket is needed";
        return 400;
    }
    if (!ws_list_has_token(h->connection, "upgrade")) {
        *why_r = "Connection: Upgrade is needed";
        return 400;
    }
    if (!h->version || strcmp(h->version, "13") != 0) {
        *why_r = "version 13 is needed";
        return 426;
    }
    if (h->keys != 1 || !ws_key_is_valid(h->key)) {
        *why_r = "Sec-WebSocket-Key must be base64 of 16 bytes";
        return 400;
    }
    if (h->has_cookie_twice) {
        *why_r = "the cookie came twice";
        return 400;
    }
    if (h->is_too_long || h->hosts > 1) {
        *why_r = "a header is too long or came twice";
        return 400;
    }
    if (!handshake_origin_is_allowed(h, allowed)) {
        *why_r = "this origin is not allowed";
        return 403;
    }
    return 101;
}

void handshake_address(const struct handshake *h, char *out, size_t size)
{
    if (h->forwarded_for)
        client_address_find(PEER, h->forwarded_for, h->trusted ? h->trusted : "", out, size);
    else
        out[0] = '\0';
}

bool handshake_is_loopback(const struct handshake *h)
{
    char address[CLIENT_ADDRESS_SIZE];

    handshake_address(h, address, sizeof address);
    return !address[0] || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

const char *handshake_bearer(const struct handshake *h)
{
    if (!h->authorization || strncasecmp(h->authorization, "Bearer ", 7) != 0)
        return NULL;
    return h->authorization + 7 + strspn(h->authorization + 7, " ");
}
