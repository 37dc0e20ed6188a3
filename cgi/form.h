/* form: fields of a query, a form or a JSON body, all through the same table of names and types. Strict: an unknown or repeated name, a
 * wrong type, a number that is not whole or out of range is 400 naming the field. Names that existing pages send (contract.md,
 * Shapes) are accepted and ignored when the table lacks them. A body that is a JSON array itself is the field named "". Text is not changed; its rules (blank, length) are lib/chat's. */
#ifndef SANGDAM_CGI_FORM_H
#define SANGDAM_CGI_FORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/chat/outcome.h"

#define FORM_FIELDS_MAX 16

struct json_object;

enum field_type {
    FIELD_TEXT, /* valid UTF-8, no NUL; most: bytes, 0 for no limit but the body's; longer is 422 */
    FIELD_INT,  /* least..most. JSON: an integer; elsewhere decimal digits with an optional - */
    FIELD_CODE, /* a code as requests give it: number, decimal string or name. As text in s, for code_resolve() */
    FIELD_BOOL, /* JSON: true, false; elsewhere "true", "false", and "on" of a checkbox */
    FIELD_MANY, /* forms alone: a TEXT that may come several times in a row (ticked boxes of one name); joined by commas */
    FIELD_LIST, /* JSON alone: an array, in json */
};
struct field {
    const char *name; /* NULL ends a table */
    enum field_type type;
    bool is_needed;   /* absent is 400 */
    int64_t least, most;
};
struct value {
    bool is_given; /* JSON null counts as absent; so does an empty FIELD_INT or FIELD_CODE of a form or query (an unfilled input) */
    const char *s; /* TEXT, CODE: NUL-terminated; lives until the request ends. "" when not given */
    size_t len;
    int64_t i;     /* INT; BOOL 0, 1 */
    struct json_object *json;
};

/* name=value&... as the query and forms are written, decoded into *storage; refusals in refusal_r. table NULL: no field is known. */
bool form_read_urlencoded(const char *text, size_t n, const struct field *table, struct value *values_r, const char **csrf_r, struct buf *storage,
                          struct refusal *refusal_r);
/* A JSON object; the tree is *json_r (json_object_put it, also after false). */
bool form_read_json(const char *text, size_t n, const struct field *table, struct value *values_r, const char **csrf_r, struct buf *storage,
                    struct json_object **json_r, struct refusal *refusal_r);
/* True for the names that existing pages send and nobody reads. */
bool form_is_tolerated(const char *name);
/* Percent-decoding (and + as a space when is_form) into out; false for a wrong escape, NUL or bytes that are no UTF-8. */
bool form_decode(const char *text, size_t n, bool is_form, struct buf *out);

#endif
