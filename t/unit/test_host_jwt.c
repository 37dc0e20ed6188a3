/* host_jwt: what is a site's word about a member, and all that nearly is. Tokens are made here, with keys and clock of the test's own. */
#include "t/unit/unit.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "lib/chat/host_jwt.h"

#define NOW 1800000000
#define HEADER "{\"alg\":\"HS256\",\"typ\":\"JWT\",\"kid\":\"k1\"}"
#define PAYLOAD "{\"aud\":\"shop\",\"sub\":\"u-17\",\"jti\":\"one\",\"exp\":1800000120}"

static const struct host_jwt_key keys[HOST_JWT_KEYS] = {{"k1", "first-secret-of-at-least-32-bytes-0123456789"}, {"k2", "other-secret-of-at-least-32-bytes-0123456789"}};

static void add_part(char *out, const void *bytes, size_t n)
{
    sodium_bin2base64(out + strlen(out), 8192 - strlen(out), bytes, n, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

/* header.payload.signature, signed with secret. */
static const char *token(const char *header, const char *payload, const char *secret)
{
    static char out[8192];
    unsigned char mac[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;

    out[0] = '\0';
    add_part(out, header, strlen(header));
    strcat(out, ".");
    add_part(out, payload, strlen(payload));
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)out, strlen(out));
    crypto_auth_hmacsha256_final(&state, mac);
    strcat(out, ".");
    add_part(out, mac, sizeof mac);
    return out;
}

static const char *why(const char *text)
{
    struct host_jwt jwt;

    return host_jwt_read(text, "shop", keys, HOST_JWT_KEYS, NOW, &jwt);
}

static void good_words(void **state)
{
    struct host_jwt jwt;

    (void)state;
    assert_null(host_jwt_read(token(HEADER, PAYLOAD, keys[0].secret), "shop", keys, HOST_JWT_KEYS, NOW, &jwt));
    assert_string_equal(jwt.sub, "u-17");
    assert_string_equal(jwt.jti, "one");
    assert_string_equal(jwt.name, "");
    assert_int_equal(jwt.exp_s, NOW + 120);
    assert_null(host_jwt_read(token("{\"kid\":\"k2\",\"alg\":\"HS256\"}",
                                    "{\"aud\":\"shop\",\"sub\":\"가\",\"jti\":\"j\",\"exp\":1800000300,\"iat\":1800000030,\"nbf\":1799999999,\"name\":\"김하늘\",\"more\":{\"x\":[1]}}", keys[1].secret),
                              "shop", keys, HOST_JWT_KEYS, NOW, &jwt));
    assert_string_equal(jwt.name, "김하늘");
    /* RFC 7515 A.1: another maker's token, whose bytes we did not choose; its claims are not ours, but its signature is read as right only with its own key */
    assert_string_equal(why("eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"),
                        "kid names no live key");
}

static void bad_headers(void **state)
{
    static const char *const headers[] = {
        "{\"alg\":\"none\",\"kid\":\"k1\"}", "{\"alg\":\"None\",\"kid\":\"k1\"}", "{\"alg\":\"\",\"kid\":\"k1\"}", "{\"alg\":null,\"kid\":\"k1\"}", "{\"kid\":\"k1\"}",
        "{\"alg\":\"RS256\",\"kid\":\"k1\"}", "{\"alg\":\"HS512\",\"kid\":\"k1\"}", "{\"alg\":\"ES256\",\"kid\":\"k1\"}", "{\"alg\":\"hs256\",\"kid\":\"k1\"}",
        "{\"alg\":[\"HS256\"],\"kid\":\"k1\"}", "{\"alg\":\"HS256\"}", "{\"alg\":\"HS256\",\"kid\":\"\"}", "{\"alg\":\"HS256\",\"kid\":1}", "{\"alg\":\"HS256\",\"kid\":\"k3\"}",
        "{\"alg\":\"HS256\",\"kid\":\"K1\"}", "{\"alg\":\"HS256\",\"kid\":\"../../dev/null\"}", "{\"alg\":\"HS256\",\"kid\":\"k1' OR '1'='1\"}", "{\"alg\":\"HS256\",\"kid\":\"k1\\u0000\"}",
        "{\"alg\":\"HS256\",\"alg\":\"none\",\"kid\":\"k1\"}", "{\"alg\":\"none\",\"alg\":\"HS256\",\"kid\":\"k1\"}", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"crit\":[\"exp\"]}",
        "{\"alg\":\"HS256\",\"kid\":\"k1\",\"b64\":false}", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":\"JWE\"}", "{\"alg\":\"HS256\",\"kid\":\"k1\",\"typ\":7}", "[]", "\"HS256\"", "null",
        "{\"alg\":\"HS256\",\"kid\":\"k1\"}x", "{\"alg\":\"HS256\",\"kid\":\"k1\"", "",
    };

    (void)state;
    for (size_t i = 0; i < COUNT(headers); i++)
        if (!why(token(headers[i], PAYLOAD, keys[0].secret)))
            fail_msg("taken: %s", headers[i]);
    assert_non_null(why(token("{\"alg\":\"HS256\",\"kid\":\"k1\",\"jwk\":{\"kty\":\"oct\",\"k\":\"YQ\"}}", PAYLOAD, "a")));
}

static void bad_payloads(void **state)
{
#define REST "\"aud\":\"shop\",\"sub\":\"u\",\"jti\":\"j\""
    static const char *const payloads[] = {
        "{" REST "}", "{" REST ",\"exp\":null}", "{" REST ",\"exp\":\"1800000120\"}", "{" REST ",\"exp\":1800000120.5}", "{" REST ",\"exp\":1.8e9}", "{" REST ",\"exp\":true}",
        "{" REST ",\"exp\":1800000000}", "{" REST ",\"exp\":1799999999}", "{" REST ",\"exp\":0}", "{" REST ",\"exp\":-1}", "{" REST ",\"exp\":1800000301}", "{" REST ",\"exp\":2115360000}",
        "{" REST ",\"exp\":99999999999999999999}", "{" REST ",\"exp\":1800000120,\"exp\":1800000120}", "{" REST ",\"exp\":1800000120,\"iat\":1800000031}",
        "{" REST ",\"exp\":1800000120,\"nbf\":1800000100}", "{" REST ",\"exp\":1800000120,\"iat\":\"1800000000\"}", "{" REST ",\"exp\":1800000120,\"nbf\":-1}",
        "{\"sub\":\"u\",\"jti\":\"j\",\"exp\":1800000120}", "{\"aud\":\"other\",\"sub\":\"u\",\"jti\":\"j\",\"exp\":1800000120}", "{\"aud\":\"Shop\",\"sub\":\"u\",\"jti\":\"j\",\"exp\":1800000120}",
        "{\"aud\":\"shop2\",\"sub\":\"u\",\"jti\":\"j\",\"exp\":1800000120}", "{\"aud\":[\"shop\"],\"sub\":\"u\",\"jti\":\"j\",\"exp\":1800000120}", "{\"aud\":\"\",\"sub\":\"u\",\"jti\":\"j\",\"exp\":1800000120}",
        "{\"aud\":\"shop\",\"jti\":\"j\",\"exp\":1800000120}", "{\"aud\":\"shop\",\"sub\":\"\",\"jti\":\"j\",\"exp\":1800000120}", "{\"aud\":\"shop\",\"sub\":17,\"jti\":\"j\",\"exp\":1800000120}",
        "{\"aud\":\"shop\",\"sub\":\"u\",\"exp\":1800000120}", "{\"aud\":\"shop\",\"sub\":\"u\",\"jti\":\"\",\"exp\":1800000120}", "{\"aud\":\"shop\",\"sub\":\"u\",\"jti\":1,\"exp\":1800000120}",
        "{" REST ",\"exp\":1800000120,\"name\":7}", "{" REST ",\"exp\":1800000120,\"name\":\"\"}", "{" REST ",\"exp\":1800000120}}", "[]", "1", "", "{\"a\":\xff}",
    };
    char longer[2000];

    (void)state;
    for (size_t i = 0; i < COUNT(payloads); i++)
        if (!why(token(HEADER, payloads[i], keys[0].secret)))
            fail_msg("taken: %s", payloads[i]);
    snprintf(longer, sizeof longer, "{\"aud\":\"shop\",\"jti\":\"j\",\"exp\":1800000120,\"sub\":\"%0256d\"}", 0);
    assert_non_null(why(token(HEADER, longer, keys[0].secret)));
    snprintf(longer, sizeof longer, "{\"aud\":\"shop\",\"sub\":\"u\",\"exp\":1800000120,\"jti\":\"%0129d\"}", 0);
    assert_non_null(why(token(HEADER, longer, keys[0].secret)));
}

static void bad_signatures(void **state)
{
    const char *good = token(HEADER, PAYLOAD, keys[0].secret);
    char text[8300], *last;
    size_t n = strlen(good);
    struct host_jwt jwt;

    (void)state;
    assert_non_null(why(token(HEADER, PAYLOAD, keys[1].secret))); /* the kid of one key, the secret of the other */
    assert_non_null(why(token(HEADER, PAYLOAD, "")));
    good = token(HEADER, PAYLOAD, keys[0].secret);
    assert_null(why(good));
    for (size_t i = 0; i < n; i++) { /* each character changed, and each cut */
        memcpy(text, good, n + 1);
        text[i] = text[i] == 'A' ? 'B' : 'A';
        if (strcmp(text, good) != 0 && !why(text))
            fail_msg("taken with another character at %zu", i);
        memcpy(text, good, n + 1);
        text[i] = '\0';
        if (!why(text))
            fail_msg("taken when cut at %zu", i);
    }
    for (const char *const *tail = (const char *const[]){"=", "==", ".", "A", " ", "\n", ".A", NULL}; *tail; tail++) {
        snprintf(text, sizeof text, "%s%s", good, *tail);
        assert_non_null(why(text));
    }
    snprintf(text, sizeof text, " %s", good);
    assert_non_null(why(text));
    /* the last character holds two bits that mean nothing: all of its four forms are one signature, and only the first is taken */
    memcpy(text, good, n + 1);
    last = text + n - 1;
    *last = *last == 'Z' ? 'a' : *last == 'z' ? '0' : *last == '9' ? '-' : (char)(*last + 1);
    assert_non_null(why(text));
    last = strrchr(text, '.');
    last[1] = '\0'; /* "alg none" in all but name: an empty signature */
    assert_non_null(why(text));
    last[0] = '\0';
    assert_non_null(why(text));
    assert_non_null(why(""));
    assert_non_null(why("..."));
    assert_non_null(why("a.b.c"));
    assert_non_null(host_jwt_read(token(HEADER, PAYLOAD, keys[0].secret), "shop", NULL, 0, NOW, &jwt));
    memset(text, 'A', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    assert_non_null(why(text));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_words), cmocka_unit_test(bad_headers), cmocka_unit_test(bad_payloads), cmocka_unit_test(bad_signatures),
    };
    if (sodium_init() < 0)
        return 1;
    return unit_run(tests);
}
