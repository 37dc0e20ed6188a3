/* http_send: the head of an answer with what every answer carries: Status, Content-Length, Cache-Control and the security headers. */
#ifndef SANGDAM_CGI_HTTP_SEND_H
#define SANGDAM_CGI_HTTP_SEND_H

#include "cgi/http.h"

/* Writes the head; length: bytes of the body that follows (or would, for HEAD). False when the peer is gone. */
bool http_send_head(struct request *q, int64_t length);

#endif
