/* admin_tag_page: /admin/tags: the tags that supervisors keep for all. lib/chat/tag_word.h has the rules. */
#ifndef SANGDAM_CGI_ADMIN_TAG_PAGE_H
#define SANGDAM_CGI_ADMIN_TAG_PAGE_H

#include "cgi/http.h"

extern const struct field admin_tag_retire_body[]; /* retired */

void admin_tag_list(struct request *q);
/* 303 to the list; the list with what was refused. */
void admin_tag_add(struct request *q);
void admin_tag_rename(struct request *q);
void admin_tag_retire(struct request *q);

#endif
