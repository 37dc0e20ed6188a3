#include "lib/chat/change.h"

#include <string.h>

static const char *const names[CHANGE_WHAT_TOTAL] = {
    [CHANGE_ROWS] = "ROWS", [CHANGE_NEW] = "NEW", [CHANGE_TAKEN] = "TAKEN", [CHANGE_RETURNED] = "RETURNED", [CHANGE_ENDED] = "ENDED",
    [CHANGE_CANCELLED] = "CANCELLED", [CHANGE_AWAY] = "AWAY", [CHANGE_BACK] = "BACK", [CHANGE_READ] = "READ",
    [CHANGE_NOTE] = "NOTE", [CHANGE_ROUTED] = "ROUTED", [CHANGE_OFFERED] = "OFFERED", [CHANGE_OFFER_OVER] = "OFFER_OVER", [CHANGE_HELD] = "HELD",
    [CHANGE_MEMBER] = "MEMBER",
};

const char *change_what_name(enum change_what what)
{
    return names[what];
}

bool change_what_from_name(const char *name, enum change_what *what_r)
{
    int i;

    for (i = 0; i < CHANGE_WHAT_TOTAL; i++)
        if (strcmp(names[i], name) == 0) {
            *what_r = (enum change_what)i;
            return true;
        }
    return false;
}

void change_init(struct change *c)
{
    memset(c, 0, sizeof(*c));
    c->grace_ms = -1;
}

void change_clear(struct change *c)
{
    int i;

    for (i = 0; i < c->nrows; i++)
        message_clear(&c->rows[i]);
    change_init(c);
}
