/* push: the daemon as a whole: what its rooms need of each other. One struct push in a process; it is handed around, there are no globals. */
#ifndef SANGDAM_PUSHD_PUSH_H
#define SANGDAM_PUSHD_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/token.h"

struct account_table;
struct config;
struct conn;
struct door;
struct hub;
struct job_pool;
struct loop;
struct metrics;
struct notify_in;
struct presence;
struct push;
struct queue_place;
struct rights;
struct sockjs_table;
struct timer_jobs;
struct truth;
struct writer_pool;

/* The configuration of this moment: any thread. It stays valid until the process ends: HUP keeps the old ones. */
const struct config *push_config(const struct push *push);
struct metrics *push_metrics(const struct push *push);
struct loop *push_loop(const struct push *push);

/* The loop's thread alone. */
struct account_table *push_accounts(const struct push *push);
struct door *push_door(const struct push *push);
struct hub *push_hub(const struct push *push);
struct job_pool *push_jobs(const struct push *push);
struct presence *push_presence(const struct push *push);
struct queue_place *push_queue_place(const struct push *push);
struct rights *push_rights(const struct push *push);
struct sockjs_table *push_sockjs(const struct push *push);
struct truth *push_truth(const struct push *push);
struct writer_pool *push_writers(const struct push *push);

/* Monotonic and wall ms when this process began. */
int64_t push_born(const struct push *push);
/* The installation's epoch, as the database last said; "" before it ever did. */
const char *push_epoch(const struct push *push);
/* Another epoch than before means that the data came from a backup: every chat is resynced. "" is ignored. */
void push_set_epoch(struct push *push, const char *epoch);
/* What the last look at the database said. A return from away sweeps at once. */
bool push_is_database_up(const struct push *push);
void push_set_database_up(struct push *push, bool is_up);
bool push_is_stopping(const struct push *push);

/* The list of all connections, kept by conn.c. */
struct conn **push_conns(struct push *push);
/* Connections with something to write at the end of this turn. */
struct conn **push_flush_list(struct push *push);
/* One read buffer for all: connections are read one after the other. */
char *push_read_buffer(struct push *push, size_t *size_r);

#endif
