/* audit: who changed what, when: a row for each change that the staff make to the site itself (members, topics, hours, texts, states), written in the change's
 * own transaction, so that there is neither a change without its row nor a row without its change. Rows are never changed. */
#ifndef SANGDAM_CHAT_AUDIT_H
#define SANGDAM_CHAT_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

struct db;

#define AUDIT_ACTION_SIZE 41
#define AUDIT_TARGET_SIZE 401
#define AUDIT_DETAIL_SIZE 4001
#define AUDIT_ACTIONS_MAX 100

/* In the caller's transaction. member_id 0: the command line. action: "member.role", ASCII, at most 40 bytes. target and detail: UTF-8, cut at 100 and 1,000
 * characters. No passwords, no texts of chats. False: the database failed, see db_last_error(). */
bool audit_add(struct db *db, int64_t member_id, const char *action, const char *target, const char *detail);

struct audit_entry {
    int64_t audit_no, member_id; /* 0: the command line */
    char member_name[NICKNAME_SIZE];
    char action[AUDIT_ACTION_SIZE], target[AUDIT_TARGET_SIZE], detail[AUDIT_DETAIL_SIZE];
    int64_t cdate_ms;
};
struct audit_filter {
    int64_t member_id;      /* 0: anybody */
    const char *action;     /* NULL: any */
    const char *target;     /* NULL: any; else exactly this */
    int64_t from_ms, to_ms; /* half open; negative: none */
    int64_t cursor;         /* keyset: rows older than this number; 0: from the newest */
    int limit;              /* 1..200 */
};
/* Newest first. *list_r is malloc'd; *next_r 0: that was all. DONE or AWAY. Blocks. */
enum outcome audit_list(struct db *db, const struct audit_filter *filter, struct audit_entry **list_r, size_t *n_r, int64_t *next_r);
/* The actions that were ever noted, by name; at most AUDIT_ACTIONS_MAX. *list_r is malloc'd. */
enum outcome audit_actions(struct db *db, char (**list_r)[AUDIT_ACTION_SIZE], size_t *n_r);

#endif
