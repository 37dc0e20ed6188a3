/* category: see category.h. Every change locks the whole group, a few dozen rows, so that two changes can't make a cycle or a third level together. */
#include "lib/chat/category.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/utf8.h"
#include "lib/chat/audit.h"
#include "lib/chat/db.h"

#define COLUMNS "code_id, code, decode, decode_en, pcode, sort_no, is_used = 'Y'"
#define CATEGORY_FIRST 200 /* contract.md: categories from 200 */
#define CATEGORIES_MAX 500
#define CODE_MAX 40

struct group {
    struct code *list;
    size_t n;
};

static bool read_group(struct db_rows *rows, struct group *g)
{
    *g = (struct group){0};
    if (!rows)
        return false;
    g->list = calloc(db_rows_count(rows) + 1, sizeof *g->list);
    for (size_t i = 0; g->list && i < db_rows_count(rows); i++) {
        struct code *c = &g->list[g->n++];
        c->code_id = (int32_t)db_cell_int(rows, i, 0);
        snprintf(c->gcode, sizeof c->gcode, "%s", GROUP_CATEGORY);
        snprintf(c->code, sizeof c->code, "%s", db_cell(rows, i, 1, NULL));
        snprintf(c->name[LANG_KO], sizeof c->name[LANG_KO], "%s", db_cell(rows, i, 2, NULL));
        snprintf(c->name[LANG_EN], sizeof c->name[LANG_EN], "%s", db_cell(rows, i, 3, NULL));
        c->pcode = (int32_t)db_cell_int(rows, i, 4);
        c->sort_no = (int32_t)db_cell_int(rows, i, 5);
        c->is_used = db_cell_int(rows, i, 6) != 0;
    }
    db_rows_free(&rows);
    return g->list != NULL;
}

static struct code *find(const struct group *g, int32_t id)
{
    for (size_t i = 0; id && i < g->n; i++)
        if (g->list[i].code_id == id)
            return &g->list[i];
    return NULL;
}

static bool has_children(const struct group *g, int32_t id)
{
    for (size_t i = 0; i < g->n; i++)
        if (g->list[i].pcode == id)
            return true;
    return false;
}

enum outcome category_list(struct db *db, struct code **list_r, size_t *n_r)
{
    static const char sql[] = "SELECT " COLUMNS " FROM code WHERE gcode = 'CHAT_CATEGORY' ORDER BY sort_no, code_id";
    struct group g;
    size_t n = 0;

    *list_r = NULL;
    *n_r = 0;
    if (!read_group(db_query(db, sql, NULL, 0), &g))
        return OUTCOME_AWAY;
    *list_r = calloc(g.n + 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < g.n; i++) {
        if (find(&g, g.list[i].pcode))
            continue;
        (*list_r)[n++] = g.list[i];
        for (size_t k = 0; k < g.n; k++)
            if (g.list[k].pcode == g.list[i].code_id)
                (*list_r)[n++] = g.list[k];
    }
    free(g.list);
    *n_r = n;
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* ---- what may be ---- */

static enum outcome check_name(const char *name, const char *field, struct refusal *r)
{
    size_t n = strlen(name);

    if (utf8_is_blank(name, n))
        return refuse_field(r, 422, CODE_INPUT, "Please fill this in.", field);
    for (const char *p = name; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return refuse_field(r, 422, CODE_INPUT, "The text holds control characters.", field);
    return utf8_count(name, n) > CATEGORY_POINTS ? refuse_field(r, 422, CODE_INPUT, "The text is longer than 100 characters.", field) : OUTCOME_DONE;
}

static enum outcome check_edit(const struct group *g, int32_t id, const struct category_edit *e, struct refusal *r)
{
    const struct code *parent = find(g, e->parent_id);
    enum outcome outcome = check_name(e->name[LANG_KO], "name", r);

    if (outcome == OUTCOME_DONE)
        outcome = check_name(e->name[LANG_EN], "nameEn", r);
    if (outcome != OUTCOME_DONE || !e->parent_id)
        return outcome;
    if (!parent)
        return refuse_field(r, 422, CODE_INPUT, "There is no such choice.", "parentId");
    if (id && (parent->code_id == id || parent->pcode == id))
        return refuse_field(r, 422, CODE_INPUT, "A topic can't stand below itself.", "parentId");
    if (parent->pcode || (id && has_children(g, id)))
        return refuse_field(r, 422, CODE_INPUT, "There are two levels, no third one.", "parentId");
    return OUTCOME_DONE;
}

static enum outcome check_code(const struct group *g, const char *code, struct refusal *r)
{
    if (strlen(code) > CODE_MAX || code[strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] || strspn(code, "0123456789") == strlen(code))
        return refuse_field(r, 422, CODE_INPUT, "A code has capital letters A-Z, digits and _, at most 40.", "code");
    for (size_t i = 0; i < g->n; i++)
        if (strcmp(g->list[i].code, code) == 0)
            return refuse_field(r, 409, CODE_RULE, "This code is taken.", "code");
    return OUTCOME_DONE;
}

/* Customers choose among shown ones that have no shown parent's place to fill: a main topic without children, or a child of a shown one. */
static bool is_choosable(const struct group *g, const struct code *c)
{
    const struct code *parent = find(g, c->pcode);

    return c->is_used && (parent ? parent->is_used : !has_children(g, c->code_id));
}

static bool is_any_choosable(const struct group *g)
{
    for (size_t i = 0; i < g->n; i++)
        if (is_choosable(g, &g->list[i]))
            return true;
    return false;
}

/* ---- changing ---- */

struct edit {
    const struct principal *who;
    int32_t category_id;
    const struct category_edit *to;
    const char *code;
    bool is_up;
    int32_t made_id;
};
typedef enum outcome (*edit_step)(struct db *db, struct edit *e, struct group *g, struct refusal *refusal_r);

static enum outcome run_once(struct db *db, struct edit *e, edit_step step, struct refusal *refusal_r)
{
    static const char sql[] = "SELECT " COLUMNS " FROM code WHERE gcode = 'CHAT_CATEGORY' ORDER BY sort_no, code_id FOR UPDATE";
    struct group g;
    enum outcome outcome;

    if (!db_begin(db) || !read_group(db_query(db, sql, NULL, 0), &g))
        return OUTCOME_AWAY;
    outcome = step(db, e, &g, refusal_r);
    free(g.list);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (db_commit(db))
        return OUTCOME_DONE;
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

static enum outcome run(struct db *db, struct edit *e, edit_step step, struct refusal *refusal_r)
{
    for (int tries = 1;; tries++) {
        enum outcome outcome = run_once(db, e, step, refusal_r);
        if (outcome != OUTCOME_DONE && db_in_transaction(db))
            db_rollback(db);
        if (outcome != OUTCOME_AWAY || (db_last_error(db) != DB_BUSY && db_last_error(db) != DB_DUPLICATE) || tries == DB_TRIES)
            return outcome;
    }
}

static bool note(struct db *db, const struct edit *e, const char *action, const char *code, const char *detail)
{
    char target[AUDIT_TARGET_SIZE];

    snprintf(target, sizeof target, "topic %s", code);
    return audit_add(db, e->who->member_id, action, target, detail);
}

/* The next number may belong to another group: numbers are one row over all of them. */
static bool next_number(struct db *db, int32_t *id_r)
{
    struct db_rows *rows = db_query(db, "SELECT GREATEST(COALESCE(MAX(code_id) + 1, 0), ?) FROM code", DB_ARGS(db_int(CATEGORY_FIRST)));

    if (!rows)
        return false;
    *id_r = (int32_t)db_cell_int(rows, 0, 0);
    db_rows_free(&rows);
    return true;
}

static enum outcome step_add(struct db *db, struct edit *e, struct group *g, struct refusal *refusal_r)
{
    static const char sql[] = "INSERT INTO code (code_id, gcode, code, decode, decode_en, pcode, sort_no, is_used) VALUES (?, 'CHAT_CATEGORY', ?, ?, ?, ?, ?, ?)";
    enum outcome outcome = check_edit(g, 0, e->to, refusal_r);
    char made[CODE_MAX + 1];
    int32_t last = 0;
    struct buf detail = BUF_INIT;
    bool ok;

    if (outcome == OUTCOME_DONE && e->code && *e->code)
        outcome = check_code(g, e->code, refusal_r);
    if (outcome == OUTCOME_DONE && g->n >= CATEGORIES_MAX)
        outcome = refuse(refusal_r, 409, CODE_RULE, "There are too many topics.");
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!next_number(db, &e->made_id))
        return OUTCOME_AWAY;
    for (size_t i = 0; i < g->n; i++)
        last = g->list[i].sort_no > last ? g->list[i].sort_no : last;
    snprintf(made, sizeof made, "TOPIC_%d", (int)e->made_id);
    if (e->code && *e->code)
        snprintf(made, sizeof made, "%s", e->code);
    buf_printf(&detail, "%s, %s", e->to->name[LANG_KO], e->to->name[LANG_EN]);
    ok = db_exec(db, sql,
                 DB_ARGS(db_int(e->made_id), db_text(made), db_text(e->to->name[LANG_KO]), db_text(e->to->name[LANG_EN]), db_id(e->to->parent_id), db_int(last + 1),
                         db_text(e->to->is_shown ? "Y" : "N")),
                 NULL) &&
         note(db, e, "category.add", made, buf_str(&detail));
    buf_free(&detail);
    return ok ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome category_add(struct db *db, const struct principal *who, const struct category_edit *edit, const char *code, int32_t *category_id_r, struct refusal *refusal_r)
{
    struct edit e = {.who = who, .to = edit, .code = code};
    enum outcome outcome = run(db, &e, step_add, refusal_r);

    *category_id_r = e.made_id;
    return outcome;
}

static void describe(struct buf *out, const struct group *g, const struct code *was, const struct category_edit *to)
{
    const struct code *parent = find(g, to->parent_id);

    for (int lang = 0; lang < LANG_COUNT; lang++)
        if (strcmp(was->name[lang], to->name[lang]) != 0)
            buf_printf(out, "%s%s -> %s", out->len ? ", " : "", was->name[lang], to->name[lang]);
    if (was->pcode != to->parent_id)
        buf_printf(out, "%s-> %s", out->len ? ", " : "", parent ? parent->code : "/");
    if (was->is_used != to->is_shown)
        buf_printf(out, "%s%s", out->len ? ", " : "", to->is_shown ? "shown" : "hidden");
}

static enum outcome step_change(struct db *db, struct edit *e, struct group *g, struct refusal *refusal_r)
{
    static const char sql[] = "UPDATE code SET decode = ?, decode_en = ?, pcode = ?, is_used = ? WHERE code_id = ?";
    struct code *it = find(g, e->category_id), was;
    struct buf detail = BUF_INIT;
    enum outcome outcome;
    bool ok;

    if (!it)
        return refuse(refusal_r, 404, CODE_ABSENT, "There is no such topic.");
    outcome = check_edit(g, it->code_id, e->to, refusal_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    was = *it;
    describe(&detail, g, &was, e->to);
    it->pcode = e->to->parent_id;
    it->is_used = e->to->is_shown;
    if (detail.len == 0)
        outcome = OUTCOME_SAME;
    else if (!is_any_choosable(g))
        outcome = refuse_field(refusal_r, 409, CODE_RULE, "This is the last topic that customers can choose.", "isShown");
    ok = outcome == OUTCOME_DONE &&
         db_exec(db, sql,
                 DB_ARGS(db_text(e->to->name[LANG_KO]), db_text(e->to->name[LANG_EN]), db_id(e->to->parent_id), db_text(e->to->is_shown ? "Y" : "N"), db_int(was.code_id)),
                 NULL) &&
         note(db, e, "category.change", was.code, buf_str(&detail));
    buf_free(&detail);
    return outcome != OUTCOME_DONE || ok ? outcome : OUTCOME_AWAY;
}

enum outcome category_change(struct db *db, const struct principal *who, int32_t category_id, const struct category_edit *edit, struct refusal *refusal_r)
{
    struct edit e = {.who = who, .category_id = category_id, .to = edit};

    return run(db, &e, step_change, refusal_r);
}

/* The group is in order; those beside it get numbers in that order, it and its neighbour changed. */
static enum outcome step_move(struct db *db, struct edit *e, struct group *g, struct refusal *refusal_r)
{
    const struct code *it = find(g, e->category_id);
    size_t beside[CATEGORIES_MAX], n = 0, at = 0, other, kept;

    if (!it)
        return refuse(refusal_r, 404, CODE_ABSENT, "There is no such topic.");
    for (size_t i = 0; i < g->n && n < CATEGORIES_MAX; i++)
        if (g->list[i].pcode == it->pcode) {
            at = &g->list[i] == it ? n : at;
            beside[n++] = i;
        }
    if (e->is_up ? at == 0 : at + 1 >= n)
        return OUTCOME_SAME;
    other = e->is_up ? at - 1 : at + 1;
    kept = beside[at];
    beside[at] = beside[other];
    beside[other] = kept;
    for (size_t i = 0; i < n; i++)
        if (!db_exec(db, "UPDATE code SET sort_no = ? WHERE code_id = ?", DB_ARGS(db_int((int64_t)i + 1), db_int(g->list[beside[i]].code_id)), NULL))
            return OUTCOME_AWAY;
    return note(db, e, "category.move", it->code, e->is_up ? "up" : "down") ? OUTCOME_DONE : OUTCOME_AWAY;
}

enum outcome category_move(struct db *db, const struct principal *who, int32_t category_id, bool is_up, struct refusal *refusal_r)
{
    struct edit e = {.who = who, .category_id = category_id, .is_up = is_up};

    return run(db, &e, step_move, refusal_r);
}
