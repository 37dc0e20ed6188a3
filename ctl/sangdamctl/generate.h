/* generate: chats in large numbers with shapes like those of life, for benchmarks and demos: busy Mondays at ten, quiet nights, waits and answers with long
 * tails, transfers, people who give up, ratings, Korean texts. The same seed, number, span and tables give the same chats. */
#ifndef SANGDAM_CTL_GENERATE_H
#define SANGDAM_CTL_GENERATE_H

#include <stdint.h>

struct config;
struct db;

struct generate_ask {
    int64_t sessions, seed;
    int64_t words;    /* of the language that they speak (generate_words.h); 0: the demo chats' own sentences */
    int days;         /* how long ago the first one is */
    int64_t until_ms; /* all are over before */
};
struct generate_done {
    int64_t sessions, messages;
};
/* Adds them, fixed and with their blocks marked (stats_roll_all() then adds up). 0, or an exit status; what went wrong was said. */
int generate_chats(struct db *db, const struct config *config, const struct generate_ask *ask, struct generate_done *done_r);

#endif
