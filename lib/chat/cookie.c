/* cookie: see cookie.h. */
#include "lib/chat/cookie.h"

#include <string.h>

enum cookie_found cookie_find(const char *header, const char *name, char *out, size_t out_size)
{
    enum cookie_found found = COOKIE_NONE;
    size_t name_len = strlen(name);

    out[0] = '\0';
    for (const char *p = header ? header : ""; *p;) {
        size_t n;
        p += strspn(p, " \t;");
        n = strcspn(p, ";");
        if (n > name_len && p[name_len] == '=' && memcmp(p, name, name_len) == 0) {
            const char *value = p + name_len + 1;
            size_t len = n - name_len - 1;
            if (found == COOKIE_ONE)
                return COOKIE_TWICE;
            found = COOKIE_ONE;
            while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
                len--;
            if (len < out_size) {
                memcpy(out, value, len);
                out[len] = '\0';
            }
        }
        p += n;
    }
    return found;
}

enum cookie_found cookie_find_sign_in(const char *header, bool is_https, char *out, size_t out_size)
{
    enum cookie_found found = cookie_find(header, "__Host-sid", out, out_size);

    return found == COOKIE_NONE && !is_https ? cookie_find(header, "sid", out, out_size) : found;
}
