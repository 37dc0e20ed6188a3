/* canned_page: /agent/canned, where canned replies are kept, without script; and the choice of one in the composer without script. */
#ifndef SANGDAM_CGI_CANNED_PAGE_H
#define SANGDAM_CGI_CANNED_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/change.h"

extern const struct field canned_page_query[];     /* edit: a reply's id */
extern const struct field canned_page_send_body[]; /* as thread_page_send_body, and canned: a reply's id */

void canned_page_show(struct request *q);
/* POST /agent/canned: a new one. /agent/canned/{reply}: another text. /agent/canned/{reply}/delete. All lead back to the page; what was refused stands in its form. */
void canned_page_add(struct request *q);
void canned_page_change(struct request *q);
void canned_page_remove(struct request *q);

/* canned [{id, label}] for the chat's composer; and where the form came with a reply's id, that reply behind the draft. False: the answer stands. */
bool canned_page_put(struct request *q, struct json_object *data, const struct session *s);

#endif
