#include "lib/chat/counter.h"

#include <stdatomic.h>

#include "lib/chat/config.h"
#include "lib/chat/shared_page.h"

_Static_assert(COUNTER_TOTAL <= SHARED_COUNTERS, "each counter needs its place in the page");

static const char *const names[] = {
#define COUNTER(name, text) #name,
    COUNTER_TABLE(COUNTER)
#undef COUNTER
};
static const char *const texts[] = {
#define COUNTER(name, text) text,
    COUNTER_TABLE(COUNTER)
#undef COUNTER
};

bool counter_open(const struct config *config)
{
    return shared_page_open(config->counters_file);
}

void counter_add(enum counter c, uint64_t n)
{
    atomic_fetch_add_explicit(&shared_page()->counters[c], n, memory_order_relaxed);
}

uint64_t counter_get(enum counter c)
{
    return atomic_load_explicit(&shared_page()->counters[c], memory_order_relaxed);
}

const char *counter_name(enum counter c)
{
    return names[c];
}

const char *counter_text(enum counter c)
{
    return texts[c];
}
