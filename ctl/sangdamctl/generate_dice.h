/* generate_dice: chance that can be repeated (splitmix64), and the shapes that generated chats take. Pure. */
#ifndef SANGDAM_CTL_GENERATE_DICE_H
#define SANGDAM_CTL_GENERATE_DICE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/token.h"

struct dice {
    uint64_t state;
};
uint64_t dice_next(struct dice *d);
/* 0 .. bound - 1 */
int64_t dice_below(struct dice *d, int64_t bound);
bool dice_percent(struct dice *d, int tenths); /* true in `tenths` of 1000 cases */
/* A positive time whose logarithm is about normal: half are below median_ms, one in ten above three times it, one in fifty above six. */
int64_t dice_long_tail(struct dice *d, int64_t median_ms);
/* The index of one of n weights. */
int dice_weighted(struct dice *d, const int *weights, int n);
void dice_uuid(struct dice *d, char out[UUID_TEXT_SIZE]);

/* How many chats an hour has beside others: weekday 0 is Monday. */
int generate_weight(int weekday, int hour);

#endif
