/* admin_auto_page: /admin/messages: what the site says by itself (lib/chat/auto_message.h). */
#ifndef SANGDAM_CGI_ADMIN_AUTO_PAGE_H
#define SANGDAM_CGI_ADMIN_AUTO_PAGE_H

#include "cgi/http.h"

extern const struct field admin_auto_body[]; /* kind (greeting, nobody, silent), on, delay, text, textEn */

void admin_auto_page(struct request *q);
void admin_auto_set(struct request *q);

#endif
