/* form: see form.h. */
#include "cgi/form.h"

#include <string.h>

#include "lib/base/json.h"
#include "lib/base/utf8.h"

/* contract.md, Shapes: existing pages send these; what they say never counts. */
static const char *const tolerated[] = {"senderId", "senderType", "senderName", "timestamp", "isRead",
                                        "messageId", "memberId", "adminId", "endedBy", "side", NULL};

bool form_is_tolerated(const char *name)
{
    for (size_t i = 0; tolerated[i]; i++)
        if (strcmp(tolerated[i], name) == 0)
            return true;
    return false;
}

static int field_index(const struct field *table, const char *name)
{
    for (int i = 0; table && table[i].name; i++)
        if (strcmp(table[i].name, name) == 0)
            return i;
    return -1;
}

static bool wrong(struct refusal *r, const char *message, const char *field)
{
    refuse_field(r, 400, CODE_INPUT, message, field);
    return false;
}

static void clear_values(struct value *values)
{
    for (size_t i = 0; i < FORM_FIELDS_MAX; i++)
        values[i] = (struct value){.s = ""};
}

static bool check_needed(const struct field *table, const struct value *values, struct refusal *r)
{
    for (int i = 0; table && table[i].name; i++)
        if (table[i].is_needed && !values[i].is_given)
            return wrong(r, "A field is missing.", table[i].name);
    return true;
}

/* ---- urlencoded ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool form_decode(const char *text, size_t n, bool is_form, struct buf *out)
{
    size_t from = out->len;
    for (size_t i = 0; i < n; i++) {
        char c = text[i];
        if (c == '%') {
            int high = i + 2 < n ? hex_digit(text[i + 1]) : -1;
            int low = i + 2 < n ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && is_form) {
            c = ' ';
        }
        if (c == '\0')
            return false;
        buf_add_char(out, c);
    }
    return utf8_is_valid(buf_str(out) + from, out->len - from);
}

/* Whole decimal numbers below 2^53 in size; no +, no leading zeros beyond "0", no spaces. */
static bool read_int(const char *s, int64_t *v_r)
{
    bool negative = *s == '-';
    const char *p = s + negative;
    size_t n = strlen(p);
    if (n == 0 || n > 16 || (n > 1 && *p == '0') || (negative && *p == '0'))
        return false;
    int64_t v = 0;
    for (; *p; p++) {
        if (*p < '0' || *p > '9')
            return false;
        v = v * 10 + (*p - '0');
    }
    if (v > JSON_MAX_INT)
        return false;
    *v_r = negative ? -v : v;
    return true;
}

static bool check_int(const struct field *f, int64_t v, struct value *value_r, struct refusal *r)
{
    if (v < f->least || v > f->most)
        return wrong(r, "A number is out of range.", f->name);
    value_r->i = v;
    value_r->is_given = true;
    return true;
}

static bool take_text(const struct field *f, const char *s, size_t n, struct value *value_r, struct refusal *r)
{
    if (f->most > 0 && (int64_t)n > f->most) {
        refuse_field(r, 422, CODE_INPUT, "A text is too long.", f->name);
        return false;
    }
    value_r->s = s;
    value_r->len = n;
    value_r->is_given = true;
    return true;
}

static bool take_parameter(const struct field *f, const char *s, size_t n, struct value *value_r, struct refusal *r)
{
    switch (f->type) {
    case FIELD_TEXT:
    case FIELD_MANY:
        return take_text(f, s, n, value_r, r);
    case FIELD_CODE:
        return n == 0 || take_text(&(struct field){.name = f->name, .most = 40}, s, n, value_r, r);
    case FIELD_INT: {
        int64_t v;
        if (n == 0)
            return true;
        return read_int(s, &v) ? check_int(f, v, value_r, r) : wrong(r, "This is not a whole number.", f->name);
    }
    case FIELD_BOOL:
        value_r->i = strcmp(s, "true") == 0 || strcmp(s, "on") == 0;
        if (!value_r->i && strcmp(s, "false") != 0)
            return wrong(r, "This is neither true nor false.", f->name);
        value_r->is_given = true;
        return true;
    default:
        return wrong(r, "This field takes JSON alone.", f->name);
    }
}

/* The names seen so far, to find repeated ones among those that no table keeps: a bit each. */
struct seen {
    uint32_t known, tolerated;
    bool csrf;
    int last; /* the field that came just before, -1 when it was none */
};

static bool was_seen(uint32_t *bits, size_t i)
{
    bool seen = *bits & (1u << i);
    *bits |= 1u << i;
    return seen;
}

/* Another one of a FIELD_MANY: put behind the one before it, over the name between them. */
static void join(struct value *value, const char *s, size_t n)
{
    char *end = (char *)value->s + value->len;
    memmove(end + 1, s, n + 1);
    *end = ',';
    value->len += n + 1;
}

static bool take_pair(const char *name, const char *s, size_t n, const struct field *table, struct value *values_r, const char **csrf_r,
                      struct seen *seen, struct refusal *r)
{
    int i = field_index(table, name);
    int last = seen->last;
    seen->last = i;
    if (i >= 0) {
        bool is_again = was_seen(&seen->known, (size_t)i);
        if (is_again && table[i].type == FIELD_MANY && last == i) {
            join(&values_r[i], s, n);
            return true;
        }
        if (is_again)
            return wrong(r, "A parameter was sent twice.", table[i].name);
        return take_parameter(&table[i], s, n, &values_r[i], r);
    }
    if (csrf_r && strcmp(name, "csrfToken") == 0) {
        if (seen->csrf)
            return wrong(r, "A parameter was sent twice.", "csrfToken");
        seen->csrf = true;
        *csrf_r = s;
        return true;
    }
    for (size_t t = 0; tolerated[t]; t++)
        if (strcmp(tolerated[t], name) == 0)
            return !was_seen(&seen->tolerated, t) || wrong(r, "A parameter was sent twice.", tolerated[t]);
    return wrong(r, "This parameter is unknown.", name);
}

bool form_read_urlencoded(const char *text, size_t n, const struct field *table, struct value *values_r, const char **csrf_r, struct buf *storage,
                          struct refusal *refusal_r)
{
    struct seen seen = {.last = -1};
    clear_values(values_r);
    if (csrf_r)
        *csrf_r = NULL;
    /* decoded text is never longer, and a reserved buffer never moves: pointers into it stay */
    if (!buf_reserve(storage, n + 2 * FORM_FIELDS_MAX + 64))
        return wrong(refusal_r, "The request is too large.", NULL);
    size_t pairs = 0;
    for (size_t at = 0; at < n;) {
        const char *pair = text + at;
        const char *amp = memchr(pair, '&', n - at);
        size_t pair_len = amp ? (size_t)(amp - pair) : n - at;
        at += pair_len + 1;
        if (pair_len == 0)
            continue;
        if (++pairs > FORM_FIELDS_MAX + 16)
            return wrong(refusal_r, "There are too many parameters.", NULL);
        const char *eq = memchr(pair, '=', pair_len);
        size_t name_len = eq ? (size_t)(eq - pair) : pair_len;
        size_t name_at = storage->len;
        if (!form_decode(pair, name_len, true, storage))
            return wrong(refusal_r, "The text is malformed: a wrong escape, or not UTF-8.", NULL);
        buf_add_char(storage, '\0');
        size_t value_at = storage->len;
        if (eq && !form_decode(eq + 1, pair_len - name_len - 1, true, storage))
            return wrong(refusal_r, "The text is malformed: a wrong escape, or not UTF-8.", storage->p + name_at);
        size_t value_len = storage->len - value_at;
        buf_add_char(storage, '\0');
        if (buf_failed(storage))
            return wrong(refusal_r, "The request is too large.", NULL);
        if (!take_pair(storage->p + name_at, storage->p + value_at, value_len, table, values_r, csrf_r, &seen, refusal_r))
            return false;
    }
    return check_needed(table, values_r, refusal_r);
}

/* ---- JSON ---- */

static bool take_member(const struct field *f, struct json_object *o, struct value *value_r, struct buf *storage, struct refusal *r)
{
    struct json_object *v = NULL;
    if (!json_object_object_get_ex(o, f->name, &v) || !v)
        return true;
    const char *s;
    size_t n;
    int64_t i;
    bool b;
    switch (f->type) {
    case FIELD_TEXT:
        if (json_get_str(o, f->name, &s, &n) != JSON_GOT)
            return wrong(r, "This must be a text.", f->name);
        return take_text(f, s, n, value_r, r);
    case FIELD_CODE:
        if (json_get_int(o, f->name, &i) == JSON_GOT) {
            size_t at = storage->len;
            buf_printf(storage, "%lld", (long long)i);
            s = storage->p + at;
            n = storage->len - at;
            buf_add_char(storage, '\0');
        } else if (json_get_str(o, f->name, &s, &n) != JSON_GOT) {
            return wrong(r, "This must be a number or a text.", f->name);
        }
        return take_text(&(struct field){.name = f->name, .most = 40}, s, n, value_r, r);
    case FIELD_INT:
        return json_get_int(o, f->name, &i) == JSON_GOT ? check_int(f, i, value_r, r) : wrong(r, "This must be a whole number.", f->name);
    case FIELD_BOOL:
        if (json_get_bool(o, f->name, &b) != JSON_GOT)
            return wrong(r, "This is neither true nor false.", f->name);
        value_r->i = b;
        value_r->is_given = true;
        return true;
    case FIELD_MANY:
        return wrong(r, "This field takes a form alone.", f->name);
    default:
        if (!json_object_is_type(v, json_type_array))
            return wrong(r, "This must be a list.", f->name);
        value_r->json = v;
        value_r->is_given = true;
        return true;
    }
}

bool form_read_json(const char *text, size_t n, const struct field *table, struct value *values_r, const char **csrf_r, struct buf *storage,
                    struct json_object **json_r, struct refusal *refusal_r)
{
    const char *why = NULL;
    clear_values(values_r);
    *csrf_r = NULL;
    *json_r = json_read(text, n, &why);
    if (!*json_r) {
        refuse_json(refusal_r, why);
        return false;
    }
    /* codes given as numbers become texts: reserved, so that pointers stay */
    if (!buf_reserve(storage, 32 * FORM_FIELDS_MAX))
        return wrong(refusal_r, "The request is too large.", NULL);
    if (json_object_is_type(*json_r, json_type_array) && table && table[0].name && table[0].name[0] == '\0') {
        values_r[0].json = *json_r; /* a table with one field named "": the list itself */
        values_r[0].is_given = true;
        return true;
    }
    if (!json_object_is_type(*json_r, json_type_object))
        return wrong(refusal_r, "The body must be a JSON object.", NULL);
    json_object_object_foreach(*json_r, key, value) {
        (void)value;
        if (field_index(table, key) < 0 && !form_is_tolerated(key) && strcmp(key, "csrfToken") != 0)
            return wrong(refusal_r, "This field is unknown.", key);
    }
    size_t len;
    if (json_get_str(*json_r, "csrfToken", csrf_r, &len) != JSON_GOT)
        *csrf_r = NULL;
    for (int i = 0; table && table[i].name; i++)
        if (!take_member(&table[i], *json_r, &values_r[i], storage, refusal_r))
            return false;
    return check_needed(table, values_r, refusal_r);
}
