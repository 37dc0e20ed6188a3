/* html_place: follows HTML as it goes by, just closely enough to say where a hole would stand. It reads well-formed markup as
 * our templates are; it is no parser of other people's pages. */
#ifndef SANGDAM_CGI_HTML_PLACE_H
#define SANGDAM_CGI_HTML_PLACE_H

#include <stdbool.h>
#include <stddef.h>

enum html_at {
    HTML_TEXT,
    HTML_TAG_NAME, /* directly behind < or inside a name */
    HTML_IN_TAG,
    HTML_ATTR_NAME,
    HTML_ATTR_EQUALS,
    HTML_VALUE_DOUBLE,
    HTML_VALUE_SINGLE,
    HTML_VALUE_BARE,
    HTML_COMMENT,
    HTML_RAW, /* inside <script> or <style> */
};

struct html_place {
    enum html_at at;
    char tag[16];   /* lower case, cut at 15 */
    char attr[16];
    size_t value_len; /* characters of the value so far */
    char tail[9];     /* the last characters, to see --> and </script */
};

#define HTML_PLACE_INIT {.at = HTML_TEXT}

void html_place_feed(struct html_place *h, const char *s, size_t n);
/* A hole's value stands here: counts as one character of an attribute's value. */
void html_place_hole(struct html_place *h);
/* NULL when a value may stand here; else why not (static). */
const char *html_place_refusal(const struct html_place *h);
/* In an attribute that holds an address. */
bool html_place_is_url(const struct html_place *h);

#endif
