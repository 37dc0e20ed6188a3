/* admin_routing: who is offered the chats of a topic, as a part of the topics' pages (admin_category_page.h), and how many chats at once a member may have, as a
 * part of the member's (admin_member_page.h). lib/chat/routing.h and agent_state.h have the rules. */
#ifndef SANGDAM_CGI_ADMIN_ROUTING_H
#define SANGDAM_CGI_ADMIN_ROUTING_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/outcome.h"

struct routing_look;

extern const struct field admin_routing_body[];       /* mode ("": as what is above it), priority */
extern const struct field admin_routing_limit_body[]; /* chatsMax; empty: as configured */

/* The rules of all topics. False: it is answered. *list_r is free()'s. */
bool admin_routing_load(struct request *q, struct routing_look **list_r, size_t *n_r);
/* Into a topic's row: offering (how the mode that holds reads) and priority. */
void admin_routing_put_row(const struct request *q, struct json_object *row, const struct routing_look *list, size_t n, int32_t category_id);
/* Into a topic's page: modes [{value, label, selected}], isPreset and preset (how the mode reads that holds without one of its own), priority; is_typed: as they came with a refused POST. */
void admin_routing_put_form(const struct request *q, struct json_object *data, const struct routing_look *list, size_t n, int32_t category_id, bool is_typed);
/* Sets the rule to what was posted. */
enum outcome admin_routing_set(struct request *q, int32_t category_id, struct refusal *refusal_r);

/* Into the page of a member of the staff: limit {value, about}; is_typed as above. False: it is answered. */
bool admin_routing_put_limit(struct request *q, struct json_object *data, int64_t member_id, bool is_typed);
enum outcome admin_routing_set_limit(struct request *q, int64_t member_id, struct refusal *refusal_r);

#endif
