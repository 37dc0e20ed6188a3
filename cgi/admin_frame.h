/* admin_frame: what the pages under /admin share: their sections (one table: who may see which), the top of each page, and a refused form that comes back with
 * what was typed and the reason beside its field. */
#ifndef SANGDAM_CGI_ADMIN_FRAME_H
#define SANGDAM_CGI_ADMIN_FRAME_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/outcome.h"

extern const struct field admin_frame_query[]; /* done: the page says that something was saved */

/* The data of a section's page: that of every staff page, and title, sections [{url, label, current}], atAdmin. False: 503 is the answer. */
bool admin_frame_begin(struct request *q, const char *path, struct json_object **data_r);
/* "done": "Saved." when the page was come to from a form that went well (admin_frame_done). */
void admin_frame_say_done(struct request *q, struct json_object *data, bool is_done);
/* 303 to path?done=1. */
void admin_frame_done(struct request *q, const char *path);
/* True when a refusal can be shown in its form again. False: it is answered already, or outcome was good and nothing is answered. */
bool admin_frame_may_show(struct request *q, enum outcome outcome, const struct refusal *refusal);
/* form {name: text} of all texts that came with a POST. */
struct json_object *admin_frame_typed(const struct request *q);
/* errors {field: text}, or error when the refusal names no field. refusal NULL: errors {}. */
void admin_frame_put_errors(struct request *q, struct json_object *data, const struct refusal *refusal);

/* path with the query as it was asked, but name=number in it (0: without name). */
void admin_frame_url(const struct request *q, const char *path, const char *name, int64_t number, struct buf *out);

/* firstUrl and nextUrl of a list by cursor: next 0: that was all; is_first: this is its beginning. */
void admin_frame_put_pages(const struct request *q, struct json_object *data, const char *path, int64_t next, bool is_first);

/* The number in the path's first place; 0: it isn't one. */
int64_t admin_frame_id(const struct request *q);
/* text as a whole number of at most nine digits; false: it isn't one. */
bool admin_frame_number(const char *text, int32_t *n_r);

/* /admin: 303 to the first section that the reader may see. */
void admin_frame_home(struct request *q);

#endif
