/* Names are compared with reserved ones by their skeleton (the idea of Unicode TS #39): letters of other scripts that look Latin become Latin,
 * full-width and mathematical forms plain, digits and signs the letters they stand for, and look-alikes within Latin one of them; all else but Hangul
 * goes. English words are compared as whole words, so that "Badminton" and "Magenta" remain free; Korean ones anywhere in the name. */
#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include "lib/chat/nickname.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef HAVE_UTF8PROC
#include <utf8proc.h>
#endif

#include "lib/base/utf8.h"

struct span {
    uint32_t first, last;
};

static bool is_within(uint32_t cp, const struct span *spans, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (cp >= spans[i].first && cp <= spans[i].last)
            return true;
    }
    return false;
}

static bool is_mark(uint32_t cp)
{
#ifdef HAVE_UTF8PROC
    utf8proc_category_t category = utf8proc_category((utf8proc_int32_t)cp);

    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME;
#else
    static const struct span marks[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F}, {0x0E31, 0x0E31}, {0x0E34, 0x0E3A},
                                        {0x0E47, 0x0E4E}, {0x1AB0, 0x1ACE}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20F0}, {0x302A, 0x302D}, {0x3099, 0x309A},
                                        {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

    return is_within(cp, marks, sizeof(marks) / sizeof(marks[0]));
#endif
}

/* Controls, line separators, private use, noncharacters. Cf and invisible ones are found by utf8_is_blank(). */
static bool is_unfit(uint32_t cp)
{
    static const struct span unfit[] = {{0x00, 0x1F}, {0x7F, 0x9F}, {0x2028, 0x2029}, {0xE000, 0xF8FF}, {0xFDD0, 0xFDEF}, {0xF0000, 0x10FFFF}};

    return is_within(cp, unfit, sizeof(unfit) / sizeof(unfit[0])) || (cp & 0xFFFE) == 0xFFFE;
}

bool nickname_normalise(const char *s, size_t n, struct buf *out)
{
#ifdef HAVE_UTF8PROC
    utf8proc_uint8_t *nfc = NULL;
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &nfc, UTF8PROC_STABLE | UTF8PROC_COMPOSE);

    if (len < 0)
        return false;
    buf_add(out, nfc, (size_t)len);
    free(nfc);
#else
    buf_add(out, s, n);
#endif
    return !buf_failed(out);
}

const char *nickname_problem(const char *s, size_t n, bool allow_reserved)
{
    unsigned marks = 0;

    if (utf8_is_blank(s, n))
        return "Please enter a name.";
    if (n > NICKNAME_BYTES || utf8_count(s, n) > NICKNAME_POINTS)
        return "A name has at most 64 characters.";
    for (size_t i = 0, len; i < n; i += len) {
        uint32_t cp = utf8_decode(s + i, n - i, &len);

        if (is_unfit(cp) || (cp != ' ' && utf8_is_blank(s + i, len)))
            return "A name may not hold invisible or control characters.";
        marks = is_mark(cp) ? marks + 1 : 0;
        if (marks > NICKNAME_MARKS)
            return "A name may not pile up accents.";
    }
    return !allow_reserved && nickname_is_reserved(s, n) ? "This name looks like one of our staff. Please choose another." : NULL;
}

/* Letters of other scripts and signs by the Latin letter they look like: from each point of `from`, the letter of `to` at the same place. */
static const struct {
    const char *from; /* UTF-8 */
    const char *to;
} look_alikes[] = {
    /* Cyrillic */
    {"аАвВсСԁеЕёЁԌһНіІїЇјЈкКӏӀмМпоОрРԛѕЅтТцуУҮԝԜхХгԍ", "aabbccdeeeeghhiiiijjkkllmmnooppqssttuyyywwxxrg"},
    /* Greek */
    {"αΑβΒεΕΗηιΙίκΚΜμΝνοΟόρΡτΤυΥχΧγΖζωάέ", "aabbeehniiikkmunvooopPttuyxxyzzwae"},
    /* Armenian, Cherokee, Lisu and others that read as Latin capitals */
    {"օսոցհԁᎪᎠᎬᎷᏂᎥᏚᎢᏞꓮꓓꓟꓲꓠꓢꓔꓰ", "ounqhdadem" "histladmi" "nste"},
    /* Latin of its own kind */
    {"ıɪɩłŁɑɡøØđĐɴꜱᴀᴅᴇᴍᴛᴏᴘᴜʀɢ", "iiillagooddnsademtopurg"},
    /* digits and signs that stand for letters */
    {"013457@$!|€", "oieastasiie"},
};

static char latin_of(uint32_t cp)
{
    for (size_t row = 0; row < sizeof(look_alikes) / sizeof(look_alikes[0]); row++) {
        const char *from = look_alikes[row].from, *to = look_alikes[row].to;

        for (size_t len, n = strlen(from); n > 0 && *to; from += len, n -= len, to++) {
            if (utf8_decode(from, n, &len) == cp)
                return *to >= 'A' && *to <= 'Z' ? (char)(*to + 32) : *to;
        }
    }
    return 0;
}

static bool is_hangul(uint32_t cp)
{
    return cp >= 0xAC00 && cp <= 0xD7A3;
}

/* Adds what cp looks like: a letter a-z, a Hangul syllable, or a blank for all that parts words. digits: what becomes of 0-9. */
static void add_skeleton_point(struct buf *out, uint32_t cp, bool drop_digits)
{
    char text[4], latin;

    if (cp >= 0xFF01 && cp <= 0xFF5E)
        cp -= 0xFEE0;
    if (drop_digits && cp >= '0' && cp <= '9')
        return;
    if (is_mark(cp))
        return;
    if (is_hangul(cp)) {
        buf_add(out, text, utf8_encode(cp, text));
        return;
    }
    if (cp >= 'A' && cp <= 'Z')
        cp += 32;
    latin = cp >= 'a' && cp <= 'z' ? (char)cp : latin_of(cp);
    buf_add_char(out, latin == 'l' ? 'i' : latin ? latin : ' '); /* l, I and 1 look alike */
}

/* Replaces each `pair` by one letter, in place. */
static void join_pairs(char *s, const char *pair, char letter)
{
    char *to = s;

    while (*s) {
        bool is_pair = s[0] == pair[0] && s[1] == pair[1];

        *to++ = is_pair ? letter : *s;
        s += is_pair ? 2 : 1;
    }
    *to = '\0';
}

/* A malloc'd text of a-z, Hangul and blanks; NULL when memory is out. */
static char *skeleton(const char *s, size_t n, bool drop_digits)
{
    struct buf out = BUF_INIT;
    char *text;
#ifdef HAVE_UTF8PROC
    utf8proc_uint8_t *flat = NULL;
    /* accents fall off; Hangul stands as whole syllables. No case folding: capitals of other scripts look different from their small letters */
    utf8proc_ssize_t len = utf8proc_map((const utf8proc_uint8_t *)s, (utf8proc_ssize_t)n, &flat,
                                        UTF8PROC_STABLE | UTF8PROC_COMPAT | UTF8PROC_STRIPMARK | UTF8PROC_COMPOSE);

    if (len < 0)
        return NULL;
    s = (const char *)flat;
    n = (size_t)len;
#endif
    for (size_t i = 0, point; i < n; i += point)
        add_skeleton_point(&out, utf8_decode(s + i, n - i, &point), drop_digits);
#ifdef HAVE_UTF8PROC
    free(flat);
#endif
    text = buf_take(&out);
    if (text) {
        join_pairs(text, "rn", 'm');
        join_pairs(text, "vv", 'w');
    }
    return text;
}

/* Whole words. The list is written as a skeleton makes it: l as i. */
static const char *const words[] = {
    "admin", "admins", "administrator", "administration", "sysadmin", "superadmin", "superuser", "root", "agent", "agents", "system", "support", "operator",
    "supervisor", "moderator", "staff", "sangdam", "sangdamsa", "sangdamwon", "gwaniija", "heipdesk", "customerservice", "csagent", "officiai",
};
/* Anywhere */
static const char *const parts[] = {"상담원", "상담사", "상담직원", "관리자", "운영자", "시스템", "고객센터", "고객지원", "어드민"};

static bool is_word(const char *s, size_t n)
{
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
            return true;
    }
    return false;
}

static void drop_blanks(char *s)
{
    char *to = s;

    for (; *s; s++) {
        if (*s != ' ')
            *to++ = *s;
    }
    *to = '\0';
}

/* Changes text. */
static bool has_reserved(char *text)
{
    for (char *p = text; *p;) {
        size_t n = strcspn(p, " ");

        if (is_word(p, n))
            return true;
        p += n + strspn(p + n, " ");
    }
    drop_blanks(text);
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        if (strstr(text, parts[i]))
            return true;
    }
    return is_word(text, strlen(text));
}

bool nickname_is_reserved(const char *s, size_t n)
{
    bool reserved = false;

    /* once with digits as letters ("4dm1n"), once without them ("admin2") */
    for (int drop_digits = 0; drop_digits < 2 && !reserved; drop_digits++) {
        char *text = skeleton(s, n, drop_digits == 1);

        reserved = !text || has_reserved(text);
        free(text);
    }
    return reserved;
}
