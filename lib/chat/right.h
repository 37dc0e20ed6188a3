/* right: one table decides who may do what to a chat; REST, STOMP and files ask it (contract.md, Rights). Pure. */
#ifndef SANGDAM_CHAT_RIGHT_H
#define SANGDAM_CHAT_RIGHT_H

#include <stdbool.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"

enum right {
    RIGHT_READ,     /* rows, state, files */
    RIGHT_SUBSCRIBE,/* as READ, live */
    RIGHT_SEND,     /* messages, files, typing; presence and read marks of one's own side */
    RIGHT_ACCEPT,
    RIGHT_END,      /* end, or cancel while waiting */
    RIGHT_TRANSFER, /* change of agent */
    RIGHT_RATE,     /* a rating of what is over: the customer's alone */
    RIGHT_REOPEN,   /* go on with what is over: the customer's alone */
    RIGHT_MAIL,     /* the talk by mail: the customer's alone */
    RIGHT_OFFER,    /* hand it on to a colleague, who may take it or not; take that back */
    RIGHT_TAKE_OFFER, /* take a chat that is offered */
    RIGHT_HOLD,     /* put it on hold, and back */
    RIGHT_BLOCK,    /* its customer from new chats, and that taken back */
    RIGHT_TAG,      /* tags on it: never the customer's */
    RIGHT_NOTE,     /* internal notes, to read and to write: never the customer's */
};

/* What who is to s: 'M' its customer, 'A' its agent, 'S' a supervisor or admin beside it, 0 a stranger. */
char right_side(const struct principal *who, const struct session *s);
/* An agent reads every COMPLETED chat, so earlier chats of a customer whom they serve need no rule of their own. */
bool right_may(const struct principal *who, enum right right, const struct session *s);

/* What belongs to no one chat, but to the staff's desks. */
enum desk_right {
    DESK_CANNED_OWN,    /* canned replies: to read those for all, and to keep one's own */
    DESK_CANNED_SHARED, /* to change those for all */
};
bool right_may_at_desk(const struct principal *who, enum desk_right right);

#endif
