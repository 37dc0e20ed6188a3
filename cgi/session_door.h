/* session_door: a chat as a request names it: found with its right asked, seen (a request of a participant is a sign of life), changed, told to
 * pushd. What the REST handlers and the pages of both audiences share. */
#ifndef SANGDAM_CGI_SESSION_DOOR_H
#define SANGDAM_CGI_SESSION_DOOR_H

#include "cgi/http.h"
#include "lib/chat/change.h"

/* The chat of q->arg[0]. False: 404 or 503 is the answer. */
bool session_door_find(struct request *q, struct session *s_r);
/* A participant's request is life (contract.md, Life): last_seen, and the end of an absence, in a transaction of its own, at most every few seconds.
 * Never fails the request. s: as session_door_find() gave it; read anew when an absence ended. */
void session_door_touch(struct request *q, struct session *s);
/* After a step: tells pushd when something changed. True for DONE and SAME; else the refusal is the answer. change is the caller's to clear. */
bool session_door_changed(struct request *q, enum outcome outcome, const struct change *change, const struct refusal *refusal);
/* {code, message, data: the session, timestamp}, in the reader's language. Members of staff see the customer's e-mail. */
void session_door_answer(struct request *q, int status, const struct session *s);
/* One code of group from a field: 0 when absent. False: 422 naming the field is the answer. */
bool session_door_code(struct request *q, const char *group, const struct value *v, const char *field, int32_t *code_id_r);

#endif
