/* note_rows: puts a chat's internal notes between the rows of a page of the staff's. No page of a customer's calls this. */
#ifndef SANGDAM_CGI_NOTE_ROWS_H
#define SANGDAM_CGI_NOTE_ROWS_H

#include <json-c/json.h>
#include <stdbool.h>

#include "cgi/http.h"
#include "lib/chat/change.h"

/* data.messages (thread_rows()) gets a row {memo, noteId, afterSeq, author, content, timestamp} behind each row that has a note; notes behind rows that the page does not
 * show are left out. Also clientNoteId, a fresh one. False: the answer stands. */
bool note_rows_put(struct request *q, struct json_object *data, const struct session *s);

#endif
