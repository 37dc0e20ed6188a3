/* offer_page: handing a chat on, taking one that is offered, and hold, by the console's forms. */
#ifndef SANGDAM_CGI_OFFER_PAGE_H
#define SANGDAM_CGI_OFFER_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/change.h"

extern const struct field offer_page_body[];      /* to: "queue", "member:ID" or "category:ID"; note */
extern const struct field offer_page_hold_body[]; /* minutes */

/* GET and POST /agent/chat/{id}/transfer; POST .../transfer/withdraw, .../transfer/accept, .../transfer/refuse */
void offer_page_form(struct request *q);
void offer_page_transfer(struct request *q);
void offer_page_withdraw(struct request *q);
void offer_page_accept(struct request *q);
void offer_page_refuse(struct request *q);
/* GET and POST /agent/chat/{id}/hold; POST .../resume */
void offer_page_hold_form(struct request *q);
void offer_page_hold(struct request *q);
void offer_page_resume(struct request *q);

/* offers [...] for the lists: what the reader may take now. False: the answer stands. */
bool offer_page_put_offers(struct request *q, struct json_object *data);
/* chat.offer {name, until} and chat.hold {until}, as far as they are so. False: the answer stands. */
bool offer_page_put_state(struct request *q, struct json_object *chat, const struct session *s);

#endif
