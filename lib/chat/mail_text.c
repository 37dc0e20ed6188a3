#include "lib/chat/mail_text.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/base/utf8.h"

#define WORD_BYTES 39  /* in an encoded word: 52 characters of base64, with "=?UTF-8?B?" and "?=" 64, behind the longest name within 78 */
#define PLAIN_MAX 60   /* a longer value is folded, which encoded words do */
#define LINE_BYTES 57  /* 76 characters of base64 (RFC 2045 6.8) */

static void add_base64(struct buf *out, const char *bytes, size_t n)
{
    char text[4 * ((LINE_BYTES + 2) / 3) + 1];

    sodium_bin2base64(text, sizeof text, (const unsigned char *)bytes, n, sodium_base64_VARIANT_ORIGINAL);
    buf_add_str(out, text);
}

static bool is_plain(const char *s)
{
    size_t n = strlen(s);

    if (n > PLAIN_MAX || strstr(s, "=?"))
        return false;
    for (size_t i = 0; i < n; i++)
        if (s[i] < 0x20 || s[i] > 0x7e)
            return false;
    return true;
}

/* The whole characters that fit into one encoded word. */
static size_t word_length(const char *s, size_t n)
{
    size_t used = 0, len;

    while (used < n) {
        utf8_decode(s + used, n - used, &len);
        if (used + len > WORD_BYTES)
            break;
        used += len;
    }
    return used;
}

static void add_value(struct buf *out, const char *value)
{
    size_t n = strlen(value);
    char *clean = strdup(value);

    if (!clean) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)clean[i] < 0x20 || clean[i] == 0x7f)
            clean[i] = ' ';
    if (is_plain(clean)) {
        buf_add_str(out, clean);
        free(clean);
        return;
    }
    for (size_t at = 0, len; at < n; at += len) {
        len = word_length(clean + at, n - at);
        buf_add_str(out, at ? "\r\n =?UTF-8?B?" : "=?UTF-8?B?");
        add_base64(out, clean + at, len);
        buf_add_str(out, "?=");
    }
    free(clean);
}

void mail_text_header(struct buf *out, const char *name, const char *value)
{
    buf_add_str(out, name);
    buf_add_str(out, ": ");
    add_value(out, value);
}

static void add_date(struct buf *out, int64_t date_ms)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    time_t seconds = (time_t)(date_ms / 1000);
    struct tm tm = {0};

    gmtime_r(&seconds, &tm);
    buf_printf(out, "Date: %s, %d %s %d %02d:%02d:%02d +0000\r\n", days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
               tm.tm_sec);
}

/* A name that is plain but not made of atoms alone would need quoting: it goes as an encoded word, which never does. */
static void add_from(struct buf *out, const char *name, const char *address)
{
    buf_add_str(out, "From: ");
    if (*name && is_plain(name) && !strpbrk(name, "()<>[]:;@\\,.\""))
        buf_printf(out, "%s ", name);
    else if (*name) {
        struct buf word = BUF_INIT;
        size_t n = word_length(name, strlen(name));
        buf_add(&word, name, n);
        buf_add_str(out, "=?UTF-8?B?");
        add_base64(out, buf_str(&word), n);
        buf_add_str(out, "?= ");
        buf_free(&word);
    }
    buf_printf(out, "<%s>\r\n", address);
}

/* LF as CRLF, then base64 in lines. */
static void add_text(struct buf *out, const char *text)
{
    struct buf lines = BUF_INIT;

    for (const char *p = text; *p; p++) {
        if (*p == '\n' && (p == text || p[-1] != '\r'))
            buf_add_char(&lines, '\r');
        buf_add_char(&lines, *p);
    }
    if (buf_failed(&lines))
        out->failed = true;
    for (size_t at = 0; at < lines.len; at += LINE_BYTES) {
        add_base64(out, lines.p + at, lines.len - at < LINE_BYTES ? lines.len - at : LINE_BYTES);
        buf_add_str(out, "\r\n");
    }
    buf_free(&lines);
}

void mail_text_write(struct buf *out, const struct mail_text *mail)
{
    add_date(out, mail->date_ms);
    add_from(out, mail->from_name, mail->from);
    buf_printf(out, "To: <%s>\r\n", mail->to);
    mail_text_header(out, "Subject", mail->subject);
    buf_printf(out, "\r\nMessage-ID: <%s>\r\n", mail->message_id);
    buf_add_str(out, "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: base64\r\nAuto-Submitted: auto-generated\r\n\r\n");
    add_text(out, mail->text);
}
