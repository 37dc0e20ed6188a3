/* admin_block_page: /admin/blocks: the customers who may ask for no new chat, to be looked through and let in again. They are blocked in their chat
 * (desk_page.h). lib/chat/block.h has the rules. */
#ifndef SANGDAM_CGI_ADMIN_BLOCK_PAGE_H
#define SANGDAM_CGI_ADMIN_BLOCK_PAGE_H

#include "cgi/http.h"

extern const struct field admin_block_query[]; /* done, cursor */

void admin_block_list(struct request *q);
/* 303 to the list. */
void admin_block_lift(struct request *q);

#endif
