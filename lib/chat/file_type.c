#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include "lib/chat/file_type.h"

#include <pthread.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#ifdef HAVE_MAGIC
#include <magic.h>
#endif

#include "lib/base/log.h"

static bool starts(const uint8_t *p, size_t n, const char *with, size_t len)
{
    return n >= len && memcmp(p, with, len) == 0;
}

static bool is_png(const uint8_t *p, size_t n)
{
    return starts(p, n, "\x89PNG\r\n\x1a\n", 8);
}

static bool is_jpeg(const uint8_t *p, size_t n)
{
    return starts(p, n, "\xff\xd8\xff", 3);
}

static bool is_gif(const uint8_t *p, size_t n)
{
    return starts(p, n, "GIF87a", 6) || starts(p, n, "GIF89a", 6);
}

static bool is_webp(const uint8_t *p, size_t n)
{
    return n >= 16 && starts(p, n, "RIFF", 4) && memcmp(p + 8, "WEBPVP8", 7) == 0;
}

static bool is_pdf(const uint8_t *p, size_t n)
{
    return starts(p, n, "%PDF-", 5);
}

static bool is_zip(const uint8_t *p, size_t n)
{
    return starts(p, n, "PK\x03\x04", 4) || starts(p, n, "PK\x05\x06", 4);
}

/* The name of the archive's first entry, which the Office and Hangul formats fix. */
static bool zip_first_is(const uint8_t *p, size_t n, const char *name)
{
    size_t len = strlen(name);

    return is_zip(p, n) && n >= 30 + len && memcmp(p + 30, name, len) == 0;
}

/* ECMA-376 part 2: [Content_Types].xml is somewhere in the archive, first in what Office writes; others put _rels or docProps or the body first. */
static bool is_ooxml(const uint8_t *p, size_t n)
{
    static const char *const firsts[] = {"[Content_Types].xml", "_rels/", "docProps/", "word/", "xl/", "ppt/", "customXml/"};

    for (size_t i = 0; i < sizeof(firsts) / sizeof(firsts[0]); i++) {
        if (zip_first_is(p, n, firsts[i]))
            return true;
    }
    return false;
}

/* KS X 6101: as OCF, an uncompressed entry `mimetype` comes first */
static bool is_hwpx(const uint8_t *p, size_t n)
{
    return zip_first_is(p, n, "mimetypeapplication/hwp+zip") || zip_first_is(p, n, "mimetype");
}

/* MS-CFB 2.2: doc, xls, ppt and hwp 5 are all compound files */
static bool is_compound(const uint8_t *p, size_t n)
{
    return starts(p, n, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
}

static bool is_hwp(const uint8_t *p, size_t n)
{
    return is_compound(p, n) || starts(p, n, "HWP Document File", 17);
}

/* ISO 14496-12 4.3 */
static bool is_mp4(const uint8_t *p, size_t n)
{
    return n >= 12 && memcmp(p + 4, "ftyp", 4) == 0;
}

/* ISO 23008-12 10.2: what telephones take pictures in */
static bool is_heic(const uint8_t *p, size_t n)
{
    static const char *const brands[] = {"heic", "heix", "mif1", "msf1"};

    for (size_t i = 0; is_mp4(p, n) && i < sizeof(brands) / sizeof(brands[0]); i++) {
        if (memcmp(p + 8, brands[i], 4) == 0)
            return true;
    }
    return false;
}

static bool is_mp3(const uint8_t *p, size_t n)
{
    return starts(p, n, "ID3", 3) || (n >= 4 && p[0] == 0xFF && (p[1] & 0xE6) == 0xE2 && (p[1] & 0x18) != 0x08 && (p[2] & 0xF0) != 0xF0);
}

static bool is_wav(const uint8_t *p, size_t n)
{
    return n >= 12 && starts(p, n, "RIFF", 4) && memcmp(p + 8, "WAVE", 4) == 0;
}

/* Markup and scripts hide in text: such a file is refused when it begins like one, however it is called. */
static bool begins_like_markup(const uint8_t *p, size_t n)
{
    static const char *const starts_of[] = {"<!doctype", "<html", "<head", "<body", "<script", "<svg", "<?xml", "<?php", "<%", "<iframe", "<img", "<!--", "#!", "mz\x90"};

    if (starts(p, n, "\xef\xbb\xbf", 3)) {
        p += 3;
        n -= 3;
    }
    while (n > 0 && (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n')) {
        p++;
        n--;
    }
    for (size_t i = 0; i < sizeof(starts_of) / sizeof(starts_of[0]); i++) {
        size_t len = strlen(starts_of[i]);

        if (n >= len && strncasecmp((const char *)p, starts_of[i], len) == 0)
            return true;
    }
    return false;
}

/* UTF-8 (cut anywhere), or a text of an older Korean encoding: high bytes in place of controls. */
static bool is_text(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if ((p[i] < 0x20 && p[i] != '\t' && p[i] != '\n' && p[i] != '\r' && p[i] != '\f') || p[i] == 0x7F)
            return false;
    }
    return n > 0 && !begins_like_markup(p, n);
}

struct kind {
    const char *extension;
    const char *content_type;
    bool (*is_it)(const uint8_t *p, size_t n);
    const char *magic; /* what libmagic may say, each in spaces; a word ending in / stands for all below it; behind a !: all but these */
    bool is_plain;     /* a name without an extension may stand for it */
};

/* People's text looks like a hundred things to libmagic (mail, subtitles, JSON); only what is a program is none. */
#define TEXT_MAGIC "! text/x-php text/x-shellscript text/x-msdos-batch text/xml image/svg+xml "
#define ZIP_MAGIC " application/zip application/octet-stream "
#define CFB_MAGIC " application/x-ole-storage application/cdfv2 application/octet-stream application/cdfv2-corrupt application/vnd.ms-office "

/* An allow-list: what people send each other about an order or a contract, and what no browser or server runs. No html, svg or xml: they carry
 * scripts. */
static const struct kind kinds[] = {
    {"png", "image/png", is_png, " image/png ", true},
    {"jpg", "image/jpeg", is_jpeg, " image/jpeg ", true},
    {"jpeg", "image/jpeg", is_jpeg, " image/jpeg ", false},
    {"gif", "image/gif", is_gif, " image/gif ", true},
    {"webp", "image/webp", is_webp, " image/webp ", true},
    {"heic", "image/heic", is_heic, " image/heic image/heif application/octet-stream ", false},
    {"pdf", "application/pdf", is_pdf, " application/pdf ", true},
    {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", is_ooxml,
     " application/vnd.openxmlformats-officedocument.wordprocessingml.document" ZIP_MAGIC, false},
    {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", is_ooxml,
     " application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" ZIP_MAGIC, false},
    {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", is_ooxml,
     " application/vnd.openxmlformats-officedocument.presentationml.presentation" ZIP_MAGIC, false},
    {"hwpx", "application/hwp+zip", is_hwpx, " application/hwp+zip application/vnd.hancom.hwpx" ZIP_MAGIC, false},
    {"doc", "application/msword", is_compound, " application/msword" CFB_MAGIC, false},
    {"xls", "application/vnd.ms-excel", is_compound, " application/vnd.ms-excel" CFB_MAGIC, false},
    {"ppt", "application/vnd.ms-powerpoint", is_compound, " application/vnd.ms-powerpoint" CFB_MAGIC, false},
    {"hwp", "application/x-hwp", is_hwp, " application/x-hwp application/haansofthwp application/vnd.hancom.hwp" CFB_MAGIC, false},
    {"mp4", "video/mp4", is_mp4, " video/mp4 video/x-m4v video/quicktime video/3gpp audio/mp4 application/octet-stream ", true},
    {"mov", "video/quicktime", is_mp4, " video/quicktime video/mp4 application/octet-stream ", false},
    {"m4a", "audio/mp4", is_mp4, " audio/mp4 audio/x-m4a video/mp4 application/octet-stream ", false},
    {"mp3", "audio/mpeg", is_mp3, " audio/mpeg application/octet-stream ", true},
    {"wav", "audio/wav", is_wav, " audio/x-wav audio/wav ", true},
    {"zip", "application/zip", is_zip, " application/ ", true},
    {"csv", "text/csv", is_text, TEXT_MAGIC, false},
    {"txt", "text/plain", is_text, TEXT_MAGIC, true},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* What a web server may run, or a browser or Windows open as a program, when it stands inside a name: Apache's mod_mime looks at every part. */
static bool is_dangerous_part(const char *part, size_t n)
{
    /* a version may follow: php5, phps, aspx, html5; "asp;" is what IIS once cut */
    static const char *const prefixes[] = {"php", "phtml", "phar", "pht", "asp", "jsp", "cgi", "shtml", "htaccess", "html", "xhtml", "svg", "hta"};
    static const char *const exacts[] = {"htm", "exe", "scr", "bat", "cmd", "vbs", "msi", "lnk"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        size_t len = strlen(prefixes[i]);

        if (n >= len && n <= len + 2 && strncasecmp(part, prefixes[i], len) == 0)
            return true;
    }
    for (size_t i = 0; i < sizeof(exacts) / sizeof(exacts[0]); i++) {
        if (n == strlen(exacts[i]) && strncasecmp(part, exacts[i], n) == 0)
            return true;
    }
    return false;
}

/* The name behind the last separator, without dots and blanks at either end. */
static void trim_name(const char **name, size_t *n)
{
    const char *s = *name;
    size_t len = *n;

    for (size_t i = 0; i < *n; i++) {
        if ((*name)[i] == '/' || (*name)[i] == '\\') {
            s = *name + i + 1;
            len = *n - i - 1;
        }
    }
    while (len > 0 && (s[len - 1] == '.' || s[len - 1] == ' '))
        len--;
    while (len > 0 && (*s == '.' || *s == ' ')) {
        s++;
        len--;
    }
    *name = s;
    *n = len;
}

/* False when the name may not be. extension_r points into name; its length 0 means there is none. */
static bool take_name_apart(const char *name, size_t n, const char **extension_r, size_t *len_r)
{
    const char *part, *end;

    *extension_r = "";
    *len_r = 0;
    if (memchr(name, '\0', n) || memmem(name, n, "%00", 3))
        return false;
    trim_name(&name, &n);
    end = name + n;
    part = memchr(name, '.', n);
    while (part) {
        const char *next = memchr(part + 1, '.', (size_t)(end - part - 1));
        size_t len = (size_t)((next ? next : end) - part - 1);

        if (!next) {
            *extension_r = part + 1;
            *len_r = len;
            return true;
        }
        if (is_dangerous_part(part + 1, len))
            return false;
        part = next;
    }
    return true;
}

#ifdef HAVE_MAGIC
static pthread_key_t magic_key;
static pthread_once_t magic_once = PTHREAD_ONCE_INIT;

static void close_magic(void *value)
{
    magic_close(value);
}

static void make_magic_key(void)
{
    pthread_key_create(&magic_key, close_magic);
}

/* This thread's magic_t; NULL when its data can't be read. */
static magic_t thread_magic(void)
{
    magic_t magic;

    pthread_once(&magic_once, make_magic_key);
    magic = pthread_getspecific(magic_key);
    if (magic)
        return magic;
    magic = magic_open(MAGIC_MIME_TYPE | MAGIC_NO_CHECK_COMPRESS | MAGIC_NO_CHECK_TAR);
    if (!magic || magic_load(magic, NULL) != 0) {
        log_warn("magic_unavailable error=\"%s\"", magic ? log_value(magic_error(magic)) : "out of memory");
        if (magic)
            magic_close(magic);
        return NULL;
    }
    pthread_setspecific(magic_key, magic);
    return magic;
}

/* True when said is one of the words of list. */
static bool is_listed(const char *list, const char *said)
{
    size_t len = strlen(said);

    for (const char *p = list; (p = strchr(p, ' ')) && p[1]; p++) {
        size_t word = strcspn(p + 1, " ");

        if (word > 0 && strncasecmp(p + 1, said, word) == 0 && (word == len || p[word] == '/'))
            return true;
    }
    return false;
}

/* True when libmagic's answer is one that the kind allows, or there is none. */
static bool magic_agrees(const struct kind *kind, const uint8_t *head, size_t n)
{
    magic_t magic = thread_magic();
    const char *said = magic ? magic_buffer(magic, head, n) : NULL;

    if (!said || is_listed(kind->magic, said) == (kind->magic[0] != '!'))
        return true;
    log_info("file_type_doubted extension=%s magic=%s", kind->extension, log_value(said));
    return false;
}
#else
static bool magic_agrees(const struct kind *kind, const uint8_t *head, size_t n)
{
    (void)kind;
    (void)head;
    (void)n;
    return true;
}
#endif

const char *file_type_find(const char *name, size_t name_len, const uint8_t *head, size_t n)
{
    const char *extension;
    size_t len;

    if (!take_name_apart(name, name_len, &extension, &len))
        return NULL;
    if (n > FILE_HEAD_MAX)
        n = FILE_HEAD_MAX;
    for (size_t i = 0; i < KINDS; i++) {
        const struct kind *kind = &kinds[i];
        bool is_named = len == strlen(kind->extension) && strncasecmp(extension, kind->extension, len) == 0;

        if ((is_named || (len == 0 && kind->is_plain)) && kind->is_it(head, n) && magic_agrees(kind, head, n))
            return kind->content_type;
    }
    return NULL;
}

const char *file_type_known(const char *content_type)
{
    for (size_t i = 0; i < KINDS; i++) {
        if (strcmp(kinds[i].content_type, content_type) == 0)
            return kinds[i].content_type;
    }
    return "application/octet-stream";
}
