/* fleet: the loops of this process and what they share: configuration, workers, writers, the roster. A connection lives on one loop for good. Each loop has
 * a hub of its own for the chats that its connections follow, and tells the others what it publishes (spread.h): to a loop, the others are what
 * other nodes are to a node, and the gate of each chat (seq_gate.h) keeps order and finds what is missing whatever way it came. So no entry of
 * a hub is ever touched by two threads. Any thread may call what is here. */
#ifndef SANGDAM_PUSHD_FLEET_H
#define SANGDAM_PUSHD_FLEET_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "pushd/metrics.h"

#define LOOPS_MAX 16

struct backplane;
struct config;
struct fleet;
struct gathers;
struct job_pool;
struct loop;
struct push;
struct roster;
struct writer_pool;

/* Takes config over. NULL (logged) when something can't be had; nothing is left behind then. The caller's thread is the first loop's. */
struct fleet *fleet_start(struct config *config);
/* The first loop, where signals go. */
struct loop *fleet_first_loop(const struct fleet *fleet);
/* Until all loops have ended. */
void fleet_run(struct fleet *fleet);
/* Reads the configuration file again; a bad one is logged and the old one stays. */
void fleet_reload(struct fleet *fleet);
/* Accepts no more, closes all connections with 1001, and ends the loops when they are gone or after some seconds. */
void fleet_begin_stop(struct fleet *fleet);
void fleet_free(struct fleet **fleet);

const struct config *fleet_config(const struct fleet *fleet);
struct gathers *fleet_gathers(const struct fleet *fleet);
struct job_pool *fleet_jobs(const struct fleet *fleet);
struct writer_pool *fleet_writers(const struct fleet *fleet);
struct roster *fleet_roster(const struct fleet *fleet);
struct backplane *fleet_backplane(const struct fleet *fleet); /* NULL: there are no other nodes */
/* What no loop counts: workers and writers. */
struct metrics *fleet_metrics(const struct fleet *fleet);
/* Of all loops together. */
int64_t fleet_metric(const struct fleet *fleet, enum metric which);
/* Appends everything in the Prometheus text format. */
void fleet_print_metrics(const struct fleet *fleet, struct buf *out);
int64_t fleet_born(const struct fleet *fleet);
bool fleet_is_stopping(const struct fleet *fleet);
bool fleet_only_first_runs(const struct fleet *fleet);

int fleet_count(const struct fleet *fleet);
struct push *fleet_push(const struct fleet *fleet, int number); /* 0 is the first */
/* Whose turn it is to get a connection. */
struct push *fleet_next(struct fleet *fleet);

/* What the last look at the database said. A return from away sweeps at once. */
bool fleet_is_database_up(const struct fleet *fleet);
void fleet_set_database_up(struct fleet *fleet, bool is_up);

#endif
