/* auto_message: what the site says by itself: a greeting when a chat begins, a word when nobody has come yet, and, to a customer who is silent, a warning one minute
 * before the chat is closed. Each is off until a supervisor writes its text. Said as system rows of kind TEXT in Korean, with both languages in args ("ko", "en"), so
 * that each reader has their own. What was said to a chat stands in session_auto, read and written under the chat's row lock: any number of nodes may try at once.
 *
 * Silence: the last message is the agent's. Chats on hold, away, or left as an offline message are not closed so. */
#ifndef SANGDAM_CHAT_AUTO_MESSAGE_H
#define SANGDAM_CHAT_AUTO_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct db;

enum auto_kind { AUTO_GREETING, AUTO_NOBODY, AUTO_SILENT, AUTO_TOTAL };
#define AUTO_POINTS 200 /* of a text */
#define AUTO_TEXT_SIZE 801
#define AUTO_NOBODY_LEAST_S 5
#define AUTO_NOBODY_MOST_S 3600
#define AUTO_SILENT_LEAST_S 120 /* the warning comes a minute before */
#define AUTO_SILENT_MOST_S 86400
#define AUTO_WARN_MS 60000
#define AUTO_GREET_WITHIN_MS 600000 /* an older chat is not greeted when the greeting is switched on */

struct auto_message {
    bool is_on;
    int32_t delay_s; /* NOBODY: since the chat came into the queue; SILENT: until it is closed; GREETING: 0 */
    char text[LANG_COUNT][AUTO_TEXT_SIZE];
};
struct auto_setting {
    struct auto_message of[AUTO_TOTAL];
};
/* DONE or AWAY. Blocks, as all below. */
enum outcome auto_setting_load(struct db *db, struct auto_setting *setting_r);
/* One of them, with its row in audit_log; member_id 0: the command line. 422 field text, textEn, delay. SAME: nothing changed. */
enum outcome auto_setting_set(struct db *db, int64_t member_id, enum auto_kind kind, bool is_on, int32_t delay_s, const char *const text[LANG_COUNT], struct refusal *refusal_r);

/* For timers: which chats something is to be said to now, at most AUTO_DUE_MAX of a kind. *list_r is malloc'd. */
#define AUTO_DUE_MAX 200
struct auto_due {
    int64_t session_no;
    enum auto_kind kind;
};
enum outcome auto_due_list(struct db *db, int64_t now_ms, struct auto_due **list_r, size_t *n_r);
/* Looks again under the row lock and says it, or closes the chat (END row, TIMEOUT). SAME: it is not (any more) so. */
enum outcome auto_step(struct db *db, const struct auto_due *due, int64_t now_ms, struct change *change_r);

#endif
