/* note: internal notes. They stand in a table of their own and are never rows of a chat's log, so nothing that carries rows (STOMP, replay, polling, transcripts)
 * can carry one; only these functions read them, and both ask RIGHT_NOTE, which no customer has. */
#ifndef SANGDAM_CHAT_NOTE_H
#define SANGDAM_CHAT_NOTE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

#define NOTE_LIST_MAX 500

struct db;
struct json_writer;

struct note {
    int64_t note_id, member_id;
    int32_t after_seq; /* it stands behind this row of the log */
    int64_t cdate_ms;
    char session_id[UUID_TEXT_SIZE];
    char client_note_id[UUID_TEXT_SIZE]; /* "" when none */
    char member_name[NICKNAME_SIZE];
    char *content; /* owned, NUL-terminated UTF-8 */
};
void note_clear(struct note *note);
void note_free_list(struct note **list, size_t n);

/* Writes a note behind the chat's last row. The content's rules are message_check()'s. client_note_id: NULL or a lower-case UUID. DONE: note_r (note_clear() it) and
 * change_r, for notify_change(), are filled. SAME: note_r is the first one of that id. REFUSED: 404 for who may not read the chat, 400, 422. May block. */
enum outcome note_add(struct db *db, const struct principal *who, const char *session_id, const char *content, size_t n, const char *client_note_id,
                      struct note *note_r, struct change *change_r, struct refusal *refusal_r);
/* The newest NOTE_LIST_MAX notes of a chat, oldest first; *list_r is note_free_list()'s. REFUSED (404) for who lacks RIGHT_NOTE. May block. */
enum outcome note_list(struct db *db, const struct principal *who, const struct session *s, struct note **list_r, size_t *n_r, struct refusal *refusal_r);
/* {noteId, sessionId, afterSeq, memberId, memberName, content, clientNoteId, timestamp} */
void note_write_json(struct json_writer *w, const char *key, const struct note *note);

#endif
