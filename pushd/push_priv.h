/* push_priv: struct push, for push.c and fleet.c alone. */
#ifndef SANGDAM_PUSHD_PUSH_PRIV_H
#define SANGDAM_PUSHD_PUSH_PRIV_H

#include <pthread.h>

#include "lib/base/buf.h"
#include "lib/base/token.h"
#include "pushd/loop.h"
#include "pushd/metrics.h"
#include "pushd/push.h"

#define READ_BUFFER_SIZE 65536

struct push {
    struct fleet *fleet;
    struct metrics metrics;
    struct loop *loop;
    struct account_table *accounts;
    struct hub *hub;
    struct interest *interest;
    struct queue_place *queue_place;
    struct rights *rights;
    struct timer_jobs *timers;
    /* of the first alone */
    struct door *door;
    struct notify_in *notify_in;
    struct presence *presence;
    struct sockjs_table *sockjs;
    struct truth *truth;
    struct conn *conns, *flush_list;
    struct buf scratch;
    struct task stop_task; /* posted once */
    pthread_t thread;      /* of all but the first, which is the main thread's */
    bool is_first, has_thread;
    char epoch[UUID_TEXT_SIZE];
    char read_buffer[READ_BUFFER_SIZE];
};

/* A loop with its rooms; the first gets the door, too. NULL (logged) when something can't be had. */
struct push *push_new(struct fleet *fleet, bool is_first);
/* Opens the first's door to the world: after all loops are there. False: logged. */
bool push_open(struct push *push);
/* Any thread: closes all connections with 1001, and ends the loop when they are gone. */
void push_begin_stop(struct push *push);
/* The end, when no loop runs any more: connections die without a word. */
void push_kill_conns(struct push *push);
void push_free(struct push **push);

#endif
