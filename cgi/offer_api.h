/* offer_api: handing a chat on to a colleague or a topic, and hold, by REST. */
#ifndef SANGDAM_CGI_OFFER_API_H
#define SANGDAM_CGI_OFFER_API_H

#include "cgi/http.h"
#include "lib/chat/session_offer.h"

extern const struct field offer_api_body[]; /* toMemberId, toCategoryId, note */
extern const struct field offer_api_hold_body[]; /* minutes */

/* POST /api/admin/chat/sessions/{id}/transfer: with toMemberId or toCategoryId the chat is offered, else it goes back into the queue. data: the session. */
void offer_api_transfer(struct request *q);
/* DELETE of it: the offer is taken back. */
void offer_api_withdraw(struct request *q);
/* POST .../transfer/accept, .../transfer/refuse */
void offer_api_accept(struct request *q);
void offer_api_refuse(struct request *q);
/* GET .../transfer/targets: {agents: [{memberId, name, chats, max, isFull}], categories: [{categoryId, label}], timeoutS} */
void offer_api_targets(struct request *q);
/* GET /api/admin/chat/transfers: what the reader may take now. */
void offer_api_list(struct request *q);
/* POST .../hold {minutes}, .../resume */
void offer_api_hold(struct request *q);
void offer_api_resume(struct request *q);

/* The note first, then back into the queue, or the offer. what was done is told to pushd. */
enum outcome offer_api_hand_on(struct request *q, const struct offer_draft *draft, struct change *change_r, struct refusal *refusal_r);

#endif
