/* cookie: reading the Cookie header strictly and writing Set-Cookie (contract.md, Signing in: `sid` over http, `__Host-sid` + Secure over https). */
#ifndef SANGDAM_CGI_COOKIE_H
#define SANGDAM_CGI_COOKIE_H

#include "cgi/http.h"

enum cookie_found { COOKIE_NONE, COOKIE_ONE, COOKIE_TWICE };
/* The value of name in a Cookie header into out; TWICE when the name stands there twice. A value longer than out is COOKIE_ONE with "". */
enum cookie_found cookie_find(const char *header, const char *name, char *out, size_t out_size);
/* Set-Cookie for a sign-in (secret of auth_sign_in) or its end (secret NULL). q->cookie and q->csrf follow. */
void cookie_set_sign_in(struct request *q, const char *secret);
/* The language switch, for a year. */
void cookie_set_lang(struct request *q, enum lang lang);

#endif
