/* session_offer: handing an open chat on to a colleague, or to whoever of the staff takes it for another topic. It stays with its agent, who goes on answering, until somebody
 * takes it; after transfer_timeout the offer is over and nothing has changed. What is offered to whom stands in the chat's own row, so its lock decides every race:
 * a chat that ended, was taken by another or was lost by its agent is offered to nobody. Its age in the queue stays. */
#ifndef SANGDAM_CHAT_SESSION_OFFER_H
#define SANGDAM_CHAT_SESSION_OFFER_H

#include "lib/chat/session.h"

struct offer_draft { /* borrowed */
    int64_t to_member_id; /* a colleague ... */
    int32_t category_id;  /* ... or a topic; one of them is 0 */
    const char *note;     /* an internal note, as note_add() wants it; NULL or "": none */
    size_t note_len;
};
/* DONE: CHANGE_OFFERED. SAME: it is offered so already. REFUSED: 404; 403 for who may not hand it on (its customer); 409 when it waits, ended, is offered to somebody else, or the
 * colleague is not there or has, or is offered, as many chats as they may have (their own limit, else chats_max); 422 for who is no colleague, is its agent, or no topic. */
enum outcome session_offer(struct db *db, const struct config *config, const struct principal *who, const char *session_id, const struct offer_draft *draft,
                           struct change *change_r, struct refusal *refusal_r);
/* The chat becomes who's: TRANSFER row with the new name, CHANGE_TAKEN. SAME when it is theirs already. 409 with admin_id and admin_name when a colleague was faster or the offer
 * is over, 409 when it ended; with accept_over_limit = off 409 for who has as many chats as they may. */
enum outcome session_take_offer(struct db *db, const struct config *config, const struct principal *who, const char *session_id, struct change *change_r,
                                struct refusal *refusal_r);
/* Not this one: CHANGE_OFFER_OVER. An offer to all goes on (SAME), as it does for who is not asked. 404 for who may not take it. */
enum outcome session_refuse_offer(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* By its agent or a supervisor: CHANGE_OFFER_OVER. SAME when it is offered to nobody. */
enum outcome session_withdraw_offer(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* A timer's: CHANGE_OFFER_OVER when nobody has taken it until now_ms. */
enum outcome session_offer_over(struct db *db, int64_t session_no, int64_t now_ms, struct change *change_r);

/* What who is asked to take now, the oldest offer first, at most 50: of those to a topic the ones of their own topics (all, for whom none are set). note: the internal note that goes with it, "" when none. */
struct offer_look {
    struct session session;
    char from_name[NICKNAME_SIZE];
    char *note; /* owned */
};
enum outcome session_offers_to(struct db *db, const struct principal *who, int64_t now_ms, struct offer_look **list_r, size_t *n_r);
void session_offers_free(struct offer_look **list, size_t n);

#endif
