/* seq_gate: what may be pushed of one chat's log. Hints, answers of writers and reads of the log all come to the gate; it lets each seq through
 * once and in order, whatever came twice, late or never (doc/DELIVERY, D4 and D5). Pure. */
#ifndef SANGDAM_PUSHD_SEQ_GATE_H
#define SANGDAM_PUSHD_SEQ_GATE_H

#include <stdbool.h>
#include <stdint.h>

/* Invariant: rows 1..last were pushed (or the chat was not followed yet); last <= seen unless last is -1. */
struct seq_gate {
    int32_t last;    /* -1: not known yet; what comes is only noted */
    int32_t seen;    /* the highest seq that anybody told of */
    bool is_reading; /* the log is being read from last on */
};

#define SEQ_GATE_INIT {.last = -1}

enum seq_answer { SEQ_DELIVER, SEQ_DROP /* it was pushed before */, SEQ_MISSING /* one before it is missing, or its text is: read the log */ };

static inline void seq_gate_hear(struct seq_gate *g, int32_t head)
{
    if (head > g->seen)
        g->seen = head;
}

/* The first knowledge of the head: rows up to it are the business of whoever subscribes. */
static inline void seq_gate_open(struct seq_gate *g, int32_t head)
{
    seq_gate_hear(g, head);
    if (g->last < 0)
        g->last = head;
}

/* A row of seq is there; has_content: it could be pushed as it is. After SEQ_DELIVER the caller pushes it. */
static inline enum seq_answer seq_gate_offer(struct seq_gate *g, int32_t seq, bool has_content)
{
    seq_gate_hear(g, seq);
    if (g->last >= 0 && seq <= g->last)
        return SEQ_DROP;
    if (g->last < 0 || seq != g->last + 1 || !has_content)
        return SEQ_MISSING;
    g->last = seq;
    return SEQ_DELIVER;
}

/* True when rows are missing and nobody reads them: the caller starts a read of what follows `last`. */
static inline bool seq_gate_begin_read(struct seq_gate *g)
{
    if (g->is_reading || g->last < 0 || g->seen <= g->last)
        return false;
    return g->is_reading = true;
}

/* A read came back and its rows were offered. nothing: the log ends at `last`, so whoever told of more was wrong. */
static inline void seq_gate_end_read(struct seq_gate *g, bool nothing)
{
    g->is_reading = false;
    if (nothing)
        g->seen = g->last;
}

#endif
