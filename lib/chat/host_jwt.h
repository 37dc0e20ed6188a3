/* host_jwt: the signed word of a site about one of its members: a JWT (RFC 7519) by HS256 (RFC 7515, RFC 7518 3.2) and nothing else. Pure: keys and clock are
 * given. Strict, since whoever gets one past it is somebody else: three base64url parts without padding and without stray bits, JSON by lib/base/json (no
 * duplicate keys), the signature before the payload is looked at. */
#ifndef SANGDAM_CHAT_HOST_JWT_H
#define SANGDAM_CHAT_HOST_JWT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOST_JWT_MAX 4096          /* bytes of a token */
#define HOST_JWT_LIFE_S 300        /* exp is at most so far from now */
#define HOST_JWT_SKEW_S 30         /* the host's clock may be so far ahead, for iat and nbf */
#define HOST_JWT_KEYS 2            /* live keys of a site: one to sign with, one on its way out */
#define HOST_JWT_KID_SIZE 41       /* [A-Za-z0-9_-] */
#define HOST_JWT_SUB_SIZE 256      /* bytes with NUL */
#define HOST_JWT_JTI_SIZE 129
#define HOST_JWT_NAME_SIZE 1025

struct host_jwt_key {
    char kid[HOST_JWT_KID_SIZE];
    char secret[64]; /* as the site has it: its bytes are the HMAC's key */
};
struct host_jwt {
    char sub[HOST_JWT_SUB_SIZE];   /* who it is there; compared byte by byte */
    char jti[HOST_JWT_JTI_SIZE];
    char name[HOST_JWT_NAME_SIZE]; /* "" when there is none; not checked as a nickname */
    int64_t exp_s;
};

/* NULL and *jwt_r when token is good for audience (the site's key) at now_s; else why not, static English, for the log alone: whoever sent it learns only that it
 * is not good. keys: n of them, those of this site. */
const char *host_jwt_read(const char *token, const char *audience, const struct host_jwt_key *keys, size_t n, int64_t now_s, struct host_jwt *jwt_r);

#endif
