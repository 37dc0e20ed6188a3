/* template_priv: the tree between template_parse.c, which grows it, and template.c, which walks it. */
#ifndef SANGDAM_CGI_TEMPLATE_PRIV_H
#define SANGDAM_CGI_TEMPLATE_PRIV_H

#include <stdbool.h>
#include <stddef.h>

#include "cgi/template.h"
#include "cgi/template_format.h"

enum node_kind { NODE_TEXT, NODE_VALUE, NODE_RAW, NODE_MSGID, NODE_SECTION, NODE_INVERTED, NODE_PARTIAL };
enum place { PLACE_HTML, PLACE_URL_START, PLACE_URL_PART };

struct node {
    enum node_kind kind;
    enum place place;
    enum value_format format;
    bool keep_holes; /* a msgid whose {x} is for a script */
    char *text;      /* the text, the dotted name, the msgid or the partial's name */
    size_t len;
    char *indent;              /* of a partial alone on its line, else NULL */
    const struct template *to; /* the partial, bound when all are read */
    struct node *children;
    struct node *next;
};

struct template {
    char *name;
    struct node *nodes;
};

struct template_set {
    struct template *all;
    size_t n;
};

/* Parses one text into nodes_r; false with "line: reason" in why. Frees what it made when it fails. */
bool template_parse(const char *text, size_t len, struct node **nodes_r, struct buf *why);
void node_list_free(struct node *n);

#endif
