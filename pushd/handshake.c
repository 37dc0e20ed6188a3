/* handshake: see handshake.h. */
#include "pushd/handshake.h"

#include <string.h>
#include <strings.h>

#include "pushd/ws_frame.h"

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

/* One cookie of the header: `name=value` in n bytes. */
static void take_cookie(struct handshake *h, const char *s, size_t n)
{
    const char *equals = memchr(s, '=', n);
    size_t name_len = equals ? (size_t)(equals - s) : 0, value_len = equals ? n - name_len - 1 : 0;
    bool is_sid = name_len == 3 && memcmp(s, "sid", 3) == 0;
    bool is_host_sid = name_len == 10 && memcmp(s, "__Host-sid", 10) == 0;

    if (!is_sid && !is_host_sid)
        return;
    h->sids += is_sid;
    h->host_sids += is_host_sid;
    if (is_sid && h->host_sids)
        return;
    while (value_len && (equals[value_len] == ' ' || equals[value_len] == '\t'))
        value_len--;
    if (value_len >= sizeof h->cookie)
        value_len = 0; /* none of ours */
    memcpy(h->cookie, equals + 1, value_len);
    h->cookie[value_len] = '\0';
}

static void take_cookies(struct handshake *h, const char *s)
{
    while (*s) {
        size_t n;
        s += strspn(s, " \t;");
        n = strcspn(s, ";");
        take_cookie(h, s, n);
        s += n;
    }
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
        take_cookies(h, value);
    } else if (strcasecmp(name, "Authorization") == 0) {
        h->authorization = value;
    } else if (strcasecmp(name, "X-Forwarded-Proto") == 0) {
        h->forwarded_proto = value;
    } else if (strcasecmp(name, "X-Forwarded-For") == 0) {
        h->forwarded_for = value;
    } else if (strcasecmp(name, "X-Real-IP") == 0) {
        h->real_ip = value;
    }
}

/* Length of host[:port] without the scheme's own port. */
static size_t host_len(const char *host, size_t n, bool is_https)
{
    const char *port = is_https ? ":443" : ":80";
    size_t p = strlen(port);

    return n > p && strncmp(host + n - p, port, p) == 0 ? n - p : n;
}

static bool same_origin(const char *origin, size_t n, const char *scheme, const char *host)
{
    size_t s = strlen(scheme);
    bool is_https = strcasecmp(scheme, "https") == 0;
    size_t a, b;

    if (n < s + 3 || strncasecmp(origin, scheme, s) != 0 || strncmp(origin + s, "://", 3) != 0)
        return false;
    a = host_len(origin + s + 3, n - s - 3, is_https);
    b = host_len(host, strlen(host), is_https);
    return a == b && a && strncasecmp(origin + s + 3, host, a) == 0;
}

bool origin_is_allowed(const char *origin, const char *scheme, const char *host, const char *allowed)
{
    size_t n = strlen(origin);

    if (strcmp(origin, "null") == 0 || !n)
        return false;
    if (host && same_origin(origin, n, scheme, host))
        return true;
    while (*allowed) {
        size_t one;
        allowed += strspn(allowed, " ,");
        one = strcspn(allowed, " ,");
        if (one && one == n && strncasecmp(allowed, origin, n) == 0)
            return true;
        allowed += one;
    }
    return false;
}

int handshake_check(const struct handshake *h, const char *http_version, const char *allowed, const char **why_r)
{
    const char *scheme = h->forwarded_proto && strcasecmp(h->forwarded_proto, "https") == 0 ? "https" : "http";

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
    if (h->sids > 1 || h->host_sids > 1) {
        *why_r = "the cookie came twice";
        return 400;
    }
    if (h->is_too_long || h->hosts > 1) {
        *why_r = "a header is too long or came twice";
        return 400;
    }
    if (h->origins > 1 || (h->origins && !origin_is_allowed(h->origin, scheme, h->host, allowed))) {
        *why_r = "this origin is not allowed";
        return 403;
    }
    return 101;
}

void handshake_address(const struct handshake *h, char *out, size_t size)
{
    const char *from = "", *end;
    size_t n;

    if (h->real_ip) {
        from = h->real_ip;
    } else if (h->forwarded_for) {
        /* The last one is what our own proxy added. */
        from = strrchr(h->forwarded_for, ',');
        from = from ? from + 1 : h->forwarded_for;
    }
    from += strspn(from, " \t");
    end = from + strcspn(from, " \t");
    n = (size_t)(end - from);
    if (n >= size)
        n = size - 1;
    memcpy(out, from, n);
    out[n] = '\0';
}

bool handshake_is_loopback(const struct handshake *h)
{
    char address[64];

    handshake_address(h, address, sizeof address);
    return !address[0] || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0 || strcmp(address, "unix:") == 0;
}

const char *handshake_bearer(const struct handshake *h)
{
    if (!h->authorization || strncasecmp(h->authorization, "Bearer ", 7) != 0)
        return NULL;
    return h->authorization + 7 + strspn(h->authorization + 7, " ");
}
