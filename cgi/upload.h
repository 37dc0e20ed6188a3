/* upload: the body of an upload, read as it comes: the part `file` goes to disk, the few fields beside it stay in memory. */
#ifndef SANGDAM_CGI_UPLOAD_H
#define SANGDAM_CGI_UPLOAD_H

#include <stdbool.h>

#include "cgi/http.h"
#include "lib/chat/attachment.h"

struct upload_body {
    struct upload *file; /* owned until upload_body_clear() */
    bool has_content, has_client_id, has_csrf;
    struct buf content, client_id, csrf; /* valid UTF-8 without NUL when they were given */
};

/* Reads the whole body of q. False: the refusal says why (400, 413, 415, 422, 507). upload_body_clear() in any case. */
bool upload_body_read(struct request *q, struct upload_body *body_r, struct refusal *refusal_r);
void upload_body_clear(struct upload_body *body);

#endif
