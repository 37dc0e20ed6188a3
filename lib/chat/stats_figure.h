/* stats_figure: the arithmetic of the statistics (contract.md, Stats). One chat's raw rows are folded into its figures; figures of many
 * chats are gathered and become rows of mean, median, p90 and max. Pure: no database, no clock.
 *
 * A figure of a chat is counted as soon as both its ends are there: wait_s once accepted, frt_s, art_s and mrt_s once answered, handle_s and
 * dur_s once closed; so open chats give the figures they have. missed, abandoned and dropped are of COMPLETED chats alone. */
#ifndef SANGDAM_CHAT_STATS_FIGURE_H
#define SANGDAM_CHAT_STATS_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/chat/stats_duty.h"

enum stats_figure { FIGURE_WAIT, FIGURE_FRT, FIGURE_ART, FIGURE_MRT, FIGURE_HANDLE, FIGURE_DUR, FIGURE_TOTAL };
/* "wait_s" "frt_s" "art_s" "mrt_s" "handle_s" "dur_s" */
const char *stats_figure_name(enum stats_figure figure);

/* A chat_session row; times in wall ms, negative: NULL. */
struct stats_chat {
    int64_t session_no, admin_id /* 0: none */;
    int64_t cdate_ms, start_ms, accept_ms, end_ms, hold_since_ms, hold_ms;
    int32_t category_id, status_id, exit_reason_id /* 0: none */;
    char ended_by;        /* 'M' 'A' 'S', 0 */
    bool is_abandoned;    /* the column */
    bool is_figured;      /* the column: its figures are fixed */
    /* folded from the rows of chat_message */
    int64_t start_row_ms, end_row_ms; /* START; END or CANCEL; -1: none */
    int64_t first_ask_ms, pending_ask_ms, first_answer_ms; /* -1: none */
    int64_t answerer_id, last_talker_id; /* agents; 0: none */
    int64_t gap_sum_ms, gap_max_ms;
    int gaps;
    char last_talk;       /* 'M', 'A', 0 */
    bool is_answered;     /* an agent said something */
    int32_t member_rows, agent_rows, system_rows; /* talk of both sides; all other rows */
    int32_t score;        /* of rating; 0: none */
    struct stats_duties duties; /* by stats_duty_row(); whole after stats_chat_duties() */
};
/* Forgets the folded part. */
void stats_chat_begin(struct stats_chat *c);
/* The next row in seq order. is_talk: a TEXT or FILE row that is no system message. sender_type 'M', 'A', 'S'. */
void stats_chat_row(struct stats_chat *c, char sender_type, int64_t sender_id, bool is_talk, const char *kind, int64_t cdate_ms);

/* All rows are in: whose chat it was, and when. */
void stats_chat_duties(struct stats_chat *c);

/* What one chat adds. Values in nanoseconds, -1: it has none. */
struct stats_figures {
    int64_t value[FIGURE_TOTAL];
    int64_t agent_id;    /* the last agent: of the row, else who wrote last; 0: none */
    int64_t answerer_id; /* who gave the first answer; 0: none */
    bool missed, abandoned, dropped;
    bool is_open;        /* requested in opening hours: who read the chat says it, since no clock is here */
};
void stats_chat_end(const struct stats_chat *c, struct stats_figures *f_r);

/* What is known of a set of values. */
struct stats_dist {
    int64_t n;
    int64_t mean_ns;           /* rounded half up to 0.1 s */
    int64_t median_ns, p90_ns, max_ns;
};
/* Sorts values. n 0: the rest is -1. is_mean: the values are means themselves and are shown to 0.1 s. */
void stats_dist_make(int64_t *values, size_t n, bool is_mean, struct stats_dist *d_r);
/* The value at position ceil(percent * n / 100), 1-based, of ascending values (n > 0). */
int64_t stats_nearest_rank(const int64_t *values, size_t n, int percent);
/* Seconds as a plain decimal number ("12", "12.3", "0.045"; at most ms) into out; "" for negative. */
#define STATS_NUMBER_SIZE 32
void stats_seconds(int64_t ns, char out[STATS_NUMBER_SIZE]);

#endif
