/* entry_set: see entry_set.h. */
#include "lib/chat/entry_set.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/audit.h"
#include "lib/chat/db.h"

static const char *const kinds[] = {[ENTRY_NAME] = "NAME", [ENTRY_TITLE] = "TITLE", [ENTRY_TEXT] = "TEXT"};

static enum outcome finish(struct db *db, bool ok, int64_t member_id, const char *action, const char *target, const char *detail)
{
    if (ok && audit_add(db, member_id, action, target, detail) && db_commit(db))
        return OUTCOME_DONE;
    if (db_in_transaction(db))
        db_rollback(db);
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

static enum outcome check_label(const char *s, const char *field, struct refusal *r)
{
    size_t n = strlen(s);

    if (!utf8_is_valid(s, n) || utf8_is_blank(s, n))
        return refuse_field(r, 422, CODE_INPUT, "Please fill this in.", field);
    for (const char *p = s; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return refuse_field(r, 422, CODE_INPUT, "The text holds control characters.", field);
    return utf8_count(s, n) > ENTRY_LABEL_POINTS ? refuse_field(r, 422, CODE_INPUT, "The text is longer than 100 characters.", field) : OUTCOME_DONE;
}

static enum outcome check_fields(const struct entry_field_edit edits[ENTRY_FIELDS], struct refusal *r)
{
    static const char *const labels[ENTRY_FIELDS] = {"label1", "label2"}, *const labels_en[ENTRY_FIELDS] = {"labelEn1", "labelEn2"};
    enum outcome outcome = OUTCOME_DONE;

    for (int i = 0; i < ENTRY_FIELDS && outcome == OUTCOME_DONE; i++)
        if (edits[i].is_asked && edits[i].kind == ENTRY_TEXT && (outcome = check_label(edits[i].label, labels[i], r)) == OUTCOME_DONE)
            outcome = check_label(edits[i].label_en, labels_en[i], r);
    if (outcome == OUTCOME_DONE && edits[0].is_asked && edits[1].is_asked && edits[0].kind == edits[1].kind && edits[0].kind != ENTRY_TEXT)
        outcome = refuse_field(r, 422, CODE_INPUT, "This is asked for already.", "kind2");
    return outcome;
}

static bool set_field(struct db *db, int no, const struct entry_field_edit *e)
{
    static const char sql[] = "REPLACE INTO entry_field (field_no, kind, label, label_en, is_needed) VALUES (?,?,?,?,?)";
    bool has_label = e->kind == ENTRY_TEXT;

    if (!e->is_asked)
        return db_exec(db, "DELETE FROM entry_field WHERE field_no = ?", DB_ARGS(db_int(no)), NULL);
    return db_exec(db, sql,
                   DB_ARGS(db_int(no), db_text(kinds[e->kind]), db_text(has_label ? e->label : ""), db_text(has_label ? e->label_en : ""), db_int(e->is_needed)), NULL);
}

enum outcome entry_set_fields(struct db *db, int64_t member_id, const struct entry_field_edit edits[ENTRY_FIELDS], struct refusal *refusal_r)
{
    enum outcome outcome = check_fields(edits, refusal_r);
    struct buf detail = BUF_INIT;
    bool ok;

    if (outcome != OUTCOME_DONE)
        return outcome;
    ok = db_begin(db);
    for (int i = 0; i < ENTRY_FIELDS && ok; i++) {
        const struct entry_field_edit *e = &edits[i];
        ok = set_field(db, i + 1, e);
        buf_printf(&detail, "%s%d %s", i ? "; " : "", i + 1, e->is_asked ? kinds[e->kind] : "-");
        if (e->is_asked && e->kind == ENTRY_TEXT)
            buf_printf(&detail, " %s, %s", e->label, e->label_en);
        if (e->is_asked && e->is_needed)
            buf_add_str(&detail, " (needed)");
    }
    outcome = finish(db, ok, member_id, "entry.field", "", buf_str(&detail));
    buf_free(&detail);
    return outcome;
}

/* ---- consent ---- */

static enum outcome clean_text(const char *text, const char *field, struct buf *out, struct refusal *r)
{
    size_t n = strlen(text);

    if (!utf8_is_valid(text, n) || utf8_is_blank(text, n))
        return refuse_field(r, 422, CODE_INPUT, "Please fill this in.", field);
    for (const char *p = text; *p; p++) {
        if (p[0] == '\r' && p[1] == '\n')
            continue;
        if (((unsigned char)*p < 0x20 && *p != '\n' && *p != '\t' && *p != '\r') || *p == 0x7f)
            return refuse_field(r, 422, CODE_INPUT, "The text holds control characters.", field);
        buf_add_char(out, *p == '\r' ? '\n' : *p);
    }
    if (buf_failed(out))
        return OUTCOME_AWAY;
    return utf8_count(out->p, out->len) > ENTRY_CONSENT_POINTS ? refuse_field(r, 422, CODE_INPUT, "The text is longer than 4,000 characters.", field) : OUTCOME_DONE;
}

enum outcome entry_set_consent(struct db *db, int64_t member_id, const char *content, const char *content_en, int32_t *version_r, struct refusal *refusal_r)
{
    static const char sql[] = "INSERT INTO consent_text (content, content_en, cdate) VALUES (?,?,?)";
    struct buf ko = BUF_INIT, en = BUF_INIT;
    char target[32];
    enum outcome outcome = clean_text(content, "content", &ko, refusal_r);

    *version_r = 0;
    if (outcome == OUTCOME_DONE)
        outcome = clean_text(content_en, "contentEn", &en, refusal_r);
    if (outcome == OUTCOME_DONE) {
        bool ok = db_begin(db) && db_exec(db, sql, DB_ARGS(db_text(buf_str(&ko)), db_text(buf_str(&en)), db_time(clock_wall_ms())), NULL);
        if (ok)
            *version_r = (int32_t)db_insert_id(db);
        snprintf(target, sizeof target, "version %d", (int)*version_r);
        outcome = finish(db, ok, member_id, "entry.consent", target, "");
    }
    buf_free(&ko);
    buf_free(&en);
    return outcome;
}

enum outcome entry_clear_consent(struct db *db, int64_t member_id)
{
    bool ok = db_begin(db) && db_exec(db, "UPDATE consent_text SET is_used = 0", NULL, 0, NULL);

    return finish(db, ok, member_id, "entry.consent", "", "off");
}
