/* history_page: completed chats for agents and up: the list with search and filter, and one chat in full. */
#ifndef SANGDAM_CGI_HISTORY_PAGE_H
#define SANGDAM_CGI_HISTORY_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"

extern const struct field history_page_query[];      /* the words of history_filter.h */
extern const struct field history_page_chat_query[]; /* after */

/* What the top of these pages wants. False: 503 is the answer. */
bool history_page_put_top(struct request *q, struct json_object *data);

void history_page_list(struct request *q);
void history_page_chat(struct request *q);
/* One chat's talk, to keep. */
void history_page_transcript_text(struct request *q);
void history_page_transcript(struct request *q);

#endif
