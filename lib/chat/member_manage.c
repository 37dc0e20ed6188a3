/* member_manage: see member_manage.h. Every change runs in the same frame: lock the active admins (so that two changes that could each take the last one away
 * stand in line), lock the member, check who acts, change, note it, commit; up to DB_TRIES times after a deadlock. */
#include "lib/chat/member_manage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/token.h"
#include "lib/chat/audit.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/member_priv.h"
#include "lib/chat/password.h"
#include "lib/chat/search_index.h"

#define SEARCH_MS 2000
#define COLUMNS "member_id, email, nickname, gubun, status, cdate"

bool member_may_manage(const struct principal *who, enum role role)
{
    return who->role == ROLE_ADMIN || (who->role == ROLE_SUPERVISOR && role < ROLE_SUPERVISOR);
}

/* ---- reading ---- */

static void read_member(const struct db_rows *rows, size_t row, struct member_row *m)
{
    const char *email = db_cell(rows, row, 1, NULL);

    m->member_id = db_cell_int(rows, row, 0);
    snprintf(m->email, sizeof m->email, "%s", email ? email : "");
    snprintf(m->nickname, sizeof m->nickname, "%s", db_cell(rows, row, 2, NULL));
    m->role = role_from_gubun((int)db_cell_int(rows, row, 3));
    m->status = (int)db_cell_int(rows, row, 4);
    m->cdate_ms = db_cell_time(rows, row, 5);
}

/* %text% with the signs of LIKE made plain. */
static void like_pattern(struct buf *out, const char *text)
{
    buf_add_char(out, '%');
    for (; *text; text++) {
        if (*text == '%' || *text == '_' || *text == '\\')
            buf_add_char(out, '\\');
        buf_add_char(out, *text);
    }
    buf_add_char(out, '%');
}

static struct db_rows *select_members(struct db *db, const struct member_filter *f)
{
    struct buf sql = BUF_INIT, pattern = BUF_INIT;
    struct db_arg args[6];
    struct db_rows *rows = NULL;
    size_t n = 0;

    buf_add_str(&sql, "SELECT " COLUMNS " FROM member WHERE ");
    if (f->role == ROLE_NONE) {
        buf_add_str(&sql, "gubun IN (2, 3, 5)");
    } else {
        buf_add_str(&sql, "gubun = ?");
        args[n++] = db_int(role_gubun(f->role));
    }
    buf_add_str(&sql, f->status < 0 ? " AND status <> 9" : " AND status = ?");
    if (f->status >= 0)
        args[n++] = db_int(f->status);
    if (f->search) {
        like_pattern(&pattern, f->search);
        buf_add_str(&sql, " AND (nickname LIKE ? OR email LIKE ?)");
        args[n++] = db_text(buf_str(&pattern));
        args[n++] = db_text(buf_str(&pattern));
    }
    if (f->cursor > 0) {
        buf_add_str(&sql, " AND member_id < ?");
        args[n++] = db_int(f->cursor);
    }
    buf_add_str(&sql, " ORDER BY member_id DESC LIMIT ?");
    args[n++] = db_int(f->limit + 1);
    if (!buf_failed(&sql) && !buf_failed(&pattern) && db_begin_snapshot(db, SEARCH_MS)) {
        rows = db_query_once(db, buf_str(&sql), args, n);
        db_rollback(db);
    }
    buf_free(&sql);
    buf_free(&pattern);
    return rows;
}

enum outcome member_list(struct db *db, const struct member_filter *filter, struct member_row **list_r, size_t *n_r, int64_t *next_r)
{
    struct db_rows *rows = select_members(db, filter);
    size_t n;

    *list_r = NULL;
    *n_r = 0;
    *next_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    n = db_rows_count(rows);
    if (n > (size_t)filter->limit) {
        n = (size_t)filter->limit;
        *next_r = db_cell_int(rows, n - 1, 0);
    }
    *list_r = calloc(n ? n : 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < n; i++)
        read_member(rows, i, &(*list_r)[i]);
    db_rows_free(&rows);
    if (!*list_r)
        return OUTCOME_AWAY;
    *n_r = n;
    return OUTCOME_DONE;
}

/* rows are freed. The system (gubun 0) and erased members are nobody to manage. */
static enum outcome take_member(struct db_rows *rows, struct member_row *row_r, struct refusal *refusal_r)
{
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows) == 1)
        read_member(rows, 0, row_r);
    else
        row_r->role = ROLE_NONE;
    db_rows_free(&rows);
    return row_r->role != ROLE_NONE && row_r->status != 9 ? OUTCOME_DONE : refuse(refusal_r, 404, CODE_ABSENT, "There is no such member.");
}

enum outcome member_find(struct db *db, int64_t member_id, struct member_row *row_r, struct refusal *refusal_r)
{
    return take_member(db_query(db, "SELECT " COLUMNS " FROM member WHERE member_id = ?", DB_ARGS(db_int(member_id))), row_r, refusal_r);
}

/* ---- the frame of a change ---- */

struct edit {
    const struct principal *who;
    int64_t member_id;
    struct member_row before;
    int64_t other_admins; /* active ones beside this member */
    int64_t now_ms;
    /* what is wanted */
    const char *nickname, *hash;
    enum role role;
    int status;
    int32_t category_id;
    bool is_added;
};
typedef enum outcome (*edit_step)(struct db *db, const struct edit *c, struct refusal *refusal_r);

static bool count_admins(struct db *db, struct edit *c)
{
    struct db_rows *rows = db_query(db, "SELECT member_id, status FROM member WHERE gubun = 3 FOR UPDATE", NULL, 0);

    if (!rows)
        return false;
    c->other_admins = 0;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        c->other_admins += db_cell_int(rows, i, 0) != c->member_id && db_cell_int(rows, i, 1) == 1;
    db_rows_free(&rows);
    return true;
}

static enum outcome change_once(struct db *db, struct edit *c, edit_step step, struct refusal *refusal_r)
{
    enum outcome outcome;

    if (!db_begin(db) || !count_admins(db, c))
        return OUTCOME_AWAY;
    outcome = take_member(db_query(db, "SELECT " COLUMNS " FROM member WHERE member_id = ? FOR UPDATE", DB_ARGS(db_int(c->member_id))), &c->before, refusal_r);
    if (outcome == OUTCOME_DONE && !member_may_manage(c->who, c->before.role))
        outcome = refuse(refusal_r, 403, CODE_RIGHT, "Only an admin may change this member.");
    if (outcome == OUTCOME_DONE)
        outcome = step(db, c, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (db_commit(db))
        return OUTCOME_DONE;
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

static enum outcome change_member(struct db *db, struct edit *c, edit_step step, struct refusal *refusal_r)
{
    c->now_ms = clock_wall_ms();
    for (int tries = 1;; tries++) {
        enum outcome outcome = change_once(db, c, step, refusal_r);
        if (outcome != OUTCOME_DONE && db_in_transaction(db))
            db_rollback(db);
        if (outcome != OUTCOME_AWAY || db_last_error(db) != DB_BUSY || tries == DB_TRIES)
            return outcome;
    }
}

/* Whose row the audit names: what people search for, and the number that stays. */
static bool note(struct db *db, const struct edit *c, const char *action, const char *detail)
{
    char target[AUDIT_TARGET_SIZE];

    snprintf(target, sizeof target, "member %lld", (long long)c->member_id);
    return audit_add(db, c->who->member_id, action, target, detail);
}

static enum outcome refuse_last_admin(struct refusal *refusal_r, const char *field)
{
    return refuse_field(refusal_r, 409, CODE_RULE, "This is the last admin. Make somebody else an admin first.", field);
}

static bool takes_last_admin(const struct edit *c, enum role role, int status)
{
    return c->before.role == ROLE_ADMIN && c->before.status == 1 && (role != ROLE_ADMIN || status != 1) && c->other_admins == 0;
}

/* ---- the changes ---- */

static void make_secret(char out[MEMBER_SECRET_SIZE])
{
    static const char signs[] = "abcdefghjkmnpqrstuvwxyz23456789"; /* none that is taken for another one */

    for (int i = 0; i < MEMBER_SECRET_SIZE - 1; i++)
        out[i] = signs[random_below(sizeof signs - 1)];
    out[MEMBER_SECRET_SIZE - 1] = '\0';
}

static enum outcome check_role(const struct principal *who, enum role role, struct refusal *refusal_r)
{
    if (role < ROLE_CUSTOMER || role > ROLE_ADMIN)
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "role");
    if (!member_may_manage(who, role))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Only an admin gives this role.", "role");
    return OUTCOME_DONE;
}

static enum outcome add_once(struct db *db, const struct principal *who, const char *email, const char *hash, const char *nickname, enum role role,
                             int64_t *member_id_r, struct refusal *refusal_r)
{
    struct edit c = {.who = who};
    struct buf detail = BUF_INIT;
    enum outcome outcome;
    bool ok;

    if (!db_begin(db))
        return OUTCOME_AWAY;
    outcome = member_insert(db, email, hash, nickname, role, member_id_r, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    c.member_id = *member_id_r;
    buf_printf(&detail, "%s, %s, %s", email, nickname, role_name(role));
    ok = note(db, &c, "member.add", buf_str(&detail)) && db_commit(db);
    buf_free(&detail);
    return ok ? OUTCOME_DONE : db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

enum outcome member_manage_add(struct db *db, const struct principal *who, const char *email, const char *nickname, enum role role, char secret_r[MEMBER_SECRET_SIZE],
                               int64_t *member_id_r, struct refusal *refusal_r)
{
    char clean_email[EMAIL_SIZE], clean_name[NICKNAME_SIZE], hash[PASSWORD_HASH_SIZE];
    enum outcome outcome;

    if ((outcome = member_check_email(email, strlen(email), clean_email, refusal_r)) != OUTCOME_DONE ||
        (outcome = member_check_name(nickname, strlen(nickname), role_is_staff(role), clean_name, refusal_r)) != OUTCOME_DONE ||
        (outcome = check_role(who, role, refusal_r)) != OUTCOME_DONE)
        return outcome;
    make_secret(secret_r);
    if (!password_hash(secret_r, hash))
        return OUTCOME_AWAY;
    outcome = add_once(db, who, clean_email, hash, clean_name, role, member_id_r, refusal_r);
    if (outcome != OUTCOME_DONE && db_in_transaction(db))
        db_rollback(db);
    return outcome;
}

static enum outcome step_change(struct db *db, const struct edit *c, struct refusal *refusal_r)
{
    struct buf detail = BUF_INIT;
    bool is_renamed = strcmp(c->before.nickname, c->nickname) != 0, ok;

    if (!is_renamed && c->before.role == c->role)
        return OUTCOME_SAME;
    if (takes_last_admin(c, c->role, c->before.status))
        return refuse_last_admin(refusal_r, "role");
    if (c->before.role == ROLE_GUEST && c->role != ROLE_GUEST)
        return refuse_field(refusal_r, 422, CODE_INPUT, "A guest has no account and keeps this role.", "role");
    if (is_renamed)
        buf_printf(&detail, "%s -> %s", c->before.nickname, c->nickname);
    if (c->before.role != c->role)
        buf_printf(&detail, "%s%s -> %s", detail.len ? ", " : "", role_name(c->before.role), role_name(c->role));
    ok = db_exec(db, "UPDATE member SET nickname = ?, gubun = ?, udate = ? WHERE member_id = ?",
                 DB_ARGS(db_text(c->nickname), db_int(role_gubun(c->role)), db_time(c->now_ms), db_int(c->member_id)), NULL) &&
         (!is_renamed || search_member_again(db, c->member_id)) && note(db, c, "member.change", buf_str(&detail)) && member_note_right_change(db, c->member_id, c->now_ms);
    buf_free(&detail);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome member_manage_change(struct db *db, const struct principal *who, int64_t member_id, const char *nickname, enum role role, struct refusal *refusal_r)
{
    char clean[NICKNAME_SIZE];
    struct edit c = {.who = who, .member_id = member_id, .nickname = clean, .role = role};
    enum outcome outcome = member_check_name(nickname, strlen(nickname), role_is_staff(role), clean, refusal_r);

    if (outcome == OUTCOME_DONE && role != ROLE_GUEST)
        outcome = check_role(who, role, refusal_r);
    return outcome == OUTCOME_DONE ? change_member(db, &c, step_change, refusal_r) : outcome;
}

static enum outcome step_status(struct db *db, const struct edit *c, struct refusal *refusal_r)
{
    if (c->before.status == c->status)
        return OUTCOME_SAME;
    if (takes_last_admin(c, c->before.role, c->status))
        return refuse_last_admin(refusal_r, NULL);
    return db_exec(db, "UPDATE member SET status = ?, udate = ? WHERE member_id = ?", DB_ARGS(db_int(c->status), db_time(c->now_ms), db_int(c->member_id)), NULL) &&
                   note(db, c, "member.status", c->status ? "enabled" : "disabled") && member_end_sign_ins(db, c->member_id, c->now_ms)
               ? OUTCOME_DONE
               : OUTCOME_AWAY;
}

enum outcome member_manage_set_active(struct db *db, const struct principal *who, int64_t member_id, bool is_active, struct refusal *refusal_r)
{
    struct edit c = {.who = who, .member_id = member_id, .status = is_active};

    return change_member(db, &c, step_status, refusal_r);
}

static enum outcome step_reset(struct db *db, const struct edit *c, struct refusal *refusal_r)
{
    if (!c->before.email[0])
        return refuse(refusal_r, 422, CODE_INPUT, "A guest has no password.");
    return db_exec(db, "UPDATE member SET password_hash = ?, udate = ? WHERE member_id = ?", DB_ARGS(db_text(c->hash), db_time(c->now_ms), db_int(c->member_id)), NULL) &&
                   note(db, c, "member.password", "") && member_end_sign_ins(db, c->member_id, c->now_ms)
               ? OUTCOME_DONE
               : OUTCOME_AWAY;
}

enum outcome member_manage_reset(struct db *db, const struct principal *who, int64_t member_id, char secret_r[MEMBER_SECRET_SIZE], struct refusal *refusal_r)
{
    char hash[PASSWORD_HASH_SIZE];
    struct edit c = {.who = who, .member_id = member_id, .hash = hash};

    make_secret(secret_r);
    return password_hash(secret_r, hash) ? change_member(db, &c, step_reset, refusal_r) : OUTCOME_AWAY;
}

/* ---- topics ---- */

enum outcome member_topics(struct db *db, int64_t member_id, int32_t *ids_r, size_t max, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT category_id FROM staff_category WHERE member_id = ? ORDER BY category_id", DB_ARGS(db_int(member_id)));

    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    for (size_t i = 0; i < db_rows_count(rows) && *n_r < max; i++)
        ids_r[(*n_r)++] = (int32_t)db_cell_int(rows, i, 0);
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

static enum outcome step_topic(struct db *db, const struct edit *c, struct refusal *refusal_r)
{
    static const char add[] = "INSERT IGNORE INTO staff_category (member_id, category_id) VALUES (?, ?)";
    static const char take[] = "DELETE FROM staff_category WHERE member_id = ? AND category_id = ?";
    struct code category;
    char detail[64];
    uint64_t changed = 0;

    if (!role_is_staff(c->before.role))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Only the staff have topics.", "categoryId");
    if (!code_by_id(c->category_id, &category) || strcmp(category.gcode, GROUP_CATEGORY) != 0)
        return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "categoryId");
    if (!db_exec(db, c->is_added ? add : take, DB_ARGS(db_int(c->member_id), db_int(c->category_id)), &changed))
        return OUTCOME_AWAY;
    if (!changed)
        return OUTCOME_SAME;
    snprintf(detail, sizeof detail, "%c%s", c->is_added ? '+' : '-', category.code);
    return note(db, c, "member.topics", detail) ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome member_manage_topic(struct db *db, const struct principal *who, int64_t member_id, int32_t category_id, bool is_added, struct refusal *refusal_r)
{
    struct edit c = {.who = who, .member_id = member_id, .category_id = category_id, .is_added = is_added};

    return change_member(db, &c, step_topic, refusal_r);
}
