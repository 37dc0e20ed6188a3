/* transcript_page: a chat's talk to keep: as a text file, as a page to print, by mail, and by the link in such a letter. */
#ifndef SANGDAM_CGI_TRANSCRIPT_PAGE_H
#define SANGDAM_CGI_TRANSCRIPT_PAGE_H

#include "cgi/http.h"
#include "lib/chat/change.h"

/* One side's addresses: base/{id} is the chat, base/{id}/transcript.txt and .html its talk. */
struct transcript_kind {
    const char *base;                                     /* "/chat" or "/history" */
    bool (*find)(struct request *q, struct session *s_r); /* the chat of the path; false: the answer stands */
    bool has_mail;                                        /* the customer's own: a form sends it by mail */
};
extern const struct field transcript_page_query[];     /* sent */
extern const struct field transcript_page_mail_body[]; /* email */
extern const struct field transcript_page_link_body[]; /* secret */

/* GET: the whole talk, page by page from the database, as a file. */
void transcript_page_text(struct request *q, const struct transcript_kind *kind);
/* GET: a page to read and to print; of a very long talk its last rows. */
void transcript_page_html(struct request *q, const struct transcript_kind *kind);
/* POST: the letter; 303 to the page, or the page with what was typed. */
void transcript_page_mail(struct request *q, const struct transcript_kind *kind);
/* GET: the page that a letter's link leads to. It knows no secret and uses up nothing: programs that follow links see only this. */
void transcript_page_link(struct request *q);
/* POST: the talk, once. */
void transcript_page_open(struct request *q);

#endif
