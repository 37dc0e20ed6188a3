/* fake_world: what stands around the connections in fuzz_connection: loops that turn when they are told to, a clock that is set, workers and writers whose
 * work is done and handed back when the input says so, and a database of a few chats in memory. The functions of pushd/loop.h, fleet.h, job.h, writer.h and of
 * lib/chat that would block are defined in fake_loop.c, fake_fleet.c and fake_chat.c and win over the real ones (-z muldefs); all else is real.
 *
 * All of it is one global world: pushd's code hands its own structs around, and the fakes must find theirs. */
#ifndef SANGDAM_T_FAKE_WORLD_H
#define SANGDAM_T_FAKE_WORLD_H

#include "lib/chat/change.h"
#include "pushd/job.h"
#include "pushd/writer.h"

#define WORLD_LOOPS 2
#define WORLD_CHATS 3
#define WORLD_JOBS 1024
#define WORLD_ROWS 128

struct fake_chat {
    struct session s;  /* s.message_count is the head */
    struct message rows[WORLD_ROWS];
};

struct world {
    int64_t now_ms; /* of both clocks */
    struct fleet *fleet;
    struct fake_chat chats[WORLD_CHATS];
    bool is_database_away, is_rate_over, is_customer_disabled, is_agent_demoted;
    char epoch[UUID_TEXT_SIZE];
    struct job *waiting[WORLD_JOBS], *ran[WORLD_JOBS]; /* with workers: not begun; done, not handed back */
    size_t waiting_count, ran_count;
    struct write *wanted[WORLD_JOBS], *committed[WORLD_JOBS]; /* with writers, in their order */
    size_t wanted_count, committed_count;
};
extern struct world world;

/* A new world: two loops, three chats (active of customer 10 with agent 20; waiting of customer 11; over), nobody there. */
void world_begin(void);
/* Everything that is out comes back, the loops end. The connections must be gone. */
void world_end(void);
struct push *world_push(int number);

/* ---- fake_loop.c: one turn: what is ready, what was posted, what is due; then what waits for the end of the turn is written and freed ---- */
void world_turn(int number);
/* True when nothing is posted and no descriptor is left. */
bool world_loop_is_idle(int number);

/* ---- fake_fleet.c: a worker takes the n-th waiting job; hands the n-th done one back. Nothing when there is none. ---- */
void world_run_job(size_t n);
void world_give_job(size_t n);
/* A writer does the n-th wanted change, or an earlier one of the same chat; hands the n-th committed one back, or an earlier one of that chat. */
void world_commit(size_t n, enum outcome outcome, bool stored_when_unknown);
void world_give_write(size_t n);

/* ---- fake_chat.c ---- */
/* A row behind the last one; NULL when the chat is full. content is copied. */
const struct message *world_add_row(struct fake_chat *chat, enum message_kind kind, int64_t sender_id, const char *content, size_t n, const char *client_message_id);
/* The change that a transaction brought which added the last `rows` rows. c is empty. */
void world_describe(const struct fake_chat *chat, int rows, bool with_content, struct change *c);
struct fake_chat *world_chat(const char *session_id); /* NULL: there is none */
void world_forget_chats(void);
void world_make_chats(void);

#endif
