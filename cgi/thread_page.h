/* thread_page: what the page of one chat shows of it, on the customer's side and on the staff's: rows, composer, reasons, absence. */
#ifndef SANGDAM_CGI_THREAD_PAGE_H
#define SANGDAM_CGI_THREAD_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/change.h"
#include "lib/chat/message.h"

extern const struct field thread_page_query[];     /* before, write */
extern const struct field thread_page_send_body[]; /* content, clientMessageId */
extern const struct field thread_page_end_body[];  /* exitReasonId */

struct thread_page {
    char side;               /* 'M' or 'A': whose page it is */
    const char *base;        /* "/chat" or "/agent/chat" */
    const char *error;       /* text of the red line, NULL: none */
    const char *draft;       /* what was typed, NULL: nothing */
    const char *message_id;  /* its clientMessageId, NULL: a fresh one */
    bool is_writing;         /* without script: no reloading while somebody writes */
    int32_t before;          /* rows below this seq alone; 0: the newest */
};

/* From ?before= and ?write=. */
void thread_page_from_query(const struct request *q, struct thread_page *p);
/* From the posted text, for a page that gives it back. */
void thread_page_from_form(const struct request *q, struct thread_page *p);
/* messages, earlierUrl, threadUrl, epoch, otherReadSeq, clientMessageId, fileMessageId, draft, write, error, refresh, exitReasons. False: 503 is the answer. */
bool thread_page_fill(struct request *q, struct json_object *data, const struct session *s, const struct thread_page *p);
/* The reasons a person may choose, as an array for end.html. */
struct json_object *thread_page_exit_reasons(struct request *q);
/* Sends the posted text. True: stored. False: *refusal_r says why. */
bool thread_page_send(struct request *q, struct refusal *refusal_r);
/* Shows end.html or transfer.html for the chat at base. */
void thread_page_form(struct request *q, const char *template_name, const char *base);

#endif
