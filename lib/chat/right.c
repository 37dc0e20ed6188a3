#include "lib/chat/right.h"

#include "lib/chat/code.h"

/* One row per right: whom it needs to be what to the chat. 'W' stands for staff and a waiting chat, 'C' for staff and a completed one, 'O' for
 * staff to whom an open chat is offered (whether the offer still stands is the step's to know). */
static const char *const who_may[] = {
    [RIGHT_READ] = "MASWC",
    [RIGHT_SUBSCRIBE] = "MASWC",
    [RIGHT_SEND] = "MA",
    [RIGHT_ACCEPT] = "ASW",
    [RIGHT_END] = "MAS",
    [RIGHT_TRANSFER] = "MAS",
    [RIGHT_RATE] = "M",
    [RIGHT_REOPEN] = "M",
    [RIGHT_MAIL] = "M",
    [RIGHT_OFFER] = "AS",
    [RIGHT_TAKE_OFFER] = "O",
    [RIGHT_HOLD] = "A",
    [RIGHT_BLOCK] = "AS",
    [RIGHT_TAG] = "ASC",
    [RIGHT_NOTE] = "ASWC",
};

static bool stands_in(const char *set, char c)
{
    for (; c && *set; set++)
        if (*set == c)
            return true;
    return false;
}

char right_side(const struct principal *who, const struct session *s)
{
    if (!who->member_id)
        return 0;
    if (who->member_id == s->member_id)
        return 'M';
    if (!role_is_staff(who->role))
        return 0;
    if (s->admin_id && who->member_id == s->admin_id)
        return 'A';
    return role_is_chief(who->role) ? 'S' : 0;
}

/* Nobody is offered what they have. */
static bool is_offered_to(const struct principal *who, const struct session *s)
{
    return s->offer_ms > 0 && s->admin_id != who->member_id && (s->offer_admin_id == 0 || s->offer_admin_id == who->member_id);
}

bool right_may(const struct principal *who, enum right right, const struct session *s)
{
    if (stands_in(who_may[right], right_side(who, s)))
        return true;
    if (!who->member_id || !role_is_staff(who->role))
        return false;
    return (s->status_id == STATUS_WAITING && stands_in(who_may[right], 'W')) ||
           (s->status_id == STATUS_COMPLETED && stands_in(who_may[right], 'C')) || (is_offered_to(who, s) && stands_in(who_may[right], 'O'));
}

/* One row per right: the least role that has it. */
static const enum role least_role[] = {
    [DESK_CANNED_OWN] = ROLE_AGENT,
    [DESK_CANNED_SHARED] = ROLE_SUPERVISOR,
};

bool right_may_at_desk(const struct principal *who, enum desk_right right)
{
    return who->member_id && who->role >= least_role[right];
}
