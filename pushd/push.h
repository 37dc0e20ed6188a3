/* push: one event loop with what lives on it: its connections, its hub with their chats, their accounts. pushd runs several (push_loops); what they share is
 * their fleet (fleet.h). Each is handed around by whoever belongs to it; there are no globals. All functions but those marked are for the
 * loop's own thread. */
#ifndef SANGDAM_PUSHD_PUSH_H
#define SANGDAM_PUSHD_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct account_table;
struct buf;
struct config;
struct conn;
struct door;
struct fleet;
struct hub;
struct interest;
struct job_pool;
struct loop;
struct metrics;
struct presence;
struct push;
struct queue_place;
struct rights;
struct roster;
struct sockjs_table;
struct timer_jobs;
struct truth;
struct writer_pool;

/* ---- any thread ---- */
/* The configuration of this moment. It stays valid until the process ends: HUP keeps the old ones. */
const struct config *push_config(const struct push *push);
/* This loop's own counts; /metrics adds them up. */
struct metrics *push_metrics(const struct push *push);
struct loop *push_loop(const struct push *push);
struct fleet *push_fleet(const struct push *push);
struct job_pool *push_jobs(const struct push *push);
struct writer_pool *push_writers(const struct push *push);
struct roster *push_roster(const struct push *push);
/* What this loop wants to hear of the others (interest.h). */
struct interest *push_interest(const struct push *push);
bool push_is_stopping(const struct push *push);
/* Monotonic ms when this process began. */
int64_t push_born(const struct push *push);

/* ---- this loop's own ---- */
struct account_table *push_accounts(const struct push *push);
struct hub *push_hub(const struct push *push);
struct queue_place *push_queue_place(const struct push *push);
struct rights *push_rights(const struct push *push);
/* The installation's epoch, as the database last said to this loop; "" before it ever did. */
const char *push_epoch(const struct push *push);
/* Another epoch than before means that the data came from a backup: every chat is resynced. "" is ignored. */
void push_set_epoch(struct push *push, const char *epoch);
/* The list of all connections, kept by conn.c. */
struct conn **push_conns(struct push *push);
/* Connections with something to write at the end of this turn. */
struct conn **push_flush_list(struct push *push);
/* Empty, for bytes that are put together and copied or sent before anybody else asks for it. Its memory stays. */
struct buf *push_scratch(struct push *push);
/* One read buffer for all: connections are read one after the other. */
char *push_read_buffer(struct push *push, size_t *size_r);

/* ---- what only the first loop has: the door and the clock. NULL on the others ---- */
bool push_is_first(const struct push *push);
struct door *push_door(const struct push *push);
struct presence *push_presence(const struct push *push);
struct sockjs_table *push_sockjs(const struct push *push);
struct timer_jobs *push_timers(const struct push *push);
struct truth *push_truth(const struct push *push);

#endif
