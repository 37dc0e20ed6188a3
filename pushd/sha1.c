#include "pushd/sha1.h"

#include <stdint.h>
#include <string.h>

#define BLOCK 64

static uint32_t rotate(uint32_t x, int by)
{
    return x << by | x >> (32 - by);
}

static uint32_t load_be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void store_be32(unsigned char *p, uint32_t x)
{
    p[0] = (unsigned char)(x >> 24);
    p[1] = (unsigned char)(x >> 16);
    p[2] = (unsigned char)(x >> 8);
    p[3] = (unsigned char)x;
}

/* The round function and its constant, FIPS 180-4 4.1.1 and 4.2.1. */
static uint32_t round_term(int t, uint32_t b, uint32_t c, uint32_t d)
{
    if (t < 20)
        return ((b & c) | (~b & d)) + 0x5a827999U;
    if (t < 40)
        return (b ^ c ^ d) + 0x6ed9eba1U;
    if (t < 60)
        return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdcU;
    return (b ^ c ^ d) + 0xca62c1d6U;
}

static void mix_block(uint32_t h[5], const unsigned char block[BLOCK])
{
    uint32_t w[80], a = h[0], b = h[1], c = h[2], d = h[3], e = h[4];
    int t;

    for (t = 0; t < 16; t++)
        w[t] = load_be32(block + 4 * t);
    for (; t < 80; t++)
        w[t] = rotate(w[t - 3] ^ w[t - 8] ^ w[t - 14] ^ w[t - 16], 1);
    for (t = 0; t < 80; t++) {
        uint32_t next = rotate(a, 5) + round_term(t, b, c, d) + e + w[t];

        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    h[0] += a;
    h[1] += b;
    h[2] += c;
    h[3] += d;
    h[4] += e;
}

void sha1_digest(const void *bytes, size_t n, unsigned char digest_r[SHA1_SIZE])
{
    uint32_t h[5] = {0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U, 0xc3d2e1f0U};
    const unsigned char *p = bytes;
    unsigned char last[2 * BLOCK] = {0};
    size_t left = n, padded;
    uint64_t bits = (uint64_t)n * 8;

    for (; left >= BLOCK; left -= BLOCK, p += BLOCK)
        mix_block(h, p);
    if (left)
        memcpy(last, p, left);
    last[left] = 0x80;
    padded = left + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
    store_be32(last + padded - 8, (uint32_t)(bits >> 32));
    store_be32(last + padded - 4, (uint32_t)bits);
    for (size_t at = 0; at < padded; at += BLOCK)
        mix_block(h, last + at);
    for (int i = 0; i < 5; i++)
        store_be32(digest_r + 4 * i, h[i]);
}
