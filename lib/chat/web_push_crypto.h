/* web_push_crypto: what a message to a browser's push service needs: its body encrypted for that browser alone (RFC 8291 by RFC 8188's aes128gcm), and the
 * proof of who sends it (VAPID, RFC 8292). By OpenSSL 3, for P-256 and AES-GCM, and libsodium. Without OpenSSL in the build all functions say false. */
#ifndef SANGDAM_CHAT_WEB_PUSH_CRYPTO_H
#define SANGDAM_CHAT_WEB_PUSH_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

#define WEB_PUSH_PUBLIC 65  /* an uncompressed point of P-256 */
#define WEB_PUSH_PRIVATE 32
#define WEB_PUSH_AUTH 16
#define WEB_PUSH_SALT 16
#define WEB_PUSH_PLAIN_MAX 3000 /* bytes; push services take 4096 with all that is added */

struct web_push_key {
    uint8_t public[WEB_PUSH_PUBLIC], private[WEB_PUSH_PRIVATE];
};

bool web_push_is_built(void);
bool web_push_key_new(struct web_push_key *key_r);
/* base64url without padding (RFC 4648 5) of exactly n bytes; false when it is something else. */
bool web_push_decode(const char *text, uint8_t *out, size_t n);
void web_push_encode(struct buf *out, const uint8_t *bytes, size_t n);
/* True when both belong together. */
bool web_push_key_read(const char *public_text, const char *private_text, struct web_push_key *key_r);
/* The request body for one browser. sender: a pair for this message alone; salt: random. The caller makes both anew (web_push_key_new(), randombytes_buf());
 * only a test knows them before. False: `to` is no point of the curve, n is too much, or memory. */
bool web_push_encrypt(const uint8_t to[WEB_PUSH_PUBLIC], const uint8_t auth[WEB_PUSH_AUTH], const struct web_push_key *sender, const uint8_t salt[WEB_PUSH_SALT],
                      const char *plain, size_t n, struct buf *out);
/* The value of Authorization: good for 12 hours, for the origin of endpoint alone. subject: mailto: or https:, "" for none. */
bool web_push_authorization(const struct web_push_key *key, const char *endpoint, const char *subject, int64_t now_ms, struct buf *out);

#endif
