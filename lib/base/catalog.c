#include "lib/base/catalog.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/base/log.h"
#include "lib/base/utf8.h"

/* The layout is GNU gettext's ("The Format of GNU MO Files"): a head of 32-bit words in the writer's byte order, two
 * tables of (length, offset), and the strings, each with a NUL behind it. The format's own hash table is optional and
 * not read: a binary search over our own sorted index serves, and does not trust the file to be sorted. */
#define MO_MAGIC 0x950412DEu
#define MO_MAGIC_SWAPPED 0xDE120495u
#define MO_HEAD_BYTES 20 /* magic, revision, count, offset of msgids, offset of texts */
#define MO_MAX_BYTES (4 * 1024 * 1024)

struct entry {
    const char *msgid;
    const char *text;
};

struct catalog {
    char *bytes; /* the file; the entries point into it */
    struct entry *entries;
    size_t count;
    struct catalog *older; /* replaced by a later load; texts given out from it stay valid */
};

static struct catalog *catalogs[LANG_COUNT];

struct mo {
    const unsigned char *p;
    size_t size;
    bool swapped;
};

static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rbe");
    char part[8192];
    size_t n;
    bool ok;

    if (!f)
        return false;
    while (out->len <= MO_MAX_BYTES && (n = fread(part, 1, sizeof(part), f)) > 0)
        buf_add(out, part, n);
    ok = !ferror(f) && !buf_failed(out);
    fclose(f);
    if (ok && out->len > MO_MAX_BYTES) {
        errno = EFBIG;
        ok = false;
    }
    return ok;
}

/* The word at offset, which the caller knows to lie inside. */
static uint32_t word_at(const struct mo *mo, size_t offset)
{
    uint32_t v;

    memcpy(&v, mo->p + offset, sizeof(v));
    return mo->swapped ? __builtin_bswap32(v) : v;
}

/* True where a table of count (length, offset) pairs fits. */
static bool has_table(const struct mo *mo, uint32_t offset, uint32_t count)
{
    return offset <= mo->size && count <= (mo->size - offset) / 8;
}

/* The string that the index-th pair of a table names; NULL unless it lies inside, ends with NUL and is UTF-8. */
static const char *string_at(const struct mo *mo, uint32_t table, uint32_t index)
{
    uint32_t length = word_at(mo, table + 8 * (size_t)index);
    uint32_t offset = word_at(mo, table + 8 * (size_t)index + 4);
    const char *s = (const char *)mo->p + offset;

    if (offset >= mo->size || length >= mo->size - offset || s[length] != '\0')
        return NULL;
    return utf8_is_valid(s, length) ? s : NULL;
}

static int compare_entries(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->msgid, ((const struct entry *)b)->msgid);
}

/* Fills c->entries; NULL, or what is wrong with the file. */
static const char *index_mo(struct catalog *c, size_t size)
{
    struct mo mo = {.p = (const unsigned char *)c->bytes, .size = size};
    uint32_t count, msgids, texts;

    if (size < MO_HEAD_BYTES)
        return "too short";
    mo.swapped = word_at(&mo, 0) == MO_MAGIC_SWAPPED;
    if (word_at(&mo, 0) != MO_MAGIC)
        return "not a .mo file";
    if (word_at(&mo, 4) >> 16 > 1)
        return "unknown revision";
    count = word_at(&mo, 8);
    msgids = word_at(&mo, 12);
    texts = word_at(&mo, 16);
    if (!has_table(&mo, msgids, count) || !has_table(&mo, texts, count))
        return "a table lies outside";
    c->entries = calloc(count ? count : 1, sizeof(*c->entries));
    if (!c->entries)
        return "out of memory";
    for (uint32_t i = 0; i < count; i++) {
        struct entry e = {string_at(&mo, msgids, i), string_at(&mo, texts, i)};

        if (!e.msgid || !e.text)
            return "a string lies outside or is not UTF-8";
        if (*e.msgid && *e.text) /* the empty msgid is the file's head */
            c->entries[c->count++] = e;
    }
    qsort(c->entries, c->count, sizeof(*c->entries), compare_entries);
    return NULL;
}

static void free_catalog(struct catalog *c)
{
    if (!c)
        return;
    free(c->entries);
    free(c->bytes);
    free(c);
}

static bool load_lang(enum lang lang, const char *path)
{
    struct catalog *c = NULL;
    struct buf file = BUF_INIT;
    const char *why = NULL;
    size_t size;

    if (!read_file(path, &file)) {
        log_warn("catalog_missing file=%s reason=%s", log_value(path), log_value(strerror(errno)));
        goto failed;
    }
    c = calloc(1, sizeof(*c));
    if (!c)
        goto failed;
    size = file.len;
    c->bytes = buf_take(&file);
    why = c->bytes ? index_mo(c, size) : "out of memory";
    if (why) {
        log_error("catalog_damaged file=%s reason=%s", log_value(path), log_value(why));
        goto failed;
    }
    c->older = catalogs[lang];
    catalogs[lang] = c;
    return true;

failed:
    buf_free(&file);
    free_catalog(c);
    return false;
}

bool catalog_load(const char *locale_dir)
{
    struct buf path = BUF_INIT;
    bool ok = true;

    for (int lang = 0; lang < LANG_COUNT; lang++) {
        buf_reset(&path);
        buf_printf(&path, "%s/%s/LC_MESSAGES/sangdam.mo", locale_dir, lang_tag((enum lang)lang));
        ok &= !buf_failed(&path) && load_lang((enum lang)lang, buf_str(&path));
    }
    buf_free(&path);
    return ok;
}

const char *catalog_text(enum lang lang, const char *msgid)
{
    const struct catalog *c = catalogs[lang];
    struct entry key = {.msgid = msgid};
    const struct entry *found;

    if (!c)
        return msgid;
    found = bsearch(&key, c->entries, c->count, sizeof(*c->entries), compare_entries);
    return found ? found->text : msgid;
}

const char *lang_tag(enum lang lang)
{
    static const char *const tags[LANG_COUNT] = {[LANG_KO] = "ko", [LANG_EN] = "en"};

    return tags[lang];
}

bool lang_from_tag(const char *tag, enum lang *lang_r)
{
    for (int lang = 0; tag && lang < LANG_COUNT; lang++) {
        if (strcmp(tag, lang_tag((enum lang)lang)) == 0) {
            *lang_r = (enum lang)lang;
            return true;
        }
    }
    return false;
}

/* ---- Accept-Language ---- */

#define WEIGHT_UNNAMED (-1)

static const char *skip_blanks(const char *s)
{
    return s + strspn(s, " \t");
}

/* RFC 9110 12.4.2: "0" or "1", a point, up to three digits. In thousandths; -1 when it isn't one. */
static int read_weight(const char *s, const char *end)
{
    int weight, scale = 100;

    if (s == end || (*s != '0' && *s != '1'))
        return -1;
    weight = (*s++ - '0') * 1000;
    if (s < end && *s == '.')
        for (s++; s < end && *s >= '0' && *s <= '9' && scale; s++, scale /= 10)
            weight += (*s - '0') * scale;
    s = skip_blanks(s);
    return s >= end && weight <= 1000 ? weight : -1;
}

/* The weight behind a language range; -1 when the parameters are malformed, and the element is passed over. */
static int weight_of(const char *s, const char *end)
{
    s = skip_blanks(s);
    if (s >= end)
        return 1000;
    if (*s != ';')
        return -1;
    s = skip_blanks(s + 1);
    if (end - s < 2 || (s[0] != 'q' && s[0] != 'Q') || s[1] != '=')
        return -1;
    return read_weight(s + 2, end);
}

/* RFC 4647 3.3.1: "ko" is matched by ko and by ko-anything. */
static bool names_lang(const char *range, size_t n, enum lang lang)
{
    const char *tag = lang_tag(lang);
    size_t len = strlen(tag);

    return n >= len && strncasecmp(range, tag, len) == 0 && (n == len || range[len] == '-');
}

enum lang lang_from_accept(const char *accept_language)
{
    int weights[LANG_COUNT] = {WEIGHT_UNNAMED, WEIGHT_UNNAMED}, any = WEIGHT_UNNAMED;
    enum lang first = LANG_KO;
    bool named = false;

    for (const char *s = accept_language, *end; s && *s; s = *end ? end + 1 : end) {
        size_t n;
        int weight;

        end = s + strcspn(s, ",");
        s = skip_blanks(s);
        n = s < end ? strcspn(s, " \t;,") : 0;
        weight = n ? weight_of(s + n, end) : -1;
        if (weight < 0)
            continue;
        if (n == 1 && *s == '*')
            any = weight;
        for (int lang = 0; lang < LANG_COUNT; lang++) {
            if (!names_lang(s, n, (enum lang)lang))
                continue;
            if (!named)
                first = (enum lang)lang;
            named = true;
            if (weight > weights[lang])
                weights[lang] = weight;
        }
    }
    for (int lang = 0; lang < LANG_COUNT; lang++)
        if (weights[lang] == WEIGHT_UNNAMED)
            weights[lang] = any; /* still unnamed: better than refused, worse than wanted */
    if (weights[LANG_KO] == weights[LANG_EN])
        return first;
    /* Neither is wanted and one is refused (q=0): the other. */
    if (weights[LANG_KO] <= 0 && weights[LANG_EN] <= 0)
        return weights[LANG_KO] == 0 ? LANG_EN : LANG_KO;
    return weights[LANG_KO] > weights[LANG_EN] ? LANG_KO : LANG_EN;
}
