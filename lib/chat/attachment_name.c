/* The name of a file as people see it. It never becomes a path here; it must not hurt where somebody saves it, nor mislead who reads it. */
#include <string.h>
#include <strings.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/chat/attachment.h"
#include "lib/chat/nickname.h"

#define CLEAN_MAX 255     /* bytes: what file systems take */
#define EXTENSION_MAX 10  /* bytes with the dot that a cut keeps */
#define RAW_MAX 4096      /* bytes that are looked at */

/* Signs that file systems or shells of some reader treat as their own */
static bool is_unfit_sign(uint32_t cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp <= 0x9F) || (cp < 0x80 && strchr("\"*:<>?|`", (int)cp));
}

/* Invalid bytes become _, signs above become _, invisible and bidi characters go; blanks of all kinds become a space. */
static void add_clean(struct buf *out, const char *s, size_t n)
{
    while (n > 0) {
        size_t len = 1;
        uint32_t cp;

        while (len < 4 && len < n && !utf8_is_valid(s, len))
            len++;
        if (!utf8_is_valid(s, len)) {
            buf_add_char(out, '_');
            len = 1;
        } else {
            cp = utf8_decode(s, len, &len);
            if (cp == ' ' || cp == 0xA0 || cp == 0x3000 || (cp >= 0x2000 && cp <= 0x200A))
                buf_add_char(out, ' ');
            else if (is_unfit_sign(cp))
                buf_add_char(out, '_');
            else if (!utf8_is_blank(s, len))
                buf_add(out, s, len);
        }
        s += len;
        n -= len;
    }
}

/* What Windows takes for a device, with any extension. */
static bool is_device(const char *s, size_t n)
{
    static const char *const names[] = {"con", "prn", "aux", "nul"};
    size_t stem = strcspn(s, ".");

    stem = stem < n ? stem : n;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (stem == strlen(names[i]) && strncasecmp(s, names[i], stem) == 0)
            return true;
    }
    return stem == 4 && (strncasecmp(s, "com", 3) == 0 || strncasecmp(s, "lpt", 3) == 0) && s[3] >= '0' && s[3] <= '9';
}

/* At most CLEAN_MAX bytes, whole characters, the extension kept. */
static size_t cut(char *s, size_t n)
{
    const char *dot = strrchr(s, '.');
    size_t tail = dot ? n - (size_t)(dot - s) : 0, keep;

    if (n <= CLEAN_MAX)
        return n;
    if (tail > EXTENSION_MAX)
        tail = 0;
    keep = CLEAN_MAX - tail;
    while (keep > 0 && ((unsigned char)s[keep] & 0xC0) == 0x80)
        keep--;
    memmove(s + keep, s + n - tail, tail + 1);
    return keep + tail;
}

/* Without what may not stand at either end; "_" before what Windows takes for a device. */
static void add_trimmed(struct buf *out, const char *s, size_t n)
{
    while (n > 0 && strchr(".- ~", *s)) {
        s++;
        n--;
    }
    while (n > 0 && strchr(". ", s[n - 1]))
        n--;
    if (n > 0 && is_device(s, n))
        buf_add_char(out, '_');
    buf_add(out, s, n);
}

void attachment_clean_name(const char *name, size_t n, char out[FILE_NAME_SIZE])
{
    struct buf clean = BUF_INIT, nfc = BUF_INIT, trimmed = BUF_INIT;
    size_t len = 0;

    for (size_t i = n; i > 0; i--) {
        if (name[i - 1] == '/' || name[i - 1] == '\\') {
            name += i;
            n -= i;
            break;
        }
    }
    if (n > RAW_MAX) { /* the end, where the extension is */
        name += n - RAW_MAX;
        n = RAW_MAX;
    }
    add_clean(&clean, name, n);
    if (nickname_normalise(buf_str(&clean), clean.len, &nfc))
        add_trimmed(&trimmed, buf_str(&nfc), nfc.len);
    if (trimmed.len > 0 && !buf_failed(&trimmed))
        len = cut(trimmed.p, trimmed.len);
    if (len > 0)
        memcpy(out, trimmed.p, len + 1);
    else
        memcpy(out, "file", sizeof("file"));
    buf_free(&clean);
    buf_free(&nfc);
    buf_free(&trimmed);
}
