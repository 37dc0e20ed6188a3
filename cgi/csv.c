#include "cgi/csv.h"

#include <string.h>

static void between(struct csv *c)
{
    if (c->comma)
        buf_add_char(c->out, ',');
    c->comma = true;
}

static bool is_formula(const char *s)
{
    static const char *const starts[] = {"=", "+", "-", "@", "\t", "\r", "\n", "\xEF\xBC\x9D", "\xEF\xBC\x8B", "\xEF\xBC\x8D", "\xEF\xBC\xA0"};

    while (*s == ' ')
        s++;
    if (*s == '\0' || !strchr("=+-@\t\r\n\xEF", *s))
        return false;
    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
        if (!strncmp(s, starts[i], strlen(starts[i])))
            return true;
    return false;
}

void csv_text(struct csv *c, const char *s)
{
    bool is_unsafe = s && is_formula(s);

    between(c);
    if (!s)
        return;
    if (!is_unsafe && !strpbrk(s, ",\"\r\n") && s[0] != ' ' && (!*s || s[strlen(s) - 1] != ' ')) {
        buf_add_str(c->out, s);
        return;
    }
    buf_add_str(c->out, is_unsafe ? "\"'" : "\"");
    for (; *s; s++) {
        if (*s == '"')
            buf_add_char(c->out, '"');
        buf_add_char(c->out, *s);
    }
    buf_add_char(c->out, '"');
}

void csv_plain(struct csv *c, const char *s)
{
    between(c);
    buf_add_str(c->out, s);
}

void csv_int(struct csv *c, long long v)
{
    between(c);
    buf_add_int(c->out, v);
}

void csv_end_row(struct csv *c)
{
    buf_add_str(c->out, "\r\n");
    c->comma = false;
}
