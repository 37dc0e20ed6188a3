/* identity_part: who a customer is, as pages show it to the staff: a guest, a member of ours, or a member of a site that signed for them. */
#ifndef SANGDAM_CGI_IDENTITY_PART_H
#define SANGDAM_CGI_IDENTITY_PART_H

#include <json-c/json.h>

#include "cgi/http.h"

/* isGuest; identity {siteName, subject} or null. False: the answer stands. */
bool identity_part_put(struct request *q, struct json_object *to, int64_t member_id);

#endif
