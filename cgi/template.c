/* template: reading a set of templates and rendering from it. See template.h. */
#include "cgi/template.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cgi/template_priv.h"
#include "lib/base/log.h"

/* The data seen from where we stand: innermost first. */
struct scope {
    struct json_object *value;
    const struct scope *outer;
};

struct rendering {
    enum lang lang;
    struct buf *out;
    struct buf indent; /* of the partials we are in */
    bool at_line_start;
    int depth;
    bool too_deep;
};

/* ---- reading ------------------------------------------------------------- */

static struct template *find(const struct template_set *set, const char *name)
{
    for (size_t i = 0; i < set->n; i++)
        if (strcmp(set->all[i].name, name) == 0)
            return &set->all[i];
    return NULL;
}

static const char *bind_partials(const struct template_set *set, struct node *n)
{
    for (; n; n = n->next) {
        if (n->kind == NODE_PARTIAL && !(n->to = find(set, n->text)))
            return n->text;
        const char *missing = n->children ? bind_partials(set, n->children) : NULL;
        if (missing)
            return missing;
    }
    return NULL;
}

static bool set_add(struct template_set *set, const char *name, const char *text, size_t len, struct buf *why)
{
    struct template *all = realloc(set->all, (set->n + 1) * sizeof *all);
    if (!all)
        return false;
    set->all = all;
    struct template *t = &all[set->n];
    *t = (struct template){.name = strdup(name)};
    if (!t->name)
        return false;
    set->n++;
    struct buf reason = BUF_INIT;
    bool ok = template_parse(text, len, &t->nodes, &reason);
    if (!ok)
        buf_printf(why, "%s.html:%s", name, buf_str(&reason));
    buf_free(&reason);
    return ok;
}

static bool set_bind(struct template_set *set, struct buf *why)
{
    for (size_t i = 0; i < set->n; i++) {
        const char *missing = bind_partials(set, set->all[i].nodes);
        if (missing) {
            buf_printf(why, "%s.html: there is no partial %s", set->all[i].name, missing);
            return false;
        }
    }
    return true;
}

struct template_set *template_read(const struct template_source *sources, size_t n, struct buf *why)
{
    struct template_set *set = calloc(1, sizeof *set);
    bool ok = set != NULL;
    for (size_t i = 0; ok && i < n; i++)
        ok = set_add(set, sources[i].name, sources[i].text, sources[i].len, why);
    if (ok && set_bind(set, why))
        return set;
    if (why->len == 0)
        buf_add_str(why, "out of memory");
    template_set_free(&set);
    return NULL;
}

static bool read_file(const char *path, struct buf *text, struct buf *why)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        buf_printf(why, "%s: %s", path, strerror(errno));
        return false;
    }
    char chunk[8192];
    size_t n;
    while ((n = fread(chunk, 1, sizeof chunk, f)) > 0 && text->len <= TEMPLATE_MAX_BYTES)
        buf_add(text, chunk, n);
    bool ok = !ferror(f) && text->len <= TEMPLATE_MAX_BYTES && !buf_failed(text);
    fclose(f);
    if (!ok)
        buf_printf(why, "%s: can't be read, or is larger than %d bytes", path, TEMPLATE_MAX_BYTES);
    return ok;
}

static bool add_file(struct template_set *set, const char *dir, const char *file, struct buf *why)
{
    struct buf path = BUF_INIT, text = BUF_INIT, name = BUF_INIT;
    buf_printf(&path, "%s/%s", dir, file);
    buf_add(&name, file, strlen(file) - strlen(".html"));
    bool ok = read_file(buf_str(&path), &text, why) && set_add(set, buf_str(&name), buf_str(&text), text.len, why);
    buf_free(&path);
    buf_free(&text);
    buf_free(&name);
    return ok;
}

struct template_set *template_load(const char *dir, struct buf *why)
{
    DIR *d = opendir(dir);
    if (!d) {
        buf_printf(why, "%s: %s", dir, strerror(errno));
        return NULL;
    }
    struct template_set *set = calloc(1, sizeof *set);
    bool ok = set != NULL;
    const struct dirent *e;
    while (ok && (e = readdir(d))) {
        const char *dot = strrchr(e->d_name, '.');
        if (dot && dot != e->d_name && strcmp(dot, ".html") == 0)
            ok = add_file(set, dir, e->d_name, why);
    }
    closedir(d);
    if (ok && set_bind(set, why))
        return set;
    if (why->len == 0)
        buf_add_str(why, "out of memory");
    template_set_free(&set);
    return NULL;
}

void template_set_free(struct template_set **set)
{
    if (!*set)
        return;
    for (size_t i = 0; i < (*set)->n; i++) {
        free((*set)->all[i].name);
        node_list_free((*set)->all[i].nodes);
    }
    free((*set)->all);
    free(*set);
    *set = NULL;
}

bool template_has(const struct template_set *set, const char *name) { return find(set, name) != NULL; }

/* ---- looking up ---------------------------------------------------------- */

static bool member(struct json_object *o, const char *name, size_t n, struct json_object **v_r)
{
    char key[128];
    if (n >= sizeof key || !json_object_is_type(o, json_type_object))
        return false;
    memcpy(key, name, n);
    key[n] = '\0';
    return json_object_object_get_ex(o, key, v_r);
}

/* The value of a dotted name: the first part is searched outward, the others only inside what was found. */
static bool look_up(const struct scope *s, const char *name, size_t n, struct json_object **v_r)
{
    *v_r = NULL;
    if (n == 1 && name[0] == '.') {
        *v_r = s->value;
        return true;
    }
    const char *dot = memchr(name, '.', n);
    size_t part = dot ? (size_t)(dot - name) : n;
    while (s && !member(s->value, name, part, v_r))
        s = s->outer;
    if (!s)
        return false;
    while (dot) {
        name = dot + 1;
        n -= part + 1;
        dot = memchr(name, '.', n);
        part = dot ? (size_t)(dot - name) : n;
        struct json_object *in = *v_r;
        *v_r = NULL;
        if (!member(in, name, part, v_r))
            return false;
    }
    return true;
}

static bool is_true(struct json_object *v)
{
    switch (json_object_get_type(v)) {
    case json_type_null:
        return false;
    case json_type_boolean:
        return json_object_get_boolean(v);
    case json_type_int:
        return json_object_get_int64(v) != 0;
    case json_type_double:
        return json_object_get_double(v) != 0;
    case json_type_string:
        return json_object_get_string_len(v) > 0;
    case json_type_array:
        return json_object_array_length(v) > 0;
    default:
        return true;
    }
}

/* ---- writing ------------------------------------------------------------- */

static void escape_html(struct buf *out, const char *s, size_t n)
{
    size_t from = 0;
    for (size_t i = 0; i < n; i++) {
        const char *e = s[i] == '&'    ? "&amp;"
                        : s[i] == '<'  ? "&lt;"
                        : s[i] == '>'  ? "&gt;"
                        : s[i] == '"'  ? "&quot;"
                        : s[i] == '\'' ? "&#39;"
                                       : NULL;
        if (!e)
            continue;
        buf_add(out, s + from, i - from);
        buf_add_str(out, e);
        from = i + 1;
    }
    buf_add(out, s + from, n - from);
}

static void escape_url_part(struct buf *out, const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        char c = s[i];
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
            c == '_' || c == '~')
            buf_add_char(out, c);
        else
            buf_printf(out, "%%%02X", (unsigned char)c);
    }
}

/* A path of this site: one slash, then neither slash nor backslash (browsers read both as another host). */
static bool is_own_address(const char *s, size_t n)
{
    if (n == 0 || memchr(s, '\\', n))
        return n == 0;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] < 0x20)
            return false; /* browsers drop tabs and line ends before they read it */
    return s[0] == '?' || s[0] == '#' || (s[0] == '/' && !(n > 1 && s[1] == '/'));
}

static void write_escaped(struct buf *out, enum place place, const char *s, size_t n)
{
    if (place == PLACE_URL_PART)
        escape_url_part(out, s, n);
    else if (place == PLACE_URL_START && !is_own_address(s, n))
        buf_add_char(out, '#');
    else
        escape_html(out, s, n);
}

static void begin_write(struct rendering *r)
{
    if (r->at_line_start && r->indent.len > 0)
        buf_add(r->out, r->indent.p, r->indent.len);
    r->at_line_start = false;
}

static void write_text(struct rendering *r, const char *s, size_t n)
{
    if (r->indent.len == 0) {
        buf_add(r->out, s, n);
        return;
    }
    while (n > 0) {
        const char *end = memchr(s, '\n', n);
        size_t line = end ? (size_t)(end - s) + 1 : n;
        begin_write(r);
        buf_add(r->out, s, line);
        r->at_line_start = end != NULL;
        s += line;
        n -= line;
    }
}

/* Fills {x} from the scope; escaped unless place is NULL; unknown ones stay. */
static void fill(struct buf *out, const char *text, const struct scope *s, enum lang lang, const enum place *place)
{
    while (*text) {
        size_t plain = strcspn(text, "{");
        if (place)
            escape_html(out, text, plain);
        else
            buf_add(out, text, plain);
        text += plain;
        if (!*text)
            return;
        size_t n = strcspn(text + 1, "{}");
        struct json_object *v;
        if (text[1 + n] != '}' || n == 0 || !look_up(s, text + 1, n, &v)) {
            buf_add_char(out, *text++);
            continue;
        }
        struct buf value = BUF_INIT;
        value_format_write(&value, FORMAT_NONE, v, lang);
        if (place)
            write_escaped(out, *place, buf_str(&value), value.len);
        else
            buf_add(out, buf_str(&value), value.len);
        buf_free(&value);
        text += n + 2;
    }
}

static void render_value(struct rendering *r, const struct node *n, const struct scope *s)
{
    struct json_object *v;
    if (!look_up(s, n->text, n->len, &v))
        return;
    begin_write(r);
    struct buf value = BUF_INIT;
    value_format_write(&value, n->format, v, r->lang);
    if (n->kind == NODE_RAW)
        buf_add(r->out, buf_str(&value), value.len);
    else
        write_escaped(r->out, n->place, buf_str(&value), value.len);
    buf_free(&value);
}

static void render_msgid(struct rendering *r, const struct node *n, const struct scope *s)
{
    static const enum place html = PLACE_HTML;
    const char *text = catalog_text(r->lang, n->text);
    begin_write(r);
    if (n->keep_holes)
        escape_html(r->out, text, strlen(text));
    else
        fill(r->out, text, s, r->lang, &html);
}

static void render_nodes(struct rendering *r, const struct node *n, const struct scope *s);

static void render_section(struct rendering *r, const struct node *n, const struct scope *s)
{
    struct json_object *v;
    look_up(s, n->text, n->len, &v);
    bool yes = is_true(v);
    if (n->kind == NODE_INVERTED) {
        if (!yes)
            render_nodes(r, n->children, s);
        return;
    }
    if (!yes)
        return;
    if (!json_object_is_type(v, json_type_array)) {
        struct scope inner = {.value = v, .outer = s};
        render_nodes(r, n->children, &inner);
        return;
    }
    size_t count = json_object_array_length(v);
    for (size_t i = 0; i < count; i++) {
        struct scope inner = {.value = json_object_array_get_idx(v, i), .outer = s};
        render_nodes(r, n->children, &inner);
    }
}

static void render_partial(struct rendering *r, const struct node *n, const struct scope *s)
{
    if (r->depth == TEMPLATE_DEPTH) {
        r->too_deep = true;
        return;
    }
    size_t before = r->indent.len;
    if (n->indent) {
        buf_add_str(&r->indent, n->indent);
        r->at_line_start = true;
    }
    r->depth++;
    render_nodes(r, n->to->nodes, s);
    r->depth--;
    if (n->indent && !buf_failed(&r->indent)) {
        r->indent.len = before;
        r->indent.p[before] = '\0';
        r->at_line_start = before > 0;
    }
}

static void render_nodes(struct rendering *r, const struct node *n, const struct scope *s)
{
    for (; n && !r->too_deep; n = n->next) {
        switch (n->kind) {
        case NODE_TEXT:
            write_text(r, n->text, n->len);
            break;
        case NODE_VALUE:
        case NODE_RAW:
            render_value(r, n, s);
            break;
        case NODE_MSGID:
            render_msgid(r, n, s);
            break;
        case NODE_SECTION:
        case NODE_INVERTED:
            render_section(r, n, s);
            break;
        case NODE_PARTIAL:
            render_partial(r, n, s);
            break;
        }
    }
}

bool template_render(const struct template_set *set, const char *name, struct json_object *data, enum lang lang,
                     struct buf *out)
{
    const struct template *t = find(set, name);
    if (!t) {
        log_error("template_missing name=%s", name);
        return false;
    }
    struct rendering r = {.lang = lang, .out = out};
    struct scope top = {.value = data};
    render_nodes(&r, t->nodes, &top);
    bool ok = !r.too_deep && !buf_failed(out) && !buf_failed(&r.indent);
    if (!ok)
        log_error("template_render name=%s why=%s", name, r.too_deep ? "nested_too_deep" : "out_of_memory");
    buf_free(&r.indent);
    return ok;
}

void template_fill(struct buf *out, const char *text, struct json_object *args)
{
    struct scope s = {.value = args};
    fill(out, text, &s, LANG_EN, NULL);
}
