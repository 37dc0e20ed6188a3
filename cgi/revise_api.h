/* revise_api: editing and deleting a message, by REST and by forms, for both audiences. */
#ifndef SANGDAM_CGI_REVISE_API_H
#define SANGDAM_CGI_REVISE_API_H

#include "cgi/http.h"
#include "cgi/thread_page.h"

extern const struct field revise_api_body[]; /* content */

/* PUT .../messages/{seq}: 200 with the EDIT row, or with the message itself when it reads so already. */
void revise_api_edit(struct request *q);
/* DELETE .../messages/{seq}: 200 with the REDACT row, or with the message when it is gone already. */
void revise_api_delete(struct request *q);

/* What one can do with a message, without script: GET BASE/{id}/messages/{seq}, and its two forms. */
void revise_page_show(struct request *q, const struct thread_kind *kind);
void revise_page_edit(struct request *q, const struct thread_kind *kind);
void revise_page_delete(struct request *q, const struct thread_kind *kind);

#endif
