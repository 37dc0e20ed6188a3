/* block: customers who may ask for no new chat until a time. Their open chat goes on unless somebody ends it. Audited. All may block. */
#ifndef SANGDAM_CHAT_BLOCK_H
#define SANGDAM_CHAT_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"

#define BLOCK_DAYS_MAX 3650
#define BLOCK_REASON_POINTS 200

struct db;
struct session;

struct block {
    int64_t expires_ms, cdate_ms; /* wall */
    char by_name[NICKNAME_SIZE];  /* "" when nobody knows any more */
    char reason[BLOCK_REASON_POINTS * 4 + 1];
};

/* DONE, or REFUSED (403) while the member is blocked. */
enum outcome block_check(struct db *db, int64_t member_id, int64_t now_ms, struct refusal *refusal_r);
/* Of the customer of s: *is_r and block_r. 404 for who lacks RIGHT_BLOCK. */
enum outcome block_look(struct db *db, const struct principal *who, const struct session *s, int64_t now_ms, bool *is_r, struct block *block_r, struct refusal *refusal_r);
/* The customer of s, for days from now; a block that stands is replaced. 422 days, reason; 403, 404. */
enum outcome block_add(struct db *db, const struct principal *who, const struct session *s, int64_t days, const char *reason, struct refusal *refusal_r);
/* SAME when there was none. */
enum outcome block_remove(struct db *db, const struct principal *who, const struct session *s, struct refusal *refusal_r);

/* ---- all of them, for supervisors and admins ---- */

struct block_row {
    int64_t block_no, member_id;
    char member_name[NICKNAME_SIZE], member_email[EMAIL_SIZE]; /* email "": a guest */
    struct block block;
};
/* Those that stand at now_ms, newest first; cursor: rows older than this block_no, 0: from the newest; limit 1..200. *list_r is free()'s; *next_r 0: that was all. */
enum outcome block_list(struct db *db, int64_t now_ms, int64_t cursor, int limit, struct block_row **list_r, size_t *n_r, int64_t *next_r);
/* Whoever was blocked may ask again. 403; 404: who is not blocked. */
enum outcome block_lift(struct db *db, const struct principal *who, int64_t member_id, struct refusal *refusal_r);

#endif
