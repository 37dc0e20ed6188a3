#include "lib/base/utf8.h"

#include <string.h>

/* The checker remembers how many continuation bytes are still missing and which range the next one must lie in: the
 * second byte's range is what rules out overlong forms, surrogates and code points above U+10FFFF (RFC 3629 4).
 * state = missing | lowest << 8 | highest << 16; 0 between characters. */
#define STATE(missing, lowest, highest) ((uint32_t)(missing) | (uint32_t)(lowest) << 8 | (uint32_t)(highest) << 16)
#define STATE_BROKEN UINT32_MAX /* stays: text that went wrong never becomes right again */

struct range {
    uint32_t first;
    uint32_t last;
};

/* Code points that show nothing. Sources: Unicode 15.0 PropList.txt (White_Space) and
 * extracted/DerivedGeneralCategory.txt (Cf); and five letters and symbols that fonts leave empty. Sorted and disjoint. */
static const struct range blank[] = {
    {0x0009, 0x000D},   /* White_Space: TAB..CR */
    {0x0020, 0x0020},   /* White_Space */
    {0x0085, 0x0085},   /* White_Space: NEL */
    {0x00A0, 0x00A0},   /* White_Space: NO-BREAK SPACE */
    {0x00AD, 0x00AD},   /* Cf: SOFT HYPHEN */
    {0x0600, 0x0605},   /* Cf: Arabic number signs */
    {0x061C, 0x061C},   /* Cf: ARABIC LETTER MARK */
    {0x06DD, 0x06DD},   /* Cf */
    {0x070F, 0x070F},   /* Cf */
    {0x0890, 0x0891},   /* Cf */
    {0x08E2, 0x08E2},   /* Cf */
    {0x115F, 0x1160},   /* HANGUL CHOSEONG FILLER, JUNGSEONG FILLER */
    {0x1680, 0x1680},   /* White_Space: OGHAM SPACE MARK */
    {0x180E, 0x180E},   /* Cf: MONGOLIAN VOWEL SEPARATOR */
    {0x2000, 0x200F},   /* White_Space ..200A, Cf 200B.. (ZWSP, ZWNJ, ZWJ, LRM, RLM) */
    {0x2028, 0x202F},   /* White_Space 2028 2029 202F, Cf 202A..202E (bidi embeddings and overrides) */
    {0x205F, 0x2064},   /* White_Space 205F, Cf 2060..2064 */
    {0x2066, 0x206F},   /* Cf: bidi isolates and the deprecated controls */
    {0x2800, 0x2800},   /* BRAILLE PATTERN BLANK */
    {0x3000, 0x3000},   /* White_Space: IDEOGRAPHIC SPACE */
    {0x3164, 0x3164},   /* HANGUL FILLER */
    {0xFEFF, 0xFEFF},   /* Cf: ZERO WIDTH NO-BREAK SPACE */
    {0xFFA0, 0xFFA0},   /* HALFWIDTH HANGUL FILLER */
    {0xFFF9, 0xFFFB},   /* Cf: interlinear annotation */
    {0x110BD, 0x110BD}, /* Cf */
    {0x110CD, 0x110CD}, /* Cf */
    {0x13430, 0x1343F}, /* Cf: Egyptian hieroglyph format controls */
    {0x1BCA0, 0x1BCA3}, /* Cf: shorthand format controls */
    {0x1D173, 0x1D17A}, /* Cf: musical symbol format controls */
    {0xE0001, 0xE0001}, /* Cf: LANGUAGE TAG */
    {0xE0020, 0xE007F}, /* Cf: tags */
};

static bool is_blank_point(uint32_t cp)
{
    size_t low = 0, high = sizeof(blank) / sizeof(blank[0]);

    while (low < high) {
        size_t mid = low + (high - low) / 2;

        if (cp > blank[mid].last)
            low = mid + 1;
        else if (cp < blank[mid].first)
            high = mid;
        else
            return true;
    }
    return false;
}

/* The state behind a character's first byte. */
static uint32_t state_after_lead(unsigned char c)
{
    if (c < 0x80)
        return 0;
    if (c < 0xC2) /* a continuation byte, or the lead of an overlong form */
        return STATE_BROKEN;
    if (c < 0xE0)
        return STATE(1, 0x80, 0xBF);
    if (c == 0xE0)
        return STATE(2, 0xA0, 0xBF);
    if (c == 0xED) /* U+D800.. are surrogates */
        return STATE(2, 0x80, 0x9F);
    if (c < 0xF0)
        return STATE(2, 0x80, 0xBF);
    if (c == 0xF0)
        return STATE(3, 0x90, 0xBF);
    if (c < 0xF4)
        return STATE(3, 0x80, 0xBF);
    if (c == 0xF4) /* nothing above U+10FFFF */
        return STATE(3, 0x80, 0x8F);
    return STATE_BROKEN;
}

static uint32_t state_after_continuation(uint32_t state, unsigned char c)
{
    uint32_t missing = state & 0xFF;

    if (c < (state >> 8 & 0xFF) || c > (state >> 16 & 0xFF))
        return STATE_BROKEN;
    return missing == 1 ? 0 : STATE(missing - 1, 0x80, 0xBF);
}

/* Bytes at p that are ASCII for sure, in whole words. */
static size_t ascii_words(const char *p, size_t n)
{
    size_t i = 0;

    for (; n - i >= sizeof(uint64_t); i += sizeof(uint64_t)) {
        uint64_t word;

        memcpy(&word, p + i, sizeof(word));
        if (word & 0x8080808080808080u)
            break;
    }
    return i;
}

bool utf8_feed(struct utf8_state *u, const char *s, size_t n)
{
    uint32_t state = u->state;
    size_t i = 0;

    while (i < n && state != STATE_BROKEN) {
        if (state == 0) {
            i += ascii_words(s + i, n - i);
            if (i == n)
                break;
            state = state_after_lead((unsigned char)s[i++]);
        } else {
            state = state_after_continuation(state, (unsigned char)s[i++]);
        }
    }
    u->state = state;
    return state != STATE_BROKEN;
}

bool utf8_is_whole(const struct utf8_state *u)
{
    return u->state == 0;
}

bool utf8_is_valid(const char *s, size_t n)
{
    struct utf8_state u = {0};

    return utf8_feed(&u, s, n) && utf8_is_whole(&u);
}

uint32_t utf8_decode(const char *s, size_t n, size_t *len_r)
{
    const unsigned char *p = (const unsigned char *)s;
    size_t len = p[0] < 0x80 ? 1 : p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;

    if (len > n || (p[0] >= 0x80 && p[0] < 0xC0)) { /* not what we were promised: step over a byte, read nothing behind n */
        *len_r = 1;
        return 0xFFFD;
    }
    *len_r = len;
    switch (len) {
    case 1:
        return p[0];
    case 2:
        return (p[0] & 0x1Fu) << 6 | (p[1] & 0x3Fu);
    case 3:
        return (p[0] & 0x0Fu) << 12 | (p[1] & 0x3Fu) << 6 | (p[2] & 0x3Fu);
    default:
        return (p[0] & 0x07u) << 18 | (p[1] & 0x3Fu) << 12 | (p[2] & 0x3Fu) << 6 | (p[3] & 0x3Fu);
    }
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

size_t utf8_count(const char *s, size_t n)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += !is_continuation(s[i]);
    return count;
}

size_t utf8_cut(const char *s, size_t n, size_t max_points)
{
    size_t count = 0;

    for (size_t i = 0; i < n; i++) {
        if (is_continuation(s[i]))
            continue;
        if (count == max_points)
            return i;
        count++;
    }
    return n;
}

bool utf8_is_blank(const char *s, size_t n)
{
    size_t len;

    for (size_t i = 0; i < n; i += len)
        if (!is_blank_point(utf8_decode(s + i, n - i, &len)))
            return false;
    return true;
}

size_t utf8_encode(uint32_t cp, char out[4])
{
    if (cp < 0x80) {
        out[0] = (char)cp;
        return 1;
    }
    if (cp < 0x800) {
        out[0] = (char)(0xC0 | cp >> 6);
        out[1] = (char)(0x80 | (cp & 0x3F));
        return 2;
    }
    if (cp < 0x10000) {
        out[0] = (char)(0xE0 | cp >> 12);
        out[1] = (char)(0x80 | (cp >> 6 & 0x3F));
        out[2] = (char)(0x80 | (cp & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | cp >> 18);
    out[1] = (char)(0x80 | (cp >> 12 & 0x3F));
    out[2] = (char)(0x80 | (cp >> 6 & 0x3F));
    out[3] = (char)(0x80 | (cp & 0x3F));
    return 4;
}
