/* mail_text: a letter as the bytes that SMTP carries (RFC 5322, RFC 2045, RFC 2047). All text is UTF-8 in base64, so that no server on its way needs
 * 8BITMIME and no line of it is too long or begins with a dot. Pure. */
#ifndef SANGDAM_CHAT_MAIL_TEXT_H
#define SANGDAM_CHAT_MAIL_TEXT_H

#include <stdint.h>

#include "lib/base/buf.h"

struct mail_text {
    const char *from, *from_name; /* address; UTF-8 name or "" */
    const char *to;
    const char *subject;          /* UTF-8 */
    const char *text;             /* UTF-8 with LF or CRLF */
    const char *message_id;       /* without <>, ASCII */
    int64_t date_ms;              /* wall */
};
/* Appends the letter with CRLF line ends. from, to and message_id hold no control characters (member_check_email()). */
void mail_text_write(struct buf *out, const struct mail_text *mail);
/* Appends "Name: value" as header lines: as it is when it is short printable ASCII, else as encoded words of whole characters (RFC 2047 2, 5), folded;
 * control characters become spaces. No line break at the end. */
void mail_text_header(struct buf *out, const char *name, const char *value);

#endif
