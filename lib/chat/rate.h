/* rate: token buckets in a page of shared memory (counters_file), so that all processes of one host, FastCGI programs and pushd alike, draw from the
 * same bucket. GCRA: one 64-bit word per bucket, changed by compare-and-set. Never blocks. */
#ifndef SANGDAM_CHAT_RATE_H
#define SANGDAM_CHAT_RATE_H

#include <stdbool.h>
#include <stdint.h>

struct config;
struct config_rate;

enum rate_kind { RATE_SEND, RATE_LOGIN_ACCOUNT, RATE_LOGIN_ADDRESS, RATE_SIGNUP };

/* Maps RUN/counters next to the counters of lib/chat/counter.h; false (logged) when it can't, and then private memory is used. */
bool rate_open(const struct config *config);
/* Takes one event for the key (a member id, or a hash by rate_key() or rate_address_key()). 0: allowed; else milliseconds until one is free.
 * burst: how many may come at once. Always 0 with limits = off. now_ms: of clock_wall_ms(), which all
 * processes share; a clock set back opens the buckets. A refusal is counted. */
int64_t rate_take(enum rate_kind kind, uint64_t key, struct config_rate rate, int64_t burst, int64_t now_ms);
/* Returns the event taken last by rate_take(): a sign-in that succeeded does not count as a try. */
void rate_give_back(enum rate_kind kind, uint64_t key, struct config_rate rate);
uint64_t rate_key(const char *text);
/* The key of an IP address in text form. Of IPv6 the first 64 bits: whoever has one address there has all; an IPv4 address written as IPv6 is itself. */
uint64_t rate_address_key(const char *address);

#endif
