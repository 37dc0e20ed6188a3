#include "lib/chat/stats_sum.h"

#include <stdlib.h>
#include <string.h>

#define NS_PER_MS INT64_C(1000000)
#define TENTH_NS (100 * NS_PER_MS)
#define FINE 32      /* buckets of an octave */
#define OCTAVES 40   /* the last one ends behind 500 years */
#define VERSION 1

struct stats_buckets {
    uint32_t *octave[OCTAVES]; /* FINE counts each, made when first needed */
};

/* ---- buckets ---- */

static unsigned bucket_of(int64_t ns)
{
    uint64_t ms = (uint64_t)(ns / NS_PER_MS);
    unsigned octave;

    if (ms < FINE)
        return (unsigned)ms;
    octave = 63 - (unsigned)__builtin_clzll(ms) - 4; /* 1 for 32..63 */
    if (octave >= OCTAVES)
        return OCTAVES * FINE - 1;
    return octave * FINE + (unsigned)(ms >> (octave - 1)) - FINE;
}

/* The middle of a bucket. */
static int64_t middle_of(unsigned bucket)
{
    unsigned octave = bucket / FINE;
    int64_t width = octave > 1 ? INT64_C(1) << (octave - 1) : 1, low = octave ? (int64_t)(bucket % FINE + FINE) * width : (int64_t)bucket;

    return (low * 2 + width - 1) * NS_PER_MS / 2;
}

/* The counts of an octave, made when they are first needed; NULL: memory. */
static uint32_t *octave_of(struct stats_figure_sum *f, unsigned octave)
{
    if (!f->buckets && !(f->buckets = calloc(1, sizeof(*f->buckets))))
        return NULL;
    if (!f->buckets->octave[octave])
        f->buckets->octave[octave] = calloc(FINE, sizeof(uint32_t));
    return f->buckets->octave[octave];
}

static bool count_bucket(struct stats_figure_sum *f, unsigned bucket, uint32_t n)
{
    uint32_t *counts = octave_of(f, bucket / FINE);

    if (!counts)
        return false;
    counts[bucket % FINE] += n;
    return true;
}

static uint32_t in_bucket(const struct stats_figure_sum *f, unsigned bucket)
{
    const uint32_t *octave = f->buckets ? f->buckets->octave[bucket / FINE] : NULL;

    return octave ? octave[bucket % FINE] : 0;
}

/* ---- adding ---- */

void stats_sum_init(struct stats_sum *s, bool is_exact)
{
    *s = (struct stats_sum){.is_exact = is_exact};
    for (int i = 0; i < FIGURE_TOTAL; i++)
        s->figure[i].max_ns = -1;
}

void stats_sum_clear(struct stats_sum *s)
{
    for (int i = 0; i < FIGURE_TOTAL; i++) {
        struct stats_figure_sum *f = &s->figure[i];

        for (int k = 0; f->buckets && k < OCTAVES; k++)
            free(f->buckets->octave[k]);
        free(f->buckets);
        free(f->values);
    }
    stats_sum_init(s, s->is_exact);
}

static bool keep_value(struct stats_figure_sum *f, int64_t ns)
{
    if ((size_t)f->n == f->cap) {
        size_t more = f->cap ? f->cap * 2 : 16;
        int64_t *p = realloc(f->values, more * sizeof(*p));

        if (!p)
            return false;
        f->values = p;
        f->cap = more;
    }
    f->values[f->n] = ns;
    return true;
}

static void add_value(struct stats_sum *s, enum stats_figure figure, int64_t ns)
{
    struct stats_figure_sum *f = &s->figure[figure];

    if (ns < 0)
        return;
    if (!(s->is_exact ? keep_value(f, ns) : count_bucket(f, bucket_of(ns), 1))) {
        s->has_failed = true;
        return;
    }
    f->n++;
    f->sum_ns += ns;
    if (ns > f->max_ns)
        f->max_ns = ns;
}

void stats_sum_add(struct stats_sum *s, const struct stats_entry *e)
{
    for (int i = 0; i < FIGURE_TOTAL; i++)
        add_value(s, (enum stats_figure)i, e->value[i]);
    if (!e->is_chat)
        return;
    s->chats++;
    s->missed += e->missed;
    s->abandoned += e->abandoned;
    s->dropped += e->dropped;
    s->member_rows += e->member_rows;
    s->agent_rows += e->agent_rows;
    s->system_rows += e->system_rows;
    if (e->score >= 1 && e->score <= STATS_SCORES)
        s->scores[e->score - 1]++;
}

/* ---- bytes: unsigned numbers of 7 bits a byte, the last one below 128 ---- */

static void put(struct buf *out, unsigned __int128 v)
{
    for (; v >= 128; v >>= 7)
        buf_add_char(out, (char)(unsigned char)(128 | (unsigned)(v & 127)));
    buf_add_char(out, (char)(unsigned char)v);
}

struct reader {
    const unsigned char *p, *end;
    bool is_bad;
};

static unsigned __int128 take_wide(struct reader *r)
{
    unsigned __int128 v = 0;

    for (unsigned shift = 0; r->p < r->end && shift < 126; shift += 7) {
        unsigned char c = *r->p++;

        v |= (unsigned __int128)(c & 127) << shift;
        if (c < 128)
            return v;
    }
    r->is_bad = true;
    return 0;
}

static int64_t take_long(struct reader *r)
{
    uint64_t v = 0;

    for (unsigned shift = 0; r->p < r->end && shift < 63; shift += 7) {
        unsigned char c = *r->p++;

        v |= (uint64_t)(c & 127) << shift;
        if (c < 128)
            return (int64_t)v;
    }
    r->is_bad = true;
    return 0;
}

static inline int64_t take(struct reader *r)
{
    return r->p < r->end && *r->p < 128 ? *r->p++ : take_long(r); /* nearly all are small */
}

static void put_octave(struct buf *out, unsigned octave, const uint32_t *counts, unsigned *last)
{
    for (unsigned i = 0; i < FINE; i++) {
        if (!counts[i])
            continue;
        put(out, octave * FINE + i - *last);
        put(out, counts[i]);
        *last = octave * FINE + i;
    }
}

static void put_figure(struct buf *out, const struct stats_figure_sum *f)
{
    unsigned last = 0, used = 0;

    put(out, (unsigned __int128)f->n);
    if (f->n == 0 || !f->buckets)
        return;
    put(out, (unsigned __int128)f->sum_ns);
    put(out, (unsigned __int128)f->max_ns);
    for (unsigned o = 0; o < OCTAVES; o++)
        for (unsigned i = 0; f->buckets->octave[o] && i < FINE; i++)
            used += f->buckets->octave[o][i] > 0;
    put(out, used);
    for (unsigned o = 0; o < OCTAVES; o++)
        if (f->buckets->octave[o])
            put_octave(out, o, f->buckets->octave[o], &last);
}

void stats_sum_write(const struct stats_sum *s, struct buf *out)
{
    const int64_t counts[] = {s->chats, s->missed, s->abandoned, s->dropped, s->member_rows, s->agent_rows, s->system_rows};

    put(out, VERSION);
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        put(out, (unsigned __int128)counts[i]);
    for (int i = 0; i < STATS_SCORES; i++)
        put(out, (unsigned __int128)s->scores[i]);
    for (int i = 0; i < FIGURE_TOTAL; i++)
        put_figure(out, &s->figure[i]);
}

/* An answer over two years adds up millions of these. */
static void take_buckets(struct reader *r, struct stats_sum *s, struct stats_figure_sum *f)
{
    int64_t used = take(r), bucket = 0, count;
    unsigned octave = OCTAVES;
    uint32_t *counts = NULL;

    for (int64_t i = 0; i < used; i++) {
        bucket += take(r);
        count = take(r);
        if (r->is_bad || bucket >= OCTAVES * FINE || count > UINT32_MAX) {
            r->is_bad = true;
            return;
        }
        if (bucket / FINE != octave) {
            octave = (unsigned)(bucket / FINE);
            counts = octave_of(f, octave);
            s->has_failed |= !counts;
        }
        if (counts)
            counts[bucket % FINE] += (uint32_t)count;
    }
}

static void take_figure(struct reader *r, struct stats_sum *s, struct stats_figure_sum *f)
{
    int64_t n = take(r), max;

    if (n == 0)
        return;
    f->n += n;
    f->sum_ns += (__int128)take_wide(r);
    max = take(r);
    if (max > f->max_ns)
        f->max_ns = max;
    take_buckets(r, s, f);
}

bool stats_sum_read(struct stats_sum *s, const void *bytes, size_t n)
{
    struct reader r = {.p = bytes, .end = (const unsigned char *)bytes + n};
    int64_t *const counts[] = {&s->chats, &s->missed, &s->abandoned, &s->dropped, &s->member_rows, &s->agent_rows, &s->system_rows};

    if (take(&r) != VERSION)
        return false;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
        *counts[i] += take(&r);
    for (int i = 0; i < STATS_SCORES; i++)
        s->scores[i] += take(&r);
    for (int i = 0; i < FIGURE_TOTAL && !r.is_bad; i++)
        take_figure(&r, s, &s->figure[i]);
    return !r.is_bad && r.p == r.end;
}

/* ---- asking ---- */

static int64_t half_up(int64_t ns)
{
    return (ns + TENTH_NS / 2) / TENTH_NS * TENTH_NS;
}

/* The middle of the bucket that holds the value at position ceil(percent * n / 100); never above the largest value. */
static int64_t rank(const struct stats_figure_sum *f, int percent)
{
    int64_t left = (f->n * percent + 99) / 100, middle;

    for (unsigned b = 0; b < OCTAVES * FINE; b++) {
        left -= in_bucket(f, b);
        if (left > 0)
            continue;
        middle = middle_of(b) / NS_PER_MS * NS_PER_MS;
        return middle < f->max_ns ? middle : f->max_ns;
    }
    return f->max_ns;
}

void stats_sum_dist(struct stats_sum *s, enum stats_figure figure, struct stats_dist *d)
{
    struct stats_figure_sum *f = &s->figure[figure];
    bool is_mean = figure == FIGURE_ART;

    if (s->is_exact || f->n == 0) {
        stats_dist_make(f->values, (size_t)f->n, is_mean, d);
        return;
    }
    *d = (struct stats_dist){.n = f->n, .median_ns = rank(f, 50), .p90_ns = rank(f, 90), .max_ns = f->max_ns};
    d->mean_ns = half_up((int64_t)(f->sum_ns / f->n) + (is_mean ? 1 : 0)); /* as stats_dist_make() */
    if (is_mean) {
        d->median_ns = half_up(d->median_ns);
        d->p90_ns = half_up(d->p90_ns);
        d->max_ns = half_up(d->max_ns);
    }
}

int64_t stats_sum_below(const struct stats_sum *s, enum stats_figure figure, int64_t limit_ns)
{
    const struct stats_figure_sum *f = &s->figure[figure];
    int64_t n = 0;

    if (limit_ns >= f->max_ns)
        return f->n;
    if (s->is_exact) {
        for (int64_t i = 0; i < f->n; i++)
            n += f->values[i] <= limit_ns;
        return n;
    }
    for (unsigned b = 0; b < OCTAVES * FINE && middle_of(b) <= limit_ns; b++)
        n += in_bucket(f, b);
    return n;
}
