/* file_api: files of a chat, in and out, by REST and by form (contract.md, Shapes and Rights; delivery through nginx: X-Accel-Redirect). */
#ifndef SANGDAM_CGI_FILE_API_H
#define SANGDAM_CGI_FILE_API_H

#include "cgi/http.h"

void file_api_post(struct request *q);  /* 201 with the message; 200 when its clientMessageId was there already */
void file_page_post(struct request *q); /* the same by form: 303 to the chat */
void file_api_get(struct request *q);

#endif
