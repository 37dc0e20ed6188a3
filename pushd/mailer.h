/* mailer: a thread of its own for each of two errands: the letters of the outbox (lib/chat/mail.h) and web push (lib/chat/web_push.h), since the servers that take them
 * may be slow, and neither a reader of the database nor the other errand should wait for them. */
#ifndef SANGDAM_PUSHD_MAILER_H
#define SANGDAM_PUSHD_MAILER_H

struct fleet;
struct mailer;

enum errand { ERRAND_MAIL, ERRAND_WEB_PUSH };

/* Looks for what is to be sent every mail_interval, or webpush_interval; follows a reloaded configuration. NULL when it can't start. */
struct mailer *mailer_start(struct fleet *fleet, enum errand errand);
/* Within a second or two also while a server hangs. */
void mailer_stop(struct mailer **mailer);

#endif
