/* frame_page: what a site's page needs to show the chat: its settings for the loader, the shell that stands in the loader's iframe, and the site's colour. */
#ifndef SANGDAM_CGI_FRAME_PAGE_H
#define SANGDAM_CGI_FRAME_PAGE_H

#include "cgi/http.h"

/* GET /api/chat/sites/{key}: asked by the loader from the site's own pages, without credentials; their origins alone may read it. */
void frame_api_site(struct request *q);
/* GET /frame/{key}: the shell. */
void frame_page_shell(struct request *q);
/* GET /frame/{key}/brand.css */
void frame_page_brand(struct request *q);

#endif
