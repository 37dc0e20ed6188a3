/* agent_api: REST under /api/admin/chat, for agents and up. */
#ifndef SANGDAM_CGI_AGENT_API_H
#define SANGDAM_CGI_AGENT_API_H

#include "cgi/http.h"

extern const struct field agent_api_list_query[];    /* cursor, limit */
extern const struct field agent_api_history_query[]; /* the words of history_filter.h, or page, size, dateFilter, exitReasonFilter, search */
extern const struct field agent_api_status_body[];   /* statusId, status */
extern const struct field agent_api_counts_body[];   /* the list itself */

/* Lists: {data:[session...], paging:{limit, next}} */
void agent_api_waiting(struct request *q);
void agent_api_active(struct request *q); /* of an agent: own ones */
void agent_api_completed(struct request *q);
/* Either as above, or, with one of the page words, data {sessions, totalElements, totalPages, page, size}. */
void agent_api_history(struct request *q);

/* {waiting, active, completed, totalMessages} */
void agent_api_statistics(struct request *q);
/* GET status/{active|completed}: {statusId} */
void agent_api_status_code(struct request *q);
/* {messageCount} */
void agent_api_message_count(struct request *q);
/* POST [sessionId...]: {messageCounts:{id:n}}; ids that are not there for this reader are left out */
void agent_api_message_counts(struct request *q);
void agent_api_accept(struct request *q);
/* a supervisor or admin becomes the agent of another's running chat */
void agent_api_take_over(struct request *q);
/* ACTIVE accepts, COMPLETED ends, WAITING gives back to the queue */
void agent_api_put_status(struct request *q);

#endif
