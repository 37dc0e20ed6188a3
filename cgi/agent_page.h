/* agent_page: the console's pages: /agent and /agent/chat/{id}, with forms for all that an agent does. */
#ifndef SANGDAM_CGI_AGENT_PAGE_H
#define SANGDAM_CGI_AGENT_PAGE_H

#include "cgi/http.h"
#include "cgi/thread_page.h"

extern const struct field agent_page_query[]; /* list, lost */

void agent_page_home(struct request *q);
/* The dialogs that the staff's pages take into themselves when one of them is first wanted. */
void agent_page_dialogs(struct request *q);
void agent_page_thread(struct request *q);
void agent_page_send(struct request *q);
void agent_page_refresh(struct request *q);
/* An internal note: 303 to the chat, or its page with the reason and the text. */
void agent_page_note(struct request *q);
void agent_page_accept(struct request *q);
void agent_page_take_over(struct request *q);
/* Somebody was faster: the lists as they are now, and who it was. */
void agent_page_lost(struct request *q, const struct refusal *refusal);
/* What one can do with a message: quote, edit, delete (revise_api.h). */
void agent_page_message(struct request *q);
void agent_page_message_edit(struct request *q);
void agent_page_message_delete(struct request *q);
void agent_page_end_form(struct request *q);
void agent_page_end(struct request *q);

#endif
