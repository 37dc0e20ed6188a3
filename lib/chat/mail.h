/* mail: letters that leave by the configured SMTP server. A letter is a row of mail_outbox first, written in its cause's own transaction, so that it
 * survives restarts and a server that is away; pushd's mailer, `sangdamctl tick` or (daemon = off) a request's clock work sends it, off every request's
 * way. Each is claimed by one sender at a time over all nodes. A sender that dies between the server's answer and its own note sends the letter again,
 * under the same Message-ID: at least once, as mail servers do among themselves. */
#ifndef SANGDAM_CHAT_MAIL_H
#define SANGDAM_CHAT_MAIL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"

struct config;
struct db;

#define MAIL_KEY_MAX 64

struct mail_draft {
    const char *to;      /* an address as member_check_email() takes it */
    const char *subject; /* UTF-8, one line; control characters become spaces; cut at 200 code points */
    const char *text;    /* UTF-8 plain text with LF, at most 1 MiB */
    const char *key;     /* ASCII, at most MAIL_KEY_MAX bytes: a second letter with this key is none. NULL: no such rule */
};
/* True when letters can be sent: smtp_url and mail_from are set, and the build has libcurl. */
bool mail_is_on(const struct config *config);
/* Puts a letter into the outbox, within the caller's transaction if there is one. SAME: its key is known, nothing
 * changed. REFUSED: 422 (field "email"), or 409 when mail_is_on() is not. Blocks on the database. */
enum outcome mail_queue(struct db *db, const struct config *config, const struct mail_draft *draft, struct refusal *refusal_r);

struct mail_counts {
    unsigned sent, put_off, given_up;
};
/* Sends what is due, at most `most` letters. DONE also when the server took none: they are tried again after 1, 5, 15 minutes, 1 hour and then every 4 hours
 * for mail_keep_trying; a recipient refused for good (55x) is not tried again. AWAY: the database failed. *stop (may be NULL), once set, ends it
 * within a second. Blocks up to smtp_timeout a letter. Never within a transaction. */
enum outcome mail_send_due(struct db *db, const struct config *config, unsigned most, const atomic_bool *stop, struct mail_counts *counts_r);
/* Letters that are done and older than 30 days go. Idempotent. */
enum outcome mail_sweep(struct db *db);

#endif
