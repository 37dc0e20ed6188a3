/* metrics: what pushd counts for itself, one table row each; /metrics walks the table and adds lib/chat/counter.h's. Adding is one relaxed
 * atomic add, from any thread. */
#ifndef SANGDAM_PUSHD_METRICS_H
#define SANGDAM_PUSHD_METRICS_H

#include <stdatomic.h>
#include <stdint.h>

#include "lib/base/buf.h"
#include "lib/chat/histogram.h"

/* COUNTER only grows and is printed as sangdam_push_NAME_total; GAUGE goes both ways and is printed as sangdam_push_NAME; SECONDS is a gauge
 * kept in milliseconds and printed in Prometheus's base unit. New rows go at the end. */
#define METRIC_TABLE(COUNTER, GAUGE, SECONDS)                                                              \
    GAUGE(connections, "WebSocket connections open now")                                                   \
    COUNTER(connections_opened, "WebSocket connections ever opened")                                       \
    GAUGE(accounts, "Members with a connection now")                                                       \
    GAUGE(subscriptions, "Subscriptions now")                                                              \
    GAUGE(rooms, "Chats that are followed now")                                                            \
    COUNTER(handshakes_refused, "Handshakes refused")                                                      \
    COUNTER(connects_refused, "CONNECT frames refused")                                                    \
    COUNTER(frames_received, "STOMP frames received")                                                      \
    COUNTER(frames_sent, "STOMP MESSAGE frames put into queues")                                           \
    COUNTER(bytes_received, "Bytes read from WebSocket connections")                                       \
    COUNTER(bytes_sent, "Bytes written to WebSocket connections")                                          \
    COUNTER(rows_delivered, "Message rows delivered by the hub, counted once a row")                       \
    COUNTER(rows_dropped, "Message rows dropped because they were delivered before")                       \
    COUNTER(gap_reads, "Reads of missing rows")                                                            \
    COUNTER(replays, "Replays begun by a SUBSCRIBE with after")                                            \
    COUNTER(sweeps, "Sweeps of the heads of followed chats")                                               \
    COUNTER(sweep_found, "Chats whose lost push a sweep found")                                            \
    COUNTER(hints_received, "Notify messages received")                                                    \
    COUNTER(hints_bad, "Notify messages that could not be read")                                           \
    COUNTER(hint_gaps, "Gaps in the numbers of notify messages, and lost notify connections")              \
    COUNTER(writer_batches, "Transactions of the writers")                                                 \
    COUNTER(writer_messages, "Messages that went through the writers")                                     \
    GAUGE(writer_queue, "Messages that wait for a writer now")                                             \
    GAUGE(worker_queue, "Jobs that wait for a worker now")                                                 \
    COUNTER(sends_refused, "SEND frames refused by a rule or unknown")                                     \
    COUNTER(slow_closed, "Connections closed because their reader was slow")                               \
    COUNTER(dead_closed, "Connections closed because nothing came from them")                              \
    COUNTER(connect_timeouts, "Connections closed because no CONNECT came in time")                        \
    COUNTER(frame_timeouts, "Connections closed because a frame was not finished in time")                 \
    COUNTER(protocol_errors, "Connections closed because of a broken frame")                               \
    COUNTER(limit_connections, "Handshakes refused by connections_max")                                    \
    COUNTER(limit_account, "Connections refused by connections_per_account")                               \
    COUNTER(limit_address, "Handshakes refused by connections_per_address")                                \
    COUNTER(limit_subscriptions, "Subscriptions refused by subscriptions_max")                             \
    COUNTER(rights_lost, "Subscriptions and connections ended because a right was lost")                   \
    COUNTER(accept_pauses, "Pauses of accept because descriptors or http_max were reached")                \
    COUNTER(stalls, "Times the loop did not run for seconds")                                              \
    GAUGE(database_up, "1 while the database answers")                                                     \
    SECONDS(loop_lag_seconds, "Longest turn of the loop in the last second")                               \
    COUNTER(truths_told, "Changes told because a scan found them and no hint had")                         \
    COUNTER(limit_http, "Unfinished HTTP requests that gave way because of http_max")                      \
    COUNTER(handshake_timeouts, "HTTP requests cut because they did not come whole in time")               \
    COUNTER(limit_frame, "Connections closed because of a STOMP frame above frame_max")                    \
    COUNTER(limit_message, "Connections closed because of a WebSocket message above message_max")          \
    COUNTER(limit_fragments, "Connections closed because of a WebSocket message in too many fragments")    \
    COUNTER(limit_headers, "Connections closed because of too many headers, or one above header_max")      \
    COUNTER(limit_transactions, "Connections closed because of transactions_max or a transaction too big") \
    COUNTER(limit_rate, "SEND frames refused by send_rate")                                                \
    COUNTER(pings_sent, "WebSocket pings sent")                                                            \
    COUNTER(closes_unanswered, "Connections cut because the peer did not close in time")                    \
    COUNTER(parcels, "Changes and events that one loop handed to another")                                 \
    COUNTER(gather_batches, "Batches of CONNECTs, SUBSCRIBEs and presences that went to the database")     \
    COUNTER(gather_jobs, "CONNECTs, SUBSCRIBEs and presences that were in them")        \
    GAUGE(backplane_up, "1 while Redis carries what nodes tell each other")                                 \
    COUNTER(backplane_sent, "Messages told to the other nodes")                                             \
    COUNTER(backplane_received, "Messages heard of other nodes")                                            \
    COUNTER(backplane_dropped, "Messages that could not be told to the other nodes")                        \
    COUNTER(backplane_bad, "Messages in Redis that were no node's of ours")                                 \
    COUNTER(backplane_gaps, "Gaps in the numbers of another node's messages") \
    COUNTER(hand_overs, "Messages that FastCGI programs handed over")

enum metric {
#define METRIC(name, text) METRIC_##name,
    METRIC_TABLE(METRIC, METRIC, METRIC)
#undef METRIC
    METRIC_TOTAL
};

/* Printed as the histogram sangdam_push_NAME. */
#define METRIC_HISTOGRAMS(HISTOGRAM)                                                                         \
    HISTOGRAM(write_seconds, "Transactions of the writers, each of one or many messages")                     \
    HISTOGRAM(delivery_seconds, "Age of a row when the hub gave it to the chat's subscribers for the first time")

enum metric_histogram {
#define HISTOGRAM(name, text) HISTOGRAM_##name,
    METRIC_HISTOGRAMS(HISTOGRAM)
#undef HISTOGRAM
    HISTOGRAM_TOTAL
};

struct metrics {
    _Atomic int64_t v[METRIC_TOTAL];
    struct histogram histograms[HISTOGRAM_TOTAL];
};

static inline void metric_add(struct metrics *m, enum metric which, int64_t n)
{
    atomic_fetch_add_explicit(&m->v[which], n, memory_order_relaxed);
}

static inline void metric_set(struct metrics *m, enum metric which, int64_t v)
{
    atomic_store_explicit(&m->v[which], v, memory_order_relaxed);
}

static inline int64_t metric_get(const struct metrics *m, enum metric which)
{
    return atomic_load_explicit(&((struct metrics *)(uintptr_t)m)->v[which], memory_order_relaxed);
}

static inline void metric_took(struct metrics *m, enum metric_histogram which, int64_t us)
{
    histogram_add(&m->histograms[which], us);
}

/* Appends everything in the Prometheus text format 0.0.4, with # HELP and # TYPE. */
void metrics_print(const struct metrics *m, struct buf *out);

#endif
