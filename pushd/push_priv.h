/* push_priv: struct push, for push.c and main.c alone. */
#ifndef SANGDAM_PUSHD_PUSH_PRIV_H
#define SANGDAM_PUSHD_PUSH_PRIV_H

#include <stdatomic.h>

#include "pushd/loop.h"
#include "pushd/metrics.h"
#include "pushd/push.h"

#define READ_BUFFER_SIZE 65536

struct old_config {
    struct old_config *next;
    struct config *config;
};

struct push {
    _Atomic(struct config *) config;
    struct old_config *old_configs; /* replaced by HUP; threads may still look at them */
    struct metrics metrics;
    struct loop *loop;
    struct account_table *accounts;
    struct door *door;
    struct hub *hub;
    struct job_pool *jobs;
    struct notify_in *notify_in;
    struct presence *presence;
    struct queue_place *queue_place;
    struct rights *rights;
    struct sockjs_table *sockjs;
    struct timer_jobs *timers;
    struct truth *truth;
    struct writer_pool *writers;
    struct conn *conns, *flush_list;
    int64_t born_ms;
    bool is_database_up, is_stopping;
    int lock_fd;
    char epoch[UUID_TEXT_SIZE];
    char read_buffer[READ_BUFFER_SIZE];
};

/* Takes config over. NULL (logged) when something can't be had; nothing is left behind then. */
struct push *push_start(struct config *config);
/* Reads the configuration file again; a bad one is logged and the old one stays. */
void push_reload(struct push *push);
/* Accepts no more, closes all connections with 1001, and ends the loop when they are gone or after some seconds. */
void push_begin_stop(struct push *push);
void push_free(struct push **push);

#endif
