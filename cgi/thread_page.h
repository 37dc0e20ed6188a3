/* thread_page: what the page of one chat shows of it, on the customer's side and on the staff's: rows, composer, reasons, absence. */
#ifndef SANGDAM_CGI_THREAD_PAGE_H
#define SANGDAM_CGI_THREAD_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/change.h"
#include "lib/chat/message.h"

extern const struct field thread_page_query[];     /* before, write, quote */
extern const struct field thread_page_send_body[]; /* content, clientMessageId, quoteSeq */
extern const struct field thread_page_end_body[];  /* exitReasonId */

struct rating_tried;

struct thread_page {
    char side;               /* 'M' or 'A': whose page it is */
    const char *base;        /* "/chat" or "/agent/chat" */
    const char *error;       /* text of the red line, NULL: none */
    const char *draft;       /* what was typed, NULL: nothing */
    const char *message_id;  /* its clientMessageId, NULL: a fresh one */
    bool is_writing;         /* without script: no reloading while somebody writes */
    int32_t before;          /* rows below this seq alone; 0: the newest */
    int32_t quote_seq;       /* the row that is being answered; 0: none */
    const struct rating_tried *rating_tried; /* a rating that was refused; NULL: none */
};

/* One side's pages of a chat: what the customer's program and the staff's do not share. */
struct thread_kind {
    char side;
    const char *base;
    bool (*find)(struct request *q, struct session *s_r); /* the chat of the path; false: the answer stands */
    void (*send)(struct request *q, int status, const struct session *s, const struct thread_page *p);
};
/* GET of the chat: its page as ?before= and ?write= want it. */
void thread_page_show(struct request *q, const struct thread_kind *kind);
/* A reload by a form: the page gives back what was typed. */
void thread_page_refresh(struct request *q, const struct thread_kind *kind);
/* Sends the posted text: stored, a redirect to the chat; else its page with the reason and the text. */
void thread_page_post(struct request *q, const struct thread_kind *kind);

/* messages, earlierUrl, threadUrl, epoch, otherReadSeq, clientMessageId, fileMessageId, draft, write, error, refresh, exitReasons. False: 503 is the answer. */
bool thread_page_fill(struct request *q, struct json_object *data, const struct session *s, const struct thread_page *p);
/* The reasons a person may choose, as an array for end.html. */
struct json_object *thread_page_exit_reasons(struct request *q);
/* Shows end.html, transfer.html or change.html for the chat at base. */
void thread_page_form(struct request *q, const char *template_name, const char *base);

#endif
