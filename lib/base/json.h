/* json: strict reading over json-c, and direct writing.
 *
 * json-c 0.16 alone takes overlong UTF-8, surrogates, duplicate keys, NaN, clamps big integers and loses some escaped letters above U+FFFF, so json_read() checks
 * the text itself first: strict UTF-8, no NUL (raw or escaped), no lone surrogate escape, no duplicate key in an object, depth at most 8,
 * at most 2048 values, integers below 2^53 in size, RFC 8259 grammar with nothing behind the value. Then json-c builds the tree. */
#ifndef SANGDAM_BASE_JSON_H
#define SANGDAM_BASE_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

#define JSON_MAX_BYTES 65536
#define JSON_MAX_DEPTH 8
#define JSON_MAX_VALUES 2048 /* an empty object takes json-c about 1 KiB: 64 KiB of them would be 20 MiB */
#define JSON_MAX_INT INT64_C(9007199254740991) /* 2^53 - 1: RFC 7493 2.2 */

/* Reads one whole JSON text of at most JSON_MAX_BYTES. Returns the value (json_object_put it), or NULL and a short English
 * reason (static) in *why_r. A JSON `null` at the top is refused too. Does not block. */
struct json_object *json_read(const char *text, size_t n, const char **why_r);
/* *why_r points here for a "\ud800" without its partner: well-formed by RFC 8259, so a door may answer 422 instead of 400. */
extern const char json_why_surrogate[];
/* ... and here when memory was short: nothing is wrong with the text. */
extern const char json_why_memory[];

enum json_get { JSON_GOT, JSON_ABSENT, JSON_WRONG_TYPE };
/* Members of an object; JSON null counts as absent. Strings hold no NUL (json_read saw to it). */
enum json_get json_get_str(struct json_object *o, const char *key, const char **s_r, size_t *len_r);
/* Only a JSON integer: 5, not 5.0, 5e0, "5" or true. */
enum json_get json_get_int(struct json_object *o, const char *key, int64_t *v_r);
enum json_get json_get_bool(struct json_object *o, const char *key, bool *v_r);
/* The first key of o that is in neither of the NULL-terminated lists (either may be NULL); NULL when all are known. */
const char *json_unknown_key(struct json_object *o, const char *const *known, const char *const *tolerated);

/* Writing: text straight into a buf, no tree. Strings are valid UTF-8. A struct json_writer places commas. */
struct json_writer {
    struct buf *out;
    bool comma; /* a value stands before the next one */
};
#define JSON_WRITER(b) {.out = (b)}
void jw_object(struct json_writer *w);            /* { as a value of an array or the top */
void jw_object_key(struct json_writer *w, const char *key); /* "key":{ */
void jw_object_end(struct json_writer *w);
void jw_array(struct json_writer *w);
void jw_array_key(struct json_writer *w, const char *key);
void jw_array_end(struct json_writer *w);
void jw_str(struct json_writer *w, const char *key, const char *s); /* s NULL writes null */
void jw_strn(struct json_writer *w, const char *key, const char *s, size_t n);
void jw_int(struct json_writer *w, const char *key, int64_t v);
void jw_bool(struct json_writer *w, const char *key, bool v);
void jw_null(struct json_writer *w, const char *key);
void jw_time(struct json_writer *w, const char *key, int64_t wall_ms); /* RFC 3339 UTC with ms; negative writes null */
/* key may be NULL in every jw_* above: a value of an array. jw_raw: text that is JSON already. */
void jw_raw(struct json_writer *w, const char *key, const char *json, size_t n);
/* "s" with the quotes and escapes of RFC 8259; / is not escaped; < > & and U+2028/2029 are written as \u escapes, so that
 * the text may stand in an HTML data island. */
void json_quote(struct buf *out, const char *s, size_t n);

#endif
