/* push_api: browsers of the staff that want web push (lib/chat/web_push.h). */
#ifndef SANGDAM_CGI_PUSH_API_H
#define SANGDAM_CGI_PUSH_API_H

#include "cgi/http.h"

extern const struct field push_api_body[];
/* data {publicKey}: null when this site has no web push. */
void push_api_get(struct request *q);
/* 201 and data {pushSubscriptionId}. */
void push_api_post(struct request *q);
void push_api_delete(struct request *q);

#endif
