/* transcript: a chat's talk by mail, and the link in such a letter. The link carries a secret of 256 bits in its fragment, which no server sees on a GET; its page
 * sends it by POST. It opens the transcript once, within transcript_link_lifetime, without a sign-in; the table keeps its hash alone. */
#ifndef SANGDAM_CHAT_TRANSCRIPT_H
#define SANGDAM_CHAT_TRANSCRIPT_H

#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/base/token.h"
#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

#define TRANSCRIPT_MAILS_A_DAY 5 /* of one chat: a form that sends letters to any address must be of no use to those who would annoy others */
#define TRANSCRIPT_MAIL_BYTES 500000 /* a longer talk stays out of the letter; its link shows it */

/* Puts a letter with the talk (text: as it is to be read, may be "" when it is too long) and a link into the outbox. REFUSED: 404, 403 for who is not the chat's customer, 409 when no
 * mail is sent, 422 (field "email"), 429. SAME: this letter was asked for a moment ago. Blocks. */
enum outcome transcript_mail(struct db *db, const struct config *config, const struct principal *who, const char *session_id, const char *to, const char *text,
                             enum lang lang, struct refusal *refusal_r);
/* The chat that a secret opens: REFUSED 404 for one that nobody was sent, 410 when it was used or is too old. Changes nothing. Blocks. */
enum outcome transcript_find(struct db *db, const char *secret, struct session *session_r, struct refusal *refusal_r);
/* Uses it up; of several at once one gets DONE, the others REFUSED 410. */
enum outcome transcript_use(struct db *db, const char *secret, struct refusal *refusal_r);
/* Links that opened nothing for 30 days go. Idempotent. */
enum outcome transcript_sweep(struct db *db);

#endif
