/* history_export: the chats of the history's filter as a CSV or JSONL file, for supervisors and admins: a page that asks what it is for, and the stream. By REST the same
 * fields go to /api/admin/chat/sessions/history/export as JSON. */
#ifndef SANGDAM_CGI_HISTORY_EXPORT_H
#define SANGDAM_CGI_HISTORY_EXPORT_H

#include "cgi/http.h"

extern const struct field history_export_body[]; /* the words of history_filter.h; format (csv, jsonl), bom, messages, purpose */

void history_export_page(struct request *q);   /* GET /history/export?filter */
void history_export_submit(struct request *q); /* POST: the file, or the page with what was typed */
void history_export_api(struct request *q);    /* POST by REST */

#endif
