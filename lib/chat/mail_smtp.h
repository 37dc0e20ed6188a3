/* mail_smtp: one letter to the configured SMTP server, by libcurl. The library is opened when the first letter goes out: it brings some thirty others along,
 * which would cost each start of a plain CGI program 20 to 40 ms. */
#ifndef SANGDAM_CHAT_MAIL_SMTP_H
#define SANGDAM_CHAT_MAIL_SMTP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct config;

enum mail_answer {
    MAIL_SENT,
    MAIL_LATER,   /* no server, a refusal of the moment, a wrong password: try again */
    MAIL_REFUSED, /* this letter will never be taken (550..559, 501) */
    MAIL_STOPPED, /* by *stop */
};
#define MAIL_WHY_SIZE 200

/* True when the build knows libcurl. */
bool mail_smtp_is_built(void);
/* Sends letter (n bytes as mail_text_write() made them) from mail_from to `to`. why_r gets the reason of a failure in printable ASCII. Any thread; blocks up
 * to smtp_timeout. */
enum mail_answer mail_smtp_send(const struct config *config, const char *to, const char *letter, size_t n, const atomic_bool *stop, char why_r[MAIL_WHY_SIZE]);

#endif
