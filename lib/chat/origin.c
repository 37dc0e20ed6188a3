/* origin: see origin.h. */
#include "lib/chat/origin.h"

#include <string.h>
#include <strings.h>

static const char http[] = "http://", https[] = "https://";

static bool begins(const char *s, size_t n, const char *with)
{
    return n >= strlen(with) && strncasecmp(s, with, strlen(with)) == 0;
}

/* The length of host[:port] without the scheme's own port. */
static size_t host_len(const char *host, size_t n, bool is_https)
{
    const char *port = is_https ? ":443" : ":80";
    size_t p = strlen(port);

    return n > p && memcmp(host + n - p, port, p) == 0 ? n - p : n;
}

static bool same_host(const char *a, size_t a_len, const char *b, size_t b_len, bool is_https)
{
    a_len = host_len(a, a_len, is_https);
    return a_len > 0 && a_len == host_len(b, b_len, is_https) && strncasecmp(a, b, a_len) == 0;
}

static bool is_own(const char *origin, size_t n, const char *host, bool is_https)
{
    const char *scheme = is_https ? https : http;
    size_t scheme_len = strlen(scheme), host_n = strlen(host);

    if (host[0] == ':' || host[strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:[]")] != '\0')
        return false;
    return begins(origin, n, scheme) && same_host(origin + scheme_len, n - scheme_len, host, host_n, is_https);
}

static bool same_origin(const char *a, size_t a_len, const char *b, size_t b_len)
{
    bool is_https = begins(a, a_len, https);
    size_t scheme_len = strlen(is_https ? https : http);

    if (!is_https && !begins(a, a_len, http))
        return a_len == b_len && strncasecmp(a, b, a_len) == 0; /* of an app: no port to drop */
    return begins(b, b_len, is_https ? https : http) && same_host(a + scheme_len, a_len - scheme_len, b + scheme_len, b_len - scheme_len, is_https);
}

bool origin_is_allowed(const char *origin, const char *host, bool is_https, const char *allowed)
{
    size_t n = strlen(origin);

    if (n == 0 || strcasecmp(origin, "null") == 0)
        return false;
    if (host && is_own(origin, n, host, is_https))
        return true;
    for (const char *p = allowed + strspn(allowed, " \t,"); *p; p += strspn(p, " \t,")) {
        size_t one = strcspn(p, " \t,");
        if (same_origin(p, one, origin, n))
            return true;
        p += one;
    }
    return false;
}
