/* int_table: see int_table.h. */
#include "pushd/int_table.h"

#include <stdlib.h>
#include <string.h>

#define SIZE_MIN_SLOTS 16

static int64_t *slot(const struct int_table *t, uint32_t i)
{
    return (int64_t *)(void *)(t->slots + (size_t)i * t->record_size);
}

/* Where a key wants to be: a multiplication spreads numbers that follow each other (Knuth, 6.4). */
static uint32_t home(const struct int_table *t, int64_t key)
{
    return (uint32_t)(((uint64_t)key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (t->size - 1);
}

/* The slot of key, or the empty one where it would go. Needs an empty slot. */
static uint32_t probe(const struct int_table *t, int64_t key)
{
    uint32_t i = home(t, key);

    while (*slot(t, i) != 0 && *slot(t, i) != key)
        i = (i + 1) & (t->size - 1);
    return i;
}

void int_table_free(struct int_table *t)
{
    free(t->slots);
    t->slots = NULL;
    t->size = t->count = 0;
}

void *int_table_find(const struct int_table *t, int64_t key)
{
    int64_t *at;

    if (!t->size)
        return NULL;
    at = slot(t, probe(t, key));
    return *at ? at : NULL;
}

static int resize(struct int_table *t, uint32_t size)
{
    struct int_table to = {.size = size, .count = t->count, .record_size = t->record_size};

    to.slots = calloc(size, t->record_size);
    if (!to.slots)
        return 0;
    for (uint32_t i = 0; i < t->size; i++)
        if (*slot(t, i))
            memcpy(slot(&to, probe(&to, *slot(t, i))), slot(t, i), t->record_size);
    free(t->slots);
    *t = to;
    return 1;
}

void *int_table_add(struct int_table *t, int64_t key)
{
    int64_t *at = int_table_find(t, key);

    if (at)
        return at;
    if ((uint64_t)t->count * 4 >= (uint64_t)t->size * 3 && !resize(t, t->size ? t->size * 2 : SIZE_MIN_SLOTS))
        return NULL;
    at = slot(t, probe(t, key));
    *at = key;
    t->count++;
    return at;
}

/* Empties slot i and moves those behind it that it stood in the way of. */
static void empty(struct int_table *t, uint32_t i)
{
    uint32_t hole = i;

    for (;;) {
        i = (i + 1) & (t->size - 1);
        if (!*slot(t, i))
            break;
        /* It may move when its home is not between the hole and where it is. */
        if (((i - home(t, *slot(t, i))) & (t->size - 1)) >= ((i - hole) & (t->size - 1))) {
            memcpy(slot(t, hole), slot(t, i), t->record_size);
            hole = i;
        }
    }
    memset(slot(t, hole), 0, t->record_size);
    t->count--;
}

void int_table_delete(struct int_table *t, int64_t key)
{
    uint32_t i;

    if (!t->size)
        return;
    i = probe(t, key);
    if (!*slot(t, i))
        return;
    empty(t, i);
    if (t->size > SIZE_MIN_SLOTS && t->count < t->size / 8)
        (void)resize(t, t->size / 2); /* without memory it stays as large as it is */
}

void *int_table_next(const struct int_table *t, uint32_t *at)
{
    while (*at < t->size) {
        int64_t *record = slot(t, (*at)++);
        if (*record)
            return record;
    }
    return NULL;
}

void int_table_delete_at(struct int_table *t, uint32_t *at)
{
    empty(t, --*at);
}
