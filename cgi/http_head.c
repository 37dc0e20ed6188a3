/* http_head: see http_head.h. */
#include "cgi/http_head.h"

#include <string.h>

#include "cgi/http.h"
#include "lib/base/utf8.h"

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* No "//", "/./", "/../", nor such an end. */
static bool has_odd_segment(const char *path)
{
    for (const char *s = path; *s == '/';) {
        const char *end = s + 1 + strcspn(s + 1, "/");
        size_t n = (size_t)(end - s) - 1;
        if (n == 0 && *end == '/')
            return true;
        if ((n == 1 && s[1] == '.') || (n == 2 && s[1] == '.' && s[2] == '.'))
            return true;
        s = end;
    }
    return false;
}

enum path_read head_read_path(const char *target, char *out)
{
    size_t n = strcspn(target, "?#"), len = 0;
    if (n == 0 || target[0] != '/')
        return PATH_MALFORMED;
    if (n > HTTP_PATH_MAX)
        return PATH_ABSENT;
    bool odd = false;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)target[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_digit(target[i + 1]) : -1;
            int low = i + 2 < n ? hex_digit(target[i + 2]) : -1;
            if (high < 0 || low < 0)
                return PATH_MALFORMED;
            c = (unsigned char)(high * 16 + low);
            odd = odd || c == '/';
            i += 2;
        }
        if (c < 0x20 || c == 0x7f)
            return PATH_MALFORMED;
        odd = odd || c == ';' || c == '\\';
        out[len++] = (char)c;
    }
    out[len] = '\0';
    if (!utf8_is_valid(out, len))
        return PATH_MALFORMED;
    return odd || has_odd_segment(out) ? PATH_ABSENT : PATH_FINE;
}

int64_t head_read_length(const char *text)
{
    if (!text || !*text)
        return -1;
    int64_t v = 0;
    for (const char *p = text; *p; p++) {
        if (*p < '0' || *p > '9' || v > (INT64_C(1) << 53) / 10)
            return -2;
        v = v * 10 + (*p - '0');
    }
    return v;
}
