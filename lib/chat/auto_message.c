/* auto_message: see auto_message.h. */
#include "lib/chat/auto_message.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/utf8.h"
#include "lib/chat/audit.h"
#include "lib/chat/code.h"
#include "lib/chat/db.h"
#include "lib/chat/session_priv.h"

static const char *const names[AUTO_TOTAL] = {[AUTO_GREETING] = "GREETING", [AUTO_NOBODY] = "NOBODY", [AUTO_SILENT] = "SILENT"};

/* ---- the setting ---- */

enum outcome auto_setting_load(struct db *db, struct auto_setting *setting_r)
{
    struct db_rows *rows = db_query(db, "SELECT name, is_on, delay_s, content, content_en FROM auto_message", NULL, 0);

    *setting_r = (struct auto_setting){0};
    if (!rows)
        return OUTCOME_AWAY;
    for (size_t i = 0; i < db_rows_count(rows); i++)
        for (int k = 0; k < AUTO_TOTAL; k++) {
            struct auto_message *m = &setting_r->of[k];
            if (strcmp(db_cell(rows, i, 0, NULL), names[k]) != 0)
                continue;
            m->is_on = db_cell_int(rows, i, 1) != 0;
            m->delay_s = (int32_t)db_cell_int(rows, i, 2);
            snprintf(m->text[LANG_KO], AUTO_TEXT_SIZE, "%s", db_cell(rows, i, 3, NULL));
            snprintf(m->text[LANG_EN], AUTO_TEXT_SIZE, "%s", db_cell(rows, i, 4, NULL));
        }
    db_rows_free(&rows);
    return OUTCOME_DONE;
}

/* Texts that are off may be blank. */
static enum outcome check_text(const char *s, bool is_needed, const char *field, struct refusal *r)
{
    size_t n = strlen(s);

    if (is_needed && utf8_is_blank(s, n))
        return refuse_field(r, 422, CODE_INPUT, "Please fill this in.", field);
    for (const char *p = s; *p; p++)
        if (((unsigned char)*p < 0x20 && *p != '\n') || *p == 0x7f)
            return refuse_field(r, 422, CODE_INPUT, "The text holds control characters.", field);
    return utf8_is_valid(s, n) && utf8_count(s, n) <= AUTO_POINTS ? OUTCOME_DONE : refuse_field(r, 422, CODE_INPUT, "The text is longer than 200 characters.", field);
}

static enum outcome check_setting(enum auto_kind kind, bool is_on, int32_t delay_s, const char *const text[LANG_COUNT], struct refusal *r)
{
    enum outcome outcome = check_text(text[LANG_KO], is_on, "text", r);

    if (outcome == OUTCOME_DONE)
        outcome = check_text(text[LANG_EN], is_on, "textEn", r);
    if (outcome != OUTCOME_DONE || !is_on)
        return outcome;
    if (kind == AUTO_NOBODY && (delay_s < AUTO_NOBODY_LEAST_S || delay_s > AUTO_NOBODY_MOST_S))
        return refuse_field(r, 422, CODE_INPUT, "Between 5 seconds and an hour, please.", "delay");
    if (kind == AUTO_SILENT && (delay_s < AUTO_SILENT_LEAST_S || delay_s > AUTO_SILENT_MOST_S))
        return refuse_field(r, 422, CODE_INPUT, "Between 2 minutes and a day, please.", "delay");
    return OUTCOME_DONE;
}

enum outcome auto_setting_set(struct db *db, int64_t member_id, enum auto_kind kind, bool is_on, int32_t delay_s, const char *const text[LANG_COUNT], struct refusal *refusal_r)
{
    static const char sql[] = "REPLACE INTO auto_message (name, is_on, delay_s, content, content_en) VALUES (?,?,?,?,?)";
    enum outcome outcome = check_setting(kind, is_on, delay_s, text, refusal_r);
    struct buf detail = BUF_INIT;
    bool ok;

    if (outcome != OUTCOME_DONE)
        return outcome;
    buf_printf(&detail, "%s, %d s: %s / %s", is_on ? "on" : "off", (int)delay_s, text[LANG_KO], text[LANG_EN]);
    ok = db_begin(db) && db_exec(db, sql, DB_ARGS(db_text(names[kind]), db_int(is_on), db_int(delay_s), db_text(text[LANG_KO]), db_text(text[LANG_EN])), NULL) &&
         audit_add(db, member_id, "auto.change", names[kind], buf_str(&detail)) && db_commit(db);
    buf_free(&detail);
    if (ok)
        return OUTCOME_DONE;
    if (db_in_transaction(db))
        db_rollback(db);
    return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
}

/* ---- what is due ---- */

#define LAST_TALK \
    "FROM chat_message m WHERE m.session_no = s.session_no AND m.kind IN ('TEXT', 'FILE') AND m.sender_type <> 'S' ORDER BY m.seq DESC LIMIT 1"

static struct db_rows *due_rows(struct db *db, enum auto_kind kind, int64_t delay_ms, int64_t now_ms)
{
    static const char greet[] = "SELECT s.session_no FROM chat_session s LEFT JOIN session_auto a ON a.session_no = s.session_no WHERE s.status_id IN (1, 2)"
                                " AND s.offline = 0 AND s.cdate >= ? AND COALESCE(a.greeted, 0) = 0 LIMIT 200";
    static const char nobody[] = "SELECT s.session_no FROM chat_session s LEFT JOIN session_auto a ON a.session_no = s.session_no WHERE s.status_id = 1"
                                 " AND s.offline = 0 AND s.queue_entered <= ? AND (a.nobody_time IS NULL OR a.nobody_time < s.queue_entered) LIMIT 200";
    static const char silent[] = "SELECT s.session_no FROM chat_session s WHERE s.status_id = 2 AND s.offline = 0 AND s.hold_since IS NULL"
                                 " AND COALESCE((SELECT m.sender_type = 'A' AND m.cdate <= ? " LAST_TALK "), 0) LIMIT 200";

    switch (kind) {
    case AUTO_GREETING:
        return db_query(db, greet, DB_ARGS(db_time(now_ms - AUTO_GREET_WITHIN_MS)));
    case AUTO_NOBODY:
        return db_query(db, nobody, DB_ARGS(db_time(now_ms - delay_ms)));
    default:
        return db_query(db, silent, DB_ARGS(db_time(now_ms - (delay_ms - AUTO_WARN_MS))));
    }
}

enum outcome auto_due_list(struct db *db, int64_t now_ms, struct auto_due **list_r, size_t *n_r)
{
    struct auto_setting setting;
    enum outcome outcome = auto_setting_load(db, &setting);

    *list_r = NULL;
    *n_r = 0;
    for (int k = 0; outcome == OUTCOME_DONE && k < AUTO_TOTAL; k++) {
        struct db_rows *rows;
        if (!setting.of[k].is_on)
            continue;
        rows = due_rows(db, (enum auto_kind)k, (int64_t)setting.of[k].delay_s * 1000, now_ms);
        if (rows && !*list_r)
            *list_r = calloc(AUTO_TOTAL * AUTO_DUE_MAX, sizeof **list_r);
        if (!rows || !*list_r)
            outcome = OUTCOME_AWAY;
        for (size_t i = 0; outcome == OUTCOME_DONE && i < db_rows_count(rows) && i < AUTO_DUE_MAX; i++)
            (*list_r)[(*n_r)++] = (struct auto_due){.session_no = db_cell_int(rows, i, 0), .kind = (enum auto_kind)k};
        db_rows_free(&rows);
    }
    if (outcome != OUTCOME_DONE) {
        free(*list_r);
        *list_r = NULL;
        *n_r = 0;
    }
    return outcome;
}

/* ---- saying it ---- */

/* A step with what it says; the frame hands it back as the struct step that it begins with. */
struct auto_arg {
    struct step step; /* first */
    enum auto_kind kind;
    const struct auto_message *message;
};

/* What was said to this chat; its row is there then, under the chat's lock. */
struct said {
    bool is_greeted;
    int64_t nobody_ms, warned_ms;
    int32_t warned_seq;
};

static bool read_said(struct db *db, int64_t session_no, struct said *said_r)
{
    struct db_rows *rows;

    *said_r = (struct said){.nobody_ms = -1, .warned_ms = -1};
    if (!db_exec(db, "INSERT IGNORE INTO session_auto (session_no) VALUES (?)", DB_ARGS(db_int(session_no)), NULL))
        return false;
    rows = db_query(db, "SELECT greeted, nobody_time, warned_time, warned_seq FROM session_auto WHERE session_no = ? FOR UPDATE", DB_ARGS(db_int(session_no)));
    if (!rows)
        return false;
    if (db_rows_count(rows))
        *said_r = (struct said){db_cell_int(rows, 0, 0) != 0, db_cell_time(rows, 0, 1), db_cell_time(rows, 0, 2), (int32_t)db_cell_int(rows, 0, 3)};
    db_rows_free(&rows);
    return true;
}

static bool write_said(struct db *db, int64_t session_no, const struct said *said)
{
    return db_exec(db, "UPDATE session_auto SET greeted = ?, nobody_time = ?, warned_time = ?, warned_seq = ? WHERE session_no = ?",
                   DB_ARGS(db_int(said->is_greeted), db_time(said->nobody_ms), db_time(said->warned_ms), db_int(said->warned_seq), db_int(session_no)), NULL);
}

/* The last message of a person: its seq (0: none), whose, when. */
static bool read_last_talk(struct db *db, int64_t session_no, int32_t *seq_r, char *sender_r, int64_t *cdate_ms_r)
{
    struct db_rows *rows = db_query(db, "SELECT m.seq, m.sender_type, m.cdate FROM chat_session s JOIN chat_message m ON m.session_no = s.session_no WHERE s.session_no = ?"
                                        " AND m.kind IN ('TEXT', 'FILE') AND m.sender_type <> 'S' ORDER BY m.seq DESC LIMIT 1",
                                    DB_ARGS(db_int(session_no)));

    *seq_r = 0;
    if (!rows)
        return false;
    if (db_rows_count(rows)) {
        *seq_r = (int32_t)db_cell_int(rows, 0, 0);
        *sender_r = db_cell(rows, 0, 1, NULL)[0];
        *cdate_ms_r = db_cell_time(rows, 0, 2);
    }
    db_rows_free(&rows);
    return true;
}

static bool say(const struct auto_message *m, struct change *c, struct session *s, int64_t now_ms)
{
    struct buf args = BUF_INIT;
    struct json_writer w = JSON_WRITER(&args);
    bool ok;

    jw_object(&w);
    jw_str(&w, lang_tag(LANG_KO), m->text[LANG_KO]);
    jw_str(&w, lang_tag(LANG_EN), m->text[LANG_EN]);
    jw_object_end(&w);
    ok = session_say(c, s, now_ms, KIND_TEXT, buf_failed(&args) ? NULL : m->text[LANG_KO], buf_str(&args));
    buf_free(&args);
    return ok;
}

static bool is_due_greeting(const struct auto_arg *a, const struct session *s, struct said *said)
{
    if (said->is_greeted || (s->status_id != STATUS_WAITING && s->status_id != STATUS_ACTIVE) || a->step.now_ms - s->cdate_ms > AUTO_GREET_WITHIN_MS)
        return false;
    said->is_greeted = true;
    return true;
}

static bool is_due_nobody(const struct auto_arg *a, const struct session *s, struct said *said)
{
    if (s->status_id != STATUS_WAITING || s->queue_entered_ms + (int64_t)a->message->delay_s * 1000 > a->step.now_ms || said->nobody_ms >= s->queue_entered_ms)
        return false;
    said->nobody_ms = a->step.now_ms;
    return true;
}

/* The customer has been warned about this very silence, a minute ago: the chat is closed. */
static enum outcome step_silent(const struct auto_arg *a, struct session *s, struct change *c, struct said *said)
{
    int64_t now_ms = a->step.now_ms, cdate_ms = 0, delay_ms = (int64_t)a->message->delay_s * 1000;
    int32_t seq;
    char sender = 0;

    if (s->status_id != STATUS_ACTIVE || s->hold_since_ms >= 0)
        return OUTCOME_SAME;
    if (!read_last_talk(a->step.db, s->session_no, &seq, &sender, &cdate_ms))
        return OUTCOME_AWAY;
    if (seq == 0 || sender != 'A' || now_ms - cdate_ms < delay_ms - AUTO_WARN_MS)
        return OUTCOME_SAME;
    if (said->warned_seq == seq) {
        if (now_ms - said->warned_ms < AUTO_WARN_MS || now_ms - cdate_ms < delay_ms)
            return OUTCOME_SAME;
        session_finish(c, s, 'S', EXIT_TIMEOUT, now_ms);
        return c->nrows ? OUTCOME_DONE : OUTCOME_SAME;
    }
    said->warned_seq = seq;
    said->warned_ms = now_ms;
    return say(a->message, c, s, now_ms) ? OUTCOME_DONE : OUTCOME_SAME;
}

static enum outcome step_auto(const struct step *step, struct session *s, struct change *c, struct refusal *refusal_r)
{
    const struct auto_arg *a = (const struct auto_arg *)step;
    struct said said;
    enum outcome outcome = OUTCOME_SAME;

    (void)refusal_r;
    if (s->offline || s->status_id == STATUS_COMPLETED)
        return OUTCOME_SAME;
    if (!read_said(step->db, s->session_no, &said))
        return OUTCOME_AWAY;
    if (a->kind == AUTO_SILENT)
        outcome = step_silent(a, s, c, &said);
    else if (a->kind == AUTO_GREETING ? is_due_greeting(a, s, &said) : is_due_nobody(a, s, &said))
        outcome = say(a->message, c, s, step->now_ms) ? OUTCOME_DONE : OUTCOME_SAME;
    if (outcome == OUTCOME_DONE && !write_said(step->db, s->session_no, &said))
        return OUTCOME_AWAY;
    return outcome;
}

enum outcome auto_step(struct db *db, const struct auto_due *due, int64_t now_ms, struct change *change_r)
{
    struct auto_setting setting;
    struct auto_arg arg = {.step = {.now_ms = now_ms, .db = db}, .kind = due->kind, .message = &setting.of[due->kind]};

    change_init(change_r);
    if (!code_refresh(db) || auto_setting_load(db, &setting) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    if (!setting.of[due->kind].is_on)
        return OUTCOME_SAME;
    return session_run(db, NULL, due->session_no, step_auto, &arg.step, change_r, NULL);
}
