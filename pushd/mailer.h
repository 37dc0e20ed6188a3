/* mailer: a thread of its own that sends the letters of the outbox (lib/chat/mail.h), since a mail server may take long and no reader of the database
 * should wait for it. */
#ifndef SANGDAM_PUSHD_MAILER_H
#define SANGDAM_PUSHD_MAILER_H

struct fleet;
struct mailer;

/* Looks for letters every mail_interval; follows a reloaded configuration. NULL when it can't start. */
struct mailer *mailer_start(struct fleet *fleet);
/* Within a second or two also while a server hangs. */
void mailer_stop(struct mailer **mailer);

#endif
