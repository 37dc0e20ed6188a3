/* session: the life of a consultation (design.md section 4). Each step is one transaction: lock the row, check the right and the state, write the
 * system rows, change the row, commit. The caller hands the struct change to its notifier (a CGI program) or hub (pushd).
 *
 *   WAITING -> ACTIVE -> COMPLETED, WAITING -> COMPLETED, ACTIVE <-> DISCONNECTED, ACTIVE|DISCONNECTED -> WAITING, DISCONNECTED -> COMPLETED */
#ifndef SANGDAM_CHAT_SESSION_H
#define SANGDAM_CHAT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/auth.h"
#include "lib/chat/change.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

/* ---- finding ---- */
/* 404 when there is none (malformed id, absent) or who lacks RIGHT_READ. who NULL: no right asked. No lock, writes nothing. */
enum outcome session_find(struct db *db, const struct principal *who, const char *session_id, struct session *session_r, struct refusal *refusal_r);
enum outcome session_find_no(struct db *db, int64_t session_no, struct session *session_r);
/* The open chat of a customer. REFUSED (404) when none. */
enum outcome session_find_open(struct db *db, int64_t member_id, struct session *session_r, struct refusal *refusal_r);

/* Who may listen to many chats at once: one statement for up to 64, and nobody's outcome depends on another's. */
struct session_claim {
    const struct principal *who;
    const char *session_id;  /* borrowed */
    enum outcome outcome;    /* DONE; REFUSED (no such chat, malformed id, or who lacks RIGHT_SUBSCRIBE); AWAY */
    struct session session;  /* when DONE: ids, status, head, last_seen, grace and pushed of both sides; nothing else is filled */
};
void session_claim_all(struct db *db, struct session_claim **claims, size_t n);

enum session_list_kind { LIST_WAITING /* queue order */, LIST_ACTIVE /* ACTIVE and DISCONNECTED */, LIST_COMPLETED, LIST_OF_MEMBER /* newest first */, LIST_OF_ADMIN_OPEN };
#define SESSION_AMONG_MAX 64
struct session_filter {
    enum session_list_kind kind;
    int64_t member_id, admin_id;     /* 0: any. LIST_ACTIVE of an AGENT is limited to own ones by the caller through admin_id */
    int32_t category_id, exit_reason_id; /* 0: any */
    int64_t from_ms, to_ms;          /* by cdate, half open; negative: none */
    int32_t score;                   /* of its rating; 0: any */
    int64_t routed_to;               /* offered to this member, be it over already; 0: any */
    const char *customer;            /* in the customer's name or e-mail; NULL: any */
    const int64_t *among;            /* only these session_no, at most SESSION_AMONG_MAX; NULL: all */
    size_t among_n;
    const char *search;              /* words, for search_chats() alone (search.h) */
    int64_t cursor;                  /* keyset: rows behind this session_no; 0: from the start */
    const char *tag;                 /* that it has; NULL: any */
    int limit;                       /* 1..200 */
    int offset;                      /* for page=..; 0 */
    int64_t total_max;               /* counting what a filter leaves ends here; 0: never */
};
/* What tells one queue from another: who waits, and in which order. It takes one range of an index. */
struct session_queue_mark {
    int64_t count;
    int64_t numbers; /* the sum of their session_no */
    int64_t places;  /* how many go first */
    int64_t last_ms; /* the last queue_since, -1 when nobody waits */
};
enum outcome session_queue_mark(struct db *db, struct session_queue_mark *mark_r);

/* *list_r malloc'd (free()); *next_r the cursor of the next page or 0; total_r may be NULL. */
enum outcome session_list(struct db *db, const struct session_filter *filter, struct session **list_r, size_t *n_r, int64_t *next_r, int64_t *total_r);
struct session_counts { int64_t waiting, active, completed, total_messages; };
/* All four, exactly, at one moment. What is over comes from what the statistics have added up, so that it costs the same among a million chats. */
enum outcome session_count(struct db *db, struct session_counts *counts_r);
/* waiting and active alone. */
enum outcome session_count_open(struct db *db, struct session_counts *counts_r);
/* 1-based place in the queue; 0 when it isn't waiting. estimate: place times the mean distance between the accepts of the last hour (at most 20), seconds; -1
 * when fewer than three were accepted. Offline chats stand in no queue. */
enum outcome session_queue_place(struct db *db, const struct session *s, int64_t *place_r, int64_t *estimate_s_r);

/* ---- steps ---- */
/* DONE: a new WAITING chat (CHANGE_NEW). SAME: the customer's open one. title NULL or at most 200 code points (422). Only customers and guests (403). */
enum outcome session_request(struct db *db, const struct principal *who, int32_t category_id, const char *title, struct change *change_r, struct refusal *refusal_r);
/* WAITING -> ACTIVE with START row. SAME when already theirs; 409 with admin_id and admin_name for the losers; 409 when it ended. */
enum outcome session_accept(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* A supervisor or admin becomes the agent of another's ACTIVE or DISCONNECTED chat (TRANSFER row with the new name). SAME when already theirs. 409 when waiting or ended. */
enum outcome session_take_over(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* Cancel of a WAITING chat by its customer (CANCEL row), or end by either side or a supervisor (END row). exit_reason_id 0: EXIT_CANCELLED or EXIT_SOLVED / EXIT_JUST_EXIT.
 * A repeated end is SAME. An agent may not end a WAITING chat (409). */
enum outcome session_end(struct db *db, const struct principal *who, const char *session_id, int32_t exit_reason_id, struct change *change_r, struct refusal *refusal_r);
/* Change of agent: ACTIVE|DISCONNECTED -> WAITING with its queue age (TRANSFER row). Asked by its agent, its customer or a supervisor. */
enum outcome session_transfer(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* JOIN and LEAVE rows of /app/chat.addUser, removeUser: one JOIN per side and stretch; SAME when nothing to do. */
enum outcome session_join(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
enum outcome session_leave(struct db *db, const struct principal *who, const char *session_id, struct change *change_r, struct refusal *refusal_r);
/* The principal's own side says it goes away (POST disconnect, presence INACTIVE): AWAY row, grace of config (grace_ms 0) or less. */
enum outcome session_away(struct db *db, const struct config *config, const struct principal *who, const char *session_id, int32_t reason_id, int64_t grace_ms,
                          struct change *change_r, struct refusal *refusal_r);
/* The principal's own side is here: last_seen now (pushed: over a push connection); ends its absence with a BACK row (DONE), else SAME. The right is READ. */
enum outcome session_present(struct db *db, const struct principal *who, const char *session_id, bool pushed, struct change *change_r, struct refusal *refusal_r);
/* True when session_present() would change nothing: who writes last_seen was here a moment ago, and there is no absence to end. */
bool session_is_seen(const struct session *s, char side, bool pushed, int64_t now_ms);
/* One side of these chats is here over push connections: last_seen, as session_present() writes it, for up to 64 in one transaction. Not done: chats that are
 * over or no more theirs, where that side is in a grace, or that somebody is writing to; session_present() is for those. Waits for no lock. False
 * when the database failed. */
enum side { SIDE_MEMBER, SIDE_ADMIN };
struct session_seen {
    int64_t session_no, member_id; /* who was seen */
    bool is_done;
};
bool session_see(struct db *db, enum side side, struct session_seen **seen, size_t n);
/* Read up to seq (clamped to head; 0: head): monotone. DONE with CHANGE_READ when it grew, else SAME. */
enum outcome session_mark_read(struct db *db, const struct principal *who, const char *session_id, int32_t seq, struct change *change_r, struct refusal *refusal_r);

/* ---- timers: pushd's jobs, `sangdamctl tick`; idempotent, each checks again under the row lock ---- */
/* A side has been gone for longer than it may: ACTIVE|DISCONNECTED gets the AWAY row and a grace; WAITING's customer gets a grace only. SAME when not (any more) so:
 * seen_before_ms: nothing happens when that side was seen at or after this time. */
enum outcome session_side_lost(struct db *db, const struct config *config, int64_t session_no, enum side side, int64_t seen_before_ms, int32_t reason_id, struct change *change_r);
/* Grace ran out: customer -> COMPLETED (TIMEOUT; abandoned when never accepted), agent -> WAITING at the front. */
enum outcome session_grace_over(struct db *db, int64_t session_no, int64_t now_ms, struct change *change_r);
/* Waited longer than queue_timeout -> COMPLETED (TIMEOUT, missed). */
enum outcome session_queue_over(struct db *db, const struct config *config, int64_t session_no, int64_t now_ms, struct change *change_r);
/* What the timers need of every open chat, small; *list_r malloc'd. */
struct session_watch {
    int64_t session_no, member_id, admin_id;
    int64_t member_last_seen, admin_last_seen, member_grace_until, admin_grace_until, queue_entered, offer_until, hold_until; /* wall ms, -1 none */
    int32_t status_id, head;
    bool member_pushed, admin_pushed;
    bool is_offline, is_member_excused; /* an offline chat; nobody expects its customer to be there */
};
enum outcome session_watch_list(struct db *db, struct session_watch **list_r, size_t *n_r);
/* What is due for one side that nobody knows to be here now (times wall ms, -1 none; is_pushed: it was last seen over a push connection). Pure. *limit_ms_r: how long it
 * may be away unnoticed. */
enum side_due { SIDE_NOT_DUE, SIDE_LOST, SIDE_GRACE_OVER };
enum side_due session_side_due(const struct config *config, bool is_pushed, int64_t last_seen_ms, int64_t grace_until_ms, int64_t now_ms, int64_t *limit_ms_r);
/* {session_no, head, admin_id, status} of the given sessions, for the sweep. */
enum outcome session_heads(struct db *db, const int64_t *session_nos, size_t n, struct session_watch **list_r, size_t *n_r);

#endif
