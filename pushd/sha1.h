/* sha1: SHA-1 (FIPS 180-4), for the WebSocket handshake alone (RFC 6455 4.2.2), where it is a fixed ritual and protects
 * nothing. Never for secrets: those go through lib/base/token. */
#ifndef SANGDAM_PUSHD_SHA1_H
#define SANGDAM_PUSHD_SHA1_H

#include <stddef.h>

#define SHA1_SIZE 20

/* The digest of n bytes. No allocation, cannot fail. */
void sha1_digest(const void *bytes, size_t n, unsigned char digest_r[SHA1_SIZE]);

#endif
