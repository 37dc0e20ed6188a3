/* account_door: see account_door.h. */
#include "cgi/account_door.h"

#include <string.h>

#include "cgi/set_cookie.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/carry_over.h"
#include "lib/chat/config.h"
#include "lib/chat/member.h"
#include "lib/chat/notify.h"
#include "lib/chat/rate.h"

enum outcome account_door_begin(struct request *q)
{
    char secret[TOKEN_TEXT_SIZE];
    enum outcome outcome = auth_sign_in(q->db, q->config, q->who.member_id, secret);

    if (outcome != OUTCOME_DONE)
        return outcome;
    if (q->cookie[0] && auth_sign_out(q->db, q->cookie) == OUTCOME_AWAY)
        log_warn("old_sign_in_kept member=%lld", (long long)q->who.member_id);
    q->who.by_bearer = false;
    set_cookie_sign_in(q, secret);
    return OUTCOME_DONE;
}

enum outcome account_door_carry(struct request *q, const struct principal *guest, int32_t site_id)
{
    struct change change;

    if (guest->role != ROLE_GUEST || q->who.role != ROLE_CUSTOMER)
        return OUTCOME_DONE;
    enum outcome outcome = carry_over(q->db, guest->member_id, q->who.member_id, site_id, &change);
    if (outcome == OUTCOME_DONE)
        notify_change(&change);
    change_clear(&change);
    return outcome == OUTCOME_SAME ? OUTCOME_DONE : outcome;
}

enum outcome account_door_sign_in(struct request *q, const char *email, const char *password, struct refusal *refusal_r)
{
    const struct principal guest = q->who;
    enum outcome outcome = auth_by_password(q->db, q->config, email, password, q->address, &q->who, refusal_r);

    if (outcome == OUTCOME_DONE)
        outcome = account_door_carry(q, &guest, 0);
    return outcome == OUTCOME_DONE ? account_door_begin(q) : outcome;
}

/* One new account more from this address. */
static enum outcome take_place(struct request *q, struct refusal *refusal_r)
{
    struct config_rate rate = q->config->signup_rate;
    int64_t wait_ms = rate_take(RATE_SIGNUP, rate_address_key(q->address), rate, rate.count, clock_wall_ms());

    if (wait_ms == 0)
        return OUTCOME_DONE;
    refuse(refusal_r, 429, CODE_RATE, "Too many new visitors from this address. Please wait a moment.");
    refusal_r->retry_after_ms = wait_ms;
    return OUTCOME_REFUSED;
}

/* A form that was refused for what stands in it made no account. A taken e-mail counts: asking for them must not be cheap. */
static void give_place_back(struct request *q, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_AWAY || (outcome == OUTCOME_REFUSED && refusal->status != 409))
        rate_give_back(RATE_SIGNUP, rate_address_key(q->address), q->config->signup_rate);
}

enum outcome account_door_sign_up(struct request *q, const char *email, const char *password, const char *nickname, struct refusal *refusal_r)
{
    const struct principal guest = q->who;
    int64_t member_id;
    enum outcome outcome = take_place(q, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    outcome = member_sign_up(q->db, email, password, nickname, &member_id, refusal_r);
    give_place_back(q, outcome, refusal_r);
    if (outcome == OUTCOME_DONE)
        outcome = auth_by_member(q->db, member_id, &q->who);
    if (outcome == OUTCOME_DONE)
        outcome = account_door_carry(q, &guest, 0);
    return outcome == OUTCOME_DONE ? account_door_begin(q) : outcome;
}

enum outcome account_door_guest(struct request *q, const char *nickname, struct refusal *refusal_r)
{
    int64_t member_id;
    enum outcome outcome = take_place(q, refusal_r);

    if (outcome != OUTCOME_DONE)
        return outcome;
    outcome = member_new_guest(q->db, nickname, &member_id, refusal_r);
    give_place_back(q, outcome, refusal_r);
    return outcome == OUTCOME_DONE ? auth_by_member(q->db, member_id, &q->who) : outcome;
}

bool account_door_is_local(const char *path)
{
    if (path[0] != '/' || path[1] == '/' || path[1] == '\\' || strlen(path) > HTTP_PATH_MAX)
        return false;
    for (const char *p = path; *p; p++) {
        if ((unsigned char)*p < 0x20 || *p == 0x7F || *p == '\\')
            return false;
    }
    return true;
}

/* Pages that lead nowhere once somebody is signed in. */
static bool is_door(const char *path)
{
    static const char *const doors[] = {"/signin", "/signup", "/signout", "/guest", "/lang", "/api/"};

    for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
        if (strncmp(path, doors[i], strlen(doors[i])) == 0)
            return true;
    }
    return false;
}

const char *account_door_landing(const struct principal *who, const char *next)
{
    if (*next && account_door_is_local(next) && !is_door(next))
        return next;
    return role_is_staff(who->role) ? "/agent" : "/";
}
