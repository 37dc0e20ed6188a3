#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include "lib/chat/search_text.h"

#include <stdlib.h>
#include <string.h>

#ifdef HAVE_UTF8PROC
#include <utf8proc.h>
#endif

#include "lib/base/utf8.h"
#include "lib/chat/nickname.h"

#define POINT_BITS 21
#define FACT_SHIFT (2 * POINT_BITS) /* above all pairs */
#define BEFORE_POINTS 40
#define BEHIND_POINTS 120

/* ---- folding ---- */

/* A character of NFC text. Character by character, so that a place in the folded text has one in the text (search_line_make()). */
static void fold_point(uint32_t cp, struct buf *out)
{
    char bytes[4];
#ifdef HAVE_UTF8PROC
    utf8proc_int32_t folded[8];
    int boundary = 0;
    utf8proc_ssize_t n = cp < 0x80 ? 0 : utf8proc_decompose_char((utf8proc_int32_t)cp, folded, 8, UTF8PROC_CASEFOLD, &boundary);

    if (n > 0 && n <= 8) {
        for (utf8proc_ssize_t i = 0; i < n; i++)
            buf_add(out, bytes, utf8_encode((uint32_t)folded[i], bytes));
        return;
    }
#endif
    if (cp >= 'A' && cp <= 'Z')
        cp += 'a' - 'A';
    buf_add(out, bytes, utf8_encode(cp, bytes));
}

static bool is_ascii(const char *s, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)s[i] >= 0x80)
            return false;
    return true;
}

static void fold_nfc(const char *s, size_t n, struct buf *out)
{
    for (size_t i = 0, len; i < n; i += len)
        fold_point(utf8_decode(s + i, n - i, &len), out);
}

bool search_fold(const char *s, size_t n, struct buf *out)
{
    struct buf nfc = BUF_INIT;
    bool ok = true;

    if (is_ascii(s, n)) { /* is in NFC */
        fold_nfc(s, n, out);
    } else {
        ok = nickname_normalise(s, n, &nfc);
        fold_nfc(buf_str(&nfc), nfc.len, out);
    }
    buf_free(&nfc);
    return ok && !buf_failed(out);
}

/* ---- words ---- */

/* White_Space of Unicode. */
static bool is_space(uint32_t cp)
{
    return cp == ' ' || (cp >= 9 && cp <= 13) || cp == 0x85 || cp == 0xA0 || cp == 0x1680 || (cp >= 0x2000 && cp <= 0x200A) || cp == 0x2028 || cp == 0x2029 || cp == 0x202F ||
           cp == 0x205F || cp == 0x3000;
}

static bool has_word(const struct search_words *words, const char *s, size_t n)
{
    for (size_t i = 0; i < words->n; i++)
        if (words->word[i].len == n && memcmp(words->text.p + words->word[i].at, s, n) == 0)
            return true;
    return false;
}

static bool add_word(struct search_words *words, const char *s, size_t n)
{
    if (n == 0 || has_word(words, s, n))
        return true;
    if (words->n == SEARCH_WORDS_MAX)
        return false;
    words->word[words->n].at = words->text.len;
    words->word[words->n++].len = n;
    buf_add(&words->text, s, n);
    buf_add_char(&words->text, '\0');
    return true;
}

enum search_words_read search_words_read(const char *query, size_t n, struct search_words *words_r)
{
    struct buf folded = BUF_INIT;
    enum search_words_read read = SEARCH_WORDS_NO_MEMORY;
    size_t start = 0, len;
    bool fits = true;

    memset(words_r, 0, sizeof(*words_r));
    if (search_fold(query, n, &folded)) {
        for (size_t i = 0; fits && i < folded.len; i += len)
            if (is_space(utf8_decode(folded.p + i, folded.len - i, &len))) {
                fits = add_word(words_r, folded.p + start, i - start);
                start = i + len;
            }
        fits = fits && (folded.len == start || add_word(words_r, folded.p + start, folded.len - start));
        read = buf_failed(&words_r->text) ? SEARCH_WORDS_NO_MEMORY : fits ? SEARCH_WORDS_FINE : SEARCH_WORDS_TOO_MANY;
    }
    buf_free(&folded);
    return read;
}

void search_words_clear(struct search_words *words)
{
    buf_free(&words->text);
    words->n = 0;
}

uint32_t search_words_in(const struct search_words *words, const struct buf *folded)
{
    uint32_t found = 0;

    for (size_t i = 0; i < words->n; i++)
        if (folded->len >= words->word[i].len && memmem(folded->p, folded->len, words->text.p + words->word[i].at, words->word[i].len))
            found |= UINT32_C(1) << i;
    return found;
}

/* ---- tokens ---- */

void search_tokens(const char *folded, size_t n, bool is_word, search_on_token *on_token, void *context)
{
    uint32_t before = 0; /* 0: a word begins */
    size_t len, in_row = 0;

    for (size_t i = 0; i < n; i += len) {
        uint32_t cp = utf8_decode(folded + i, n - i, &len);

        if (is_space(cp) || cp == 0) {
            before = 0;
            in_row = 0;
            continue;
        }
        if (before)
            on_token(context, ((int64_t)before << POINT_BITS) | cp);
        in_row++;
        if (!is_word || (in_row == 1 && len == n))
            on_token(context, cp);
        before = cp;
    }
}

int64_t search_fact_token(enum search_fact fact, int64_t id)
{
    return ((int64_t)fact << (FACT_SHIFT + 16)) + id;
}

/* ---- the line that is shown ---- */

struct places {
    size_t *of; /* owned: of the folded byte's character in NFC; one more, for the end */
    size_t n;
};

static bool fold_places(const struct buf *nfc, struct buf *folded, struct places *p)
{
    size_t len;

    p->of = calloc(nfc->len * 8 + 1, sizeof(*p->of)); /* a character folds to at most 3, of at most 4 bytes; of 2 bytes at least when it grows */
    p->n = 0;
    if (!p->of)
        return false;
    for (size_t i = 0; i < nfc->len; i += len) {
        fold_point(utf8_decode(nfc->p + i, nfc->len - i, &len), folded);
        if (buf_failed(folded) || folded->len > nfc->len * 8)
            return false;
        while (p->n < folded->len)
            p->of[p->n++] = i;
    }
    p->of[p->n] = nfc->len;
    return true;
}

/* Marks the bytes of NFC that belong to a word. */
static void mark_words(const struct search_words *words, const struct buf *folded, const struct places *p, char *is_mark)
{
    for (size_t i = 0; i < words->n; i++) {
        const char *word = words->text.p + words->word[i].at;
        const size_t len = words->word[i].len;

        for (const char *at = folded->p; at && (size_t)(folded->p + folded->len - at) >= len;) {
            at = memmem(at, (size_t)(folded->p + folded->len - at), word, len);
            if (!at)
                break;
            size_t start = (size_t)(at - folded->p), end = start + len;
            while (end < p->n && p->of[end] == p->of[end - 1]) /* the rest of a character that folds to several */
                end++;
            memset(is_mark + p->of[start], 1, p->of[end] - p->of[start]);
            at++;
        }
    }
}

static size_t back_points(const char *s, size_t at, unsigned points)
{
    while (at > 0 && points > 0) {
        at--;
        if (((unsigned char)s[at] & 0xC0) != 0x80)
            points--;
    }
    return at;
}

static void cut_pieces(const char *is_mark, struct search_line *line)
{
    const struct buf *nfc = &line->nfc;
    const char *first = nfc->len ? memchr(is_mark, 1, nfc->len) : NULL;
    size_t mark = first ? (size_t)(first - is_mark) : 0, start = back_points(buf_str(nfc), mark, BEFORE_POINTS);
    size_t end = mark + utf8_cut(buf_str(nfc) + mark, nfc->len - mark, BEHIND_POINTS);

    for (size_t i = start; i < end;) {
        size_t k = i;

        while (k < end && is_mark[k] == is_mark[i])
            k++;
        if (line->n == SEARCH_PIECES_MAX) {
            end = i;
            break;
        }
        line->piece[line->n++] = (struct search_piece){nfc->p + i, k - i, is_mark[i] != 0};
        i = k;
    }
    line->is_cut_before = start > 0;
    line->is_cut_behind = end < nfc->len;
}

bool search_line_make(const struct search_words *words, const char *text, size_t n, struct search_line *line_r)
{
    struct buf folded = BUF_INIT;
    struct places places = {0};
    char *is_mark = NULL;
    bool ok;

    memset(line_r, 0, sizeof(*line_r));
    ok = nickname_normalise(text, n, &line_r->nfc) && fold_places(&line_r->nfc, &folded, &places) && (is_mark = calloc(line_r->nfc.len + 1, 1));
    if (ok && folded.len)
        mark_words(words, &folded, &places, is_mark);
    if (ok)
        cut_pieces(is_mark, line_r);
    free(is_mark);
    free(places.of);
    buf_free(&folded);
    return ok;
}

void search_line_clear(struct search_line *line)
{
    buf_free(&line->nfc);
    line->n = 0;
}
