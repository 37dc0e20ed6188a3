#include "lib/base/json.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/json_scan.h"
#include "lib/base/utf8.h"

const char json_why_surrogate[] = "half a surrogate pair in a string";
const char json_why_memory[] = "out of memory";

/* json-c's own count of levels takes the innermost value and one spare for itself. */
#define TOKENER_DEPTH (JSON_MAX_DEPTH + 2)

static void count(struct json_object *o, struct json_counts *counts)
{
    counts->values++;
    if (!o) {
        counts->nulls++;
    } else if (json_object_is_type(o, json_type_array)) {
        for (size_t i = 0; i < json_object_array_length(o); i++)
            count(json_object_array_get_idx(o, i), counts);
    } else if (json_object_is_type(o, json_type_object)) {
        json_object_object_foreach(o, key, value) {
            counts->bytes += strlen(key);
            count(value, counts);
        }
    } else if (json_object_is_type(o, json_type_string)) {
        counts->bytes += (size_t)json_object_get_string_len(o);
    }
}

/* When memory is short json-c 0.16 shortens a string, makes null of it, or leaves out a member, without a word. */
static bool is_whole(struct json_object *o, const struct json_counts *of_text)
{
    struct json_counts of_tree = {0};

    count(o, &of_tree);
    return of_tree.values == of_text->values && of_tree.nulls == of_text->nulls && of_tree.bytes == of_text->bytes;
}

/* text has passed json_scan(), and ends with its value: what fails now is the memory. NULL then. */
static struct json_object *build(const char *text, size_t n, const struct json_counts *counts)
{
    struct json_tokener *tok = json_tokener_new_ex(TOKENER_DEPTH);
    struct json_object *o;

    if (!tok)
        return NULL;
    json_tokener_set_flags(tok, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
    o = json_tokener_parse_ex(tok, text, (int)n);
    if (json_tokener_get_error(tok) == json_tokener_continue) /* a lone number: only the NUL tells that no digit follows */
        o = json_tokener_parse_ex(tok, "", 1);
    json_tokener_free(tok);
    if (o && !is_whole(o, counts)) {
        json_object_put(o);
        o = NULL;
    }
    return o;
}

static uint32_t hex4(const char *s)
{
    const char text[5] = {s[0], s[1], s[2], s[3], '\0'};

    return (uint32_t)strtoul(text, NULL, 16);
}

/* Surrogate pairs of text, which has passed json_scan(), as UTF-8: json-c 0.16 makes U+FFFD of the pair when the code point ends in D800 to DFFF (U+1DF00, U+2DC00,
 * which are letters), and of nothing else. */
static void write_pairs(struct buf *out, const char *text, size_t n)
{
    size_t plain = 0;

    for (size_t i = 0; i + 1 < n; i++) {
        uint32_t unit, low;
        char bytes[4];
        if (text[i] != '\\' || text[++i] != 'u')
            continue;
        unit = hex4(text + i + 1);
        if (unit < 0xd800 || unit > 0xdbff)
            continue;
        low = hex4(text + i + 7);
        buf_add(out, text + plain, i - 1 - plain);
        buf_add(out, bytes, utf8_encode(0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), bytes));
        i += 10;
        plain = i + 1;
    }
    buf_add(out, text + plain, n - plain);
}

/* As build(), of a text that may hold escapes of surrogate pairs. */
static struct json_object *build_paired(const char *text, size_t n, const struct json_counts *counts)
{
    struct buf copy = BUF_INIT;
    struct json_object *o = NULL;

    write_pairs(&copy, text, n);
    if (!buf_failed(&copy))
        o = build(copy.p, copy.len, counts);
    buf_free(&copy);
    return o;
}

struct json_object *json_read(const char *text, size_t n, const char **why_r)
{
    struct json_counts counts = {0};
    struct json_object *o;
    const char *why = NULL;

    if (n > JSON_MAX_BYTES)
        why = "too long";
    else if (memchr(text, '\0', n))
        why = "NUL byte";
    else if (!utf8_is_valid(text, n))
        why = "not UTF-8";
    else
        why = json_scan(text, n, &counts);
    if (why) {
        *why_r = why;
        return NULL;
    }
    while (n && strchr(" \t\r\n", text[n - 1]))
        n--;
    while (n && strchr(" \t\r\n", *text)) {
        text++;
        n--;
    }
    if (n == 4 && memcmp(text, "null", 4) == 0) {
        *why_r = "null";
        return NULL;
    }
    o = memmem(text, n, "\\ud", 3) || memmem(text, n, "\\uD", 3) ? build_paired(text, n, &counts) : build(text, n, &counts);
    *why_r = o ? NULL : json_why_memory;
    return o;
}

/* The member, NULL when it is absent or null. */
static struct json_object *member(struct json_object *o, const char *key)
{
    struct json_object *v;

    if (!json_object_is_type(o, json_type_object) || !json_object_object_get_ex(o, key, &v))
        return NULL;
    return v;
}

enum json_get json_get_str(struct json_object *o, const char *key, const char **s_r, size_t *len_r)
{
    struct json_object *v = member(o, key);

    if (!v)
        return JSON_ABSENT;
    if (!json_object_is_type(v, json_type_string))
        return JSON_WRONG_TYPE;
    *s_r = json_object_get_string(v);
    *len_r = (size_t)json_object_get_string_len(v);
    return JSON_GOT;
}

enum json_get json_get_int(struct json_object *o, const char *key, int64_t *v_r)
{
    struct json_object *v = member(o, key);

    if (!v)
        return JSON_ABSENT;
    if (!json_object_is_type(v, json_type_int))
        return JSON_WRONG_TYPE;
    *v_r = json_object_get_int64(v);
    return JSON_GOT;
}

enum json_get json_get_bool(struct json_object *o, const char *key, bool *v_r)
{
    struct json_object *v = member(o, key);

    if (!v)
        return JSON_ABSENT;
    if (!json_object_is_type(v, json_type_boolean))
        return JSON_WRONG_TYPE;
    *v_r = json_object_get_boolean(v);
    return JSON_GOT;
}

static bool is_listed(const char *key, const char *const *list)
{
    for (; list && *list; list++)
        if (strcmp(key, *list) == 0)
            return true;
    return false;
}

const char *json_unknown_key(struct json_object *o, const char *const *known, const char *const *tolerated)
{
    struct json_object_iterator at, end;

    if (!json_object_is_type(o, json_type_object))
        return NULL;
    at = json_object_iter_begin(o);
    end = json_object_iter_end(o);
    for (; !json_object_iter_equal(&at, &end); json_object_iter_next(&at)) {
        const char *key = json_object_iter_peek_name(&at);

        if (!is_listed(key, known) && !is_listed(key, tolerated))
            return key;
    }
    return NULL;
}
