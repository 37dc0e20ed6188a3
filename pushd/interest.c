/* interest: see interest.h. */
#include "pushd/interest.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define SLOTS 65536 /* untouched ones cost no memory */

struct interest {
    atomic_bool has_missed;
    _Atomic int32_t all;
    _Atomic int32_t slot[SLOTS];
};

struct interest *interest_new(void)
{
    return calloc(1, sizeof(struct interest));
}

void interest_free(struct interest **interest)
{
    free(*interest);
    *interest = NULL;
}

/* FNV-1a, folded */
static uint32_t slot_of(const char *name)
{
    uint32_t h = 2166136261u;

    for (; *name; name++)
        h = (h ^ (unsigned char)*name) * 16777619u;
    return (h ^ h >> 16) % SLOTS;
}

void interest_add(struct interest *interest, const char *name, int n)
{
    atomic_fetch_add(&interest->slot[slot_of(name)], n);
}

void interest_add_all(struct interest *interest, int n)
{
    atomic_fetch_add(&interest->all, n);
}

bool interest_has(const struct interest *interest, const char *name)
{
    struct interest *i = (struct interest *)(uintptr_t)interest;

    return atomic_load(&i->all) || atomic_load(&i->slot[slot_of(name)]);
}

void interest_note_miss(struct interest *interest)
{
    atomic_store(&interest->has_missed, true);
}

bool interest_take_miss(struct interest *interest)
{
    return atomic_exchange(&interest->has_missed, false);
}
