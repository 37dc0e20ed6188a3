#include "lib/chat/entry.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/utf8.h"
#include "lib/chat/block.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/mail.h"
#include "lib/chat/member.h"
#include "lib/chat/message_priv.h"
#include "lib/chat/right.h"
#include "lib/chat/session.h"
#include "lib/chat/session_priv.h"

/* ---- what is asked for ---- */

static bool load_fields(struct db *db, struct entry_form *form)
{
    struct db_rows *rows = db_query(db, "SELECT field_no, kind, label, label_en, is_needed FROM entry_field ORDER BY field_no", NULL, 0);

    if (!rows)
        return false;
    for (size_t i = 0; i < db_rows_count(rows) && form->field_count < ENTRY_FIELDS; i++) {
        struct entry_field *field = &form->fields[form->field_count++];
        const char *kind = db_cell(rows, i, 1, NULL);
        field->field_no = (int)db_cell_int(rows, i, 0);
        field->kind = strcmp(kind, "NAME") == 0 ? ENTRY_NAME : strcmp(kind, "TITLE") == 0 ? ENTRY_TITLE : ENTRY_TEXT;
        field->is_needed = db_cell_int(rows, i, 4) != 0;
        snprintf(field->label[LANG_KO], sizeof field->label[LANG_KO], "%s", db_cell(rows, i, 2, NULL));
        snprintf(field->label[LANG_EN], sizeof field->label[LANG_EN], "%s", db_cell(rows, i, 3, NULL));
    }
    db_rows_free(&rows);
    return true;
}

static bool load_consent(struct db *db, struct entry_form *form)
{
    struct db_rows *rows = db_query(db, "SELECT consent_version, content, content_en, is_used FROM consent_text ORDER BY consent_version DESC LIMIT 1", NULL, 0);
    bool ok = rows != NULL;

    if (ok && db_rows_count(rows) && db_cell_int(rows, 0, 3)) {
        form->consent_version = (int32_t)db_cell_int(rows, 0, 0);
        form->consent[LANG_KO] = strdup(db_cell(rows, 0, 1, NULL));
        form->consent[LANG_EN] = strdup(db_cell(rows, 0, 2, NULL));
        ok = form->consent[LANG_KO] && form->consent[LANG_EN];
    }
    db_rows_free(&rows);
    return ok;
}

enum outcome entry_form_load(struct db *db, const struct config *config, struct entry_form *form_r)
{
    const int64_t now = clock_wall_ms();

    *form_r = (struct entry_form){0};
    if (hours_load(db, config, now, &form_r->hours) != OUTCOME_DONE || !load_fields(db, form_r) || !load_consent(db, form_r))
        return OUTCOME_AWAY;
    hours_look(&form_r->hours, now, &form_r->state);
    return OUTCOME_DONE;
}

void entry_form_free(struct entry_form *form)
{
    hours_free(&form->hours);
    for (int i = 0; i < LANG_COUNT; i++)
        free(form->consent[i]);
    *form = (struct entry_form){0};
}

const struct entry_field *entry_form_field(const struct entry_form *form, enum entry_kind kind)
{
    for (size_t i = 0; i < form->field_count; i++)
        if (form->fields[i].kind == kind)
            return &form->fields[i];
    return NULL;
}

/* ---- checking what was given ---- */

static bool is_given(const char *s)
{
    return s && !utf8_is_blank(s, strlen(s));
}

static bool is_offline(const struct entry_form *form, const struct entry_given *given)
{
    return given->wants_offline || !form->state.is_open;
}

static enum outcome check_field(const struct entry_field *field, const char *text, struct refusal *refusal_r)
{
    const char *name = field->field_no == 1 ? "field1" : "field2";

    if (!is_given(text))
        return field->is_needed ? refuse_field(refusal_r, 422, CODE_INPUT, "Please fill this in.", name) : OUTCOME_DONE;
    for (const char *p = text; *p; p++)
        if ((unsigned char)*p < 0x20 || *p == 0x7f)
            return refuse_field(refusal_r, 422, CODE_INPUT, "The text holds control characters.", name);
    if (utf8_count(text, strlen(text)) > ENTRY_POINTS)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The text is longer than 200 characters.", name);
    return OUTCOME_DONE;
}

static enum outcome check_fields(const struct entry_form *form, const struct entry_given *given, struct refusal *refusal_r)
{
    const struct entry_field *title = entry_form_field(form, ENTRY_TITLE);
    enum outcome outcome = OUTCOME_DONE;

    if (title && title->is_needed && !is_offline(form, given) && !is_given(given->title))
        return refuse_field(refusal_r, 422, CODE_INPUT, "Please fill this in.", "title");
    for (size_t i = 0; i < form->field_count && outcome == OUTCOME_DONE; i++)
        if (form->fields[i].kind == ENTRY_TEXT)
            outcome = check_field(&form->fields[i], given->fields[form->fields[i].field_no - 1], refusal_r);
    return outcome;
}

static enum outcome check_message(const struct entry_form *form, const struct entry_given *given, struct refusal *refusal_r)
{
    size_t len;
    char *copy;
    enum outcome outcome;

    if (!is_given(given->message))
        return is_offline(form, given) && given->needs_message ? refuse_field(refusal_r, 422, CODE_INPUT, "Please write your question.", "message") : OUTCOME_DONE;
    outcome = message_check(given->message, strlen(given->message), NULL, &copy, &len, refusal_r);
    if (outcome == OUTCOME_DONE)
        free(copy);
    else if (outcome == OUTCOME_REFUSED)
        refusal_r->field = "message";
    return outcome;
}

enum outcome entry_check(struct db *db, const struct config *config, const struct entry_form *form, const struct entry_given *given, struct refusal *refusal_r)
{
    char address[EMAIL_SIZE];
    enum outcome outcome;

    if (!code_refresh(db))
        return OUTCOME_AWAY;
    outcome = session_request_check(given->category_id, given->title, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = check_fields(form, given, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = check_message(form, given, refusal_r);
    if (outcome == OUTCOME_DONE && is_offline(form, given) && mail_is_on(config) && is_given(given->email))
        outcome = member_check_email(given->email, strlen(given->email), address, refusal_r);
    if (outcome == OUTCOME_DONE && form->consent_version && given->consent_version != form->consent_version)
        return refuse_field(refusal_r, 422, CODE_INPUT, given->consent_version ? "This text has changed. Please read it again and agree." : "Please read this and agree.",
                            "consentVersion");
    return outcome;
}

/* ---- the chat ---- */

static bool add_answers(struct db *db, const struct entry_form *form, const struct entry_given *given, int64_t session_no)
{
    for (size_t i = 0; i < form->field_count; i++) {
        const struct entry_field *field = &form->fields[i];
        const char *text = field->kind == ENTRY_TEXT ? given->fields[field->field_no - 1] : NULL;
        if (is_given(text) && !db_exec(db, "INSERT INTO session_field (session_no, field_no, label, content) VALUES (?,?,?,?)",
                                       DB_ARGS(db_int(session_no), db_int(field->field_no), db_text(field->label[given->lang]), db_text(text)), NULL))
            return false;
    }
    return !form->consent_version || db_exec(db, "INSERT INTO session_consent (session_no, consent_version, cdate) VALUES (?,?,?)",
                                             DB_ARGS(db_int(session_no), db_int(form->consent_version), db_time(clock_wall_ms())), NULL);
}

/* Where the answer goes: the address that was given, else the member's own; kept only where mail is sent at all. */
static bool add_reply(struct db *db, const struct config *config, const struct principal *who, const struct entry_given *given, int64_t session_no)
{
    char address[EMAIL_SIZE] = "";
    struct refusal unasked;

    if (mail_is_on(config) && is_given(given->email))
        member_check_email(given->email, strlen(given->email), address, &unasked);
    else if (mail_is_on(config))
        snprintf(address, sizeof address, "%s", who->email);
    return db_exec(db, "INSERT INTO offline_reply (session_no, email, lang) VALUES (?,?,?)",
                   DB_ARGS(db_int(session_no), db_text(address[0] ? address : NULL), db_text(lang_tag(given->lang))), NULL);
}

static enum outcome add_message(struct db *db, const struct principal *who, const struct entry_given *given, int64_t session_no, struct change *c)
{
    const int64_t now = clock_wall_ms();
    struct refusal unasked;
    struct message *m;

    if (!is_given(given->message))
        return OUTCOME_DONE;
    if (session_lock(db, NULL, session_no, &c->session, &unasked) != OUTCOME_DONE || !(m = change_add_row(c, &c->session, KIND_TEXT, now)))
        return OUTCOME_AWAY;
    m->sender_id = who->member_id;
    m->sender_type = 'M';
    snprintf(m->sender_name, sizeof m->sender_name, "%s", who->nickname);
    m->message_type_id = TYPE_NORMAL;
    if (message_check(given->message, strlen(given->message), NULL, &m->content, &m->content_len, &unasked) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    return message_insert(db, m) && session_store(db, &c->session) ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* What was answered and agreed to in the chat before holds on. */
static bool copy_answers(struct db *db, const struct session *previous, int64_t session_no)
{
    return db_exec(db, "INSERT INTO session_field (session_no, field_no, label, content) SELECT ?, field_no, label, content FROM session_field WHERE session_no = ?",
                   DB_ARGS(db_int(session_no), db_int(previous->session_no)), NULL) &&
           db_exec(db, "INSERT INTO session_consent (session_no, consent_version, cdate) SELECT ?, consent_version, cdate FROM session_consent WHERE session_no = ?",
                   DB_ARGS(db_int(session_no), db_int(previous->session_no)), NULL);
}

/* The customer can do nothing about a page's name that is no good. */
static const char *page_of(const struct entry_given *given)
{
    const char *page = given->site_page;
    size_t n = page ? strlen(page) : 0;

    if (!given->site_id || !is_given(page) || !utf8_is_valid(page, n) || utf8_count(page, n) > ENTRY_PAGE_POINTS)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)page[i] < 0x20 || page[i] == 0x7f)
            return NULL;
    return page;
}

/* A chat on its way in. */
struct entry {
    const struct config *config;
    const struct principal *who;
    const struct entry_form *form;
    const struct entry_given *given;
    const struct session *previous; /* the chat that it goes on with, or NULL */
    struct refusal *refusal;
};

/* One try; not committed unless DONE. */
static enum outcome request_once(struct db *db, const struct entry *entry, struct change *c)
{
    const struct entry_given *given = entry->given;
    const struct session *previous = entry->previous;
    const struct principal *who = entry->who;
    const bool offline = is_offline(entry->form, given);
    const struct session_new new = {.category_id = given->category_id, .title = given->title, .offline = offline,
                                    .previous_session_id = previous ? previous->session_id : NULL, .site_id = given->site_id, .site_page = page_of(given)};
    int64_t session_no;

    if (!db_begin(db) || !session_insert(db, who, &new, &session_no))
        return OUTCOME_AWAY;
    if (!(previous ? copy_answers(db, previous, session_no) : add_answers(db, entry->form, given, session_no)))
        return OUTCOME_AWAY;
    if ((offline && !add_reply(db, entry->config, who, given, session_no)) || add_message(db, who, given, session_no, c) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    if (!db_commit(db))
        return db_last_error(db) == DB_UNKNOWN ? OUTCOME_UNKNOWN : OUTCOME_AWAY;
    c->what = CHANGE_NEW;
    return session_find_no(db, session_no, &c->session);
}

/* A new chat, unless the customer has an open one. */
static enum outcome request(struct db *db, const struct entry *entry, struct change *change_r)
{
    enum outcome outcome = OUTCOME_AWAY;

    for (int tries = 0; tries < DB_TRIES; tries++) {
        struct refusal none;
        outcome = session_find_open(db, entry->who->member_id, &change_r->session, &none);
        if (outcome != OUTCOME_REFUSED)
            return outcome == OUTCOME_DONE ? OUTCOME_SAME : outcome;
        outcome = block_check(db, entry->who->member_id, clock_wall_ms(), entry->refusal);
        if (outcome != OUTCOME_DONE)
            return outcome;
        outcome = request_once(db, entry, change_r);
        if (outcome == OUTCOME_DONE)
            return outcome;
        if (db_in_transaction(db))
            db_rollback(db);
        change_clear(change_r);
        if (outcome == OUTCOME_UNKNOWN || (db_last_error(db) != DB_DUPLICATE && db_last_error(db) != DB_BUSY))
            return outcome; /* else a second request won, and may even have ended: look again */
    }
    return outcome;
}

enum outcome entry_request(struct db *db, const struct config *config, const struct principal *who, const struct entry_given *given, struct change *change_r,
                           struct refusal *refusal_r)
{
    struct entry_form form;
    enum outcome outcome = entry_form_load(db, config, &form);

    change_init(change_r);
    if (outcome == OUTCOME_DONE && who->role != ROLE_CUSTOMER && who->role != ROLE_GUEST)
        outcome = refuse(refusal_r, 403, CODE_RIGHT, "Only customers ask for a chat.");
    if (outcome == OUTCOME_DONE)
        outcome = entry_check(db, config, &form, given, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = request(db, &(struct entry){config, who, &form, given, NULL, refusal_r}, change_r);
    entry_form_free(&form);
    return outcome;
}

/* ---- going on with a chat that is over ---- */

bool entry_may_reopen(const struct config *config, const struct session *s, int64_t now_ms)
{
    return s->status_id == STATUS_COMPLETED && s->end_ms >= 0 && now_ms < s->end_ms + config->reopen_window;
}

static enum outcome check_reopen(struct db *db, const struct config *config, const struct entry_form *form, const struct session *previous, const struct entry_look *look,
                                 struct refusal *refusal_r)
{
    struct refusal unasked;

    if (!code_refresh(db))
        return OUTCOME_AWAY;
    if (!entry_may_reopen(config, previous, clock_wall_ms()))
        return refuse(refusal_r, 409, CODE_RULE, "The time to go on with this chat is over. Please start a new one.");
    if (session_request_check(previous->category_id, NULL, &unasked) != OUTCOME_DONE)
        return refuse(refusal_r, 409, CODE_RULE, "The topic of this chat is no longer offered. Please start a new one.");
    if (form->consent_version && look->consent_version != form->consent_version)
        return refuse(refusal_r, 409, CODE_RULE, "The consent text has changed since. Please start a new chat.");
    return OUTCOME_DONE;
}

static enum outcome reopen(struct db *db, const struct config *config, const struct principal *who, const struct session *previous, enum lang lang,
                           struct change *change_r, struct refusal *refusal_r)
{
    struct entry_form form;
    struct entry_look look;
    enum outcome outcome = entry_form_load(db, config, &form);

    if (outcome == OUTCOME_DONE)
        outcome = entry_look_at(db, previous->session_no, &look);
    if (outcome == OUTCOME_DONE)
        outcome = check_reopen(db, config, &form, previous, &look, refusal_r);
    if (outcome == OUTCOME_DONE) {
        const struct entry_given given = {.category_id = previous->category_id, .title = previous->title[0] ? previous->title : NULL, .email = look.reply_email, .lang = lang,
                                          .site_id = look.site_id, .site_page = look.site_page};
        outcome = request(db, &(struct entry){config, who, &form, &given, previous, refusal_r}, change_r);
    }
    entry_form_free(&form);
    return outcome;
}

enum outcome entry_reopen(struct db *db, const struct config *config, const struct principal *who, const char *session_id, enum lang lang, struct change *change_r,
                          struct refusal *refusal_r)
{
    struct session previous;
    struct refusal none;
    enum outcome outcome = session_find(db, who, session_id, &previous, refusal_r);

    change_init(change_r);
    if (outcome != OUTCOME_DONE)
        return outcome;
    if (!right_may(who, RIGHT_REOPEN, &previous) || role_is_staff(who->role))
        return refuse(refusal_r, 403, CODE_RIGHT, "You may not do this in this chat.");
    outcome = session_find_open(db, who->member_id, &change_r->session, &none); /* whatever may be said of the old one, there they can talk */
    if (outcome != OUTCOME_REFUSED)
        return outcome == OUTCOME_DONE ? OUTCOME_SAME : outcome;
    return reopen(db, config, who, &previous, lang, change_r, refusal_r);
}

static void copy_cell(char *out, size_t size, const struct db_rows *rows, unsigned col)
{
    const char *s = db_cell(rows, 0, col, NULL);

    snprintf(out, size, "%s", s ? s : "");
}

enum outcome entry_look_at(struct db *db, int64_t session_no, struct entry_look *look_r)
{
    struct db_rows *rows = db_query(db, "SELECT label, content FROM session_field WHERE session_no = ? ORDER BY field_no LIMIT 2", DB_ARGS(db_int(session_no)));

    *look_r = (struct entry_look){.consent_ms = -1};
    if (!rows)
        return OUTCOME_AWAY;
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        struct entry_answer *answer = &look_r->answers[look_r->answer_count++];
        snprintf(answer->label, sizeof answer->label, "%s", db_cell(rows, i, 0, NULL));
        snprintf(answer->content, sizeof answer->content, "%s", db_cell(rows, i, 1, NULL));
    }
    db_rows_free(&rows);
    rows = db_query(db,
                    "SELECT c.consent_version, c.cdate, o.email, t.site_id, t.name, s.site_page FROM chat_session s"
                    " LEFT JOIN session_consent c ON c.session_no = s.session_no LEFT JOIN offline_reply o ON o.session_no = s.session_no"
                    " LEFT JOIN site t ON t.site_id = s.site_id WHERE s.session_no = ?",
                    DB_ARGS(db_int(session_no)));
    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows)) {
        look_r->consent_version = (int32_t)db_cell_int(rows, 0, 0);
        look_r->consent_ms = db_cell_time(rows, 0, 1);
        copy_cell(look_r->reply_email, sizeof look_r->reply_email, rows, 2);
        look_r->site_id = (int32_t)db_cell_int(rows, 0, 3);
        copy_cell(look_r->site_name, sizeof look_r->site_name, rows, 4);
        copy_cell(look_r->site_page, sizeof look_r->site_page, rows, 5);
    }
    db_rows_free(&rows);
    return OUTCOME_DONE;
}
