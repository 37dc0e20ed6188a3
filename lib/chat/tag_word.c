/* tag_word: see tag_word.h. */
#include "lib/chat/tag_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/audit.h"
#include "lib/chat/db.h"

static enum outcome need(const struct principal *who, struct refusal *refusal_r)
{
    return role_is_chief(who->role) ? OUTCOME_DONE : refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
}

static void read_word(struct db_rows *rows, size_t row, struct tag_word *word_r)
{
    word_r->tag_no = db_cell_int(rows, row, 0);
    snprintf(word_r->tag.text, sizeof word_r->tag.text, "%s", db_cell(rows, row, 1, NULL));
    word_r->is_retired = db_cell_int(rows, row, 2) != 0;
}

enum outcome tag_word_list(struct db *db, struct tag_word **list_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT tag_no, tag, is_retired FROM tag_word ORDER BY is_retired, tag LIMIT ?", DB_ARGS(db_int(TAG_WORDS_MAX)));
    size_t n = db_rows_count(rows);
    struct tag_word *list = rows ? calloc(n + 1, sizeof *list) : NULL;

    for (size_t i = 0; list && i < n; i++)
        read_word(rows, i, &list[i]);
    db_rows_free(&rows);
    *list_r = list;
    *n_r = list ? n : 0;
    return list ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* The first of rows (freed here): SAME when there is none. */
static enum outcome take(struct db_rows *rows, struct tag_word *word_r)
{
    enum outcome outcome = !rows ? OUTCOME_AWAY : db_rows_count(rows) == 0 ? OUTCOME_SAME : OUTCOME_DONE;

    if (outcome == OUTCOME_DONE)
        read_word(rows, 0, word_r);
    db_rows_free(&rows);
    return outcome;
}

enum outcome tag_word_find(struct db *db, const char *text, struct tag *tag_r)
{
    struct tag_word word;
    enum outcome outcome =
        take(db_query(db, "SELECT tag_no, tag, is_retired FROM tag_word WHERE tag = ? AND NOT is_retired", DB_ARGS(db_text(text))), &word);

    if (outcome == OUTCOME_DONE)
        *tag_r = word.tag;
    return outcome;
}

/* A change that the database did not take is undone. */
static enum outcome undo(struct db *db, struct refusal *refusal_r)
{
    bool is_there = db_last_error(db) == DB_DUPLICATE;

    if (db_in_transaction(db))
        db_rollback(db);
    return is_there ? refuse_field(refusal_r, 409, CODE_RULE, "There is such a tag already.", "tag") : OUTCOME_AWAY;
}

static enum outcome check_room(struct db *db, struct refusal *refusal_r)
{
    struct db_rows *rows = db_query(db, "SELECT COUNT(*) FROM tag_word", NULL, 0);
    bool is_full = rows && db_cell_int(rows, 0, 0) >= TAG_WORDS_MAX, is_away = !rows;

    db_rows_free(&rows);
    if (is_away)
        return OUTCOME_AWAY;
    return is_full ? refuse_field(refusal_r, 409, CODE_RULE, "There are at most 100 tags.", "tag") : OUTCOME_DONE;
}

enum outcome tag_word_add(struct db *db, const struct principal *who, const char *text, struct tag_word *word_r, struct refusal *refusal_r)
{
    enum outcome outcome = need(who, refusal_r);

    *word_r = (struct tag_word){0};
    if (outcome == OUTCOME_DONE)
        outcome = session_tag_clean(text, &word_r->tag, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = check_room(db, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!db_begin(db) || !db_exec(db, "INSERT INTO tag_word (tag, cdate) VALUES (?,?)", DB_ARGS(db_text(word_r->tag.text), db_time(clock_wall_ms())), NULL))
        return undo(db, refusal_r);
    word_r->tag_no = db_insert_id(db);
    return audit_add(db, who->member_id, "tag.add", word_r->tag.text, "") && db_commit(db) ? OUTCOME_DONE : undo(db, refusal_r);
}

/* The chats that have the tag: those that have the new one as well lose the old. */
static bool rename_on_chats(struct db *db, const char *from, const char *to)
{
    return db_exec(db, "UPDATE IGNORE session_tag SET tag = ? WHERE tag = ?", DB_ARGS(db_text(to), db_text(from)), NULL) &&
           db_exec(db, "DELETE FROM session_tag WHERE tag = ? AND tag <> ?", DB_ARGS(db_text(from), db_text(to)), NULL);
}

static bool store(struct db *db, const struct principal *who, const struct tag_word *was, const struct tag_word *word)
{
    const bool is_renamed = strcmp(was->tag.text, word->tag.text) != 0, is_moved = was->is_retired != word->is_retired;

    return db_begin(db) &&
           db_exec(db, "UPDATE tag_word SET tag = ?, is_retired = ? WHERE tag_no = ?", DB_ARGS(db_text(word->tag.text), db_int(word->is_retired), db_int(word->tag_no)), NULL) &&
           (!is_renamed || (rename_on_chats(db, was->tag.text, word->tag.text) && audit_add(db, who->member_id, "tag.rename", was->tag.text, word->tag.text))) &&
           (!is_moved || audit_add(db, who->member_id, word->is_retired ? "tag.retire" : "tag.restore", word->tag.text, "")) && db_commit(db);
}

enum outcome tag_word_change(struct db *db, const struct principal *who, int64_t tag_no, const char *text, const bool *is_retired, struct tag_word *word_r,
                             struct refusal *refusal_r)
{
    enum outcome outcome = need(who, refusal_r);
    struct tag_word was;

    if (outcome != OUTCOME_DONE)
        return outcome;
    outcome = take(db_query(db, "SELECT tag_no, tag, is_retired FROM tag_word WHERE tag_no = ?", DB_ARGS(db_int(tag_no))), &was);
    if (outcome == OUTCOME_SAME)
        return refuse_absent(refusal_r);
    *word_r = was;
    if (outcome == OUTCOME_DONE && text)
        outcome = session_tag_clean(text, &word_r->tag, refusal_r);
    if (is_retired)
        word_r->is_retired = *is_retired;
    if (outcome != OUTCOME_DONE)
        return outcome;
    return store(db, who, &was, word_r) ? OUTCOME_DONE : undo(db, refusal_r);
}
