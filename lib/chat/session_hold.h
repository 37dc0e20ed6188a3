/* session_hold: an agent sets a chat aside until a time. A flag: the chat goes on, both sides may write, and the time on hold does not count as handling (stats: handle_s). */
#ifndef SANGDAM_CHAT_SESSION_HOLD_H
#define SANGDAM_CHAT_SESSION_HOLD_H

#include "lib/chat/session.h"

#define HOLD_LEAST_MS 60000
#define HOLD_MOST_MS INT64_C(86400000)

/* On hold for length_ms (HOLD_LEAST_MS to HOLD_MOST_MS, else 422 "minutes"): CHANGE_HELD. On hold already: the time is moved. 409 when it waits or ended. */
enum outcome session_hold(struct db *db, const struct principal *who, const char *session_id, int64_t length_ms, struct change *change_r, struct refusal *refusal_r);
/* SAME when it is not on hold. */
enum outcome session_resume(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* A timer's: the time has come. */
enum outcome session_wake(struct db *db, int64_t session_no, int64_t now_ms, struct change *change_r);

#endif
