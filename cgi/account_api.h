/* account_api: REST under /api/account (design.md, The wire; contract.md, Signing in). */
#ifndef SANGDAM_CGI_ACCOUNT_API_H
#define SANGDAM_CGI_ACCOUNT_API_H

#include "cgi/http.h"

extern const struct field account_api_login_body[];  /* email, password */
extern const struct field account_api_signup_body[]; /* email, password, nickname */
extern const struct field account_api_guest_body[];  /* nickname, token */

void account_api_login(struct request *q);
void account_api_token(struct request *q);
void account_api_signup(struct request *q);
void account_api_guest(struct request *q);
extern const struct field account_api_identity_body[];
/* A member of a site, by its signed word (lib/chat/site_member.h): the frame's cookie, or a token. */
void account_api_identity(struct request *q);
void account_api_logout(struct request *q);
void account_api_me(struct request *q);

#endif
