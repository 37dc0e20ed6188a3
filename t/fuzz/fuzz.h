/* fuzz: what the fuzz targets share. Each t/fuzz/fuzz_NAME.c has one LLVMFuzzerTestOneInput(); `make fuzz` links it with libFuzzer, make check with
 * replay.c, which runs it over t/fuzz/corpus/NAME. */
#ifndef SANGDAM_T_FUZZ_H
#define SANGDAM_T_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What must hold whatever the input is. Not assert(): it may never be compiled away. */
static inline void require(bool holds)
{
    if (!holds)
        abort();
}

/* n bytes (and a NUL behind them when `ends`) as a block of their own, so that a sanitizer sees a read too far or too late. free() it. */
static inline char *fuzz_copy(const void *bytes, size_t n, bool ends)
{
    char *copy = calloc(1, n + (ends || !n));

    require(copy != NULL);
    if (n)
        memcpy(copy, bytes, n);
    if (ends)
        copy[n] = '\0';
    return copy;
}

/* The input as a source of choices: bytes are taken from its front; when it is empty they are 0. */
struct pick {
    const uint8_t *p;
    size_t n;
};

static inline uint8_t pick_byte(struct pick *from)
{
    if (!from->n)
        return 0;
    from->n--;
    return *from->p++;
}

static inline uint32_t pick_below(struct pick *from, uint32_t limit)
{
    return limit <= 256 ? pick_byte(from) % limit : (pick_byte(from) * 256U + pick_byte(from)) % limit;
}

#endif
