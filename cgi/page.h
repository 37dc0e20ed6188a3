/* page: fills a template. Every page has the holes that templates/README names under EVERY PAGE beside its own: lang, otherLang, siteName, path,
 * csrfToken, me (absent when not signed in), and now. */
#ifndef SANGDAM_CGI_PAGE_H
#define SANGDAM_CGI_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/outcome.h"

/* A new object with the common holes; NULL when memory is out (page_send takes that). */
struct json_object *page_data(struct request *q);
/* Renders template with data (taken) as the answer; 503 page when it can't. Signed-in pages are not stored by caches. */
void page_send(struct request *q, int status, const char *template_name, struct json_object *data);
/* The page of an error: number, kind sentence, what to do now. */
void page_send_error(struct request *q, const struct refusal *refusal);

/* Small helpers over json-c: a member of an object. When memory is out (NULL o is that, too) the page that is rendered next is the 503 one. */
void page_str(struct json_object *o, const char *key, const char *s); /* s NULL: left out */
void page_int(struct json_object *o, const char *key, int64_t v);
void page_bool(struct json_object *o, const char *key, bool v);
void page_time(struct json_object *o, const char *key, int64_t wall_ms); /* RFC 3339; negative: left out */
void page_put(struct json_object *o, const char *key, struct json_object *v); /* v taken */
void page_push(struct json_object *list, struct json_object *v); /* v taken; of a list */
/* JSON text made by a wire_*() function, as a value (NULL when it isn't JSON). */
struct json_object *page_from_json(const struct buf *text);

#endif
