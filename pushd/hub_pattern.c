/* hub_pattern: subscriptions to destinations with `*` and `**`. What a pattern stands for is told to its subscribers beside those who named the
 * destination itself, live only, with the destination that was meant. Rights: SUBSCRIBE lets only those in who may see all that the pattern
 * reaches, and who it is is looked at again with each message.
 *
 * Which kinds of destinations any pattern reaches is kept as a set of bits, so that who has no such subscriber pays one test a message. */
#include <stdlib.h>
#include <string.h>

#include "lib/chat/right.h"
#include "pushd/conn.h"
#include "pushd/hub_priv.h"
#include "pushd/interest.h"
#include "pushd/metrics.h"
#include "pushd/pattern.h"
#include "pushd/push.h"

#define BIT(kind) (1u << (kind))

/* Lives while somebody subscribes to it. */
struct pattern {
    struct pattern *next;
    struct sub *subs;
    unsigned reach; /* bits of enum sub_kind */
    char text[];
};

static unsigned reach_of(const char *pattern)
{
    unsigned reach = 0;

    for (int kind = SUB_NOTIFICATIONS; kind <= SUB_MESSAGES; kind++)
        if (pattern_matches(pattern, sub_kind_destination((enum sub_kind)kind)))
            reach |= BIT(kind);
    if (pattern_reaches(pattern, "/topic/chat/" PATTERN_ANY_ID))
        reach |= BIT(SUB_ROOM);
    if (pattern_reaches(pattern, "/topic/chat/" PATTERN_ANY_ID "/live"))
        reach |= BIT(SUB_LIVE);
    return reach;
}

enum pattern_right hub_pattern_right(const char *text, enum role role)
{
    unsigned reach = reach_of(text), chats = BIT(SUB_ROOM) | BIT(SUB_LIVE);

    if (!role_is_staff(role) || (reach & chats && !role_is_chief(role)))
        return PATTERN_FORBIDDEN;
    return reach ? PATTERN_ALLOWED : PATTERN_EMPTY;
}

static void learn_reach(struct hub *hub)
{
    hub->pattern_reach = 0;
    for (struct pattern *p = hub->patterns; p; p = p->next)
        hub->pattern_reach |= p->reach;
}

bool hub_join_pattern(struct hub *hub, struct sub *sub, const char *text)
{
    struct pattern *p = hub->patterns;

    while (p && strcmp(p->text, text) != 0)
        p = p->next;
    if (!p) {
        p = calloc(1, sizeof *p + strlen(text) + 1);
        if (!p)
            return false;
        memcpy(p->text, text, strlen(text));
        p->reach = sub->kind == SUB_OPEN_PATTERN ? BIT(SUB_OPEN) : reach_of(text);
        p->next = hub->patterns;
        hub->patterns = p;
    }
    sub->pattern = p;
    hub_list_add(&p->subs, sub);
    interest_add_all(push_interest(hub->push), 1);
    learn_reach(hub);
    return true;
}

void hub_leave_pattern(struct hub *hub, struct sub *sub)
{
    struct pattern *p = sub->pattern, **at = &hub->patterns;

    hub_list_del(&p->subs, sub);
    interest_add_all(push_interest(hub->push), -1);
    sub->pattern = NULL;
    if (p->subs)
        return;
    while (*at != p)
        at = &(*at)->next;
    *at = p->next;
    free(p);
    learn_reach(hub);
}

const char *hub_pattern_text(const struct pattern *pattern)
{
    return pattern->text;
}

bool hub_pattern_reaches(const struct hub *hub, enum sub_kind kind)
{
    return hub->pattern_reach & BIT(kind);
}

void hub_each_pattern_sub(struct hub *hub, enum sub_kind kind, const char *destination, void (*fn)(struct sub *sub, const char *destination, void *arg), void *arg)
{
    if (!hub_pattern_reaches(hub, kind))
        return;
    for (struct pattern *p = hub->patterns; p; p = p->next)
        for (struct sub *sub = p->reach & BIT(kind) && pattern_matches(p->text, destination) ? p->subs : NULL; sub; sub = sub->next)
            fn(sub, destination, arg);
}

static void tell_chief(struct sub *sub, const char *destination, void *arg)
{
    if (role_is_chief(sub->conn->account->role))
        conn_send_message_at(sub->conn, sub, destination, arg);
}

void hub_tell_patterns_of_room(struct hub *hub, const char *session_id, enum sub_kind kind, struct body *body)
{
    char destination[sizeof "/topic/chat//live" + UUID_TEXT_SIZE];

    if (!hub_pattern_reaches(hub, kind))
        return;
    sub_room_destination(kind, session_id, destination, sizeof destination);
    hub_each_pattern_sub(hub, kind, destination, tell_chief, body);
}
