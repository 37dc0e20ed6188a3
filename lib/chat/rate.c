/* A bucket is one word: the theoretical arrival time (TAT) of the generic cell rate algorithm (ITU-T I.371). An event is allowed when TAT is at most
 * burst - 1 intervals ahead of now, and moves it on by one interval with compare-and-set, so that of any number of parallel tries exactly as many
 * pass as the bucket holds.
 *
 * A key's slot is searched in PROBES places behind its hash. Free places are taken in order, so that parallel newcomers of one key meet in the same
 * slot. When all are taken the one whose TAT is oldest is given away: most often a bucket that is full again, which is as good as none.
 *
 * Limits: giving a slot away is not one step with its TAT, so under more than some 10,000 busy keys a bucket may now and then allow a few events too
 * many or too few. */
#include "lib/chat/rate.h"

#include <arpa/inet.h>
#include <limits.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/shared_page.h"

#define PROBES 16
#define CLOCK_SLACK_US 1000000 /* a TAT further ahead than any bucket could be is of a clock that was set back, or of another boot */

static _Atomic bool limits_on = true;

bool rate_open(const struct config *config)
{
    atomic_store(&limits_on, config->limits);
    return shared_page_open(config->counters_file);
}

/* splitmix64: spreads member ids, which are neighbours, over the table */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

/* FNV-1a */
static uint64_t hash_bytes(const void *bytes, size_t n)
{
    const unsigned char *p = bytes;
    uint64_t hash = UINT64_C(0xcbf29ce484222325);

    for (size_t i = 0; i < n; i++)
        hash = (hash ^ p[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t rate_key(const char *text)
{
    return hash_bytes(text, strlen(text));
}

uint64_t rate_address_key(const char *address)
{
    unsigned char bytes[16];

    if (inet_pton(AF_INET, address, bytes) == 1)
        return hash_bytes(bytes, 4);
    if (inet_pton(AF_INET6, address, bytes) != 1)
        return rate_key(address);
    if (memcmp(bytes, "\0\0\0\0\0\0\0\0\0\0\xff\xff", 12) == 0)
        return hash_bytes(bytes + 12, 4);
    return hash_bytes(bytes, 8);
}

static struct shared_slot *find_slot(uint64_t key, bool add)
{
    struct shared_slot *slots = shared_page()->slots;

    for (;;) {
        struct shared_slot *oldest = NULL;
        int64_t oldest_tat = INT64_MAX;
        uint64_t oldest_key = 0;

        for (unsigned i = 0; i < PROBES; i++) {
            struct shared_slot *slot = &slots[(key + i) & (SHARED_SLOTS - 1)];
            uint64_t there = atomic_load(&slot->key);
            int64_t tat;

            if (there == 0 && !add)
                return NULL;
            if (there == key || (there == 0 && (atomic_compare_exchange_strong(&slot->key, &there, key) || there == key)))
                return slot;
            tat = atomic_load(&slot->tat_us);
            if (tat < oldest_tat) {
                oldest = slot;
                oldest_tat = tat;
                oldest_key = there;
            }
        }
        if (!add)
            return NULL;
        if (atomic_compare_exchange_strong(&oldest->key, &oldest_key, key)) {
            atomic_compare_exchange_strong(&oldest->tat_us, &oldest_tat, 0);
            return oldest;
        }
        /* somebody was faster: look again, it may have been for the same key */
    }
}

static uint64_t slot_key(enum rate_kind kind, uint64_t key)
{
    uint64_t mixed = mix(mix(key) + (uint64_t)kind + 1);

    return mixed ? mixed : 1;
}

static int64_t interval_us(struct config_rate rate)
{
    int64_t us = rate.count > 0 ? rate.period_ms * 1000 / rate.count : INT64_MAX / 4;

    return us > 0 ? us : 1;
}

int64_t rate_take(enum rate_kind kind, uint64_t key, struct config_rate rate, int64_t burst, int64_t now_ms)
{
    int64_t step = interval_us(rate), now = now_ms * 1000, ahead_max = (burst > 1 ? burst - 1 : 0) * step;
    struct shared_slot *slot;
    int64_t tat;

    if (!atomic_load_explicit(&limits_on, memory_order_relaxed))
        return 0;
    slot = find_slot(slot_key(kind, key), true);
    tat = atomic_load(&slot->tat_us);
    for (;;) {
        int64_t from = tat < now || tat > now + ahead_max + step + CLOCK_SLACK_US ? now : tat;

        if (from - now > ahead_max) {
            counter_add(COUNT_rate_refused, 1);
            return (from - now - ahead_max + 999) / 1000;
        }
        if (atomic_compare_exchange_weak(&slot->tat_us, &tat, from + step))
            return 0;
    }
}

void rate_give_back(enum rate_kind kind, uint64_t key, struct config_rate rate)
{
    struct shared_slot *slot;

    if (!atomic_load_explicit(&limits_on, memory_order_relaxed))
        return;
    slot = find_slot(slot_key(kind, key), false);
    if (slot)
        atomic_fetch_sub(&slot->tat_us, interval_us(rate));
}
