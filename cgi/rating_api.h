/* rating_api: the rating of a chat, by REST and by the form on the page of a chat that is over. */
#ifndef SANGDAM_CGI_RATING_API_H
#define SANGDAM_CGI_RATING_API_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/rating.h"

extern const struct field rating_api_body[]; /* score, comment */

/* GET /api/chat/sessions/{id}/rating: for whoever may read the chat; data is null when there is none. */
void rating_api_get(struct request *q);
/* POST: the customer's rating, in the place of an earlier one. */
void rating_api_post(struct request *q);

/* What a form brought, for the same form again after a refusal. */
struct rating_tried {
    int64_t score;       /* 0: none was chosen */
    const char *comment; /* NULL: show what is stored */
    const struct refusal *refusal;
};
/* rating {score, comment, label, time, stars [{on: bool}]} of a chat that was rated; for staff. */
bool rating_put(struct request *q, struct json_object *data, const struct session *s);
/* For its customer also: rate {scores [{value, label, checked}], comment, scoreError, commentError} while it may be given. tried: NULL or what was refused.
 * False: 503 is the answer. */
bool rating_put_form(struct request *q, struct json_object *data, const struct session *s, const struct rating_tried *tried);

#endif
