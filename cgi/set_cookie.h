/* set_cookie: writing Set-Cookie; reading is lib/chat/cookie.h (contract.md, Signing in: `sid` over http, `__Host-sid` + Secure over https). */
#ifndef SANGDAM_CGI_SET_COOKIE_H
#define SANGDAM_CGI_SET_COOKIE_H

#include "cgi/http.h"

/* Set-Cookie for a sign-in (secret of auth_sign_in) or its end (secret NULL). q->cookie and q->csrf follow; what q->cookie holds before is what the browser sent. */
void set_cookie_sign_in(struct request *q, const char *secret);
/* The browser sent the frame's cookie and that of our own pages at once: the one of the other kind than this page goes, so that the next request is read again. */
void set_cookie_untwice(struct request *q);
/* The language switch, for a year. */
void set_cookie_lang(struct request *q, enum lang lang);

#endif
