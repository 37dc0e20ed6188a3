#include "t/bench/load_hist.h"

#include <string.h>

static unsigned index_of(uint64_t ns)
{
    unsigned exponent;

    if (ns < 64)
        return (unsigned)ns;
    exponent = 63 - (unsigned)__builtin_clzll(ns); /* 2^exponent <= ns */
    return (exponent - 5) * 64 + (unsigned)((ns >> (exponent - 6)) & 63);
}

static double middle_of(unsigned i)
{
    unsigned exponent = i / 64 + 5;

    return i < 64 ? i : (64 + i % 64 + 0.5) * (double)(UINT64_C(1) << (exponent - 6));
}

void hist_add(struct hist *h, uint64_t ns)
{
    h->bins[index_of(ns)]++;
    h->count++;
    if (ns > h->max_ns)
        h->max_ns = ns;
}

void hist_reset(struct hist *h)
{
    memset(h, 0, sizeof *h);
}

double hist_ms(const struct hist *h, double q)
{
    uint64_t wanted = (uint64_t)(q * (double)h->count), seen = 0;

    for (unsigned i = 0; i < HIST_BINS && h->count > 0; i++) {
        seen += h->bins[i];
        if (seen > wanted)
            return middle_of(i) / 1e6;
    }
    return (double)h->max_ns / 1e6;
}
