/* message_insert: rows of the log on their way into the table, one or many. */
#include <stdlib.h>

#include "lib/chat/message_priv.h"

#define COLUMNS 14
/* Rows and text bytes of one statement, well below any max_allowed_packet. */
#define ROWS_MAX 256
#define BYTES_MAX 262144

#define INSERT_SQL                                                                                                                        \
    "INSERT INTO chat_message (session_no, seq, session_id, sender_id, sender_type, message_type_id, kind, content, args, is_read,"       \
    " client_message_id, file_id, target_seq, cdate) VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
/* A statement each, for a prepared one keeps the way in which it was bound. */
static const char one_sql[] = INSERT_SQL, many_sql[] = INSERT_SQL;

static void write_args(const struct message *m, struct db_arg args[COLUMNS])
{
    size_t i = 0;

    args[i++] = db_int(m->session_no);
    args[i++] = db_int(m->seq);
    args[i++] = db_textn(m->session_id, UUID_TEXT_SIZE - 1);
    args[i++] = db_int(m->sender_id);
    args[i++] = db_textn(&m->sender_type, 1);
    args[i++] = db_int(m->message_type_id);
    args[i++] = db_text(message_kind_name(m->kind));
    args[i++] = db_textn(m->content, m->content_len);
    args[i++] = db_text(m->args);
    args[i++] = db_textn(&m->is_read, 1);
    args[i++] = *m->client_message_id ? db_textn(m->client_message_id, UUID_TEXT_SIZE - 1) : db_null();
    args[i++] = db_id(m->file ? m->file->file_id : 0);
    args[i++] = db_id(m->target_seq);
    args[i++] = db_time(m->cdate_ms);
}

bool message_insert(struct db *db, const struct message *m)
{
    struct db_arg args[COLUMNS];

    if (!m->content)
        return false;
    write_args(m, args);
    return db_exec(db, one_sql, args, COLUMNS, NULL);
}

bool message_insert_commit(struct db *db, const struct message *m, const struct message_head *head)
{
    static const char sql[] = "BEGIN NOT ATOMIC " INSERT_SQL
                              "; UPDATE chat_session SET message_count = ?, udate = GREATEST(udate, ?), member_last_seen = COALESCE(?, member_last_seen),"
                              " admin_last_seen = COALESCE(?, admin_last_seen), first_response_time = COALESCE(first_response_time, ?)"
                              " WHERE session_no = ?; COMMIT; END";
    struct db_arg args[COLUMNS + 6];
    size_t i = COLUMNS;

    if (!m->content)
        return false;
    write_args(m, args);
    args[i++] = db_int(m->seq);
    args[i++] = db_time(m->cdate_ms);
    args[i++] = db_time(head->member_last_seen_ms);
    args[i++] = db_time(head->admin_last_seen_ms);
    args[i++] = db_time(head->first_response_ms);
    args[i++] = db_int(m->session_no);
    return db_exec_commit(db, sql, args, i);
}

bool message_insert_all(struct db *db, const struct message *const *rows, size_t n)
{
    struct db_arg(*args)[COLUMNS] = malloc((n < ROWS_MAX ? n : ROWS_MAX) * sizeof(*args));
    size_t at = 0;
    bool ok = args;

    while (ok && at < n) {
        size_t count = 0, bytes = 0;

        while (at < n && count < ROWS_MAX && bytes < BYTES_MAX) {
            ok = ok && rows[at]->content;
            bytes += rows[at]->content_len;
            write_args(rows[at++], args[count++]);
        }
        ok = ok && db_exec_rows(db, many_sql, args[0], COLUMNS, count);
    }
    free(args);
    return ok;
}
