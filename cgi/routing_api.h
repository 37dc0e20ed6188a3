/* routing_api: how the chats of each topic are offered (lib/chat/routing.h): REST for supervisors and admins. */
#ifndef SANGDAM_CGI_ROUTING_API_H
#define SANGDAM_CGI_ROUTING_API_H

#include "cgi/form.h"
#include "cgi/http.h"

extern const struct field routing_api_body[];

void routing_api_list(struct request *q);
void routing_api_put(struct request *q);

#endif
