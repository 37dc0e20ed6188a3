/* tag_word_api: the tags that supervisors keep, by REST. lib/chat/tag_word.h has the rules. */
#ifndef SANGDAM_CGI_TAG_WORD_API_H
#define SANGDAM_CGI_TAG_WORD_API_H

#include "cgi/http.h"

extern const struct field tag_word_change_body[]; /* tag, isRetired */

/* GET and POST /api/admin/chat/tags, PUT /api/admin/chat/tags/{word}. A tag is {tagId, tag, isRetired}. */
void tag_word_api_list(struct request *q);
void tag_word_api_post(struct request *q);
void tag_word_api_put(struct request *q);

#endif
