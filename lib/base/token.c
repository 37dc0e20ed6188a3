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

static bool get_base64url(const char *text, size_t n, uint8_t bytes[32])
{
    size_t len;

    return sodium_base642bin(bytes, 32, text, n, NULL, &len, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 && len == 32;
}

void token_mask(const char *csrf, char out[TOKEN_MASKED_SIZE])
{
    uint8_t mask[32], bytes[32];

    *out = '\0';
    if (!get_base64url(csrf, strlen(csrf), bytes))
        return;
    randombytes_buf(mask, sizeof(mask));
    for (size_t i = 0; i < sizeof(mask); i++)
        bytes[i] ^= mask[i];
    put_base64url(mask, out);
    put_base64url(bytes, out + TOKEN_TEXT_SIZE - 1);
}

bool token_is_csrf(const char *given, const char *csrf)
{
    uint8_t mask[32], bytes[32];
    char plain[TOKEN_TEXT_SIZE];

    if (strlen(given) != TOKEN_MASKED_SIZE - 1)
        return token_equal(given, csrf);
    if (!get_base64url(given, TOKEN_TEXT_SIZE - 1, mask) || !get_base64url(given + TOKEN_TEXT_SIZE - 1, TOKEN_TEXT_SIZE - 1, bytes))
        return false;
    for (size_t i = 0; i < sizeof(mask); i++)
        bytes[i] ^= mask[i];
    put_base64url(bytes, plain);
    return token_equal(plain, csrf);
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
