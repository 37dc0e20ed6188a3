/* etag: a weak ETag (RFC 9110 8.8.3) over what an answer says, so that a poll of unchanged things costs a 304. */
#ifndef SANGDAM_CGI_ETAG_H
#define SANGDAM_CGI_ETAG_H

#include "cgi/http.h"

/* Of a 200 whose body is written: adds its ETag, and makes it a 304 without a body where the reader has it. moment_key: the last of the keys of this name
 * in the body holds the time at which it was made, which is left out of the tag; NULL: nothing is left out. Other answers stay as they are. */
void etag_answer(struct request *q, const char *moment_key);

#endif
