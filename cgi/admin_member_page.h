/* admin_member_page: /admin/members: the accounts, to find, add and change (lib/chat/member_manage.h has the rules). */
#ifndef SANGDAM_CGI_ADMIN_MEMBER_PAGE_H
#define SANGDAM_CGI_ADMIN_MEMBER_PAGE_H

#include "cgi/http.h"

extern const struct field admin_member_list_query[]; /* q, role, status, cursor */
extern const struct field admin_member_add_body[];   /* email, nickname, role */
extern const struct field admin_member_body[];       /* nickname, role */
extern const struct field admin_member_status_body[]; /* active: 1, 0 */
extern const struct field admin_member_topic_body[];  /* categoryId, added: 1, 0 */

void admin_member_list(struct request *q);
/* A new member: 200 with the list and the password, once. */
void admin_member_add(struct request *q);
void admin_member_show(struct request *q);
void admin_member_change(struct request *q);
void admin_member_status(struct request *q);
/* A new password: 200 with the member's page and the password, once. */
void admin_member_password(struct request *q);
void admin_member_topic(struct request *q);
/* How many chats at once; admin_routing_limit_body. */
void admin_member_limit(struct request *q);

#endif
