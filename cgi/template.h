/* template: our own small Mustache over json-c. A set of templates is parsed once at start into trees that never change
 * again, so any thread may render from it; all state of a rendering is on its own stack.
 *
 * What a template may say (templates/README teaches it by example):
 *   {{x}} {{x.y}} {{.}}      the value, escaped for the place where it stands (below)
 *   {{#x}}...{{/x}}          for each element of an array; once, inside x, for an object; once for true, a number but 0, a
 *                            text but ""; else not at all
 *   {{^x}}...{{/x}}          the opposite
 *   {{> name}}               another template of the set, at most TEMPLATE_DEPTH deep; only between elements
 *   {{! comment}}
 *   {{_ English text}}       the reader's language, by lib/base/catalog.h; {x} inside is filled from the data, escaped
 *   {{__ English text}}      likewise, but {x} stays for a script to fill
 *   {{@FORMAT x}}            a value made readable (template_format.h): clock, day, date, short, stamp, span, size, first
 *   {{&x_raw_markup}}        not escaped: only a name that ends in _raw_markup, for markup that our own C code wrote
 * There are no lambdas, no changed delimiters and no {{{x}}}.
 *
 * Places: between elements and in quoted attributes & < > " ' are escaped. At the start of href, src, action and formaction
 * a value must be a path of this site (one slash first), a query or a fragment, else # is written; later in them it is
 * percent-encoded as one part. A hole is refused when the templates are read where no escaping is safe: in <script>, <style>,
 * HTML comments, unquoted attributes, names of elements and attributes, on... and style attributes.
 *
 * Lines that hold only a section tag, a comment or a partial leave nothing behind; a partial alone on its line is indented like it
 * (Mustache specification, "Standalone"). */
#ifndef SANGDAM_CGI_TEMPLATE_H
#define SANGDAM_CGI_TEMPLATE_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/base/buf.h"
#include "lib/base/catalog.h"

#define TEMPLATE_DEPTH 24          /* partials inside partials */
#define TEMPLATE_MAX_BYTES 262144  /* of one file */

struct template_set;

struct template_source {
    const char *name; /* without .html */
    const char *text;
    size_t len;
};

/* Reads every *.html in dir; blocks on files. NULL when one can't be read or is wrong, with "FILE:LINE: reason" in why.
 * The caller frees the set. */
struct template_set *template_load(const char *dir, struct buf *why);
/* The same from memory. */
struct template_set *template_read(const struct template_source *sources, size_t n, struct buf *why);
void template_set_free(struct template_set **set);

bool template_has(const struct template_set *set, const char *name);
/* Appends the page to out. data is an object, only read. False, with a log line, for an unknown name, partials nested too deep, or
 * no memory: then what stands in out is not to be sent. Times are shown in the process's zone (TZ). */
bool template_render(const struct template_set *set, const char *name, struct json_object *data, enum lang lang,
                     struct buf *out);
/* Appends text with each {x} or {x.y} replaced from args, not escaped; an unknown one stays as it is. For titles and
 * system lines, which are escaped when a template shows them. */
void template_fill(struct buf *out, const char *text, struct json_object *args);

#endif
