/* template_parse: from a template's text to its tree. One pass; the stack of open sections is a fixed array, since no page
 * of ours nests deeper, and a limit that is never met is cheaper than a list. */
#include "config.h"

#include "cgi/template_priv.h"

#include <stdlib.h>
#include <string.h>

#include "cgi/html_place.h"

#define OPEN_MAX 32

struct open_section {
    struct node *node;
    int line;
};

struct parser {
    const char *text;
    size_t len;
    size_t pos;        /* of the next tag's search */
    size_t text_start; /* of text not yet emitted */
    struct html_place html;
    struct open_section open[OPEN_MAX];
    int n_open;
    struct node **tail[OPEN_MAX + 1]; /* where the next node goes, per level */
    struct buf *why;
};

struct tag {
    char sigil; /* 0 for a plain value */
    const char *body;
    size_t n;
    size_t start, end; /* in the text, with the braces */
};

void node_list_free(struct node *n)
{
    while (n) {
        struct node *next = n->next;
        node_list_free(n->children);
        free(n->text);
        free(n->indent);
        free(n);
        n = next;
    }
}

static int line_at(const struct parser *p, size_t pos)
{
    int line = 1;
    for (size_t i = 0; i < pos && i < p->len; i++)
        line += p->text[i] == '\n';
    return line;
}

static bool refuse(struct parser *p, size_t pos, const char *reason)
{
    buf_printf(p->why, "%d: %s", line_at(p, pos), reason);
    return false;
}

static char *copy(const char *s, size_t n)
{
    char *t = malloc(n + 1);
    if (t) {
        memcpy(t, s, n);
        t[n] = '\0';
    }
    return t;
}

static struct node *add_node(struct parser *p, enum node_kind kind, const char *text, size_t n)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    node->kind = kind;
    node->len = n;
    node->text = copy(text, n);
    if (!node->text) {
        free(node);
        return NULL;
    }
    *p->tail[p->n_open] = node;
    p->tail[p->n_open] = &node->next;
    return node;
}

static bool add_text(struct parser *p, size_t end)
{
    if (end <= p->text_start)
        return true;
    return add_node(p, NODE_TEXT, p->text + p->text_start, end - p->text_start) != NULL;
}

static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

static void trim(const char **s, size_t *n)
{
    while (*n > 0 && is_space(**s))
        (*s)++, (*n)--;
    while (*n > 0 && is_space((*s)[*n - 1]))
        (*n)--;
}

/* Letters, digits, _ and -, in parts between single dots; or "." alone. */
static bool is_name(const char *s, size_t n)
{
    if (n == 1 && s[0] == '.')
        return true;
    bool in_part = false;
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        if (!word && !(c == '.' && in_part))
            return false;
        in_part = word;
    }
    return in_part;
}

/* The next tag from p->pos on: 1 found, 0 none, -1 refused. */
static int next_tag(struct parser *p, struct tag *t)
{
    const char *open = p->pos < p->len ? memmem(p->text + p->pos, p->len - p->pos, "{{", 2) : NULL;
    if (!open)
        return 0;
    t->start = (size_t)(open - p->text);
    const char *in = open + 2;
    const char *close = memmem(in, p->len - t->start - 2, "}}", 2);
    if (!close)
        return refuse(p, t->start, "a tag without }}") ? 0 : -1;
    while (*in == '_' && close + 2 < p->text + p->len && close[2] == '}')
        close++; /* {{_ Hello {name}}} */
    t->end = (size_t)(close - p->text) + 2;
    t->body = in;
    t->n = (size_t)(close - in);
    t->sigil = 0;
    if (t->n > 0 && strchr("#^/>!&@_={", *in)) {
        t->sigil = *in;
        t->body++, t->n--;
    }
    /* a name may begin with _ ; a text is set off by a space */
    if (t->sigil == '_' && t->n > 0 && t->body[0] == '_' && t->n > 1 && is_space(t->body[1])) {
        t->sigil = 'k';
        t->body++, t->n--;
    } else if (t->sigil == '_' && (t->n == 0 || !is_space(t->body[0]))) {
        t->sigil = 0;
        t->body--, t->n++;
    }
    trim(&t->body, &t->n);
    return 1;
}

/* Alone on its line but for blanks? Then where the line begins, and where the next one does. */
static bool is_alone(const struct parser *p, const struct tag *t, size_t *begin_r, size_t *next_r)
{
    if (!t->sigil || !strchr("#^/>!", t->sigil))
        return false;
    size_t b = t->start, e = t->end;
    while (b > 0 && (p->text[b - 1] == ' ' || p->text[b - 1] == '\t'))
        b--;
    if (b > 0 && p->text[b - 1] != '\n')
        return false;
    while (e < p->len && (p->text[e] == ' ' || p->text[e] == '\t'))
        e++;
    if (e < p->len && p->text[e] == '\r' && e + 1 < p->len && p->text[e + 1] == '\n')
        e++;
    if (e < p->len && p->text[e] != '\n')
        return false;
    *begin_r = b;
    *next_r = e < p->len ? e + 1 : e;
    return true;
}

static bool add_value(struct parser *p, const struct tag *t)
{
    const char *name = t->body;
    size_t n = t->n;
    enum value_format format = FORMAT_NONE;
    if (t->sigil == '@') {
        size_t word = 0;
        while (word < n && !is_space(name[word]))
            word++;
        if (!value_format_by_name(name, word, &format))
            return refuse(p, t->start, "a format that does not exist");
        name += word, n -= word;
        trim(&name, &n);
    }
    if (!is_name(name, n))
        return refuse(p, t->start, "this is no name");
    const char *refusal = html_place_refusal(&p->html);
    if (refusal)
        return refuse(p, t->start, refusal);
    static const char raw_end[] = "_raw_markup";
    bool raw = t->sigil == '&';
    if (raw && (n < sizeof raw_end || memcmp(name + n - (sizeof raw_end - 1), raw_end, sizeof raw_end - 1) != 0))
        return refuse(p, t->start, "only a name that ends in _raw_markup may stay unescaped");
    if (raw && p->html.at != HTML_TEXT)
        return refuse(p, t->start, "raw markup inside a tag");
    struct node *node = add_node(p, raw ? NODE_RAW : NODE_VALUE, name, n);
    if (!node)
        return refuse(p, t->start, "out of memory");
    node->format = format;
    if (html_place_is_url(&p->html))
        node->place = p->html.value_len == 0 ? PLACE_URL_START : PLACE_URL_PART;
    html_place_hole(&p->html);
    return true;
}

static bool add_msgid(struct parser *p, const struct tag *t)
{
    const char *refusal = html_place_refusal(&p->html);
    if (refusal)
        return refuse(p, t->start, refusal);
    if (html_place_is_url(&p->html))
        return refuse(p, t->start, "a translated text in an address");
    if (t->n == 0)
        return refuse(p, t->start, "an empty text");
    struct node *node = add_node(p, NODE_MSGID, t->body, t->n);
    if (!node)
        return refuse(p, t->start, "out of memory");
    node->keep_holes = t->sigil == 'k';
    size_t to = 0; /* a text broken over lines is the same text */
    for (size_t i = 0; i < node->len; i++) {
        bool blank = is_space(node->text[i]);
        if (!blank || (to > 0 && node->text[to - 1] != ' '))
            node->text[to++] = blank ? ' ' : node->text[i];
    }
    node->text[to] = '\0';
    node->len = to;
    html_place_hole(&p->html);
    return true;
}

static bool add_section(struct parser *p, const struct tag *t)
{
    if (!is_name(t->body, t->n))
        return refuse(p, t->start, "this is no name");
    if (p->html.at == HTML_RAW || p->html.at == HTML_COMMENT)
        return refuse(p, t->start, "a section inside <script>, <style> or a comment");
    if (p->n_open == OPEN_MAX)
        return refuse(p, t->start, "sections nested too deep");
    struct node *node = add_node(p, t->sigil == '#' ? NODE_SECTION : NODE_INVERTED, t->body, t->n);
    if (!node)
        return refuse(p, t->start, "out of memory");
    p->open[p->n_open].node = node;
    p->open[p->n_open].line = line_at(p, t->start);
    p->n_open++;
    p->tail[p->n_open] = &node->children;
    return true;
}

static bool close_section(struct parser *p, const struct tag *t)
{
    if (p->n_open == 0)
        return refuse(p, t->start, "a section is closed that was not open");
    const struct node *node = p->open[p->n_open - 1].node;
    if (node->len != t->n || memcmp(node->text, t->body, t->n) != 0)
        return refuse(p, t->start, "another section is open here");
    p->n_open--;
    return true;
}

static bool add_partial(struct parser *p, const struct tag *t, bool alone, size_t line_begin)
{
    if (!is_name(t->body, t->n))
        return refuse(p, t->start, "this is no name");
    if (p->html.at != HTML_TEXT)
        return refuse(p, t->start, "a partial must stand between elements");
    struct node *node = add_node(p, NODE_PARTIAL, t->body, t->n);
    if (!node)
        return refuse(p, t->start, "out of memory");
    if (alone && line_begin < t->start) {
        node->indent = copy(p->text + line_begin, t->start - line_begin);
        if (!node->indent)
            return refuse(p, t->start, "out of memory");
    }
    return true;
}

static bool take_tag(struct parser *p, const struct tag *t, bool alone, size_t line_begin)
{
    switch (t->sigil) {
    case '!':
        return true;
    case '#':
    case '^':
        return add_section(p, t);
    case '/':
        return close_section(p, t);
    case '>':
        return add_partial(p, t, alone, line_begin);
    case '_':
    case 'k':
        return add_msgid(p, t);
    case '=':
        return refuse(p, t->start, "delimiters can't be changed");
    case '{':
        return refuse(p, t->start, "there is no {{{x}}}");
    default:
        return add_value(p, t);
    }
}

static bool parse_all(struct parser *p)
{
    struct tag t;
    int found;
    while ((found = next_tag(p, &t)) > 0) {
        size_t begin = t.start, next = t.end;
        html_place_feed(&p->html, p->text + p->text_start, t.start - p->text_start);
        bool alone = is_alone(p, &t, &begin, &next);
        if (!add_text(p, begin))
            return refuse(p, t.start, "out of memory");
        if (!take_tag(p, &t, alone, begin))
            return false;
        p->text_start = p->pos = next;
    }
    if (found < 0)
        return false;
    html_place_feed(&p->html, p->text + p->text_start, p->len - p->text_start);
    if (!add_text(p, p->len))
        return refuse(p, p->len, "out of memory");
    if (p->n_open > 0) {
        buf_printf(p->why, "%d: section %s is never closed", p->open[p->n_open - 1].line, p->open[p->n_open - 1].node->text);
        return false;
    }
    if (p->html.at != HTML_TEXT)
        return refuse(p, p->len, "the template ends inside a tag, comment, script or style");
    return true;
}

bool template_parse(const char *text, size_t len, struct node **nodes_r, struct buf *why)
{
    struct parser p = {.text = text, .len = len, .html = HTML_PLACE_INIT, .why = why};
    *nodes_r = NULL;
    p.tail[0] = nodes_r;
    if (parse_all(&p))
        return true;
    node_list_free(*nodes_r);
    *nodes_r = NULL;
    return false;
}
