/* token: randomness, hashes and their texts. All by libsodium; sodium_init() is called once by token_start(). */
#ifndef SANGDAM_BASE_TOKEN_H
#define SANGDAM_BASE_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_TEXT_SIZE 44 /* 256 random bits as base64url without padding: 43 characters and NUL */
#define TOKEN_MASKED_SIZE 87 /* two such texts, one behind the other, and NUL */
#define TOKEN_HASH_SIZE 32 /* SHA-256 */
#define UUID_TEXT_SIZE 37

/* Call once before any other; false when there is no source of randomness. */
bool token_start(void);
/* A new secret of 256 bits as base64url text. */
void token_new(char out[TOKEN_TEXT_SIZE]);
/* What the database keeps of a secret. */
void token_hash(const char *token, uint8_t out[TOKEN_HASH_SIZE]);
/* The CSRF token that belongs to a cookie: derived, so that it is stored nowhere. */
void token_csrf(const char *cookie, char out[TOKEN_TEXT_SIZE]);
/* Another text for the same CSRF token each time, for pages: packed, their length would tell a token that is always the same (BREACH). "" for "". */
void token_mask(const char *csrf, char out[TOKEN_MASKED_SIZE]);
/* Is this that CSRF token, as it is or masked? */
bool token_is_csrf(const char *given, const char *csrf);
/* Compares in constant time (for equal lengths). */
bool token_equal(const char *a, const char *b);
/* Random UUID (version 4), lower case. */
void uuid_new(char out[UUID_TEXT_SIZE]);
/* True for 8-4-4-4-12 lower-case hex digits, but for those with a version of 8 to f and not the variant of RFC 9562, which MariaDB can't store. */
bool uuid_is_valid(const char *s);
uint32_t random_below(uint32_t bound);
/* n bytes as 2n lower-case hex digits and NUL. */
void hex_encode(const uint8_t *bytes, size_t n, char *out);

#endif
