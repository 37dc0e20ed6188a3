/* host_jwt: see host_jwt.h. */
#include "lib/chat/host_jwt.h"

#include <sodium.h>
#include <string.h>

#include "lib/base/json.h"

#define WORD_CHARACTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

struct part {
    const char *s;
    size_t n;
};

/* Exactly three parts of base64url characters, none empty. */
static bool split(const char *token, struct part parts[3])
{
    for (int i = 0; i < 3; i++) {
        parts[i] = (struct part){token, strspn(token, WORD_CHARACTERS)};
        if (parts[i].n == 0)
            return false;
        token += parts[i].n;
        if (*token++ != (i < 2 ? '.' : '\0'))
            return false;
    }
    return true;
}

/* Whole, and its last character holds no bits that mean nothing: one text has one encoding. */
static bool decode(const struct part *p, unsigned char *out, size_t size, size_t *n_r)
{
    char again[HOST_JWT_MAX + 4];

    if (sodium_base642bin(out, size, p->s, p->n, NULL, n_r, NULL, sodium_base64_VARIANT_URLSAFE_NO_PADDING) != 0)
        return false;
    sodium_bin2base64(again, sizeof again, out, *n_r, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return strlen(again) == p->n && memcmp(again, p->s, p->n) == 0;
}

static struct json_object *read_object(const struct part *p)
{
    unsigned char bytes[HOST_JWT_MAX];
    const char *why;
    size_t n;
    struct json_object *o = decode(p, bytes, sizeof bytes, &n) ? json_read((const char *)bytes, n, &why) : NULL;

    if (o && !json_object_is_type(o, json_type_object)) {
        json_object_put(o);
        o = NULL;
    }
    return o;
}

/* A text member of 1 to size - 1 bytes. */
static bool take_text(struct json_object *o, const char *key, char *out, size_t size)
{
    const char *s;
    size_t n;

    if (json_get_str(o, key, &s, &n) != JSON_GOT || n == 0 || n >= size)
        return false;
    memcpy(out, s, n + 1);
    return true;
}

/* The key that the header names; NULL with *why_r. The header says nothing else that we heed: no key, no address of one, no other algorithm. */
static const struct host_jwt_key *choose_key(struct json_object *header, const struct host_jwt_key *keys, size_t n, const char **why_r)
{
    char alg[16], typ[16], kid[HOST_JWT_KID_SIZE];
    struct json_object *ignored;

    *why_r = "alg is not HS256";
    if (!take_text(header, "alg", alg, sizeof alg) || strcmp(alg, "HS256") != 0)
        return NULL;
    *why_r = "typ is not JWT";
    if (json_object_object_get_ex(header, "typ", &ignored) && (!take_text(header, "typ", typ, sizeof typ) || strcmp(typ, "JWT") != 0))
        return NULL;
    *why_r = "crit or b64 in the header";
    if (json_object_object_get_ex(header, "crit", &ignored) || json_object_object_get_ex(header, "b64", &ignored))
        return NULL;
    *why_r = "kid names no live key";
    if (!take_text(header, "kid", kid, sizeof kid))
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (strcmp(keys[i].kid, kid) == 0)
            return &keys[i];
    return NULL;
}

/* signed_len: bytes of "header.payload". */
static bool is_signed(const char *token, size_t signed_len, const struct part *signature, const char *secret)
{
    unsigned char given[64], wanted[crypto_auth_hmacsha256_BYTES];
    crypto_auth_hmacsha256_state state;
    size_t n;

    if (!*secret || !decode(signature, given, sizeof given, &n) || n != sizeof wanted)
        return false;
    crypto_auth_hmacsha256_init(&state, (const unsigned char *)secret, strlen(secret));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)token, signed_len);
    crypto_auth_hmacsha256_final(&state, wanted);
    return sodium_memcmp(given, wanted, sizeof wanted) == 0;
}

static const char *read_times(struct json_object *payload, int64_t now_s, int64_t *exp_r)
{
    int64_t t;

    if (json_get_int(payload, "exp", exp_r) != JSON_GOT)
        return "exp is missing or no whole number";
    if (*exp_r <= now_s)
        return "exp has passed";
    if (*exp_r - now_s > HOST_JWT_LIFE_S)
        return "exp is more than five minutes away";
    for (int i = 0; i < 2; i++) {
        enum json_get got = json_get_int(payload, i ? "nbf" : "iat", &t);

        if (got == JSON_WRONG_TYPE || (got == JSON_GOT && (t < 0 || t > now_s + HOST_JWT_SKEW_S)))
            return "iat or nbf lies ahead";
    }
    return NULL;
}

static const char *read_claims(struct json_object *payload, const char *audience, int64_t now_s, struct host_jwt *jwt_r)
{
    const char *aud, *why = read_times(payload, now_s, &jwt_r->exp_s);
    struct json_object *ignored;
    size_t n;

    if (why)
        return why;
    if (json_get_str(payload, "aud", &aud, &n) != JSON_GOT || strcmp(aud, audience) != 0)
        return "aud is not this site";
    if (!take_text(payload, "sub", jwt_r->sub, sizeof jwt_r->sub))
        return "sub is missing, empty or too long";
    if (!take_text(payload, "jti", jwt_r->jti, sizeof jwt_r->jti))
        return "jti is missing, empty or too long";
    if (json_object_object_get_ex(payload, "name", &ignored) && ignored && !take_text(payload, "name", jwt_r->name, sizeof jwt_r->name))
        return "name is no text, empty or too long";
    return NULL;
}

const char *host_jwt_read(const char *token, const char *audience, const struct host_jwt_key *keys, size_t n, int64_t now_s, struct host_jwt *jwt_r)
{
    struct part parts[3];
    struct json_object *header, *payload;
    const struct host_jwt_key *key;
    const char *why = "the header is no JSON object";

    *jwt_r = (struct host_jwt){0};
    if (strlen(token) > HOST_JWT_MAX || !split(token, parts))
        return "not three parts of base64url";
    header = read_object(&parts[0]);
    key = header ? choose_key(header, keys, n, &why) : NULL;
    json_object_put(header);
    if (!key)
        return why;
    if (!is_signed(token, (size_t)(parts[2].s - 1 - token), &parts[2], key->secret))
        return "the signature is wrong";
    payload = read_object(&parts[1]);
    why = payload ? read_claims(payload, audience, now_s, jwt_r) : "the payload is no JSON object";
    json_object_put(payload);
    return why;
}
