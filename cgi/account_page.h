/* account_page: signing in, up and out, guests and the language, as forms (templates/README, FORMS). */
#ifndef SANGDAM_CGI_ACCOUNT_PAGE_H
#define SANGDAM_CGI_ACCOUNT_PAGE_H

#include "cgi/http.h"

extern const struct field account_page_query[];       /* next */
extern const struct field account_page_signin_body[]; /* email, password, next */
extern const struct field account_page_signup_body[]; /* email, password, nickname, next */
extern const struct field account_page_guest_body[];  /* nickname */
extern const struct field account_page_lang_body[];   /* lang, next */

void account_page_signin_form(struct request *q);
void account_page_signin(struct request *q);
void account_page_signup_form(struct request *q);
void account_page_signup(struct request *q);
void account_page_guest(struct request *q);
void account_page_signout(struct request *q);
void account_page_lang(struct request *q);

#endif
