/* note: see note.h. */
#include "lib/chat/note.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/chat/db.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"

#define COLUMNS "n.note_id, n.member_id, n.after_seq, n.cdate, n.client_note_id, m.nickname, n.content"
#define FROM " FROM internal_note n JOIN member m ON m.member_id = n.member_id"

void note_clear(struct note *note)
{
    free(note->content);
    *note = (struct note){0};
}

void note_free_list(struct note **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++)
        note_clear(&(*list)[i]);
    free(*list);
    *list = NULL;
}

static bool read_note(const struct db_rows *rows, size_t row, const char *session_id, struct note *note_r)
{
    const char *client_note_id = db_cell(rows, row, 4, NULL);

    *note_r = (struct note){.note_id = db_cell_int(rows, row, 0), .member_id = db_cell_int(rows, row, 1), .after_seq = (int32_t)db_cell_int(rows, row, 2),
                            .cdate_ms = db_cell_time(rows, row, 3), .content = strdup(db_cell(rows, row, 6, NULL))};
    snprintf(note_r->session_id, sizeof note_r->session_id, "%s", session_id);
    snprintf(note_r->client_note_id, sizeof note_r->client_note_id, "%s", client_note_id ? client_note_id : "");
    snprintf(note_r->member_name, sizeof note_r->member_name, "%s", db_cell(rows, row, 5, NULL));
    return note_r->content != NULL;
}

/* The note that rows (freed here) found. */
static enum outcome take_one(struct db_rows *rows, const char *session_id, struct note *note_r)
{
    bool ok = rows && db_rows_count(rows) == 1 && read_note(rows, 0, session_id, note_r);

    db_rows_free(&rows);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

static enum outcome insert(struct db *db, const struct principal *who, const struct session *s, const char *content, size_t len, const char *client_note_id,
                           struct note *note_r)
{
    enum outcome outcome;

    if (db_exec(db, "INSERT INTO internal_note (session_no, member_id, content, after_seq, client_note_id, cdate) VALUES (?,?,?,?,?,?)",
                DB_ARGS(db_int(s->session_no), db_int(who->member_id), db_textn(content, len), db_int(s->message_count), db_text(client_note_id),
                        db_time(clock_wall_ms())),
                NULL))
        return take_one(db_query(db, "SELECT " COLUMNS FROM " WHERE n.note_id = ?", DB_ARGS(db_int(db_insert_id(db)))), s->session_id, note_r);
    if (db_last_error(db) != DB_DUPLICATE)
        return OUTCOME_AWAY;
    outcome = take_one(db_query(db, "SELECT " COLUMNS FROM " WHERE n.session_no = ? AND n.member_id = ? AND n.client_note_id = ?",
                                DB_ARGS(db_int(s->session_no), db_int(who->member_id), db_text(client_note_id))),
                       s->session_id, note_r);
    return outcome == OUTCOME_DONE ? OUTCOME_SAME : outcome;
}

enum outcome note_add(struct db *db, const struct principal *who, const char *session_id, const char *content, size_t n, const char *client_note_id,
                      struct note *note_r, struct change *change_r, struct refusal *refusal_r)
{
    struct session *s = &change_r->session;
    char *clean = NULL;
    size_t len;
    enum outcome outcome;

    *note_r = (struct note){0};
    change_init(change_r);
    change_r->what = CHANGE_NOTE;
    outcome = session_find(db, who, session_id, s, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!right_may(who, RIGHT_NOTE, s))
        return refuse_absent(refusal_r);
    if (client_note_id && !uuid_is_valid(client_note_id))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The clientNoteId must be a lower-case UUID.", "clientNoteId");
    outcome = message_check(content, n, NULL, &clean, &len, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = insert(db, who, s, clean, len, client_note_id, note_r);
    free(clean);
    return outcome;
}

enum outcome note_list(struct db *db, const struct principal *who, const struct session *s, struct note **list_r, size_t *n_r, struct refusal *refusal_r)
{
    struct db_rows *rows;
    struct note *list;
    size_t n, i;
    bool ok;

    *list_r = NULL;
    *n_r = 0;
    if (!right_may(who, RIGHT_NOTE, s))
        return refuse_absent(refusal_r);
    rows = db_query(db, "SELECT " COLUMNS FROM " WHERE n.session_no = ? ORDER BY n.note_id DESC LIMIT ?", DB_ARGS(db_int(s->session_no), db_int(NOTE_LIST_MAX)));
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    list = calloc(n + 1, sizeof *list);
    ok = list != NULL;
    for (i = 0; ok && i < n; i++)
        ok = read_note(rows, n - 1 - i, s->session_id, &list[i]);
    db_rows_free(&rows);
    if (!ok) {
        note_free_list(&list, list ? n : 0);
        return OUTCOME_AWAY;
    }
    *list_r = list;
    *n_r = n;
    return OUTCOME_DONE;
}

void note_write_json(struct json_writer *w, const char *key, const struct note *note)
{
    if (key)
        jw_object_key(w, key);
    else
        jw_object(w);
    jw_int(w, "noteId", note->note_id);
    jw_str(w, "sessionId", note->session_id);
    jw_int(w, "afterSeq", note->after_seq);
    jw_int(w, "memberId", note->member_id);
    jw_str(w, "memberName", note->member_name);
    jw_str(w, "content", note->content);
    jw_str(w, "clientNoteId", note->client_note_id[0] ? note->client_note_id : NULL);
    jw_time(w, "timestamp", note->cdate_ms);
    jw_object_end(w);
}
