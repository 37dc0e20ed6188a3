/* admin_category_page: /admin/categories: the topics of chats in two levels (lib/chat/category.h has the rules). */
#ifndef SANGDAM_CGI_ADMIN_CATEGORY_PAGE_H
#define SANGDAM_CGI_ADMIN_CATEGORY_PAGE_H

#include "cgi/http.h"

extern const struct field admin_category_add_body[];  /* name, nameEn, parentId, code */
extern const struct field admin_category_body[];      /* name, nameEn, parentId, isShown */
extern const struct field admin_category_move_body[]; /* up: 1, 0 */

void admin_category_list(struct request *q);
void admin_category_add(struct request *q);
void admin_category_show(struct request *q);
void admin_category_change(struct request *q);
void admin_category_move(struct request *q);
/* Who is offered its chats; admin_routing_body. */
void admin_category_routing(struct request *q);

#endif
