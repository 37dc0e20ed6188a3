/* desk_api: whether one of the staff takes chats (lib/chat/agent_state.h): REST for themselves and for supervisors, and the form of the top bar. */
#ifndef SANGDAM_CGI_DESK_API_H
#define SANGDAM_CGI_DESK_API_H

#include "cgi/form.h"
#include "cgi/http.h"

struct json_object;

extern const struct field desk_api_state_body[], desk_api_limit_body[], desk_page_body[];

void desk_api_get(struct request *q);
void desk_api_put(struct request *q);
void desk_api_active(struct request *q);
void desk_api_list(struct request *q);
void desk_api_put_other(struct request *q);
void desk_api_put_limit(struct request *q);
/* The form of the top bar; leads back to the console. */
void desk_page_choose(struct request *q);

/* The hole `desk` of the top bar: {state, text, load, choices [{value, label, current}]}. False: the answer stands. */
bool desk_page_fill(struct request *q, struct json_object *data);

#endif
