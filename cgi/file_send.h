/* file_send: a stored file as an answer: by nginx (X-Accel-Redirect, file_send = accel) or by ourselves (stream). */
#ifndef SANGDAM_CGI_FILE_SEND_H
#define SANGDAM_CGI_FILE_SEND_H

#include <stdbool.h>

#include "cgi/http.h"
#include "lib/base/buf.h"
#include "lib/chat/attachment.h"

/* Answers with the file of a; the right was asked before. 410 when its bytes are gone. */
void file_send(struct request *q, const struct attachment *a);
/* Content-Disposition's value (RFC 6266): inline or attachment, an ASCII name for old readers and the true one by RFC 8187. */
void file_disposition(const char *name, bool is_inline, struct buf *out);

#endif
