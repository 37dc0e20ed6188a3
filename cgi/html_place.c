/* html_place: see html_place.h. One function a state would be longer than this switch, and no clearer. */
#include "cgi/html_place.h"

#include <string.h>

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c; }

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f'; }

static void name_start(char name[16]) { memset(name, 0, 16); }

static void name_add(char name[16], char c)
{
    size_t n = strlen(name);
    if (n < 15)
        name[n] = lower(c);
}

static void tail_add(struct html_place *h, char c)
{
    memmove(h->tail, h->tail + 1, sizeof h->tail - 1);
    h->tail[sizeof h->tail - 1] = lower(c);
}

static bool tail_is(const struct html_place *h, const char *end)
{
    size_t n = strlen(end);
    return n <= sizeof h->tail && memcmp(h->tail + sizeof h->tail - n, end, n) == 0;
}

static bool is_raw_tag(const char *tag) { return strcmp(tag, "script") == 0 || strcmp(tag, "style") == 0; }

static void tag_ends(struct html_place *h)
{
    h->at = is_raw_tag(h->tag) ? HTML_RAW : HTML_TEXT;
    memset(h->tail, 0, sizeof h->tail);
}

static void in_tag(struct html_place *h, char c)
{
    if (c == '>')
        tag_ends(h);
    else if (c == '=')
        h->at = HTML_ATTR_EQUALS;
    else if (is_space(c) || c == '/')
        h->at = HTML_IN_TAG;
    else {
        if (h->at != HTML_ATTR_NAME)
            name_start(h->attr);
        name_add(h->attr, c);
        h->at = HTML_ATTR_NAME;
    }
}

static void feed_char(struct html_place *h, char c)
{
    tail_add(h, c);
    switch (h->at) {
    case HTML_TEXT:
        if (c == '<') {
            h->at = HTML_TAG_NAME;
            name_start(h->tag);
        }
        return;
    case HTML_TAG_NAME:
        if (c == '>')
            tag_ends(h);
        else if (is_space(c) && h->tag[0] == '\0')
            h->at = HTML_TEXT; /* "a < b" */
        else if (is_space(c))
            h->at = HTML_IN_TAG;
        else {
            name_add(h->tag, c);
            if (strcmp(h->tag, "!--") == 0)
                h->at = HTML_COMMENT;
        }
        return;
    case HTML_IN_TAG:
    case HTML_ATTR_NAME:
        in_tag(h, c);
        return;
    case HTML_ATTR_EQUALS:
        h->value_len = 0;
        if (c == '"')
            h->at = HTML_VALUE_DOUBLE;
        else if (c == '\'')
            h->at = HTML_VALUE_SINGLE;
        else if (c == '>')
            tag_ends(h);
        else if (!is_space(c))
            h->at = HTML_VALUE_BARE;
        return;
    case HTML_VALUE_DOUBLE:
    case HTML_VALUE_SINGLE:
        if (c == (h->at == HTML_VALUE_DOUBLE ? '"' : '\''))
            h->at = HTML_IN_TAG;
        else
            h->value_len++;
        return;
    case HTML_VALUE_BARE:
        if (c == '>')
            tag_ends(h);
        else if (is_space(c))
            h->at = HTML_IN_TAG;
        return;
    case HTML_COMMENT:
        if (tail_is(h, "-->"))
            h->at = HTML_TEXT;
        return;
    case HTML_RAW:
        if (tail_is(h, "</script") || tail_is(h, "</style")) {
            h->at = HTML_IN_TAG;
            name_start(h->tag);
        }
        return;
    }
}

void html_place_feed(struct html_place *h, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        feed_char(h, s[i]);
}

void html_place_hole(struct html_place *h)
{
    if (h->at == HTML_VALUE_DOUBLE || h->at == HTML_VALUE_SINGLE)
        h->value_len++;
}

const char *html_place_refusal(const struct html_place *h)
{
    switch (h->at) {
    case HTML_TEXT:
        return NULL;
    case HTML_VALUE_DOUBLE:
    case HTML_VALUE_SINGLE:
        if (is_raw_tag(h->tag))
            return "a hole in an attribute of <script> or <style>";
        if (strncmp(h->attr, "on", 2) == 0 || strcmp(h->attr, "style") == 0 || strcmp(h->attr, "srcdoc") == 0)
            return "a hole in an attribute that is code";
        return NULL;
    case HTML_RAW:
        return "a hole inside <script> or <style>";
    case HTML_COMMENT:
        return "a hole inside an HTML comment";
    case HTML_ATTR_EQUALS:
    case HTML_VALUE_BARE:
        return "a hole in an attribute without quotes";
    default:
        return "a hole inside a tag, outside an attribute's value";
    }
}

bool html_place_is_url(const struct html_place *h)
{
    static const char *const url_attrs[] = {"href", "src", "action", "formaction", "poster", "xlink:href"};
    if (h->at != HTML_VALUE_DOUBLE && h->at != HTML_VALUE_SINGLE)
        return false;
    for (size_t i = 0; i < sizeof url_attrs / sizeof url_attrs[0]; i++)
        if (strcmp(h->attr, url_attrs[i]) == 0)
            return true;
    return false;
}
