/* libFuzzer: the head of a WebSocket upgrade, with Origin and cookies. The input's lines: the HTTP version, allowed_origins, then `Name: value` each. What is let in must
 * have earned it, and what makes no difference by the rules (case, the scheme's own port, another cookie) must make none. */
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/chat/cookie.h"
#include "lib/chat/origin.h"
#include "pushd/handshake.h"
#include "pushd/ws_frame.h"
#include "t/fuzz/fuzz.h"

#define FIELDS_MAX 64

/* Cuts the next line off; the text's end is an empty line. */
static char *next_line(char **text)
{
    char *line = *text, *end = strchr(line, '\n');

    *text = end ? end + 1 : line + strlen(line);
    if (end)
        *end = '\0';
    return line;
}

static void check_origin(const struct handshake *h, const char *allowed)
{
    bool is_allowed = origin_is_allowed(h->origin, h->host, h->is_https, allowed);
    struct buf other = BUF_INIT;

    require(handshake_origin_is_allowed(h, allowed) == (h->origins == 1 && is_allowed));
    if (strcasecmp(h->origin, "null") == 0 || !h->origin[0])
        require(!is_allowed);
    buf_add_str(&other, h->origin);
    for (size_t i = 0; i < other.len; i++)
        if (other.p[i] >= 'a' && other.p[i] <= 'z')
            other.p[i] = (char)(other.p[i] - 32);
    require(origin_is_allowed(buf_str(&other), h->host, h->is_https, allowed) == is_allowed);
    if (is_allowed && !strchr(h->origin, ']') && strchr(h->origin, ':') == strrchr(h->origin, ':')) { /* no port, no IPv6 */
        if (strncasecmp(h->origin, "http://", 7) == 0 && h->origin[7])
            buf_add_str(&other, ":80");
        else if (strncasecmp(h->origin, "https://", 8) == 0 && h->origin[8])
            buf_add_str(&other, ":443");
        require(origin_is_allowed(buf_str(&other), h->host, h->is_https, allowed));
    }
    buf_free(&other);
}

static void check_cookie(const struct handshake *h)
{
    char again[TOKEN_TEXT_SIZE];
    struct buf other = BUF_INIT;
    enum cookie_found found = cookie_find_sign_in(h->cookie_header, h->is_https, again, sizeof again);

    require(strlen(h->cookie) < sizeof h->cookie && !strchr(h->cookie, ';'));
    require(h->has_cookie_twice == (h->cookie_headers > 1 || found == COOKIE_TWICE));
    if (h->cookie_headers > 1) {
        require(!h->cookie[0]);
        return;
    }
    if (found == COOKIE_NONE)
        require(!h->cookie[0]);
    buf_printf(&other, "lang=ko; %s; x=1", h->cookie_header ? h->cookie_header : "");
    require(cookie_find_sign_in(buf_str(&other), h->is_https, again, sizeof again) == found && strcmp(again, h->cookie) == 0);
    buf_printf(&other, "; __Host-sid=other");
    if (found != COOKIE_NONE && h->is_https)
        require(cookie_find_sign_in(buf_str(&other), true, again, sizeof again) == COOKIE_TWICE);
    buf_free(&other);
}

static void check_address(const struct handshake *h)
{
    char address[64], small[8];

    handshake_address(h, address, sizeof address);
    handshake_address(h, small, sizeof small);
    require(strlen(address) < sizeof address && strlen(small) < sizeof small && !strpbrk(address, " \t"));
    require(strncmp(address, small, strlen(small)) == 0);
    handshake_is_loopback(h);
    if (handshake_bearer(h))
        require(handshake_bearer(h)[0] != ' ');
}

static void check(const struct handshake *h, const char *version, const char *allowed)
{
    const char *why, *protocol = ws_choose_subprotocol(h->protocols[0] ? h->protocols : NULL);
    int status = handshake_check(h, version, allowed, &why);
    char accept[WS_ACCEPT_SIZE];

    require(status == 101 || status == 400 || status == 403 || status == 426);
    require(why != NULL && (status == 101) == !why[0]);
    if (protocol)
        require(ws_list_has_token(h->protocols, protocol));
    if (status == 101) {
        require(strcmp(version, "HTTP/1.1") == 0 && h->upgrades == 1 && h->keys == 1 && h->hosts <= 1 && !h->has_cookie_twice && !h->is_too_long);
        require(strcmp(h->version, "13") == 0 && strlen(h->key) == 24);
        require(!h->origins || (h->origins == 1 && origin_is_allowed(h->origin, h->host, h->is_https, allowed)));
        ws_accept_key(h->key, accept);
        require(strlen(accept) == WS_ACCEPT_SIZE - 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text = fuzz_copy(data, size, true), *rest = text, *fields[FIELDS_MAX];
    const char *version = next_line(&rest), *allowed = next_line(&rest);
    struct handshake h = {0};
    size_t n = 0;

    for (; n < FIELDS_MAX && *rest; n++) {
        char *name = next_line(&rest), *colon = strchr(name, ':');
        fields[n] = fuzz_copy(name, strlen(name), true);
        if (colon) {
            fields[n][colon - name] = '\0';
            handshake_field(&h, fields[n], fields[n] + (colon - name) + 1 + strspn(colon + 1, " \t"));
        } else {
            handshake_field(&h, fields[n], NULL);
        }
    }
    handshake_end(&h);
    if (h.origins)
        check_origin(&h, allowed);
    check_cookie(&h);
    check_address(&h);
    check(&h, version, allowed);
    while (n > 0)
        free(fields[--n]);
    free(text);
    return 0;
}
