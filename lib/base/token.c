#include "lib/base/token.h"

#include <sodium.h>
#include <string.h>

_Static_assert(TOKEN_HASH_SIZE == crypto_hash_sha256_BYTES, "a stored hash is a SHA-256");

/* Keeps the CSRF token apart from every other hash of a cookie; not a secret. */
static const unsigned char csrf_domain[] = "sangdam csrf token 1";

bool token_start(void)
{
    return sodium_init() >= 0;
}

static void put_base64url(const uint8_t bytes[32], char out[TOKEN_TEXT_SIZE])
{
    sodium_bin2base64(out, TOKEN_TEXT_SIZE, bytes, 32, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

void token_new(char out[TOKEN_TEXT_SIZE])
{
    uint8_t bytes[32];

    randombytes_buf(bytes, sizeof(bytes));
    put_base64url(bytes, out);
    sodium_memzero(bytes, sizeof(bytes));
}

/* A plain hash will do, where a password needs a slow one: 256 random bits can't be guessed. */
void token_hash(const char *token, uint8_t out[TOKEN_HASH_SIZE])
{
    crypto_hash_sha256(out, (const unsigned char *)token, strlen(token));
}

/* Whoever sees a page with this token can't find the cookie from it, and who lacks the cookie can't make it. */
void token_csrf(const char *cookie, char out[TOKEN_TEXT_SIZE])
{
    uint8_t bytes[32];

    crypto_generichash(bytes, sizeof(bytes), (const unsigned char *)cookie, strlen(cookie), csrf_domain, sizeof(csrf_domain) - 1);
    put_base64url(bytes, out);
}

bool token_equal(const char *a, const char *b)
{
    size_t n = strlen(a);

    return n == strlen(b) && sodium_memcmp(a, b, n) == 0;
}

/* RFC 9562 5.4 */
void uuid_new(char out[UUID_TEXT_SIZE])
{
    uint8_t bytes[16];
    char hex[33];
    char *p = out;

    randombytes_buf(bytes, sizeof(bytes));
    bytes[6] = (uint8_t)((bytes[6] & 0x0F) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3F) | 0x80);
    hex_encode(bytes, sizeof(bytes), hex);
    for (int i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            *p++ = '-';
        *p++ = hex[i];
    }
    *p = '\0';
}

bool uuid_is_valid(const char *s)
{
    for (int i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;

        if (hyphen ? s[i] != '-' : !((s[i] >= '0' && s[i] <= '9') || (s[i] >= 'a' && s[i] <= 'f')))
            return false;
    }
    if (s[UUID_TEXT_SIZE - 1] != '\0')
        return false;
    /* version 8 or above without the variant of RFC 9562 4.1 is no UUID of anybody's, and MariaDB's UUID type stores none */
    return s[14] < '8' || s[19] >= '8';
}

uint32_t random_below(uint32_t bound)
{
    return randombytes_uniform(bound);
}

void hex_encode(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
    *out = '\0';
}
