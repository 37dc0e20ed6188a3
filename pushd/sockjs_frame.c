/* sockjs_frame: see sockjs_frame.h. */
#include "pushd/sockjs_frame.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/utf8.h"

struct reader {
    const char *p, *end;
};

static void skip_space(struct reader *r)
{
    while (r->p < r->end && (*r->p == ' ' || *r->p == '\t' || *r->p == '\n' || *r->p == '\r'))
        r->p++;
}

static bool take(struct reader *r, char c)
{
    if (r->p == r->end || *r->p != c)
        return false;
    r->p++;
    return true;
}

/* Four hex digits; -1 when they are none. */
static int32_t take_hex(struct reader *r)
{
    int32_t v = 0;

    if (r->end - r->p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        char c = *r->p++;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
        if (digit < 0)
            return -1;
        v = v * 16 + digit;
    }
    return v;
}

/* What follows "\u". */
static bool take_code_point(struct reader *r, struct buf *out)
{
    int32_t cp = take_hex(r);
    char bytes[4];

    if (cp >= 0xd800 && cp < 0xdc00) {
        int32_t low = take(r, '\\') && take(r, 'u') ? take_hex(r) : -1;
        if (low < 0xdc00 || low > 0xdfff)
            return false;
        cp = 0x10000 + ((cp - 0xd800) << 10) + (low - 0xdc00);
    }
    if (cp < 0 || (cp >= 0xdc00 && cp <= 0xdfff))
        return false;
    buf_add(out, bytes, utf8_encode((uint32_t)cp, bytes));
    return true;
}

static bool take_escape(struct reader *r, struct buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at;

    if (r->p == r->end)
        return false;
    if (take(r, 'u'))
        return take_code_point(r, out);
    at = *r->p ? strchr(from, *r->p) : NULL;
    if (!at)
        return false;
    r->p++;
    buf_add_char(out, to[at - from]);
    return true;
}

static bool take_string(struct reader *r, struct buf *out)
{
    if (!take(r, '"'))
        return false;
    for (;;) {
        const char *start = r->p;
        while (r->p < r->end && *r->p != '"' && *r->p != '\\' && (unsigned char)*r->p >= 0x20)
            r->p++;
        buf_add(out, start, (size_t)(r->p - start));
        if (take(r, '"'))
            return true;
        if (!take(r, '\\') || !take_escape(r, out))
            return false;
    }
}

static bool take_array(struct reader *r, struct buf *out)
{
    skip_space(r);
    if (take(r, ']'))
        return true;
    for (;;) {
        skip_space(r);
        if (!take_string(r, out))
            return false;
        skip_space(r);
        if (take(r, ']'))
            return true;
        if (!take(r, ','))
            return false;
    }
}

bool sockjs_decode(const char *text, size_t n, struct buf *out)
{
    struct reader r = {text, text + n};
    bool is_good;

    skip_space(&r);
    if (r.p == r.end)
        return true;
    is_good = take(&r, '[') ? take_array(&r, out) : take_string(&r, out);
    skip_space(&r);
    return is_good && r.p == r.end && !buf_failed(out);
}

static void add_u(struct buf *out, uint32_t unit)
{
    static const char digits[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', digits[unit >> 12 & 15], digits[unit >> 8 & 15], digits[unit >> 4 & 15], digits[unit & 15]};

    buf_add(out, text, sizeof text);
}

static bool must_escape(uint32_t cp)
{
    return (cp >= 0x200c && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202f) || (cp >= 0x2060 && cp <= 0x206f) || (cp >= 0xfff0 && cp <= 0xffff);
}

static void add_escaped(struct buf *out, const char *s, size_t n)
{
    size_t plain = 0, at = 0;

    while (at < n) {
        unsigned char c = (unsigned char)s[at];
        size_t len = 1;
        if (c >= 0x80) {
            uint32_t cp = utf8_decode(s + at, n - at, &len);
            if (!must_escape(cp)) {
                at += len;
                continue;
            }
            buf_add(out, s + plain, at - plain);
            add_u(out, cp);
        } else if (c < 0x20 || c == '"' || c == '\\') {
            buf_add(out, s + plain, at - plain);
            if (c == '\n')
                buf_add(out, "\\n", 2);
            else if (c < 0x20)
                add_u(out, c);
            else
                buf_add(out, (const char[]){'\\', (char)c}, 2);
        } else {
            at++;
            continue;
        }
        at += len;
        plain = at;
    }
    buf_add(out, s + plain, n - plain);
}

void sockjs_encode_message(struct buf *out, const char *a, size_t a_len, const char *b, size_t b_len)
{
    buf_reserve(out, a_len + b_len + (a_len + b_len) / 4 + 8);
    buf_add(out, "a[\"", 3);
    add_escaped(out, a, a_len);
    add_escaped(out, b, b_len);
    buf_add(out, "\"]", 2);
}

void sockjs_encode_event(struct buf *out, const char *frame, size_t n)
{
    const char *end = frame + n, *at;

    buf_add_str(out, "data: ");
    while ((at = memchr(frame, '%', (size_t)(end - frame)))) {
        buf_add(out, frame, (size_t)(at - frame));
        buf_add_str(out, "%25");
        frame = at + 1;
    }
    buf_add(out, frame, (size_t)(end - frame));
    buf_add_str(out, "\r\n\r\n");
}

void sockjs_encode_close(struct buf *out, unsigned code, const char *reason)
{
    buf_printf(out, "c[%u,\"", code);
    add_escaped(out, reason, strlen(reason));
    buf_add(out, "\"]", 2);
}

bool sockjs_parse_path(const char *path, const char **session_r, size_t *session_len_r, const char **transport_r)
{
    const char *session = strchr(path, '/'), *transport = session ? strchr(session + 1, '/') : NULL;

    if (!transport || session == path || transport == session + 1 || strchr(transport + 1, '/') || memchr(path, '.', (size_t)(transport - path)))
        return false;
    *session_r = session + 1;
    *session_len_r = (size_t)(transport - session - 1);
    *transport_r = transport + 1;
    return true;
}
