/* pieces: feeds a parser the same bytes whole, cut at every byte, byte by byte and in random cuts, and compares what it
 * says each time. Every piece is a block of its own of exactly its size, freed at once: a sanitizer sees a read too far or
 * a pointer kept too long. */
#ifndef SANGDAM_T_UNIT_PIECES_H
#define SANGDAM_T_UNIT_PIECES_H

#include <stdlib.h>
#include <string.h>

#include "lib/base/buf.h"
#include "t/unit/unit.h"

struct pieces_parser {
    /* A new state; freed by `end`. */
    void *(*begin)(void *options);
    /* Takes all n bytes and writes what they gave, a line each, to `said`. */
    void (*take)(void *state, char *bytes, size_t n, struct buf *said);
    void (*end)(void *state);
    void *options;
};

static inline void pieces_give(const struct pieces_parser *parser, void *state, const char *bytes, size_t n,
                               struct buf *said)
{
    char *piece = malloc(n ? n : 1);

    assert_non_null(piece);
    if (n)
        memcpy(piece, bytes, n);
    parser->take(state, piece, n, said);
    free(piece);
}

/* next(size left, seed) says how long the next piece is. */
static inline void pieces_run(const struct pieces_parser *parser, const char *bytes, size_t n,
                              size_t (*next)(size_t left, uint32_t *seed), uint32_t seed, const char *expected)
{
    struct buf said = BUF_INIT;
    void *state = parser->begin(parser->options);

    while (n > 0) {
        size_t take = next(n, &seed);

        pieces_give(parser, state, bytes, take, &said);
        bytes += take;
        n -= take;
    }
    parser->end(state);
    assert_false(buf_failed(&said));
    assert_string_equal(buf_str(&said), expected);
    buf_free(&said);
}

static inline size_t pieces_all(size_t left, uint32_t *seed)
{
    (void)seed;
    return left;
}

static inline size_t pieces_one(size_t left, uint32_t *seed)
{
    (void)left;
    (void)seed;
    return 1;
}

/* The first piece is *seed bytes, the second all the rest. */
static inline size_t pieces_two(size_t left, uint32_t *seed)
{
    size_t take = *seed < left ? *seed : left;

    *seed = UINT32_MAX;
    return take;
}

static inline size_t pieces_random(size_t left, uint32_t *seed)
{
    size_t take;

    *seed = *seed * 1664525U + 1013904223U;
    take = 1 + (*seed >> 16) % 37;
    return take < left ? take : left;
}

static inline void pieces_expect(const struct pieces_parser *parser, const void *bytes, size_t n, const char *expected)
{
    size_t cuts = n < 700 ? n : 700;

    pieces_run(parser, bytes, n, pieces_all, 0, expected);
    pieces_run(parser, bytes, n, pieces_one, 0, expected);
    for (size_t cut = 1; cut < cuts; cut++)
        pieces_run(parser, bytes, n, pieces_two, (uint32_t)cut, expected);
    for (uint32_t seed = 1; seed <= 8; seed++)
        pieces_run(parser, bytes, n, pieces_random, seed, expected);
}

/* n bytes as text for an expectation: those outside of printable ASCII and UTF-8 as \xx, long runs by their size alone. */
static inline void pieces_show(struct buf *said, const char *bytes, size_t n)
{
    if (n > 600) {
        buf_printf(said, "(%zu bytes)", n);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c < 0x20 || c == 0x7f)
            buf_printf(said, "\\%02x", c);
        else
            buf_add_char(said, (char)c);
    }
}

#endif
