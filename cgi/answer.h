/* answer: what a handler says back. Nothing is sent before http_finish() but by answer_stream(). Security headers, Content-Length and
 * Cache-Control: no-store (unless the handler set its own) are added there. Default: 200, an empty body. */
#ifndef SANGDAM_CGI_ANSWER_H
#define SANGDAM_CGI_ANSWER_H

#include "cgi/http.h"
#include "lib/base/json.h"
#include "lib/chat/outcome.h"

void answer_status(struct request *q, int status);
/* value must hold no control characters: a line that does is left out and logged. */
void answer_header(struct request *q, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* type is static: "text/csv; charset=utf-8" */
void answer_type(struct request *q, const char *type);
/* The body's buffer, to append to. */
struct buf *answer_body(struct request *q);
/* Forgets all that was said so far but cookies. */
void answer_reset(struct request *q);

/* {"code":"00","message":...,  then the caller writes "data" (and "paging", "log"), then  "timestamp":...}. */
void answer_envelope(struct request *q, int status, struct json_writer *w_r);
void answer_envelope_end(struct request *q, struct json_writer *w);
/* An envelope with data null. */
void answer_done(struct request *q);

/* problem+json (RFC 9457) in the reader's language, or the page of an error for a ROUTE_PAGE route; 429 and 503 with Retry-After. */
void answer_refusal(struct request *q, const struct refusal *refusal);
/* As answer_refusal with a refusal made on the spot; message is an English msgid, static; field NULL or static. */
void answer_refuse(struct request *q, int status, const char *code, const char *message, const char *field);
/* True for DONE and SAME. Else answers: the refusal, or 503 for AWAY and UNKNOWN. */
bool answer_outcome(struct request *q, enum outcome outcome, const struct refusal *refusal);
/* 503 + Retry-After: the database is away. */
void answer_away(struct request *q);
/* 303 to a path of this site. */
void answer_redirect(struct request *q, const char *path);
/* Same, path made from a format. */
void answer_redirectf(struct request *q, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Sends the head now; the body goes straight out by answer_write() (nothing for HEAD). length: its bytes; -1: nobody knows yet, the web server sends
 * chunks. */
bool answer_stream(struct request *q, int64_t length);
bool answer_write(struct request *q, const void *bytes, size_t n);
/* A streamed body can't be finished: the connection to the web server ends without the end of the answer, so that a client sees that the last chunk
 * is missing. Plain CGI has no such sign; the program then ends as one that failed. */
void answer_cut(struct request *q);

/* The reason phrase of a status; "Error" for one we don't use. */
const char *answer_phrase(int status);
/* The text of msgid in the reader's language. */
const char *answer_text(const struct request *q, const char *msgid);

#endif
