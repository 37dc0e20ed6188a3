/* stats: the figures of contract.md, Stats. doc/stats.md has the definitions in words. The way of a figure: stats_rows.h reads a chat's messages and
 * stats_figure.h folds them; when the chat is over stats_fix.h keeps what came out; stats_roll.h adds that up by hour, day and month (stats_block.h); an answer
 * (stats_table.h) takes whole blocks where it can and single chats where it must, in one snapshot, so that it is the same wherever a chat stands on that way.
 *
 * Limits: STATS_ROWS_MAX rows in an answer (400 naming the parameter), STATS_TIME_MS for each statement and for the chats that are not fixed (503). */
#ifndef SANGDAM_CHAT_STATS_H
#define SANGDAM_CHAT_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/catalog.h"
#include "lib/base/token.h"
#include "lib/chat/auth.h"
#include "lib/chat/outcome.h"
#include "lib/chat/stats_figure.h"
#include "lib/chat/stats_time.h"

struct config;
struct db;
struct zone;

#define STATS_ROWS_MAX 10000
#define STATS_TIME_MS 5000

enum stats_by { STATS_BY_NONE, STATS_BY_AGENT, STATS_BY_CATEGORY };

struct stats_ask {
    const struct zone *zone;
    int64_t from_ms, to_ms; /* of cdate, half open, from < to */
    enum stats_group group;
    enum stats_by by;
    int64_t agent_id;       /* 0: any. The last agent's figures, but frt_s of the one who answered */
    int32_t category_id;    /* 0: any */
    bool is_open_only;      /* chats that were requested in opening hours */
};

/* What an agent had to do in a period. */
struct stats_load {
    int64_t chat_ms, busy_ms; /* time of all chats; time with at least one. Their ratio is the mean of chats at once, while there was any */
    int64_t most;             /* chats at once */
    int64_t online_ms;        /* connected to pushd */
    int64_t away_ms;          /* away from an open chat of theirs, or connected and away by their own word */
};
#define STATS_LABEL_SIZE 520
struct stats_row {
    char key[STATS_KEY_SIZE + 24];  /* the period's key, the agent's or category's id, or both with / between; "0": nobody */
    char label[STATS_LABEL_SIZE];
    int64_t period, by_id;          /* by_id: memberId or categoryId, 0 for nobody */
    int64_t chats, missed, abandoned, dropped;
    int64_t member_rows, agent_rows, system_rows; /* messages of customers and agents, and all other rows */
    int64_t scores[5];              /* how many ratings of 1..5 */
    struct stats_dist dist[FIGURE_TOTAL];
    bool has_load;                  /* of a row by agent alone, of all categories and hours, by no period or days, weeks or months */
    struct stats_load load;
};
struct stats_table {
    struct stats_row *rows; /* owned */
    size_t n;
    bool is_exact;          /* false: median and p90 are within 1.6 % (stats_sum.h) */
};
/* Without `by` there is a row for every period of the span, also those without a chat; with it, one for each that has any. Blocks. */
enum outcome stats_table_make(struct db *db, const struct config *config, const struct stats_ask *ask, enum lang lang, struct stats_table *table_r, struct refusal *refusal_r);
void stats_table_clear(struct stats_table *table);

/* How many chats have a figure at or below each limit, for /metrics. Exact when today's chats are (stats_exact_max), else by buckets of 1.6 %. */
#define STATS_LIMITS 11
extern const int64_t stats_limits_s[STATS_LIMITS]; /* 5 s to an hour */
struct stats_spread {
    int64_t below[STATS_LIMITS];
    int64_t n, sum_ns;
};

/* How things stand now. */
struct stats_live {
    int64_t now_ms;
    int64_t waiting, active;  /* active: an agent has it, ACTIVE or DISCONNECTED */
    int64_t longest_wait_s;   /* of those waiting, since queue_since; -1: nobody waits */
    int64_t agents_online;    /* online_count() */
    int64_t agents_max;       /* how many could be: active accounts of the staff */
    int64_t connections;      /* WebSocket connections of this machine's pushd; -1: none says so */
    struct stats_row today;   /* chats of today in the zone */
    struct stats_spread spread[FIGURE_TOTAL]; /* of today */
};
enum outcome stats_live_read(struct db *db, const struct config *config, const struct zone *zone, int64_t now_ms, enum lang lang, struct stats_live *live_r,
                             struct refusal *refusal_r);

/* Who waits now, by category. */
struct stats_waiting {
    int32_t category_id;
    int64_t waiting, longest_wait_s;
};
struct stats_queue {
    struct stats_waiting *list; /* owned: free() it */
    size_t n;
};
struct session_counts;
/* How many chats and rows there are in all (counts_r's total_messages), with those that are open now (its waiting and active), at one moment. */
enum outcome stats_count_all(struct db *db, struct session_counts *counts_r, int64_t *chats_r);

bool stats_queue_read(struct db *db, int64_t now_ms, struct stats_queue *queue_r);

/* One row a chat. */
struct stats_item {
    int64_t session_no, cdate_ms, end_ms, member_id;
    char session_id[UUID_TEXT_SIZE];
    char member_name[NICKNAME_SIZE], agent_name[NICKNAME_SIZE], answerer_name[NICKNAME_SIZE];
    char title[801];
    int32_t category_id, status_id, exit_reason_id, message_count, score /* 0: not rated */;
    struct stats_figures figures;
};
struct stats_cursor {
    int64_t cdate_ms, session_no; /* session_no 0: from the start, or no further page */
};
/* Which chats are behind a figure. */
enum stats_has { STATS_HAS_ALL, STATS_HAS_MISSED, STATS_HAS_ABANDONED, STATS_HAS_DROPPED, STATS_HAS_RATED, STATS_HAS_FIGURE };
struct stats_list_ask {
    bool is_oldest_first;
    struct stats_cursor after;
    size_t limit;            /* 1..STATS_LIST_MAX */
    enum stats_has has;
    enum stats_figure figure; /* of STATS_HAS_FIGURE. With frt_s ask's agent is who answered, as in the figures */
    bool is_category_alone;  /* without its children */
    int slot;                /* weekday * 24 + hour in ask's zone; -1: any */
};
#define STATS_LIST_MAX 10000
/* Chats of ask's span and filters (group and by are not looked at), newest first (or oldest), behind `after`. *items_r is malloc'd. */
enum outcome stats_list(struct db *db, const struct config *config, const struct stats_ask *ask, const struct stats_list_ask *list, struct stats_item **items_r, size_t *n_r,
                        struct stats_cursor *next_r, struct refusal *refusal_r);

/* The name of a member; "" when there is none. False when the database is away. is_staff_r may be NULL. */
bool stats_member_name(struct db *db, int64_t member_id, char out[NICKNAME_SIZE], bool *is_staff_r);

#endif
