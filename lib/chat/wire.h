/* wire: rows to JSON, once for both doors (contract.md, Shapes; wire.md, JSON of existing pages). Each writes one JSON object as a value
 * (key NULL) or a member (key). Pure but for code names, which come from lib/chat/code.h's memory. */
#ifndef SANGDAM_CHAT_WIRE_H
#define SANGDAM_CHAT_WIRE_H

#include "lib/base/catalog.h"
#include "lib/base/json.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

/* {messageId, sessionId, seq, senderId (null for the system), senderType, senderName, content, messageTypeId, messageType, kind, args?, isRead, timestamp, clientMessageId,
 *  targetSeq? (EDIT, REDACT), quoteSeq? (TEXT, FILE), edited?:true (content is the newest), redacted?:true (content is ""), attachment?:{fileId, name, size, contentType, width?, height?, url}} */
void wire_message(struct json_writer *w, const char *key, const struct message *m);
/* Session of wire.md with status beside statusId, names in lang. staff: memberEmail too. */
void wire_session(struct json_writer *w, const char *key, const struct session *s, enum lang lang, bool staff);
/* {kind:"READ", seq:null, messageId:null, sessionId, side, readSeq, content:"READ_EVENT", isRead:"Y", senderId, senderType, ...} */
void wire_read(struct json_writer *w, const struct change *c);
/* {sessionId, side:"MEMBER"|"ADMIN", state:"ACTIVE"|"INACTIVE", reason, graceUntil} for /topic/chat/presence */
void wire_presence(struct json_writer *w, const struct change *c);
/* the same for .../live: {kind:"PRESENCE", side, state, graceUntil} */
void wire_live_presence(struct json_writer *w, const struct change *c);
/* What a row of a list shows of a Session, by the same names: a third of it. */
void wire_session_brief(struct json_writer *w, const struct session *s, enum lang lang);
/* {sessionId, memberId, categoryId, title, startTime, statusId} */
void wire_new_session(struct json_writer *w, const struct session *s);
/* {sessionId, statusId, statusName, adminId, updatedAt, session:{...}}; at the end {type:"SESSION_ENDED", sessionId, session} */
void wire_session_change(struct json_writer *w, const struct change *c);
/* a message of /topic/admin/notifications: kind REQUEST, CANCELLED, TAKEN, RETURNED, NOTE, OFFER, OFFER_OVER, HOLD, RESUMED, WAKE with a Korean content ("새로운 상담 요청: {name}") */
void wire_notification(struct json_writer *w, const struct change *c);
/* {position, estimateS: seconds, or null where it is not known (negative)} */
void wire_queue(struct json_writer *w, const char *key, int64_t position, int64_t estimate_s);
/* {sessionId, seq, senderType, preview, timestamp} for /topic/chat/messages */
void wire_preview(struct json_writer *w, const struct message *m);
/* {code, message, destination, sessionId, clientMessageId, retryAfterMs?} for /user/queue/errors */
void wire_error(struct json_writer *w, const struct refusal *r, const char *message, const char *destination, const char *session_id, const char *client_message_id);

#endif
