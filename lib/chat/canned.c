/* canned: see canned.h. */
#include "lib/chat/canned.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/message.h"
#include "lib/chat/nickname.h"
#include "lib/chat/right.h"

#define SELECT "SELECT r.canned_reply_id, r.member_id, r.category_id, r.lang, r.shortcut, r.title, r.content, r.udate FROM canned_reply r"

static const char *const scope_names[] = {[CANNED_SHARED] = "SHARED", [CANNED_CATEGORY] = "CATEGORY", [CANNED_PERSONAL] = "PERSONAL"};

const char *canned_scope_name(enum canned_scope scope)
{
    return scope_names[scope];
}

bool canned_scope_from_name(const char *name, enum canned_scope *scope_r)
{
    int i;

    for (i = CANNED_SHARED; i <= CANNED_PERSONAL; i++)
        if (strcmp(scope_names[i], name) == 0) {
            *scope_r = (enum canned_scope)i;
            return true;
        }
    return false;
}

void canned_clear(struct canned_reply *reply)
{
    free(reply->content);
    *reply = (struct canned_reply){0};
}

void canned_free_list(struct canned_reply **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++)
        canned_clear(&(*list)[i]);
    free(*list);
    *list = NULL;
}

/* ---- reading ---- */

static bool read_reply(const struct db_rows *rows, size_t row, struct canned_reply *reply_r)
{
    *reply_r = (struct canned_reply){.canned_reply_id = db_cell_int(rows, row, 0), .member_id = db_cell_int(rows, row, 1),
                                     .category_id = (int32_t)db_cell_int(rows, row, 2), .udate_ms = db_cell_time(rows, row, 7),
                                     .content = strdup(db_cell(rows, row, 6, NULL))};
    reply_r->scope = reply_r->member_id ? CANNED_PERSONAL : reply_r->category_id ? CANNED_CATEGORY : CANNED_SHARED;
    snprintf(reply_r->lang, sizeof reply_r->lang, "%s", db_cell(rows, row, 3, NULL));
    snprintf(reply_r->shortcut, sizeof reply_r->shortcut, "%s", db_cell(rows, row, 4, NULL));
    snprintf(reply_r->title, sizeof reply_r->title, "%s", db_cell(rows, row, 5, NULL));
    return reply_r->content != NULL;
}

static enum outcome not_allowed(struct refusal *refusal_r)
{
    return refuse(refusal_r, 403, CODE_RIGHT, "You are not allowed to do this.");
}

static enum outcome no_reply(struct refusal *refusal_r)
{
    return refuse(refusal_r, 404, CODE_ABSENT, "There is no such canned reply.");
}

enum outcome canned_list(struct db *db, const struct principal *who, int32_t category_id, struct canned_reply **list_r, size_t *n_r, struct refusal *refusal_r)
{
    struct code category = {0};
    struct db_rows *rows;
    struct canned_reply *list;
    size_t n, i;
    bool ok;

    *list_r = NULL;
    *n_r = 0;
    if (!right_may_at_desk(who, DESK_CANNED_OWN))
        return not_allowed(refusal_r);
    if (category_id && (!code_refresh(db) || !code_by_id(category_id, &category)))
        return OUTCOME_AWAY;
    rows = db_query(db,
                    SELECT " WHERE r.owner_id IN (0, ?) AND (? = 0 OR r.place_id IN (0, ?, ?))"
                           " ORDER BY r.owner_id DESC, r.place_id, r.shortcut, r.lang LIMIT ?",
                    DB_ARGS(db_int(who->member_id), db_int(category_id), db_int(category_id), db_int(category.pcode), db_int(CANNED_OWN_MAX + CANNED_SHARED_MAX)));
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    list = calloc(n + 1, sizeof *list);
    ok = list != NULL;
    for (i = 0; ok && i < n; i++)
        ok = read_reply(rows, i, &list[i]);
    db_rows_free(&rows);
    if (!ok) {
        canned_free_list(&list, list ? n : 0);
        return OUTCOME_AWAY;
    }
    *list_r = list;
    *n_r = n;
    return OUTCOME_DONE;
}

enum outcome canned_find(struct db *db, const struct principal *who, int64_t id, struct canned_reply *reply_r, struct refusal *refusal_r)
{
    struct db_rows *rows;
    bool is_there, ok = true;

    *reply_r = (struct canned_reply){0};
    if (!right_may_at_desk(who, DESK_CANNED_OWN))
        return not_allowed(refusal_r);
    rows = db_query(db, SELECT " WHERE r.canned_reply_id = ? AND r.owner_id IN (0, ?)", DB_ARGS(db_int(id), db_int(who->member_id)));
    if (!rows)
        return OUTCOME_AWAY;
    is_there = db_rows_count(rows) == 1;
    if (is_there)
        ok = read_reply(rows, 0, reply_r);
    db_rows_free(&rows);
    if (!ok)
        return OUTCOME_AWAY;
    return is_there ? OUTCOME_DONE : no_reply(refusal_r);
}

bool canned_may_change(const struct principal *who, const struct canned_reply *reply)
{
    return reply->scope == CANNED_PERSONAL ? reply->member_id == who->member_id : right_may_at_desk(who, DESK_CANNED_SHARED);
}

/* ---- what a reply may be ---- */

static bool is_line(const char *s)
{
    for (; *s; s++)
        if ((unsigned char)*s < 0x20 || *s == 0x7f)
            return false;
    return true;
}

/* No character of it is white by itself, which utf8_is_blank() tells of all that Unicode has. */
static bool is_shortcut(const char *s)
{
    size_t n = strlen(s), at, len;

    for (at = 0; at < n; at += len) {
        utf8_decode(s + at, n - at, &len);
        if (s[at] == '/' || s[at] == '#' || utf8_is_blank(s + at, len))
            return false;
    }
    return n > 0;
}

static enum outcome check_place(const struct canned_draft *draft, struct refusal *refusal_r)
{
    struct code category;

    if (draft->scope == CANNED_CATEGORY &&
        (!code_by_id(draft->category_id, &category) || strcmp(category.gcode, GROUP_CATEGORY) != 0 || !category.is_used))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Choose one of the categories.", "categoryId");
    if (*draft->lang && strcmp(draft->lang, "ko") != 0 && strcmp(draft->lang, "en") != 0)
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "lang");
    return OUTCOME_DONE;
}

/* shortcut_r gets the shortcut in NFC, text_r and len_r the content with LF. */
static enum outcome check(const struct canned_draft *draft, struct buf *shortcut_r, char **text_r, size_t *len_r, struct refusal *refusal_r)
{
    enum outcome outcome = check_place(draft, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!utf8_is_valid(draft->shortcut, strlen(draft->shortcut)))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", "shortcut");
    if (!nickname_normalise(draft->shortcut, strlen(draft->shortcut), shortcut_r))
        return OUTCOME_AWAY;
    if (!is_line(buf_str(shortcut_r)) || !is_shortcut(buf_str(shortcut_r)) || utf8_count(buf_str(shortcut_r), shortcut_r->len) > CANNED_SHORTCUT_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A shortcut is 1 to 40 characters without spaces, / or #.", "shortcut");
    if (!utf8_is_valid(draft->title, strlen(draft->title)))
        return refuse_field(refusal_r, 400, CODE_INPUT, "The text is not valid UTF-8.", "title");
    if (!is_line(draft->title) || utf8_is_blank(draft->title, strlen(draft->title)) || utf8_count(draft->title, strlen(draft->title)) > CANNED_TITLE_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A title is 1 to 100 characters on one line.", "title");
    outcome = message_check(draft->content, draft->content_len, NULL, text_r, len_r, refusal_r);
    if (outcome == OUTCOME_REFUSED)
        refusal_r->field = "content";
    return outcome;
}

/* ---- writing ---- */

static enum outcome check_room(struct db *db, const struct principal *who, enum canned_scope scope, struct refusal *refusal_r)
{
    const bool is_own = scope == CANNED_PERSONAL;
    struct db_rows *rows = db_query(db, "SELECT COUNT(*) FROM canned_reply WHERE owner_id = ?", DB_ARGS(db_int(is_own ? who->member_id : 0)));
    int64_t n;

    if (!rows)
        return OUTCOME_AWAY;
    n = db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    if (n >= (is_own ? CANNED_OWN_MAX : CANNED_SHARED_MAX))
        return refuse(refusal_r, 409, CODE_RULE, "There are as many canned replies as there may be.");
    return OUTCOME_DONE;
}

/* Inserts (id 0) or updates. *id_r: of the row. */
static enum outcome store(struct db *db, const struct principal *who, int64_t id, const struct canned_draft *draft, int64_t *id_r, struct refusal *refusal_r)
{
    const int64_t member_id = draft->scope == CANNED_PERSONAL ? who->member_id : 0, now_ms = clock_wall_ms();
    const int32_t category_id = draft->scope == CANNED_CATEGORY ? draft->category_id : 0;
    struct buf shortcut = BUF_INIT;
    char *text = NULL;
    size_t len = 0;
    enum outcome outcome = check(draft, &shortcut, &text, &len, refusal_r);
    bool ok;

    if (outcome != OUTCOME_DONE)
        goto out;
    if (id)
        ok = db_exec(db, "UPDATE canned_reply SET member_id=?, category_id=?, lang=?, shortcut=?, title=?, content=?, udate=? WHERE canned_reply_id=?",
                     DB_ARGS(db_id(member_id), db_id(category_id), db_text(draft->lang), db_text(buf_str(&shortcut)), db_text(draft->title), db_textn(text, len),
                             db_time(now_ms), db_int(id)),
                     NULL);
    else
        ok = db_exec(db, "INSERT INTO canned_reply (member_id, category_id, lang, shortcut, title, content, cdate, udate) VALUES (?,?,?,?,?,?,?,?)",
                     DB_ARGS(db_id(member_id), db_id(category_id), db_text(draft->lang), db_text(buf_str(&shortcut)), db_text(draft->title), db_textn(text, len),
                             db_time(now_ms), db_time(now_ms)),
                     NULL);
    if (ok)
        *id_r = id ? id : db_insert_id(db);
    else if (db_last_error(db) == DB_DUPLICATE)
        outcome = refuse_field(refusal_r, 409, CODE_RULE, "Another reply has this shortcut.", "shortcut");
    else
        outcome = OUTCOME_AWAY;
out:
    buf_free(&shortcut);
    free(text);
    return outcome;
}

static bool may_write(const struct principal *who, enum canned_scope scope)
{
    return right_may_at_desk(who, scope == CANNED_PERSONAL ? DESK_CANNED_OWN : DESK_CANNED_SHARED);
}

enum outcome canned_add(struct db *db, const struct principal *who, const struct canned_draft *draft, struct canned_reply *reply_r, struct refusal *refusal_r)
{
    int64_t id;
    enum outcome outcome;

    *reply_r = (struct canned_reply){0};
    if (!may_write(who, draft->scope))
        return not_allowed(refusal_r);
    if (!code_refresh(db))
        return OUTCOME_AWAY;
    outcome = check_room(db, who, draft->scope, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = store(db, who, 0, draft, &id, refusal_r);
    return outcome == OUTCOME_DONE ? canned_find(db, who, id, reply_r, refusal_r) : outcome;
}

/* The reply that is to be changed or removed. */
static enum outcome find_mine(struct db *db, const struct principal *who, int64_t id, struct refusal *refusal_r)
{
    struct canned_reply old;
    enum outcome outcome = canned_find(db, who, id, &old, refusal_r);

    if (outcome == OUTCOME_DONE && !canned_may_change(who, &old))
        outcome = not_allowed(refusal_r);
    canned_clear(&old);
    return outcome;
}

enum outcome canned_change(struct db *db, const struct principal *who, int64_t id, const struct canned_draft *draft, struct canned_reply *reply_r,
                           struct refusal *refusal_r)
{
    enum outcome outcome = find_mine(db, who, id, refusal_r);

    *reply_r = (struct canned_reply){0};
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!may_write(who, draft->scope))
        return not_allowed(refusal_r);
    if (!code_refresh(db))
        return OUTCOME_AWAY;
    outcome = store(db, who, id, draft, &id, refusal_r);
    return outcome == OUTCOME_DONE ? canned_find(db, who, id, reply_r, refusal_r) : outcome;
}

enum outcome canned_remove(struct db *db, const struct principal *who, int64_t id, struct refusal *refusal_r)
{
    enum outcome outcome = find_mine(db, who, id, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    return db_exec(db, "DELETE FROM canned_reply WHERE canned_reply_id = ?", DB_ARGS(db_int(id)), NULL) ? OUTCOME_DONE : OUTCOME_AWAY;
}

void canned_write_json(struct json_writer *w, const char *key, const struct canned_reply *reply, const struct principal *reader, const char *text)
{
    if (key)
        jw_object_key(w, key);
    else
        jw_object(w);
    jw_int(w, "cannedReplyId", reply->canned_reply_id);
    jw_str(w, "scope", canned_scope_name(reply->scope));
    if (reply->category_id)
        jw_int(w, "categoryId", reply->category_id);
    else
        jw_null(w, "categoryId");
    jw_str(w, "lang", reply->lang[0] ? reply->lang : NULL);
    jw_str(w, "shortcut", reply->shortcut);
    jw_str(w, "title", reply->title);
    jw_str(w, "content", reply->content);
    jw_bool(w, "canChange", canned_may_change(reader, reply));
    jw_time(w, "udate", reply->udate_ms);
    if (text)
        jw_str(w, "text", text);
    jw_object_end(w);
}
