/* site: rows of the table site. See site.h. */
#include "lib/chat/site.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/chat/audit.h"
#include "lib/chat/auth_priv.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"

#define COLUMNS "site_id, site_key, name, origins, color, greeting, greeting_en, categories, is_left, is_active"

static void read_site(const struct db_rows *rows, size_t row, struct site *s)
{
    memset(s, 0, sizeof *s);
    s->site_id = (int32_t)db_cell_int(rows, row, 0);
    auth_copy_cell(s->key, sizeof s->key, rows, row, 1);
    auth_copy_cell(s->name, sizeof s->name, rows, row, 2);
    auth_copy_cell(s->origins, sizeof s->origins, rows, row, 3);
    auth_copy_cell(s->color, sizeof s->color, rows, row, 4);
    auth_copy_cell(s->greeting[LANG_KO], sizeof s->greeting[LANG_KO], rows, row, 5);
    auth_copy_cell(s->greeting[LANG_EN], sizeof s->greeting[LANG_EN], rows, row, 6);
    auth_copy_cell(s->categories, sizeof s->categories, rows, row, 7);
    s->is_left = db_cell_int(rows, row, 8) != 0;
    s->is_active = db_cell_int(rows, row, 9) != 0;
}

static enum outcome find(struct db *db, const char *sql, const char *key, struct site *site_r, struct refusal *refusal_r)
{
    struct db_rows *rows = site_key_is_valid(key) ? db_query(db, sql, DB_ARGS(db_text(key))) : NULL;
    enum outcome outcome = OUTCOME_DONE;

    if (!rows && site_key_is_valid(key))
        return OUTCOME_AWAY;
    if (rows && db_rows_count(rows) == 1)
        read_site(rows, 0, site_r);
    else
        outcome = refuse_field(refusal_r, 404, CODE_ABSENT, "There is no such site.", "siteKey");
    db_rows_free(&rows);
    return outcome;
}

enum outcome site_find(struct db *db, const char *key, struct site *site_r, struct refusal *refusal_r)
{
    return find(db, "SELECT " COLUMNS " FROM site WHERE site_key = ?", key, site_r, refusal_r);
}

enum outcome site_list(struct db *db, struct site **list_r, size_t *n_r)
{
    struct db_rows *rows = db_query(db, "SELECT " COLUMNS " FROM site ORDER BY site_key", NULL, 0);

    *list_r = NULL;
    *n_r = 0;
    if (!rows)
        return OUTCOME_AWAY;
    *list_r = calloc(db_rows_count(rows) + 1, sizeof **list_r);
    for (size_t i = 0; *list_r && i < db_rows_count(rows); i++)
        read_site(rows, i, &(*list_r)[(*n_r)++]);
    db_rows_free(&rows);
    return *list_r ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* Topics that exist and are in use. */
static enum outcome check_categories(struct db *db, const struct site *s, struct refusal *refusal_r)
{
    struct code code;

    if (!code_refresh(db))
        return OUTCOME_AWAY;
    for (const char *p = s->categories; *p; p += strcspn(p, ","), p += *p == ',')
        if (!code_by_id((int32_t)strtol(p, NULL, 10), &code) || strcmp(code.gcode, GROUP_CATEGORY) != 0)
            return refuse_field(refusal_r, 422, CODE_INPUT, "There is no such choice.", "categories");
    return OUTCOME_DONE;
}

/* "name: A -> B; color: ..." for the audit. */
static void add_difference(struct buf *out, const char *field, const char *before, const char *after)
{
    if (strcmp(before, after) != 0)
        buf_printf(out, "%s%s: %s -> %s", out->len ? "; " : "", field, before, after);
}

static void describe_change(struct buf *out, const struct site *before, const struct site *after)
{
    add_difference(out, "name", before->name, after->name);
    add_difference(out, "origins", before->origins, after->origins);
    add_difference(out, "color", before->color, after->color);
    add_difference(out, "greeting", before->greeting[LANG_KO], after->greeting[LANG_KO]);
    add_difference(out, "greetingEn", before->greeting[LANG_EN], after->greeting[LANG_EN]);
    add_difference(out, "categories", before->categories, after->categories);
    add_difference(out, "position", before->is_left ? "left" : "right", after->is_left ? "left" : "right");
    add_difference(out, "active", before->is_active ? "yes" : "no", after->is_active ? "yes" : "no");
}

static bool insert(struct db *db, const struct site *s)
{
    int64_t now = clock_wall_ms();

    return db_exec(db, "INSERT INTO site (site_key, name, origins, color, greeting, greeting_en, categories, is_left, is_active, cdate, udate)"
                       " VALUES (?,?,?,?,?,?,?,?,?,?,?)",
                   DB_ARGS(db_text(s->key), db_text(s->name), db_text(s->origins), db_text(s->color), db_text(s->greeting[LANG_KO]), db_text(s->greeting[LANG_EN]),
                           db_text(s->categories), db_int(s->is_left), db_int(s->is_active), db_time(now), db_time(now)),
                   NULL);
}

static bool update(struct db *db, int32_t site_id, const struct site *s)
{
    return db_exec(db, "UPDATE site SET name = ?, origins = ?, color = ?, greeting = ?, greeting_en = ?, categories = ?, is_left = ?, is_active = ?, udate = ?"
                       " WHERE site_id = ?",
                   DB_ARGS(db_text(s->name), db_text(s->origins), db_text(s->color), db_text(s->greeting[LANG_KO]), db_text(s->greeting[LANG_EN]),
                           db_text(s->categories), db_int(s->is_left), db_int(s->is_active), db_time(clock_wall_ms()), db_int(site_id)),
                   NULL);
}

/* DONE commits; what else was said is kept, and nothing is changed. */
static enum outcome finish(struct db *db, enum outcome outcome)
{
    if (outcome == OUTCOME_DONE)
        return db_commit(db) ? OUTCOME_DONE : db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    if (db_in_transaction(db))
        db_rollback(db);
    return outcome;
}

enum outcome site_add(struct db *db, int64_t by, const char *key, const struct site_draft *draft, struct refusal *refusal_r)
{
    struct site s = {0};
    enum outcome outcome;

    if (!site_key_is_valid(key))
        return refuse_field(refusal_r, 422, CODE_INPUT, "A site's key has 1 to 40 of a-z, 0-9 and -, a letter first.", "siteKey");
    memcpy(s.key, key, strlen(key) + 1);
    if ((outcome = site_check(draft, &s, refusal_r)) != OUTCOME_DONE || (outcome = check_categories(db, &s, refusal_r)) != OUTCOME_DONE)
        return outcome;
    if (!db_begin(db))
        return OUTCOME_AWAY;
    if (!insert(db, &s))
        outcome = db_last_error(db) == DB_DUPLICATE ? refuse_field(refusal_r, 409, CODE_RULE, "This key is taken.", "siteKey") : OUTCOME_AWAY;
    else if (!audit_add(db, by, "site.add", key, s.origins))
        outcome = OUTCOME_AWAY;
    return finish(db, outcome);
}

enum outcome site_change(struct db *db, int64_t by, const char *key, const struct site_draft *draft, struct refusal *refusal_r)
{
    struct site before, after = {0};
    struct buf detail = BUF_INIT;
    enum outcome outcome;

    if ((outcome = site_check(draft, &after, refusal_r)) != OUTCOME_DONE || (outcome = check_categories(db, &after, refusal_r)) != OUTCOME_DONE)
        return outcome;
    if (!db_begin(db))
        return OUTCOME_AWAY;
    outcome = find(db, "SELECT " COLUMNS " FROM site WHERE site_key = ? FOR UPDATE", key, &before, refusal_r);
    if (outcome == OUTCOME_DONE) {
        describe_change(&detail, &before, &after);
        if (!detail.len && !buf_failed(&detail))
            outcome = OUTCOME_SAME;
        else if (buf_failed(&detail) || !update(db, before.site_id, &after) || !audit_add(db, by, "site.change", key, buf_str(&detail)))
            outcome = OUTCOME_AWAY;
    }
    buf_free(&detail);
    return finish(db, outcome);
}
