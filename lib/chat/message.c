/* message: rows as they are read. */
#include "lib/chat/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chat/change.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/db_many.h"
#include "lib/chat/message_priv.h"

static const char *const kind_names[] = {
    [KIND_TEXT] = "TEXT", [KIND_FILE] = "FILE", [KIND_START] = "START", [KIND_END] = "END", [KIND_JOIN] = "JOIN", [KIND_LEAVE] = "LEAVE",
    [KIND_AWAY] = "AWAY", [KIND_BACK] = "BACK", [KIND_TRANSFER] = "TRANSFER", [KIND_CANCEL] = "CANCEL", [KIND_EDIT] = "EDIT", [KIND_REDACT] = "REDACT",
};
#define KIND_TOTAL (sizeof(kind_names) / sizeof(kind_names[0]))

const char *message_kind_name(enum message_kind kind)
{
    return kind_names[kind];
}

bool message_kind_from_name(const char *name, enum message_kind *kind_r)
{
    size_t i;

    for (i = 0; i < KIND_TOTAL; i++)
        if (strcmp(kind_names[i], name) == 0) {
            *kind_r = (enum message_kind)i;
            return true;
        }
    return false;
}

void message_clear(struct message *m)
{
    free(m->content);
    free(m->args);
    free(m->file);
    memset(m, 0, sizeof(*m));
}

bool message_copy(struct message *to, const struct message *from)
{
    *to = *from;
    to->content = from->content ? malloc(from->content_len + 1) : NULL;
    to->args = from->args ? strdup(from->args) : NULL;
    to->file = from->file ? malloc(sizeof(*to->file)) : NULL;
    if ((from->content && !to->content) || (from->args && !to->args) || (from->file && !to->file)) {
        message_clear(to);
        return false;
    }
    if (to->content)
        memcpy(to->content, from->content, from->content_len + 1);
    if (to->file)
        *to->file = *from->file;
    return true;
}

void message_free_list(struct message **rows, size_t n)
{
    size_t i;

    if (!*rows)
        return;
    for (i = 0; i < n; i++)
        message_clear(&(*rows)[i]);
    free(*rows);
    *rows = NULL;
}

struct message *change_add_row(struct change *c, struct session *s, enum message_kind kind, int64_t now_ms)
{
    struct message *m;

    if (c->nrows == CHANGE_ROWS_MAX || s->message_count >= SEQ_MAX)
        return NULL;
    m = &c->rows[c->nrows++];
    memset(m, 0, sizeof(*m));
    m->session_no = s->session_no;
    snprintf(m->session_id, sizeof(m->session_id), "%s", s->session_id);
    m->seq = ++s->message_count;
    m->message_id = s->session_no * (SEQ_MAX + 1) + m->seq;
    m->kind = kind;
    m->is_read = 'N';
    m->cdate_ms = now_ms;
    return m;
}

#define MESSAGE_COLUMNS(content, revision) \
    "c.session_no, c.seq, c.session_id, c.sender_id, c.sender_type, c.message_type_id, c.kind, " content ", c.args, c.is_read," \
    " c.client_message_id, c.target_seq, c.cdate, m.nickname, c.file_id, f.name, f.size, f.content_type, f.width, f.height, " revision
#define MESSAGE_JOINS " JOIN member m ON m.member_id = c.sender_id LEFT JOIN attachment f ON f.file_id = c.file_id"
/* As it reads now: the row of an edit or deletion, where there is one, has the word. */
#define MESSAGE_SELECT \
    "SELECT " MESSAGE_COLUMNS("IFNULL(r.content, c.content)", "r.kind") " FROM chat_message c" MESSAGE_JOINS \
    " LEFT JOIN chat_message r ON r.session_no = c.session_no AND r.seq = c.revised_seq"

/* A VARCHAR cell into a fixed field; the schema's lengths fit. */
static void cell_text(const struct db_rows *rows, size_t row, unsigned col, char *out, size_t size)
{
    const char *s = db_cell(rows, row, col, NULL);

    snprintf(out, size, "%s", s ? s : "");
}

static bool read_file_cells(const struct db_rows *rows, size_t row, struct message *m)
{
    struct attachment_info *f;

    if (db_cell_is_null(rows, row, 14))
        return true;
    f = m->file = calloc(1, sizeof(*f));
    if (!f)
        return false;
    f->file_id = db_cell_int(rows, row, 14);
    cell_text(rows, row, 15, f->name, sizeof(f->name));
    f->size = db_cell_int(rows, row, 16);
    cell_text(rows, row, 17, f->content_type, sizeof(f->content_type));
    f->width = (int32_t)db_cell_int(rows, row, 18);
    f->height = (int32_t)db_cell_int(rows, row, 19);
    return true;
}

static void read_revision(const struct db_rows *rows, size_t row, struct message *m)
{
    const char *kind = db_cell(rows, row, 20, NULL);

    if (!kind)
        return;
    m->revision = strcmp(kind, kind_names[KIND_REDACT]) == 0 ? REVISION_REDACTED : REVISION_EDITED;
    if (m->revision == REVISION_REDACTED) {
        free(m->file);
        m->file = NULL;
    }
}

/* Fills m from a MESSAGE_SELECT row; false when memory is out. */
static bool read_row(const struct db_rows *rows, size_t row, struct message *m)
{
    const char *args = db_cell(rows, row, 8, NULL), *content;

    memset(m, 0, sizeof(*m));
    m->session_no = db_cell_int(rows, row, 0);
    m->seq = (int32_t)db_cell_int(rows, row, 1);
    m->message_id = m->session_no * (SEQ_MAX + 1) + m->seq;
    cell_text(rows, row, 2, m->session_id, sizeof(m->session_id));
    m->sender_id = db_cell_int(rows, row, 3);
    m->sender_type = db_cell(rows, row, 4, NULL)[0];
    m->message_type_id = (int32_t)db_cell_int(rows, row, 5);
    if (!message_kind_from_name(db_cell(rows, row, 6, NULL), &m->kind))
        m->kind = KIND_TEXT;
    content = db_cell(rows, row, 7, &m->content_len);
    m->content = malloc(m->content_len + 1);
    if (m->content)
        memcpy(m->content, content, m->content_len + 1);
    m->args = args ? strdup(args) : NULL;
    m->is_read = db_cell(rows, row, 9, NULL)[0];
    cell_text(rows, row, 10, m->client_message_id, sizeof(m->client_message_id));
    m->target_seq = (int32_t)db_cell_int(rows, row, 11);
    m->cdate_ms = db_cell_time(rows, row, 12);
    cell_text(rows, row, 13, m->sender_name, sizeof(m->sender_name));
    if (!m->content || (args && !m->args) || !read_file_cells(rows, row, m)) {
        message_clear(m);
        return false;
    }
    read_revision(rows, row, m);
    return true;
}

static enum outcome take_rows(struct db_rows *found, bool backwards, struct message **rows_r, size_t *n_r)
{
    size_t n = db_rows_count(found), i;
    struct message *list = calloc(n ? n : 1, sizeof(*list));
    enum outcome outcome = list ? OUTCOME_DONE : OUTCOME_AWAY;

    for (i = 0; i < n && outcome == OUTCOME_DONE; i++)
        if (!read_row(found, backwards ? n - 1 - i : i, &list[i]))
            outcome = OUTCOME_AWAY;
    db_rows_free(&found);
    if (outcome != OUTCOME_DONE) {
        message_free_list(&list, n);
        return outcome;
    }
    *rows_r = list;
    *n_r = n;
    return OUTCOME_DONE;
}

enum outcome message_list(struct db *db, int64_t session_no, int32_t after, int32_t before, int limit, struct message **rows_r, size_t *n_r)
{
    const bool backwards = after < 0;
    struct db_rows *found;

    *rows_r = NULL;
    *n_r = 0;
    if (backwards)
        found = db_query(db, MESSAGE_SELECT " WHERE c.session_no = ? AND c.seq < ? ORDER BY c.seq DESC LIMIT ?",
                         DB_ARGS(db_int(session_no), db_int(before < 0 ? INT32_MAX : before), db_int(limit)));
    else
        found = db_query(db, MESSAGE_SELECT " WHERE c.session_no = ? AND c.seq > ? ORDER BY c.seq LIMIT ?",
                         DB_ARGS(db_int(session_no), db_int(after), db_int(limit)));
    return found ? take_rows(found, backwards, rows_r, n_r) : OUTCOME_AWAY;
}

enum outcome message_list_steps(struct db *db, int64_t session_no, int limit, struct message **rows_r, size_t *n_r)
{
    struct db_rows *found = db_query(db, MESSAGE_SELECT " WHERE c.session_no = ? AND c.kind NOT IN ('TEXT', 'FILE') ORDER BY c.seq LIMIT ?", DB_ARGS(db_int(session_no), db_int(limit)));

    *rows_r = NULL;
    *n_r = 0;
    return found ? take_rows(found, false, rows_r, n_r) : OUTCOME_AWAY;
}

/* The tables in this order, by the unique key, whatever the optimizer thinks of them. The texts as they were first sent: a repeat is compared with them. */
static struct db_many keys_sql = {
    .before = "SELECT STRAIGHT_JOIN " MESSAGE_COLUMNS("c.content", "NULL") " FROM chat_message c FORCE INDEX (uq_chat_message_client)" MESSAGE_JOINS
              " WHERE (c.session_no, c.sender_id, c.client_message_id) IN (",
    .item = "(?,?,?)",
    .behind = ")",
};

static struct db_rows *query_keys(struct db *db, const struct message_key *keys, size_t n)
{
    struct db_arg args[3 * DB_MANY_MAX];
    size_t size, i;
    const char *sql = db_many_sql(&keys_sql, n, &size);

    for (i = 0; sql && i < size; i++) {
        const struct message_key *k = &keys[i < n ? i : n - 1];

        args[3 * i] = db_int(k->session_no);
        args[3 * i + 1] = db_int(k->sender_id);
        args[3 * i + 2] = db_textn(k->client_message_id, UUID_TEXT_SIZE - 1);
    }
    return sql ? db_query(db, sql, args, 3 * size) : NULL;
}

/* Moves the rows of more behind those of *rows_r. */
static bool append_rows(struct message **rows_r, size_t *n_r, struct message **more, size_t n)
{
    struct message *all = realloc(*rows_r, (*n_r + n + 1) * sizeof(*all));

    if (!all) {
        message_free_list(more, n);
        return false;
    }
    memcpy(all + *n_r, *more, n * sizeof(*all));
    free(*more);
    *rows_r = all;
    *n_r += n;
    return true;
}

enum outcome message_by_keys(struct db *db, const struct message_key *keys, size_t n, struct message **rows_r, size_t *n_r)
{
    struct message *some;
    size_t at, nsome;

    *rows_r = NULL;
    *n_r = 0;
    for (at = 0; at < n; at += DB_MANY_MAX) {
        struct db_rows *found = query_keys(db, keys + at, n - at < DB_MANY_MAX ? n - at : DB_MANY_MAX);

        if (!found || take_rows(found, false, &some, &nsome) != OUTCOME_DONE || !append_rows(rows_r, n_r, &some, nsome)) {
            message_free_list(rows_r, *n_r);
            *n_r = 0;
            return OUTCOME_AWAY;
        }
    }
    return OUTCOME_DONE;
}

bool message_epoch(struct db *db, char epoch_r[UUID_TEXT_SIZE])
{
    struct db_rows *rows = db_query(db, "SELECT epoch FROM installation WHERE installation_id = 1", NULL, 0);
    bool ok = rows && db_rows_count(rows) == 1;

    epoch_r[0] = '\0';
    if (ok)
        cell_text(rows, 0, 0, epoch_r, UUID_TEXT_SIZE);
    db_rows_free(&rows);
    return ok;
}

bool message_renew_epoch(struct db *db, const char *old, char epoch_r[UUID_TEXT_SIZE])
{
    char epoch[UUID_TEXT_SIZE];

    uuid_new(epoch);
    if (db_exec(db, "UPDATE installation SET epoch = ? WHERE installation_id = 1 AND (? = '' OR epoch = ?)", DB_ARGS(db_text(epoch), db_text(old), db_text(old)), NULL))
        return message_epoch(db, epoch_r);
    epoch_r[0] = '\0';
    return false;
}
