/* account_door: what the REST handlers and the pages of accounts, and the start of a chat, share: the same steps, refusals in a struct, cookies set. */
#ifndef SANGDAM_CGI_ACCOUNT_DOOR_H
#define SANGDAM_CGI_ACCOUNT_DOOR_H

#include <stdbool.h>

#include "cgi/http.h"

/* E-mail and password, then a new sign-in. DONE: q->who is the member, the cookie is new and an older one is over (RFC 6265 8.4: no fixation). */
enum outcome account_door_sign_in(struct request *q, const char *email, const char *password, struct refusal *refusal_r);
/* A new customer, signed in at once. */
enum outcome account_door_sign_up(struct request *q, const char *email, const char *password, const char *nickname, struct refusal *refusal_r);
/* A new guest: q->who, not signed in yet. */
enum outcome account_door_guest(struct request *q, const char *nickname, struct refusal *refusal_r);
/* The open chat of the guest who asks becomes that of q->who, a customer whom the request has just shown itself to be (lib/chat/carry_over.h); before the new
 * sign-in, so that who meets a failure still has the old one. DONE, also when there is nothing to carry. */
enum outcome account_door_carry(struct request *q, const struct principal *guest, int32_t site_id);
/* A new sign-in of q->who: its cookie; an older one that came with the request is over. */
enum outcome account_door_begin(struct request *q);
/* True for a path of this site that a browser can't take for another site's: "/my?x=1", not "//x", "/\x" or "http://x". */
bool account_door_is_local(const char *path);
/* Where somebody goes after signing in: next when it is local and not "", else where their work is. */
const char *account_door_landing(const struct principal *who, const char *next);

#endif
