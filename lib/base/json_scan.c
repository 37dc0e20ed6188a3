#include "lib/base/json_scan.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/json.h"
#include "lib/base/utf8.h"

#define NUMBER_MAX_CHARS 64
#define EXPONENT_MAX 200 /* with 63 digits before it: far inside a double */
#define KEYS_INLINE 32

/* A member's name with its escapes resolved: in the text itself, or in scan.decoded where there were escapes. */
struct key {
    const char *p;
    size_t len;
};

struct scan {
    const char *p;
    const char *end;
    const char *why;
    int depth;
    struct json_counts counts;
    /* The names of all objects that are open now, innermost last: each object sorts its own part when it ends. */
    struct key *keys;
    size_t key_count, key_cap;
    struct key inline_keys[KEYS_INLINE];
    char *decoded; /* made at the first escaped name; as large as the text, so it can't overflow */
    size_t decoded_len, decoded_cap;
};

static bool scan_value(struct scan *s);

static bool fail(struct scan *s, const char *why)
{
    s->why = why;
    return false;
}

static void skip_space(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\n' || *s->p == '\r' || *s->p == '\t'))
        s->p++;
}

/* Steps over c, if it is next. */
static bool take(struct scan *s, char c)
{
    if (s->p == s->end || *s->p != c)
        return false;
    s->p++;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_digit(struct scan *s)
{
    if (s->p == s->end || !is_digit(*s->p))
        return false;
    s->p++;
    return true;
}

static bool scan_word(struct scan *s, const char *word)
{
    size_t n = strlen(word);

    if ((size_t)(s->end - s->p) < n || memcmp(s->p, word, n) != 0)
        return fail(s, "not JSON: unknown word");
    s->p += n;
    return true;
}

/* Integers are kept to the range in which every reader of JSON agrees (RFC 7493 2.2). */
static bool check_integer(struct scan *s, const char *p)
{
    int64_t size = 0;

    for (; p < s->p; p++) {
        size = size * 10 + (*p - '0');
        if (size > JSON_MAX_INT)
            return fail(s, "integer beyond 2^53");
    }
    return true;
}

static bool scan_exponent(struct scan *s)
{
    int size = 0;

    if (!take(s, '-'))
        take(s, '+');
    if (!take_digit(s))
        return fail(s, "not JSON: number without digits");
    s->p--;
    for (; s->p < s->end && is_digit(*s->p); s->p++) {
        size = size * 10 + (*s->p - '0');
        if (size > EXPONENT_MAX)
            return fail(s, "number out of range");
    }
    return true;
}

static bool scan_number(struct scan *s)
{
    const char *start = s->p, *digits;
    bool integer = true;

    take(s, '-');
    digits = s->p;
    if (!take(s, '0')) {
        if (!take_digit(s))
            return fail(s, "not JSON: number without digits");
        while (take_digit(s))
            ;
    }
    if (s->p < s->end && is_digit(*s->p))
        return fail(s, "not JSON: number with a leading zero");
    if (s->p == s->end || (*s->p != '.' && *s->p != 'e' && *s->p != 'E'))
        return check_integer(s, digits);
    if (take(s, '.')) {
        integer = false;
        if (!take_digit(s))
            return fail(s, "not JSON: number without digits");
        while (take_digit(s))
            ;
    }
    if (take(s, 'e') || take(s, 'E')) {
        integer = false;
        if (!scan_exponent(s))
            return false;
    }
    if (!integer && s->p - start > NUMBER_MAX_CHARS)
        return fail(s, "number too long");
    return true;
}

/* Four hex digits. */
static bool take_hex4(struct scan *s, uint32_t *unit_r)
{
    uint32_t unit = 0;

    if (s->end - s->p < 4)
        return fail(s, "not JSON: unfinished escape");
    for (int i = 0; i < 4; i++, s->p++) {
        char c = *s->p;

        if (is_digit(c))
            unit = unit << 4 | (uint32_t)(c - '0');
        else if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
            unit = unit << 4 | (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return fail(s, "not JSON: unknown escape");
    }
    *unit_r = unit;
    return true;
}

/* Behind "\u": one code point, of a pair of units where it is above U+FFFF. */
static bool take_unicode_escape(struct scan *s, uint32_t *cp_r)
{
    uint32_t unit, low;

    if (!take_hex4(s, &unit))
        return false;
    if (unit == 0)
        return fail(s, "NUL in a string");
    if (unit >= 0xDC00 && unit < 0xE000)
        return fail(s, json_why_surrogate);
    *cp_r = unit;
    if (unit < 0xD800 || unit >= 0xE000)
        return true;
    if (!take(s, '\\') || !take(s, 'u'))
        return fail(s, json_why_surrogate);
    if (!take_hex4(s, &low))
        return false;
    if (low < 0xDC00 || low >= 0xE000)
        return fail(s, json_why_surrogate);
    *cp_r = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    return true;
}

/* Behind the backslash. */
static bool take_escape(struct scan *s, uint32_t *cp_r)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    const char *at;

    if (take(s, 'u'))
        return take_unicode_escape(s, cp_r);
    at = s->p < s->end && *s->p ? strchr(from, *s->p) : NULL;
    if (!at)
        return fail(s, "not JSON: unknown escape");
    s->p++;
    *cp_r = (unsigned char)to[at - from];
    return true;
}

/* A string from its opening quote on; *escaped_r says whether it holds escapes. */
static bool scan_string(struct scan *s, bool *escaped_r)
{
    uint32_t cp;
    char bytes[4];

    *escaped_r = false;
    if (!take(s, '"'))
        return fail(s, "not JSON: a string is missing");
    while (s->p < s->end) {
        unsigned char c = (unsigned char)*s->p++;

        if (c == '"')
            return true;
        if (c < 0x20)
            return fail(s, "not JSON: control character in a string");
        if (c != '\\') {
            s->counts.bytes++;
            continue;
        }
        *escaped_r = true;
        if (!take_escape(s, &cp))
            return false;
        s->counts.bytes += utf8_encode(cp, bytes);
    }
    return fail(s, "not JSON: a string has no end");
}

/* Resolves the escapes of a string that scan_string() has passed; p..end is what stands between the quotes. */
static bool decode_key(struct scan *s, const char *p, const char *end, struct key *key_r)
{
    struct scan inner = {.p = p, .end = end};
    char *out;

    if (!s->decoded && !(s->decoded = malloc(s->decoded_cap)))
        return fail(s, json_why_memory);
    out = s->decoded + s->decoded_len;
    key_r->p = out;
    while (inner.p < end) {
        uint32_t cp;

        if (!take(&inner, '\\')) {
            *out++ = *inner.p++;
        } else {
            if (!take_escape(&inner, &cp))
                return fail(s, inner.why);
            out += utf8_encode(cp, out); /* never longer than its escape was */
        }
    }
    key_r->len = (size_t)(out - key_r->p);
    s->decoded_len += key_r->len;
    return true;
}

static bool push_key(struct scan *s, struct key key)
{
    if (s->key_count == s->key_cap) {
        size_t cap = s->key_cap * 2;
        struct key *grown = realloc(s->keys == s->inline_keys ? NULL : s->keys, cap * sizeof(*grown));

        if (!grown)
            return fail(s, json_why_memory);
        if (s->keys == s->inline_keys)
            memcpy(grown, s->inline_keys, sizeof(s->inline_keys));
        s->keys = grown;
        s->key_cap = cap;
    }
    s->keys[s->key_count++] = key;
    return true;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b;

    if (x->len != y->len)
        return x->len < y->len ? -1 : 1;
    return memcmp(x->p, y->p, x->len);
}

/* Sorting finds a name given twice in n log n whatever the names are; a hash could be made to collide. */
static bool check_keys(struct scan *s, size_t first)
{
    struct key *keys = s->keys + first;
    size_t n = s->key_count - first;

    qsort(keys, n, sizeof(*keys), compare_keys);
    for (size_t i = 1; i < n; i++)
        if (compare_keys(&keys[i - 1], &keys[i]) == 0)
            return fail(s, "the same key twice in one object");
    return true;
}

static bool scan_member(struct scan *s)
{
    struct key key;
    const char *start;
    bool escaped;

    skip_space(s);
    start = s->p + 1;
    if (!scan_string(s, &escaped))
        return false;
    key = (struct key){start, (size_t)(s->p - 1 - start)};
    if (escaped && !decode_key(s, start, s->p - 1, &key))
        return false;
    if (!push_key(s, key))
        return false;
    skip_space(s);
    if (!take(s, ':'))
        return fail(s, "not JSON: a colon is missing");
    return scan_value(s);
}

/* Members or elements up to the closing character, from behind the opening one. */
static bool scan_list(struct scan *s, char close, bool (*scan_one)(struct scan *s))
{
    if (s->depth == JSON_MAX_DEPTH)
        return fail(s, "nested too deep");
    s->depth++;
    skip_space(s);
    if (!take(s, close)) {
        do {
            if (!scan_one(s))
                return false;
            skip_space(s);
        } while (take(s, ','));
        if (!take(s, close))
            return fail(s, "not JSON: a comma or an end is missing");
    }
    s->depth--;
    return true;
}

static bool scan_object(struct scan *s)
{
    size_t first = s->key_count, decoded = s->decoded_len;

    if (!scan_list(s, '}', scan_member) || !check_keys(s, first))
        return false;
    s->key_count = first;
    s->decoded_len = decoded;
    return true;
}

static bool scan_value(struct scan *s)
{
    bool ignored;

    if (++s->counts.values > JSON_MAX_VALUES)
        return fail(s, "too many values");
    skip_space(s);
    if (s->p == s->end)
        return fail(s, "not JSON: a value is missing");
    switch (*s->p) {
    case '{':
        s->p++;
        return scan_object(s);
    case '[':
        s->p++;
        return scan_list(s, ']', scan_value);
    case '"':
        return scan_string(s, &ignored);
    case 't':
        return scan_word(s, "true");
    case 'f':
        return scan_word(s, "false");
    case 'n':
        s->counts.nulls++;
        return scan_word(s, "null");
    default:
        if (*s->p != '-' && !is_digit(*s->p))
            return fail(s, "not JSON: no value begins like this");
        return scan_number(s);
    }
}

const char *json_scan(const char *text, size_t n, struct json_counts *counts_r)
{
    struct scan s = {.p = text, .end = text + n, .key_cap = KEYS_INLINE, .decoded_cap = n};

    s.keys = s.inline_keys;
    if (scan_value(&s)) {
        skip_space(&s);
        if (s.p != s.end)
            fail(&s, "not JSON: something stands behind the value");
    }
    if (s.keys != s.inline_keys)
        free(s.keys);
    free(s.decoded);
    *counts_r = s.counts;
    return s.why;
}
