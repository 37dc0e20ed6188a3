/* counter: what each FastCGI process and pushd count, one table row each; outputs walk the table. The numbers live in a shared page
 * (counters_file), survive the death of a process, and pushd prints them on /metrics. Adding is one atomic add: never blocks. */
#ifndef SANGDAM_CHAT_COUNTER_H
#define SANGDAM_CHAT_COUNTER_H

#include <stdbool.h>
#include <stdint.h>

struct config;

/* COUNTER(name, sentence): new rows go at the end */
#define COUNTER_TABLE(COUNTER)                                                       \
    COUNTER(http_requests, "HTTP requests answered by the FastCGI programs")          \
    COUNTER(http_errors_4xx, "answers with a 4xx status")                             \
    COUNTER(http_errors_5xx, "answers with a 5xx status")                             \
    COUNTER(messages_stored, "message rows committed, all doors")                     \
    COUNTER(messages_repeated, "sends answered with the first row of their clientMessageId") \
    COUNTER(messages_refused, "sends refused by a rule")                              \
    COUNTER(commit_unknown, "commits whose outcome was unknown")                      \
    COUNTER(db_lost, "database connections lost")                                     \
    COUNTER(db_retries, "transactions tried again after a deadlock or lock time-out") \
    COUNTER(hints_sent, "notify messages sent to pushd")                              \
    COUNTER(hints_dropped, "notify messages dropped: socket full or missing")         \
    COUNTER(logins_failed, "sign-ins refused")                                        \
    COUNTER(rate_refused, "requests refused by a rate limit")                         \
    COUNTER(files_stored, "files stored")                                             \
    COUNTER(log_lines_lost, "log lines that could not be written")                    \
    COUNTER(handed_over, "messages that pushd's writers stored for a FastCGI program") \
    COUNTER(handed_back, "messages that they left to the program: refused, repeated, too late")

enum counter {
#define COUNTER(name, text) COUNT_##name,
    COUNTER_TABLE(COUNTER)
#undef COUNTER
    COUNTER_TOTAL
};

bool counter_open(const struct config *config);
void counter_add(enum counter c, uint64_t n);
uint64_t counter_get(enum counter c);
const char *counter_name(enum counter c);
const char *counter_text(enum counter c);

#endif
