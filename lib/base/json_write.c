#include "lib/base/json.h"

#include <string.h>

#include "lib/base/clock.h"

/* What stands before each value: the comma behind its elder, and its name. */
static void begin_value(struct json_writer *w, const char *key)
{
    if (w->comma)
        buf_add_char(w->out, ',');
    w->comma = true;
    if (key) {
        json_quote(w->out, key, strlen(key));
        buf_add_char(w->out, ':');
    }
}

static void open_list(struct json_writer *w, const char *key, char c)
{
    begin_value(w, key);
    buf_add_char(w->out, c);
    w->comma = false;
}

static void close_list(struct json_writer *w, char c)
{
    buf_add_char(w->out, c);
    w->comma = true;
}

void jw_object(struct json_writer *w)
{
    open_list(w, NULL, '{');
}

void jw_object_key(struct json_writer *w, const char *key)
{
    open_list(w, key, '{');
}

void jw_object_end(struct json_writer *w)
{
    close_list(w, '}');
}

void jw_array(struct json_writer *w)
{
    open_list(w, NULL, '[');
}

void jw_array_key(struct json_writer *w, const char *key)
{
    open_list(w, key, '[');
}

void jw_array_end(struct json_writer *w)
{
    close_list(w, ']');
}

void jw_str(struct json_writer *w, const char *key, const char *s)
{
    if (s)
        jw_strn(w, key, s, strlen(s));
    else
        jw_null(w, key);
}

void jw_strn(struct json_writer *w, const char *key, const char *s, size_t n)
{
    begin_value(w, key);
    json_quote(w->out, s, n);
}

void jw_int(struct json_writer *w, const char *key, int64_t v)
{
    begin_value(w, key);
    buf_add_int(w->out, v);
}

void jw_bool(struct json_writer *w, const char *key, bool v)
{
    jw_raw(w, key, v ? "true" : "false", v ? 4 : 5);
}

void jw_null(struct json_writer *w, const char *key)
{
    jw_raw(w, key, "null", 4);
}

void jw_time(struct json_writer *w, const char *key, int64_t wall_ms)
{
    char text[CLOCK_TEXT_SIZE];

    if (wall_ms < 0) {
        jw_null(w, key);
        return;
    }
    clock_rfc3339(wall_ms, text);
    jw_str(w, key, text);
}

void jw_raw(struct json_writer *w, const char *key, const char *json, size_t n)
{
    begin_value(w, key);
    buf_add(w->out, json, n);
}

/* True for a byte that stands in a string as it is; 0xE2 may begin U+2028 or U+2029 and needs a second look. */
static inline bool is_plain(unsigned char c)
{
    return c >= 0x20 && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&' && c != 0xE2;
}

static void quote_byte(struct buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};

    switch (c) {
    case '"':
    case '\\':
        text[1] = (char)c;
        break;
    case '\n':
        text[1] = 'n';
        break;
    case '\r':
        text[1] = 'r';
        break;
    case '\t':
        text[1] = 't';
        break;
    case '\b':
        text[1] = 'b';
        break;
    case '\f':
        text[1] = 'f';
        break;
    default:
        buf_add(out, text, sizeof(text));
        return;
    }
    buf_add(out, text, 2);
}

/* True where U+2028 or U+2029 stands at s: both end a line in old JavaScript. */
static bool is_line_separator(const char *s, size_t n)
{
    return n >= 3 && memcmp(s, "\xE2\x80", 2) == 0 && ((unsigned char)s[2] & 0xFE) == 0xA8;
}

void json_quote(struct buf *out, const char *s, size_t n)
{
    size_t i = 0, start;

    buf_reserve(out, n + 2);
    buf_add_char(out, '"');
    while (i < n) {
        for (start = i; i < n; i++)
            if (!is_plain((unsigned char)s[i]) && ((unsigned char)s[i] != 0xE2 || is_line_separator(s + i, n - i)))
                break;
        buf_add(out, s + start, i - start);
        if (i == n)
            break;
        if ((unsigned char)s[i] == 0xE2) {
            buf_add_str(out, (unsigned char)s[i + 2] == 0xA8 ? "\\u2028" : "\\u2029");
            i += 3;
        } else {
            quote_byte(out, (unsigned char)s[i++]);
        }
    }
    buf_add_char(out, '"');
}
