#include "lib/chat/image_size.h"

#include <string.h>

static uint32_t be16(const uint8_t *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static uint32_t le16(const uint8_t *p)
{
    return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t le24(const uint8_t *p)
{
    return (uint32_t)p[2] << 16 | le16(p);
}

static uint32_t le32(const uint8_t *p)
{
    return le16(p + 2) << 16 | le16(p);
}

static bool give(uint32_t width, uint32_t height, int32_t *width_r, int32_t *height_r)
{
    if (width == 0 || height == 0 || width > INT32_MAX || height > INT32_MAX)
        return false;
    *width_r = (int32_t)width;
    *height_r = (int32_t)height;
    return true;
}

/* W3C PNG 5.2, 11.2.2: the signature, then IHDR */
static bool png(const uint8_t *p, size_t n, int32_t *w, int32_t *h)
{
    return n >= 24 && memcmp(p + 12, "IHDR", 4) == 0 && give(be32(p + 16), be32(p + 20), w, h);
}

/* ITU-T T.81 B.1.1: segments up to the frame header (SOF0..SOF15 but DHT, JPG and DAC) */
static bool jpeg(const uint8_t *p, size_t n, int32_t *w, int32_t *h)
{
    size_t i = 2;

    while (i + 4 <= n) {
        uint8_t marker = p[i + 1];

        if (p[i] != 0xFF)
            return false;
        if (marker == 0xFF) { /* a fill byte */
            i++;
            continue;
        }
        if (marker == 0x01 || (marker >= 0xD0 && marker <= 0xD8)) { /* these have no length */
            i += 2;
            continue;
        }
        if (marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC)
            return i + 9 <= n && give(be16(p + i + 7), be16(p + i + 5), w, h);
        if (marker == 0xD9 || marker == 0xDA || be16(p + i + 2) < 2) /* the end, or the scan without a frame */
            return false;
        i += 2 + be16(p + i + 2);
    }
    return false;
}

static bool gif(const uint8_t *p, size_t n, int32_t *w, int32_t *h)
{
    return n >= 10 && give(le16(p + 6), le16(p + 8), w, h);
}

/* RFC 9649 2.5, 2.6, 2.7: a lossy, lossless or extended first chunk */
static bool webp(const uint8_t *p, size_t n, int32_t *w, int32_t *h)
{
    if (n < 30)
        return false;
    if (memcmp(p + 12, "VP8 ", 4) == 0)
        return memcmp(p + 23, "\x9d\x01\x2a", 3) == 0 && give(le16(p + 26) & 0x3FFF, le16(p + 28) & 0x3FFF, w, h);
    if (memcmp(p + 12, "VP8L", 4) == 0) {
        uint32_t bits = le32(p + 21);

        return p[20] == 0x2F && give((bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1, w, h);
    }
    return memcmp(p + 12, "VP8X", 4) == 0 && give(le24(p + 24) + 1, le24(p + 27) + 1, w, h);
}

bool image_size(const uint8_t *bytes, size_t n, int32_t *width_r, int32_t *height_r)
{
    if (n >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        return png(bytes, n, width_r, height_r);
    if (n >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        return jpeg(bytes, n, width_r, height_r);
    if (n >= 6 && (memcmp(bytes, "GIF87a", 6) == 0 || memcmp(bytes, "GIF89a", 6) == 0))
        return gif(bytes, n, width_r, height_r);
    if (n >= 12 && memcmp(bytes, "RIFF", 4) == 0 && memcmp(bytes + 8, "WEBP", 4) == 0)
        return webp(bytes, n, width_r, height_r);
    return false;
}
