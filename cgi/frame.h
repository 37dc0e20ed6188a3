/* frame: the customer's pages inside another site's page. They are the same pages at another address: /frame/KEY/chat/{id} is /chat/{id} in the frame of the
 * site KEY, and /frame/KEY.en/... the same in English, so that a language can be chosen where no cookie is kept. http_read() takes the prefix off, so routes and
 * handlers see the path that they know; what goes out (redirects, links, forms) gets it back. Only the site's origins may show these pages (frame-ancestors).
 * /frame/KEY itself is the shell that the loader puts into its iframe (frame_page.c). */
#ifndef SANGDAM_CGI_FRAME_H
#define SANGDAM_CGI_FRAME_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/site.h"

struct frame {
    struct site site;
};

/* Takes "/frame/KEY[.LANG]" off q->path into q->frame_prefix, when there is a page's path behind it; sets q->lang. REST is not served below it. */
void frame_take_prefix(struct request *q);
/* For a request with a prefix: q->frame. False: 404 (no such site, or not in use) or 503 is the answer. */
bool frame_enter(struct request *q);
/* As frame_enter, for the shell: name is "KEY" or "KEY.LANG". */
bool frame_enter_shell(struct request *q, const char *name);
void frame_leave(struct request *q);
/* The language is in the address: the reader's choice stands there, whatever cookie or account say. */
bool frame_has_lang(const struct request *q);
/* The same frame in another language from here on. */
void frame_set_lang(struct request *q, enum lang lang);

/* Origins as frame-ancestors wants them: 'self', for the shell, and the site's. */
void frame_add_ancestors(const struct request *q, struct buf *out);
/* Puts the prefix before the addresses of a page: each href, action and formaction that is a path, but for /static/ and /api/. */
void frame_add_links(const struct request *q, struct buf *html);
/* siteName and frame {siteKey} for every page's data. */
void frame_put(const struct request *q, struct json_object *data);

#endif
