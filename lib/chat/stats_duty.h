/* stats_duty: when an agent had a chat, and was away from it, folded from the chat's rows in seq order. A stretch begins with START or a take-over's TRANSFER (or, in rows that
 * another system put in, with an agent's first word) and ends with the next of them or with the chat. Pure: no database, no clock. */
#ifndef SANGDAM_CHAT_STATS_DUTY_H
#define SANGDAM_CHAT_STATS_DUTY_H

#include <stdbool.h>
#include <stdint.h>

struct stats_duty {
    int64_t agent_id;      /* 0: not known (yet) */
    int64_t from_ms, to_ms; /* to_ms -1: still going on */
    bool is_away;          /* the agent was away from the chat meanwhile; lies within a stretch of theirs */
};
/* More stretches than this are not counted: a chat does not change hands so often. */
#define STATS_DUTIES_MAX 24
struct stats_duties {
    struct stats_duty list[STATS_DUTIES_MAX];
    int n;
    int going, away; /* which of them goes on; -1: none */
};
void stats_duty_begin(struct stats_duties *d);
/* agent_id: of START and TRANSFER, who has it from now on (0: the row does not say); of_agent: of AWAY and BACK, that it is the agent's. */
void stats_duty_row(struct stats_duties *d, char sender_type, int64_t sender_id, bool is_talk, const char *kind, int64_t agent_id, bool of_agent, int64_t at_ms);
/* The chat ended at end_ms (-1: it did not), its last agent was agent_id. accept_ms is for chats whose rows say nothing of an agent. Stretches of nobody go. */
void stats_duty_end(struct stats_duties *d, int64_t agent_id, int64_t accept_ms, int64_t end_ms);

#endif
