/* set_cookie: writing Set-Cookie; reading is lib/chat/cookie.h (contract.md, Signing in: `sid` over http, `__Host-sid` + Secure over https). */
#ifndef SANGDAM_CGI_SET_COOKIE_H
#define SANGDAM_CGI_SET_COOKIE_H

#include "cgi/http.h"

/* Set-Cookie for a sign-in (secret of auth_sign_in) or its end (secret NULL). q->cookie and q->csrf follow. */
void set_cookie_sign_in(struct request *q, const char *secret);
/* The language switch, for a year. */
void set_cookie_lang(struct request *q, enum lang lang);

#endif
