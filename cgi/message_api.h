/* message_api: a chat's log over REST, for both audiences. */
#ifndef SANGDAM_CGI_MESSAGE_API_H
#define SANGDAM_CGI_MESSAGE_API_H

#include "cgi/http.h"
#include "lib/chat/change.h"
#include "lib/chat/message.h"

extern const struct field message_api_query[]; /* after, before, limit */
extern const struct field message_api_body[];  /* content, clientMessageId, messageTypeId, quoteSeq */
extern const struct field message_api_read_body[]; /* seq */

/* GET: {data:[message...] ascending, log:{sessionId, epoch, head}, paging:{limit, next}}. next is the `after` (or `before`) of the next page, null at the end. */
void message_api_list(struct request *q);
/* POST: 201 with the message; the same clientMessageId again: 200 with the first. */
void message_api_post(struct request *q);
/* POST .../read: {readSeq, head} */
void message_api_read(struct request *q);
/* One message of the request's principal through the rate limit, the check, the insert and the hint. True for DONE and SAME (in *outcome_r), with
 * the row as the last of change_r, which the caller clears either way. False: *refusal_r, also for a database that is away (503). */
bool message_api_send(struct request *q, const struct message_draft *draft, struct change *change_r, enum outcome *outcome_r, struct refusal *refusal_r);

#endif
