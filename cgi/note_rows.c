/* note_rows: see note_rows.h. */
#include "cgi/note_rows.h"

#include "cgi/answer.h"
#include "cgi/page.h"
#include "lib/chat/note.h"

static struct json_object *note_row(const struct note *note)
{
    struct json_object *row = json_object_new_object();
    page_bool(row, "memo", true);
    page_int(row, "noteId", note->note_id);
    page_int(row, "afterSeq", note->after_seq);
    page_str(row, "author", note->member_name);
    page_str(row, "content", note->content);
    page_time(row, "timestamp", note->cdate_ms);
    return row;
}

static int32_t seq_of(struct json_object *rows, size_t i)
{
    struct json_object *seq;
    return json_object_object_get_ex(json_object_array_get_idx(rows, i), "seq", &seq) ? json_object_get_int(seq) : 0;
}

/* The rows with the notes between them. is_last: nothing of the log stands behind these rows. */
static struct json_object *merge(struct json_object *rows, const struct note *notes, size_t n, bool is_last)
{
    struct json_object *all = json_object_new_array();
    size_t total = json_object_array_length(rows), at = 0;
    int32_t first = total > 0 ? seq_of(rows, 0) : 0;
    while (first > 1 && at < n && notes[at].after_seq < first)
        at++;
    for (size_t i = 0; i < total; i++) {
        for (; at < n && notes[at].after_seq < seq_of(rows, i); at++)
            json_object_array_add(all, note_row(&notes[at]));
        json_object_array_add(all, json_object_get(json_object_array_get_idx(rows, i)));
    }
    for (; at < n && (is_last || (total > 0 && notes[at].after_seq <= seq_of(rows, total - 1))); at++)
        json_object_array_add(all, note_row(&notes[at]));
    return all;
}

bool note_rows_put(struct request *q, struct json_object *data, const struct session *s)
{
    struct note *notes = NULL;
    struct json_object *rows;
    struct refusal refusal = {0};
    size_t n = 0;
    char fresh[UUID_TEXT_SIZE];
    if (!answer_outcome(q, note_list(q->db, &q->who, s, &notes, &n, &refusal), &refusal))
        return false;
    if (n > 0 && json_object_object_get_ex(data, "messages", &rows)) {
        size_t total = json_object_array_length(rows);
        bool is_last = total == 0 || seq_of(rows, total - 1) >= s->message_count;
        page_put(data, "messages", merge(rows, notes, n, is_last));
    }
    note_free_list(&notes, n);
    uuid_new(fresh);
    page_str(data, "clientNoteId", fresh);
    return true;
}
