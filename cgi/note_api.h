/* note_api: internal notes of a chat, by REST and by the console's own form. */
#ifndef SANGDAM_CGI_NOTE_API_H
#define SANGDAM_CGI_NOTE_API_H

#include "cgi/http.h"
#include "lib/chat/note.h"

extern const struct field note_api_body[];  /* content, clientNoteId */
extern const struct field note_page_body[]; /* note, clientNoteId: another name than a message's, so that neither can be sent as the other */

/* GET /api/admin/chat/sessions/{id}/notes: data is the array of notes, oldest first. */
void note_api_list(struct request *q);
/* POST: 201 with the note; 200 for the same clientNoteId again. */
void note_api_post(struct request *q);
/* The note of q->form (either table) for the chat of the path, told to pushd. note_clear() *note_r. */
enum outcome note_api_add(struct request *q, struct note *note_r, struct refusal *refusal_r);

#endif
