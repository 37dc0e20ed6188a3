/* thread_rows: rows of a chat's log as templates/messages.html wants them: day dividers, the same speaker grouped, the time once a
 * speaker and minute, system rows in the reader's language. The scripts group new rows by the same rules (static/js/lib/chat_view.js). */
#ifndef SANGDAM_CGI_THREAD_ROWS_H
#define SANGDAM_CGI_THREAD_ROWS_H

#include <json-c/json.h>
#include <stddef.h>

#include "lib/base/catalog.h"
#include "lib/chat/message.h"

struct thread_view {
    enum lang lang;
    char own_side;          /* 'M' on the customer's pages, 'A' on the staff's */
    int32_t other_read_seq; /* what the other side has read: own rows up to it carry two ticks */
    const char *thread_url; /* where a message may be quoted, edited or deleted: thread_url/messages/{seq}; NULL: nowhere */
};

/* A new array, the caller's; NULL when memory is out. Days are those of the process's zone. EDIT and REDACT rows are left out:
 * the rows that they mean read so already. */
struct json_object *thread_rows(const struct message *rows, size_t n, const struct thread_view *view);
/* {seq, name, text} of the row seq, which somebody answers; name and text are absent when it is not among rows, and text when it is deleted. */
struct json_object *thread_quote(const struct message *rows, size_t n, int32_t seq);
/* The system rows, edits and deletions alone: [{text, at, target: seq of what was changed, else 0}], for templates/history_chat.html's steps. */
struct json_object *thread_steps(const struct message *rows, size_t n, enum lang lang);

#endif
