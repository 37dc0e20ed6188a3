/* entry_part: what a chat's customer brought on the way in, as pages show it to the staff. */
#ifndef SANGDAM_CGI_ENTRY_PART_H
#define SANGDAM_CGI_ENTRY_PART_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/session.h"

/* chat.answers [{label, content}], consent {version, time}, replyEmail, site {name, page}: null for a chat that began on our own pages. False: the answer stands. */
bool entry_part_put(struct request *q, struct json_object *chat, const struct session *s);

#endif
