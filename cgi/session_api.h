/* session_api: one chat's life over REST: what customers do under /api/chat and both sides do under sessions/{id}. */
#ifndef SANGDAM_CGI_SESSION_API_H
#define SANGDAM_CGI_SESSION_API_H

#include "cgi/http.h"

extern const struct field session_api_request_body[];    /* categoryId, title */
extern const struct field session_api_popup_body[];      /* category, title */
extern const struct field session_api_presence_body[];   /* state, reason, graceSeconds */
extern const struct field session_api_disconnect_body[]; /* disconnectReasonId, graceMinutes */
extern const struct field session_api_end_body[];        /* exitReasonId, exitReason */

/* 201 and the new chat, or 200 and the one that is open. */
void session_api_request(struct request *q);
void session_api_popup(struct request *q);
/* Goes on with a chat that is over: 201 and the new chat, or 200 and the one that is open. */
void session_api_reopen(struct request *q);
/* An array of none or one. */
void session_api_resumable(struct request *q);
/* The session; while it waits with queue {position, estimateS} beside data. */
void session_api_get(struct request *q);
void session_api_presence(struct request *q);
void session_api_disconnect(struct request *q);
/* reconnect and last-seen: this side is here. */
void session_api_present(struct request *q);
void session_api_end(struct request *q);

#endif
