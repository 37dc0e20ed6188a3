/* account_api: see account_api.h. */
#include "cgi/account_api.h"

#include <stdio.h>
#include <string.h>

#include "cgi/account_door.h"
#include "cgi/answer.h"
#include "cgi/set_cookie.h"
#include "lib/chat/site_member.h"

enum { L_EMAIL, L_PASSWORD };
const struct field account_api_login_body[] = {
    [L_EMAIL] = {"email", FIELD_TEXT, true, 0, 0},
    [L_PASSWORD] = {"password", FIELD_TEXT, true, 0, 0},
    {0},
};

enum { S_EMAIL, S_PASSWORD, S_NICKNAME };
const struct field account_api_signup_body[] = {
    [S_EMAIL] = {"email", FIELD_TEXT, true, 0, 0},
    [S_PASSWORD] = {"password", FIELD_TEXT, true, 0, 0},
    [S_NICKNAME] = {"nickname", FIELD_TEXT, true, 0, 0},
    {0},
};

enum { G_NICKNAME, G_TOKEN };
const struct field account_api_guest_body[] = {
    [G_NICKNAME] = {"nickname", FIELD_TEXT, false, 0, 0},
    [G_TOKEN] = {"token", FIELD_BOOL, false, 0, 0},
    {0},
};

/* memberId, nickname, role */
static void write_member(struct json_writer *w, const struct principal *who)
{
    jw_int(w, "memberId", who->member_id);
    jw_str(w, "nickname", who->nickname);
    jw_str(w, "role", role_name(who->role));
}

/* data {memberId, nickname, role, csrfToken}; csrfToken is null for a bearer, which needs none. */
static void answer_member(struct request *q, int status)
{
    struct json_writer w;

    answer_envelope(q, status, &w);
    jw_object_key(&w, "data");
    write_member(&w, &q->who);
    jw_str(&w, "csrfToken", q->csrf[0] ? q->csrf : NULL);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

/* A new bearer token of q->who: data {memberId, nickname, role, token, expiresAt}. */
static void answer_token(struct request *q, int status)
{
    char token[TOKEN_TEXT_SIZE];
    struct json_writer w;
    int64_t expires_ms;

    if (!answer_outcome(q, auth_new_token(q->db, q->config, q->who.member_id, "", token, &expires_ms), NULL))
        return;
    answer_envelope(q, status, &w);
    jw_object_key(&w, "data");
    write_member(&w, &q->who);
    jw_str(&w, "token", token);
    jw_time(&w, "expiresAt", expires_ms);
    jw_object_end(&w);
    answer_envelope_end(q, &w);
}

void account_api_login(struct request *q)
{
    struct refusal refusal = {0};

    if (answer_outcome(q, account_door_sign_in(q, q->form[L_EMAIL].s, q->form[L_PASSWORD].s, &refusal), &refusal))
        answer_member(q, 200);
}

void account_api_token(struct request *q)
{
    struct refusal refusal = {0};
    enum outcome outcome = auth_by_password(q->db, q->config, q->form[L_EMAIL].s, q->form[L_PASSWORD].s, q->address, &q->who, &refusal);

    if (answer_outcome(q, outcome, &refusal))
        answer_token(q, 200);
}

void account_api_signup(struct request *q)
{
    struct refusal refusal = {0};

    if (answer_outcome(q, account_door_sign_up(q, q->form[S_EMAIL].s, q->form[S_PASSWORD].s, q->form[S_NICKNAME].s, &refusal), &refusal))
        answer_member(q, 201);
}

void account_api_guest(struct request *q)
{
    const char *nickname = q->form[G_NICKNAME].is_given ? q->form[G_NICKNAME].s : answer_text(q, "Guest");
    struct refusal refusal = {0};

    if (!answer_outcome(q, account_door_guest(q, nickname, &refusal), &refusal))
        return;
    if (q->form[G_TOKEN].i)
        answer_token(q, 201);
    else if (answer_outcome(q, account_door_begin(q), NULL))
        answer_member(q, 201);
}

enum { W_SITE, W_JWT, W_TOKEN };
const struct field account_api_identity_body[] = {
    [W_SITE] = {"siteKey", FIELD_TEXT, true, 0, SITE_KEY_SIZE - 1},
    [W_JWT] = {"jwt", FIELD_TEXT, true, 0, 0},
    [W_TOKEN] = {"token", FIELD_BOOL, false, 0, 0},
    {0},
};

void account_api_identity(struct request *q)
{
    struct refusal refusal = {0};
    const struct principal guest = q->who;
    struct site site;
    enum outcome outcome = site_member_enter(q->db, q->form[W_SITE].s, q->form[W_JWT].s, answer_text(q, "Guest"), &q->who, &refusal);

    /* a site speaks for what began in its own pages alone */
    if (outcome == OUTCOME_DONE && guest.role == ROLE_GUEST)
        outcome = site_find(q->db, q->form[W_SITE].s, &site, &refusal);
    if (outcome == OUTCOME_DONE && guest.role == ROLE_GUEST)
        outcome = account_door_carry(q, &guest, site.site_id);
    if (!answer_outcome(q, outcome, &refusal))
        return;
    if (q->form[W_TOKEN].i) {
        answer_token(q, 200);
        return;
    }
    snprintf(q->frame_prefix, sizeof q->frame_prefix, "/frame/%s", q->form[W_SITE].s); /* the cookie is the frame's */
    if (answer_outcome(q, account_door_begin(q), NULL))
        answer_member(q, 200);
}

void account_api_logout(struct request *q)
{
    const char *header = http_param(q, "HTTP_AUTHORIZATION");
    const char *secret = q->cookie;

    if (q->who.by_bearer) {
        secret = header + strlen("Bearer");
        secret += strspn(secret, " ");
    }
    if (!answer_outcome(q, auth_sign_out(q->db, secret), NULL))
        return;
    if (!q->who.by_bearer)
        set_cookie_sign_in(q, NULL);
    answer_done(q);
}

void account_api_me(struct request *q)
{
    answer_member(q, 200);
}
