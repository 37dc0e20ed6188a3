/* entry: the way into a chat: what the first page asks for (topic, at most two fields, consent), and the chat that comes of it: at once into the queue, or,
 * out of hours or when the customer likes better to leave a message, offline: waiting, to be answered by mail or at the next visit. */
#ifndef SANGDAM_CHAT_ENTRY_H
#define SANGDAM_CHAT_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/hours.h"
#include "lib/chat/outcome.h"
#include "lib/chat/site.h"

struct config;
struct db;

#define ENTRY_FIELDS 2
#define ENTRY_POINTS 200 /* of a field's answer */
#define ENTRY_PAGE_POINTS 300

enum entry_kind { ENTRY_NAME, ENTRY_TITLE, ENTRY_TEXT };
struct entry_field {
    int field_no; /* 1, 2 */
    enum entry_kind kind;
    bool is_needed;
    char label[LANG_COUNT][401]; /* of TEXT; the others have the pages' own */
};
struct entry_form {
    struct entry_field fields[ENTRY_FIELDS];
    size_t field_count;
    int32_t consent_version; /* 0: none is asked for */
    char *consent[LANG_COUNT]; /* owned */
    struct hours hours;
    struct hours_state state; /* at the time of loading */
};
/* What the tables ask for now. DONE or AWAY; entry_form_free() it in both cases. Blocks. */
enum outcome entry_form_load(struct db *db, const struct config *config, struct entry_form *form_r);
void entry_form_free(struct entry_form *form);
const struct entry_field *entry_form_field(const struct entry_form *form, enum entry_kind kind); /* the first of that kind, or NULL */

/* What a customer gave. Borrowed; NULL and blank texts are "not given". */
struct entry_given {
    int32_t category_id;
    const char *title;
    const char *fields[ENTRY_FIELDS]; /* of TEXT fields, by field_no - 1 */
    int32_t consent_version;          /* the version that was agreed to, 0: none */
    bool wants_offline;               /* would rather leave a message */
    bool needs_message;               /* an offline chat without a message is refused */
    const char *message;              /* the first message */
    const char *email;                /* for the answer to an offline chat; NULL: the member's own */
    enum lang lang;                   /* of that mail, and of labels */
    int32_t site_id;                  /* of the site whose page it is in; 0: our own */
    const char *site_page;            /* that page, as its script names it; what can't be kept (too long, control characters) is left out */
};
/* All that can be said about `given` without a change: DONE, or 422 with field categoryId, title, field1, field2, consentVersion, message or email. Blocks. */
enum outcome entry_check(struct db *db, const struct config *config, const struct entry_form *form, const struct entry_given *given, struct refusal *refusal_r);
/* A new WAITING chat in one transaction with its fields, consent, first message: DONE (CHANGE_NEW, the message in its rows). SAME: the customer's open one.
 * Out of hours it is offline whatever was wished. Only customers and guests (403). Blocks. */
enum outcome entry_request(struct db *db, const struct config *config, const struct principal *who, const struct entry_given *given, struct change *change_r,
                           struct refusal *refusal_r);

/* True while s may be gone on with by its customer. Pure. */
bool entry_may_reopen(const struct config *config, const struct session *s, int64_t now_ms);
/* The customer goes on with a chat that is over: a new WAITING chat with its topic, title, answers and consent (final is final: COMPLETED stays), whose previous_session_id
 * names it. DONE, and SAME for the customer's open chat, as of entry_request(); REFUSED 404, 403, and 409 after reopen_window, or when the topic or the consent text has
 * changed since, so that a new chat must be asked for. Blocks. */
enum outcome entry_reopen(struct db *db, const struct config *config, const struct principal *who, const char *session_id, enum lang lang, struct change *change_r,
                          struct refusal *refusal_r);

/* What a chat's customer gave on the way in, for staff and for the customer's own page. */
struct entry_answer {
    char label[401], content[801];
};
struct entry_look {
    struct entry_answer answers[ENTRY_FIELDS];
    size_t answer_count;
    int32_t consent_version; /* 0: none */
    int64_t consent_ms;      /* -1: none */
    char reply_email[EMAIL_SIZE]; /* "" when none */
    int32_t site_id;              /* 0: our own pages */
    char site_name[SITE_NAME_SIZE], site_page[ENTRY_PAGE_POINTS * 4 + 1];
};
enum outcome entry_look_at(struct db *db, int64_t session_no, struct entry_look *look_r);

/* Letters for offline chats whose agent has answered and whose customer has not read it offline_mail_after later, or when the chat is over: all that was
 * answered since the last letter. Into the outbox (mail.h), each answer once over all nodes. For timers; AWAY: the database failed. Blocks. */
enum outcome entry_mail_answers(struct db *db, const struct config *config, unsigned *queued_r);

#endif
