#include "lib/chat/histogram.h"

#include <inttypes.h>

#include "lib/base/buf.h"

static const struct {
    int64_t us;
    const char *text; /* as Prometheus writes le */
} bounds[HISTOGRAM_BOUNDS] = {{1000, "0.001"},   {2500, "0.0025"}, {5000, "0.005"},   {10000, "0.01"},   {25000, "0.025"},   {50000, "0.05"},    {100000, "0.1"},   {250000, "0.25"},
                              {500000, "0.5"},   {1000000, "1"},   {2500000, "2.5"},  {5000000, "5"},    {10000000, "10"},   {30000000, "30"},   {60000000, "60"}};

void histogram_add(struct histogram *h, int64_t us)
{
    size_t i = 0;

    if (us < 0) /* the wall clock was set back */
        us = 0;
    while (i < HISTOGRAM_BOUNDS && us > bounds[i].us)
        i++;
    atomic_fetch_add_explicit(&h->counts[i], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&h->sum_us, (uint64_t)us, memory_order_relaxed);
}

void histogram_merge(struct histogram *to, const struct histogram *from)
{
    struct histogram *f = (struct histogram *)(uintptr_t)from;

    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++)
        atomic_fetch_add_explicit(&to->counts[i], atomic_load_explicit(&f->counts[i], memory_order_relaxed), memory_order_relaxed);
    atomic_fetch_add_explicit(&to->sum_us, atomic_load_explicit(&f->sum_us, memory_order_relaxed), memory_order_relaxed);
}

void histogram_print(const struct histogram *h, struct buf *out, const char *name, const char *labels)
{
    struct histogram *f = (struct histogram *)(uintptr_t)h;
    const char *comma = *labels ? "," : "", *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    uint64_t sum_us = atomic_load_explicit(&f->sum_us, memory_order_relaxed), n = 0;

    for (size_t i = 0; i <= HISTOGRAM_BOUNDS; i++) {
        n += atomic_load_explicit(&f->counts[i], memory_order_relaxed);
        buf_printf(out, "%s_bucket{%s%sle=\"%s\"} %" PRIu64 "\n", name, labels, comma, i < HISTOGRAM_BOUNDS ? bounds[i].text : "+Inf", n);
    }
    buf_printf(out, "%s_sum%s%s%s %" PRIu64 ".%06u\n", name, open, labels, close, sum_us / 1000000, (unsigned)(sum_us % 1000000));
    buf_printf(out, "%s_count%s%s%s %" PRIu64 "\n", name, open, labels, close, n);
}
