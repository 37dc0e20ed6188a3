/* desk_page: tags on a chat and the block of its customer, by REST and by the forms of the console and the history. */
#ifndef SANGDAM_CGI_DESK_PAGE_H
#define SANGDAM_CGI_DESK_PAGE_H

#include <json-c/json.h>

#include "cgi/http.h"
#include "lib/chat/change.h"

extern const struct field desk_tag_body[];   /* tag */
extern const struct field desk_block_body[]; /* days, reason, end */

/* GET, POST and DELETE /api/admin/chat/sessions/{id}/tags: data is the array of tags, as it is then. DELETE names the tag in its body. */
void desk_api_tags(struct request *q);
void desk_api_tag_add(struct request *q);
void desk_api_tag_remove(struct request *q);
/* GET, POST and DELETE /api/admin/chat/sessions/{id}/block: data is the block {until, reason, byName, cdate}, or null. POST with end ends the chat too. */
void desk_api_block(struct request *q);
void desk_api_block_add(struct request *q);
void desk_api_block_remove(struct request *q);

/* POST /agent/chat/{id}/tags, /tags/remove, /block, /unblock: back to the chat, or for one that is over to its page of the history. */
void desk_page_tag_add(struct request *q);
void desk_page_tag_remove(struct request *q);
void desk_page_block_add(struct request *q);
void desk_page_block_remove(struct request *q);

/* tags [text], offeredTags [text], canTag, canBlock, block {until, reason, by} into chat. False: the answer stands. */
bool desk_page_put(struct request *q, struct json_object *chat, const struct session *s);

#endif
