#include <config.h> /* not "config.h": that is lib/chat/config.h here */

#include "lib/chat/web_push_crypto.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/buf.h"
#include "lib/base/json.h"

#define RECORD_SIZE 4096
#define EXPIRES_S (12 * 3600)

#ifdef HAVE_CRYPTO

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

/* ---- keys ---- */

/* private: NULL for a public key alone. */
static EVP_PKEY *make_pkey(const uint8_t *public, const uint8_t *private)
{
    OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
    BIGNUM *number = private ? BN_bin2bn(private, WEB_PUSH_PRIVATE, NULL) : NULL;
    EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    OSSL_PARAM *params = NULL;
    EVP_PKEY *key = NULL;

    if (build && ctx && (number || !private) && OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) &&
        OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, public, WEB_PUSH_PUBLIC) &&
        (!number || OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_PRIV_KEY, number)) && (params = OSSL_PARAM_BLD_to_param(build)) != NULL &&
        (EVP_PKEY_fromdata_init(ctx) != 1 || EVP_PKEY_fromdata(ctx, &key, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, params) != 1))
        key = NULL;
    OSSL_PARAM_free(params);
    OSSL_PARAM_BLD_free(build);
    BN_clear_free(number);
    EVP_PKEY_CTX_free(ctx);
    return key;
}

bool web_push_key_new(struct web_push_key *key_r)
{
    EVP_PKEY *key = EVP_EC_gen("prime256v1");
    BIGNUM *number = NULL;
    size_t n = 0;
    bool is_done = key && EVP_PKEY_get_octet_string_param(key, OSSL_PKEY_PARAM_PUB_KEY, key_r->public, WEB_PUSH_PUBLIC, &n) == 1 && n == WEB_PUSH_PUBLIC &&
                   EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_PRIV_KEY, &number) == 1 && BN_bn2binpad(number, key_r->private, WEB_PUSH_PRIVATE) == WEB_PUSH_PRIVATE;

    BN_clear_free(number);
    EVP_PKEY_free(key);
    return is_done;
}

bool web_push_key_read(const char *public_text, const char *private_text, struct web_push_key *key_r)
{
    EVP_PKEY *key;
    EVP_PKEY_CTX *ctx;
    bool is_good;

    if (!web_push_decode(public_text, key_r->public, WEB_PUSH_PUBLIC) || !web_push_decode(private_text, key_r->private, WEB_PUSH_PRIVATE))
        return false;
    key = make_pkey(key_r->public, key_r->private);
    ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    is_good = ctx && EVP_PKEY_pairwise_check(ctx) == 1;
    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(key);
    return is_good;
}

/* ---- RFC 8291 ---- */

static bool agree(const struct web_push_key *ours, const uint8_t *theirs, uint8_t secret_r[32])
{
    EVP_PKEY *key = make_pkey(ours->public, ours->private), *peer = make_pkey(theirs, NULL);
    EVP_PKEY_CTX *ctx = key ? EVP_PKEY_CTX_new(key, NULL) : NULL;
    size_t n = 32;
    bool is_done = ctx && peer && EVP_PKEY_derive_init(ctx) == 1 && EVP_PKEY_derive_set_peer(ctx, peer) == 1 && EVP_PKEY_derive(ctx, secret_r, &n) == 1 && n == 32;

    EVP_PKEY_CTX_free(ctx);
    EVP_PKEY_free(peer);
    EVP_PKEY_free(key);
    return is_done;
}

static void hmac(const uint8_t *key, size_t key_n, const void *bytes, size_t n, uint8_t out[32])
{
    crypto_auth_hmacsha256_state state;

    crypto_auth_hmacsha256_init(&state, key, key_n);
    crypto_auth_hmacsha256_update(&state, bytes, n);
    crypto_auth_hmacsha256_final(&state, out);
}

/* The first block of HKDF-Expand (RFC 5869 2.3); info is followed by the counter. */
#define EXPAND(prk, info, out) hmac(prk, 32, info "\0\1", sizeof(info "\0\1") - 1, out)

/* RFC 8291 3.4: the key and the nonce of the one record. */
static bool derive(const uint8_t *to, const uint8_t *auth, const struct web_push_key *sender, const uint8_t *salt, uint8_t key_r[32], uint8_t nonce_r[32])
{
    static const char info[] = "WebPush: info"; /* with its NUL */
    uint8_t secret[32], prk[32], ikm[32], text[sizeof info + 2 * WEB_PUSH_PUBLIC + 1];

    if (!agree(sender, to, secret))
        return false;
    hmac(auth, WEB_PUSH_AUTH, secret, sizeof secret, prk);
    memcpy(text, info, sizeof info);
    memcpy(text + sizeof info, to, WEB_PUSH_PUBLIC);
    memcpy(text + sizeof info + WEB_PUSH_PUBLIC, sender->public, WEB_PUSH_PUBLIC);
    text[sizeof text - 1] = 1;
    hmac(prk, sizeof prk, text, sizeof text, ikm);
    hmac(salt, WEB_PUSH_SALT, ikm, sizeof ikm, prk);
    EXPAND(prk, "Content-Encoding: aes128gcm", key_r);
    EXPAND(prk, "Content-Encoding: nonce", nonce_r);
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(ikm, sizeof ikm);
    return true;
}

/* The record: the text, the delimiter of a last record (RFC 8188 2), the tag. */
static bool seal(const uint8_t *key, const uint8_t *nonce, const char *plain, size_t n, struct buf *out)
{
    static const uint8_t last = 2;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    uint8_t *to;
    int a = 0, b = 0, c = 0;
    bool is_done = ctx && buf_reserve(out, n + 1 + 16);

    if (is_done) {
        to = (uint8_t *)out->p + out->len;
        is_done = EVP_EncryptInit_ex(ctx, EVP_aes_128_gcm(), NULL, key, nonce) == 1 && EVP_EncryptUpdate(ctx, to, &a, (const uint8_t *)plain, (int)n) == 1 &&
                  EVP_EncryptUpdate(ctx, to + a, &b, &last, 1) == 1 && EVP_EncryptFinal_ex(ctx, to + a + b, &c) == 1 &&
                  EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, 16, to + n + 1) == 1;
    }
    if (is_done)
        out->len += n + 1 + 16;
    EVP_CIPHER_CTX_free(ctx);
    return is_done;
}

bool web_push_encrypt(const uint8_t to[WEB_PUSH_PUBLIC], const uint8_t auth[WEB_PUSH_AUTH], const struct web_push_key *sender, const uint8_t salt[WEB_PUSH_SALT],
                      const char *plain, size_t n, struct buf *out)
{
    const uint8_t size[5] = {RECORD_SIZE >> 24, RECORD_SIZE >> 16 & 0xff, RECORD_SIZE >> 8 & 0xff, RECORD_SIZE & 0xff, WEB_PUSH_PUBLIC};
    uint8_t key[32], nonce[32];
    bool is_done = n <= WEB_PUSH_PLAIN_MAX && derive(to, auth, sender, salt, key, nonce);

    if (is_done) {
        buf_add(out, salt, WEB_PUSH_SALT);
        buf_add(out, size, sizeof size);
        buf_add(out, sender->public, WEB_PUSH_PUBLIC);
        is_done = seal(key, nonce, plain, n, out) && !buf_failed(out);
    }
    sodium_memzero(key, sizeof key);
    return is_done;
}

/* ---- RFC 8292 ---- */

/* ES256 (RFC 7518 3.4): r and s as 32 bytes each. */
static bool sign(const struct web_push_key *key, const char *text, size_t n, uint8_t out[64])
{
    EVP_PKEY *pkey = make_pkey(key->public, key->private);
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    uint8_t der[80];
    const uint8_t *at = der;
    size_t der_n = sizeof der;
    ECDSA_SIG *pair = NULL;
    bool is_done = pkey && ctx && EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, pkey) == 1 && EVP_DigestSign(ctx, der, &der_n, (const uint8_t *)text, n) == 1 &&
                   (pair = d2i_ECDSA_SIG(NULL, &at, (long)der_n)) != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(pair), out, 32) == 32 &&
                   BN_bn2binpad(ECDSA_SIG_get0_s(pair), out + 32, 32) == 32;

    ECDSA_SIG_free(pair);
    EVP_MD_CTX_free(ctx);
    EVP_PKEY_free(pkey);
    return is_done;
}

static void write_claims(struct buf *out, const char *endpoint, const char *subject, int64_t now_ms)
{
    const char *host = strstr(endpoint, "://");
    size_t n = host ? (size_t)(host + 3 - endpoint) : 0;
    struct json_writer w = JSON_WRITER(out);

    n += strcspn(endpoint + n, "/?#");
    jw_object(&w);
    jw_strn(&w, "aud", endpoint, n);
    jw_int(&w, "exp", now_ms / 1000 + EXPIRES_S);
    if (subject[0])
        jw_str(&w, "sub", subject);
    jw_object_end(&w);
}

bool web_push_authorization(const struct web_push_key *key, const char *endpoint, const char *subject, int64_t now_ms, struct buf *out)
{
    static const char head[] = "{\"typ\":\"JWT\",\"alg\":\"ES256\"}";
    struct buf claims = BUF_INIT, token = BUF_INIT;
    uint8_t signature[64];
    bool is_done;

    write_claims(&claims, endpoint, subject, now_ms);
    web_push_encode(&token, (const uint8_t *)head, sizeof head - 1);
    buf_add_char(&token, '.');
    web_push_encode(&token, (const uint8_t *)buf_str(&claims), claims.len);
    is_done = !buf_failed(&claims) && !buf_failed(&token) && sign(key, buf_str(&token), token.len, signature);
    if (is_done) {
        buf_add_char(&token, '.');
        web_push_encode(&token, signature, sizeof signature);
        buf_printf(out, "vapid t=%s, k=", buf_str(&token));
        web_push_encode(out, key->public, WEB_PUSH_PUBLIC);
        is_done = !buf_failed(&token) && !buf_failed(out);
    }
    buf_free(&claims);
    buf_free(&token);
    return is_done;
}

#else

bool web_push_key_new(struct web_push_key *key_r)
{
    (void)key_r;
    return false;
}

bool web_push_key_read(const char *public_text, const char *private_text, struct web_push_key *key_r)
{
    (void)public_text, (void)private_text, (void)key_r;
    return false;
}

bool web_push_encrypt(const uint8_t to[WEB_PUSH_PUBLIC], const uint8_t auth[WEB_PUSH_AUTH], const struct web_push_key *sender, const uint8_t salt[WEB_PUSH_SALT],
                      const char *plain, size_t n, struct buf *out)
{
    (void)to, (void)auth, (void)sender, (void)salt, (void)plain, (void)n, (void)out;
    return false;
}

bool web_push_authorization(const struct web_push_key *key, const char *endpoint, const char *subject, int64_t now_ms, struct buf *out)
{
    (void)key, (void)endpoint, (void)subject, (void)now_ms, (void)out;
    return false;
}

#endif
