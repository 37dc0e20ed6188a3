/* chat_page: the customer's pages: start, the chat, earlier chats, help. Forms change and answer 303; without script they are all there is. */
#ifndef SANGDAM_CGI_CHAT_PAGE_H
#define SANGDAM_CGI_CHAT_PAGE_H

#include "cgi/http.h"
#include "cgi/thread_page.h"

extern const struct field chat_page_start_query[];   /* leave */
extern const struct field chat_page_request_body[]; /* categoryId, title, name, field1, field2, message, email, consentVersion, leave */
extern const struct field chat_page_my_query[];     /* cursor */

void chat_page_start(struct request *q);
void chat_page_request(struct request *q);
void chat_page_my(struct request *q);
void chat_page_help(struct request *q);
void chat_page_thread(struct request *q);
void chat_page_send(struct request *q);
void chat_page_refresh(struct request *q);
/* What one can do with a message: quote, edit, delete (revise_api.h). */
void chat_page_message(struct request *q);
void chat_page_message_edit(struct request *q);
void chat_page_message_delete(struct request *q);
void chat_page_end_form(struct request *q);
void chat_page_end(struct request *q);
void chat_page_cancel(struct request *q);
void chat_page_rate(struct request *q);
void chat_page_reopen(struct request *q);
void chat_page_transcript_text(struct request *q);
void chat_page_transcript(struct request *q);
void chat_page_transcript_mail(struct request *q);
void chat_page_transfer_form(struct request *q);
void chat_page_transfer(struct request *q);

#endif
