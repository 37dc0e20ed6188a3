/* message: rows of a chat's log, their check and their insert: the same functions for STOMP, REST and forms (doc/DELIVERY). */
#ifndef SANGDAM_CHAT_MESSAGE_H
#define SANGDAM_CHAT_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/token.h"
#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct change;
struct config;
struct db;

enum message_kind { KIND_TEXT, KIND_FILE, KIND_START, KIND_END, KIND_JOIN, KIND_LEAVE, KIND_AWAY, KIND_BACK, KIND_TRANSFER, KIND_CANCEL, KIND_EDIT, KIND_REDACT };
const char *message_kind_name(enum message_kind kind);
bool message_kind_from_name(const char *name, enum message_kind *kind_r);

#define CONTENT_MAX_POINTS 2000
#define SEQ_MAX 1048575 /* message_id is session_no * 2^20 + seq */
#define FILE_NAME_SIZE 1021

struct attachment_info { /* what a reader learns of a file */
    int64_t file_id;     /* 0: none */
    int64_t size;        /* bytes */
    int32_t width, height; /* 0: unknown */
    char name[FILE_NAME_SIZE];
    char content_type[101];
};

/* What became of a row's text since: a reader gets the newest one, or none. */
enum message_revision { REVISION_NONE, REVISION_EDITED, REVISION_REDACTED };

struct message {
    int64_t session_no, message_id, sender_id;
    int32_t seq, message_type_id;
    int32_t target_seq; /* EDIT, REDACT: the row meant; TEXT, FILE: the row that it quotes; 0: none */
    enum message_revision revision; /* REDACTED: content is "", file NULL */
    enum message_kind kind;
    char session_id[UUID_TEXT_SIZE];
    char client_message_id[UUID_TEXT_SIZE]; /* "" when none */
    char sender_type;                       /* 'M' customer, 'A' agent, 'S' system */
    char is_read;                           /* 'Y' or 'N' */
    char sender_name[NICKNAME_SIZE];
    int64_t cdate_ms;
    char *content; /* owned, NUL-terminated UTF-8 */
    size_t content_len;
    char *args; /* owned JSON object, or NULL */
    struct attachment_info *file; /* owned, or NULL */
};

/* Frees what m owns, not m. */
void message_clear(struct message *m);
/* A deep copy; false when memory is out (and *to is cleared). */
bool message_copy(struct message *to, const struct message *from);

/* What somebody wants to say. Borrowed. */
struct message_draft {
    const char *session_id;
    const char *content;
    size_t content_len;
    const char *client_message_id; /* NULL: none */
    int64_t file_id;               /* of a stored attachment of this chat: a FILE message; 0: TEXT */
    int32_t quote_seq;             /* an earlier row of this chat that it answers; 0: none. 422 when there is no such row */
};

/* CRLF and CR become LF in a malloc'd copy; then valid UTF-8, no NUL, no C0 but TAB and LF, not blank, at most CONTENT_MAX_POINTS. content_r is the
 * caller's to free. Needs no database. clientMessageId: NULL or a lower-case UUID, else 400. */
enum outcome message_check(const char *content, size_t n, const char *client_message_id, char **content_r, size_t *len_r, struct refusal *refusal_r);

/* Checks, then one transaction (doc/DELIVERY, Server, sending). DONE: change_r holds the row (and a BACK row before it when this ends the sender's absence).
 * SAME: change_r holds the first row of that clientMessageId. Rights and state are checked under the row lock. The rate limit (send_rate) is
 * the door's to ask before. change_clear() it. */
enum outcome message_send(struct db *db, const struct principal *who, const struct message_draft *draft, struct change *change_r, struct refusal *refusal_r);

/* Many drafts of one writer in one transaction; one refused message does not fail its neighbours. Each item gets its own outcome; when the
 * transaction itself fails all unanswered items get AWAY, or are settled one by one when COMMIT's outcome is unknown. */
struct message_item {
    const struct principal *who;
    struct message_draft draft;
    enum outcome outcome;
    struct refusal refusal;
    struct change *change; /* allocated by the caller, filled here */
};
void message_send_batch(struct db *db, struct message_item *items, size_t n);

/* Gives an own message of at most revise_window another text (an EDIT row), or, with content NULL, takes it back (a REDACT row; its file is erased). A
 * supervisor or admin may take back anybody's, at any time. Also in a chat that has ended. DONE: change_r holds the new row. SAME: it is so already. 404 no such
 * message, 403 somebody else's, 409 too late, deleted, or a file's text. The old text stays in the table and is given to nobody. */
enum outcome message_revise(struct db *db, const struct config *config, const struct principal *who, const char *session_id, int32_t seq, const char *content,
                            size_t content_len, struct change *change_r, struct refusal *refusal_r);

/* Rows after < seq (ascending) or the last `limit` rows with seq < before. Give one of them, the other as -1. *rows_r is malloc'd, free with message_free_list. */
enum outcome message_list(struct db *db, int64_t session_no, int32_t after, int32_t before, int limit, struct message **rows_r, size_t *n_r);
/* What happened in a chat, ascending, at most the first `limit` rows: all kinds but TEXT and FILE. Free with message_free_list. */
enum outcome message_list_steps(struct db *db, int64_t session_no, int limit, struct message **rows_r, size_t *n_r);
void message_free_list(struct message **rows, size_t n);
/* The installation's epoch as the database has it now; "" and false when it is away. */
bool message_epoch(struct db *db, char epoch_r[UUID_TEXT_SIZE]);
/* Makes a new epoch, for data that are not what they were: whoever follows a chat forgets what it knows and reads from seq 1 (doc/DELIVERY). Of several who want
 * it in the place of the same old one the first does it; old "": in the place of any. *epoch_r: the one that there is now; "" and false when the database is away. */
bool message_renew_epoch(struct db *db, const char *old, char epoch_r[UUID_TEXT_SIZE]);

#endif
