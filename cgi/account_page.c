/* account_page: see account_page.h. A wrong form comes back with what was typed, but for the password. */
#include "cgi/account_page.h"

#include <string.h>

#include "cgi/account_door.h"
#include "cgi/answer.h"
#include "cgi/frame.h"
#include "cgi/page.h"
#include "cgi/set_cookie.h"
#include "lib/base/log.h"
#include "lib/chat/member.h"

enum { Q_NEXT };
const struct field account_page_query[] = {
    [Q_NEXT] = {"next", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { I_EMAIL, I_PASSWORD, I_NEXT };
const struct field account_page_signin_body[] = {
    [I_EMAIL] = {"email", FIELD_TEXT, true, 0, 0},
    [I_PASSWORD] = {"password", FIELD_TEXT, true, 0, 0},
    [I_NEXT] = {"next", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { U_EMAIL, U_PASSWORD, U_NICKNAME, U_NEXT };
const struct field account_page_signup_body[] = {
    [U_EMAIL] = {"email", FIELD_TEXT, true, 0, 0},
    [U_PASSWORD] = {"password", FIELD_TEXT, true, 0, 0},
    [U_NICKNAME] = {"nickname", FIELD_TEXT, true, 0, 0},
    [U_NEXT] = {"next", FIELD_TEXT, false, 0, 0},
    {0},
};

enum { G_NICKNAME };
const struct field account_page_guest_body[] = {
    [G_NICKNAME] = {"nickname", FIELD_TEXT, true, 0, 0},
    {0},
};

enum { A_LANG, A_NEXT };
const struct field account_page_lang_body[] = {
    [A_LANG] = {"lang", FIELD_TEXT, true, 0, 8},
    [A_NEXT] = {"next", FIELD_TEXT, false, 0, 0},
    {0},
};

/* 303 to a local path as a browser showed it: what may not stand in a header is percent-encoded. */
static void redirect(struct request *q, const char *path)
{
    struct buf clean = BUF_INIT;

    for (const char *p = path; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if (c <= ' ' || c >= 0x7F || strchr("\"<>`{|}^", c))
            buf_printf(&clean, "%%%02X", c);
        else
            buf_add_char(&clean, *p);
    }
    answer_redirect(q, buf_str(&clean));
    buf_free(&clean);
}

/* next when it is a path of this site, else "". */
static const char *clean_next(const struct value *next)
{
    return next->is_given && account_door_is_local(next->s) ? next->s : "";
}

/* True when a refusal is about a field that the form shows. False: answered, or nothing to answer. */
static bool may_show_again(struct request *q, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_REFUSED && refusal->status != 400)
        return true;
    answer_outcome(q, outcome, refusal);
    return false;
}

static void send_retry_after(struct request *q, const struct refusal *refusal)
{
    if (refusal->retry_after_ms > 0)
        answer_header(q, "Retry-After", "%lld", (long long)((refusal->retry_after_ms + 999) / 1000));
}

/* ---- signing in ---- */

static void send_signin(struct request *q, int status, const char *email, const char *next, const char *error)
{
    struct json_object *data = page_data(q), *form = json_object_new_object();

    page_str(form, "email", email);
    page_put(data, "form", form);
    page_str(data, "next", next);
    page_str(data, "error", error);
    page_send(q, status, "signin", data);
}

void account_page_signin_form(struct request *q)
{
    const char *next = clean_next(&q->query[Q_NEXT]);

    if (q->who.role > ROLE_GUEST) /* a guest may have an account after all */
        redirect(q, account_door_landing(&q->who, next));
    else
        send_signin(q, 200, "", next, NULL);
}

void account_page_signin(struct request *q)
{
    const char *next = clean_next(&q->form[I_NEXT]), *email = q->form[I_EMAIL].s;
    struct refusal refusal = {0};
    enum outcome outcome = account_door_sign_in(q, email, q->form[I_PASSWORD].s, &refusal);

    if (outcome == OUTCOME_DONE) {
        redirect(q, account_door_landing(&q->who, next));
    } else if (may_show_again(q, outcome, &refusal)) {
        send_signin(q, refusal.status, email, next, answer_text(q, refusal.message));
        send_retry_after(q, &refusal);
    }
}

/* ---- signing up ---- */

struct signup_form {
    const char *email, *nickname, *guest, *next;
};

/* refusal NULL: a fresh form. field: whose error it is when the refusal's own name is not the form's; NULL: the refusal's. */
static void send_signup(struct request *q, int status, const struct signup_form *f, const struct refusal *refusal, const char *field)
{
    struct json_object *data = page_data(q), *form = json_object_new_object(), *errors = json_object_new_object();

    page_str(form, "email", f->email);
    page_str(form, "nickname", f->nickname);
    page_str(form, "guest", f->guest);
    page_put(data, "form", form);
    page_str(data, "next", f->next);
    if (refusal && !field)
        field = refusal->field;
    if (refusal && field)
        page_str(errors, field, answer_text(q, refusal->message));
    else if (refusal)
        page_str(data, "error", answer_text(q, refusal->message));
    page_put(data, "errors", errors);
    page_str(data, "path", "/signup"); /* where the language switch leads back to: a form's address takes no GET */
    page_send(q, status, "signup", data);
    if (refusal)
        send_retry_after(q, refusal);
}

void account_page_signup_form(struct request *q)
{
    const struct signup_form fresh = {"", "", "", clean_next(&q->query[Q_NEXT])};

    send_signup(q, 200, &fresh, NULL, NULL);
}

void account_page_signup(struct request *q)
{
    const struct signup_form typed = {q->form[U_EMAIL].s, q->form[U_NICKNAME].s, "", clean_next(&q->form[U_NEXT])};
    struct refusal refusal = {0};
    enum outcome outcome = account_door_sign_up(q, typed.email, q->form[U_PASSWORD].s, typed.nickname, &refusal);

    if (outcome == OUTCOME_DONE)
        redirect(q, account_door_landing(&q->who, typed.next));
    else if (may_show_again(q, outcome, &refusal))
        send_signup(q, refusal.status, &typed, &refusal, NULL);
}

void account_page_guest(struct request *q)
{
    const struct signup_form typed = {"", "", q->form[G_NICKNAME].s, ""};
    struct refusal refusal = {0};
    enum outcome outcome = account_door_guest(q, typed.guest, &refusal);

    if (outcome == OUTCOME_DONE)
        outcome = account_door_begin(q);
    if (outcome == OUTCOME_DONE)
        redirect(q, "/");
    else if (may_show_again(q, outcome, &refusal))
        send_signup(q, refusal.status, &typed, &refusal, "guest");
}

/* ---- out, and the language ---- */

void account_page_signout(struct request *q)
{
    bool was_staff = role_is_staff(q->who.role);

    if (q->cookie[0] && !answer_outcome(q, auth_sign_out(q->db, q->cookie), NULL))
        return;
    set_cookie_sign_in(q, NULL);
    redirect(q, was_staff ? "/signin" : "/");
}

void account_page_lang(struct request *q)
{
    const char *next = clean_next(&q->form[A_NEXT]);
    enum lang lang;

    if (!lang_from_tag(q->form[A_LANG].s, &lang)) {
        answer_refuse(q, 422, CODE_INPUT, "There is no such choice.", "lang");
        return;
    }
    if (q->frame) /* in its address: cookies may be blocked there */
        frame_set_lang(q, lang);
    else
        set_cookie_lang(q, lang);
    /* kept for mails and other browsers; the switch itself works without */
    if (q->who.member_id && member_set_lang(q->db, q->who.member_id, lang_tag(lang)) != OUTCOME_DONE)
        log_warn("lang_not_kept member=%lld", (long long)q->who.member_id);
    redirect(q, *next ? next : "/");
}
