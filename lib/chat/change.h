/* change: what one committed transaction brought, ready to be told to others. pushd's hub takes it as it is; a CGI program sends it over the
 * notify socket (lib/chat/notify.h). */
#ifndef SANGDAM_CHAT_CHANGE_H
#define SANGDAM_CHAT_CHANGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/message.h"

struct session { /* a chat_session row with the names that readers need */
    int64_t session_no, member_id, admin_id /* 0: none */;
    char session_id[UUID_TEXT_SIZE];
    char member_name[NICKNAME_SIZE], member_email[EMAIL_SIZE], admin_name[NICKNAME_SIZE];
    char title[801];
    char previous_session_id[UUID_TEXT_SIZE]; /* the chat that this one goes on with, "" when none */
    int32_t category_id, status_id, message_count /* head */, member_read_seq, admin_read_seq;
    int32_t disconnect_reason_id, exit_reason_id; /* 0: none */
    char ended_by;                                /* 'M' 'A' 'S', 0: open */
    int32_t offer_category_id; /* 0: none */
    int64_t offer_admin_id, offer_note_id; /* 0: none */
    bool member_pushed, admin_pushed, member_joined, admin_joined, queue_front, abandoned, offline;
    /* wall ms, -1: none */
    int64_t start_ms, end_ms, cdate_ms, udate_ms, accept_ms, first_response_ms, queue_since_ms, queue_entered_ms, hold_since_ms, hold_ms /* a length */, hold_until_ms;
    int64_t offer_ms; /* offered to offer_admin_id, or to all for offer_category_id, until then */
    int64_t route_admin_id /* while waiting: to whom it is offered, 0: nobody */, route_until_ms;
    int64_t member_last_seen_ms, admin_last_seen_ms, member_grace_ms, admin_grace_ms;
};

enum change_what {
    CHANGE_ROWS,      /* message rows alone */
    CHANGE_NEW,       /* a chat was requested */
    CHANGE_TAKEN,     /* an agent accepted */
    CHANGE_RETURNED,  /* back in the queue: change of agent, or its agent was lost */
    CHANGE_ENDED,
    CHANGE_CANCELLED, /* ended before an accept */
    CHANGE_AWAY,      /* a side went away: side, reason_id, grace */
    CHANGE_BACK,      /* a side came back: side */
    CHANGE_READ,      /* side read up to read_seq */
    CHANGE_NOTE,      /* an internal note was written: the chat's staff read it by REST. Carries nothing of it */
    CHANGE_OFFERED,   /* offered to a colleague, or to those of a topic */
    CHANGE_OFFER_OVER,/* ... and not taken: refused, withdrawn or in vain; offer: what was offered */
    CHANGE_HELD,      /* on hold, on hold no more, or its time to wake up has come */
    CHANGE_ROUTED,    /* a waiting chat was offered to an agent: route_admin_id, route_until_ms */
    CHANGE_MEMBER,    /* its customer, a guest, signed in: member_id is another from now on */
    CHANGE_WHAT_TOTAL,
};
const char *change_what_name(enum change_what what);
bool change_what_from_name(const char *name, enum change_what *what_r);

#define CHANGE_ROWS_MAX 4
enum offer_end { OFFER_REFUSED, OFFER_WITHDRAWN, OFFER_TIMED_OUT };
struct change {
    enum change_what what;
    struct session session; /* as committed */
    int nrows;
    struct message rows[CHANGE_ROWS_MAX]; /* in seq order */
    char side;           /* 'M' or 'A' for AWAY, BACK, READ; HELD: 'A', or 0 when the time has come */
    int32_t read_seq;
    int32_t reason_id;   /* AWAY */
    int64_t grace_ms;    /* AWAY: wall ms; -1 none */
    int64_t old_admin_id; /* RETURNED, TAKEN: who had it */
    int64_t offer_admin_id; /* OFFER_OVER: to whom it was offered; 0: to all */
    enum offer_end offer_end; /* OFFER_OVER */
};
void change_init(struct change *c);
/* Frees the rows, leaves c as change_init() does. */
void change_clear(struct change *c);

#endif
