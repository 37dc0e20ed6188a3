/* site_check: what a good site is, and what it allows. Pure; see site.h. */
#include "lib/chat/site.h"

#include <stdio.h>
#include <string.h>

#include "lib/base/utf8.h"
#include "lib/chat/origin.h"

#define NAME_MAX_POINTS 100
#define GREETING_MAX_POINTS 300
#define HOST_MAX 253

bool site_key_is_valid(const char *key)
{
    size_t n = strlen(key);

    /* "new" is the address of the form for a new one */
    return n > 0 && n < SITE_KEY_SIZE && strcmp(key, "new") != 0 && key[0] >= 'a' && key[0] <= 'z' && strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

/* ---- texts ---- */

/* Control characters, and those that turn the direction of what follows. */
static bool has_odd_character(const char *s, size_t n)
{
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t c = utf8_decode(s + i, n - i, &len);

        if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069))
            return true;
    }
    return false;
}

static enum outcome take_text(const char *text, size_t points_max, char *out, size_t size, const char *field, struct refusal *refusal_r)
{
    size_t n = strlen(text);

    if (!utf8_is_valid(text, n) || has_odd_character(text, n))
        return refuse_field(refusal_r, 422, CODE_INPUT, "The text holds characters that can't be shown.", field);
    if (n >= size || utf8_count(text, n) > points_max)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A text is too long.", field);
    memcpy(out, text, n + 1);
    return OUTCOME_DONE;
}

/* ---- origins ---- */

static bool is_port(const char *s, size_t n)
{
    long port = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        port = port * 10 + (s[i] - '0');
    }
    return n > 0 && n <= 5 && s[0] != '0' && port <= 65535;
}

/* A DNS name or an IPv4 address: labels of letters, digits and inner hyphens. A name in Hangul is given in its xn-- form, since browsers send that one. */
static bool is_host(const char *s, size_t n)
{
    static const char known[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

    for (size_t at = 0; at <= n;) {
        size_t len = 0;

        while (at + len < n && s[at + len] != '.')
            if (!strchr(known, s[at + len++]))
                return false;
        if (len == 0 || s[at] == '-' || s[at + len - 1] == '-')
            return false;
        at += len + 1;
    }
    return n <= HOST_MAX;
}

/* One origin as browsers write it: lower case, no slash, no port that goes without saying. False: it is none. */
static bool take_origin(const char *s, size_t n, char *out, size_t size)
{
    size_t scheme, host, port;
    bool is_https;

    if (n > 0 && s[n - 1] == '/')
        n--;
    if (n + 1 > size)
        return false;
    for (size_t i = 0; i < n; i++)
        out[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] + 32) : s[i];
    out[n] = '\0';
    is_https = strncmp(out, "https://", 8) == 0;
    if (!is_https && strncmp(out, "http://", 7) != 0)
        return false;
    scheme = is_https ? 8 : 7;
    host = strcspn(out + scheme, ":");
    port = n - scheme - host;
    if (!is_host(out + scheme, host) || (port > 0 && !is_port(out + scheme + host + 1, port - 1)))
        return false;
    if (strcmp(out + scheme + host, is_https ? ":443" : ":80") == 0)
        out[scheme + host] = '\0';
    return true;
}

/* Is that text among those in list, which are separated by sep? */
static bool is_listed(const char *list, const char *text, char sep)
{
    size_t n = strlen(text);

    for (const char *p = list; *p;) {
        const char *end = strchr(p, sep);
        size_t len = end ? (size_t)(end - p) : strlen(p);

        if (len == n && memcmp(p, text, n) == 0)
            return true;
        p += len + (end != NULL);
    }
    return false;
}

/* Adds text to the list; false when there is no room. */
static bool append(char *list, size_t size, const char *text, char sep)
{
    size_t at = strlen(list);

    if (at + strlen(text) + 2 > size)
        return false;
    if (at > 0)
        list[at++] = sep;
    strcpy(list + at, text);
    return true;
}

static enum outcome take_origins(const char *text, char out[SITE_ORIGINS_SIZE], struct refusal *refusal_r)
{
    static const char field[] = "origins", between[] = " \t\r\n,";
    char one[300];
    int count = 0;

    out[0] = '\0';
    for (const char *p = text + strspn(text, between); *p; p += strspn(p, between)) {
        size_t n = strcspn(p, between);

        if (!take_origin(p, n, one, sizeof one))
            return refuse_field(refusal_r, 422, CODE_INPUT, "An origin is a scheme and a host, like https://www.example.com, without a path.", field);
        p += n;
        if (is_listed(out, one, ' '))
            continue;
        if (++count > SITE_ORIGINS_MAX || !append(out, SITE_ORIGINS_SIZE, one, ' '))
            return refuse_field(refusal_r, 422, CODE_INPUT, "There are too many origins.", field);
    }
    return count ? OUTCOME_DONE : refuse_field(refusal_r, 422, CODE_INPUT, "Please fill this in.", field);
}

bool site_allows(const struct site *site, const char *origin)
{
    return origin_is_allowed(origin, NULL, false, site->origins);
}

/* ---- the rest ---- */

static enum outcome take_color(const char *text, char out[8], struct refusal *refusal_r)
{
    snprintf(out, 8, "%s", *text ? text : SITE_COLOR);
    for (char *p = out; *p; p++)
        if (*p >= 'A' && *p <= 'F')
            *p = (char)(*p + 32);
    if (strlen(text) > 7 || strlen(out) != 7 || out[0] != '#' || strspn(out + 1, "0123456789abcdef") != 6)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A colour is # and six digits of 0-9 and a-f, like #3456c5.", "color");
    return OUTCOME_DONE;
}

static enum outcome take_categories(const char *text, char out[SITE_CATEGORIES_SIZE], struct refusal *refusal_r)
{
    static const char field[] = "categories", between[] = ", \t\r\n";
    char one[12];

    out[0] = '\0';
    for (const char *p = text + strspn(text, between); *p; p += strspn(p, between)) {
        size_t n = strcspn(p, between);

        if (n > 9 || strspn(p, "0123456789") != n || p[0] == '0')
            return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", field);
        memcpy(one, p, n);
        one[n] = '\0';
        p += n;
        if (!is_listed(out, one, ',') && !append(out, SITE_CATEGORIES_SIZE, one, ','))
            return refuse_field(refusal_r, 422, CODE_INPUT, "A text is too long.", field);
    }
    return OUTCOME_DONE;
}

static enum outcome take_position(const char *text, bool *is_left_r, struct refusal *refusal_r)
{
    *is_left_r = strcmp(text, "left") == 0;
    if (!*is_left_r && *text && strcmp(text, "right") != 0)
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "position");
    return OUTCOME_DONE;
}

enum outcome site_check(const struct site_draft *d, struct site *site_r, struct refusal *refusal_r)
{
    static const char *const greeting_fields[2] = {[LANG_KO] = "greeting", [LANG_EN] = "greetingEn"};
    const char *name = or_empty(d->name);
    enum outcome outcome = OUTCOME_DONE;

    if (utf8_is_blank(name, strlen(name)))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Please fill this in.", "name");
    if ((outcome = take_text(name, NAME_MAX_POINTS, site_r->name, sizeof site_r->name, "name", refusal_r)) != OUTCOME_DONE ||
        (outcome = take_origins(or_empty(d->origins), site_r->origins, refusal_r)) != OUTCOME_DONE ||
        (outcome = take_color(or_empty(d->color), site_r->color, refusal_r)) != OUTCOME_DONE)
        return outcome;
    for (int lang = 0; lang < 2 && outcome == OUTCOME_DONE; lang++)
        outcome = take_text(or_empty(d->greeting[lang]), GREETING_MAX_POINTS, site_r->greeting[lang], SITE_GREETING_SIZE, greeting_fields[lang], refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = take_categories(or_empty(d->categories), site_r->categories, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = take_position(or_empty(d->position), &site_r->is_left, refusal_r);
    site_r->is_active = d->is_active;
    return outcome;
}

bool site_has_category(const struct site *site, int32_t code_id)
{
    char text[12];

    snprintf(text, sizeof text, "%d", (int)code_id);
    return !site->categories[0] || is_listed(site->categories, text, ',');
}
