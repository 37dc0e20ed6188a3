/* canned_api: canned replies by REST, and what the page of them shares: fields and names for the holes. */
#ifndef SANGDAM_CGI_CANNED_API_H
#define SANGDAM_CGI_CANNED_API_H

#include "cgi/http.h"
#include "lib/chat/canned.h"
#include "lib/chat/change.h"

extern const struct field canned_api_query[]; /* sessionId */
extern const struct field canned_api_body[];  /* scope, categoryId, lang, shortcut, title, content; of the page's form too */
enum { CANNED_SCOPE, CANNED_CATEGORY_ID, CANNED_LANG, CANNED_SHORTCUT, CANNED_TITLE, CANNED_CONTENT };

/* GET /api/admin/chat/canned-replies: data is the array. With sessionId: those that fit the chat, each with `text`, its content filled for it. */
void canned_api_list(struct request *q);
/* POST: 201 with the reply. PUT and DELETE /api/admin/chat/canned-replies/{reply}: 200. */
void canned_api_post(struct request *q);
void canned_api_put(struct request *q);
void canned_api_delete(struct request *q);

/* The number in the path; 0 when it is none, which no reply has. */
int64_t canned_api_id(const struct request *q);
/* q->form as a draft, borrowed. REFUSED: an unknown scope or category. */
enum outcome canned_api_draft(struct request *q, struct canned_draft *draft_r, struct refusal *refusal_r);
/* The reply's content with the names of the chat s and of who asks. */
void canned_api_fill(struct request *q, const struct canned_reply *reply, const struct session *s, struct buf *out);

#endif
