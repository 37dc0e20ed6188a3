/* password: argon2id by libsodium, at most PASSWORD_AT_ONCE at a time in a process: each takes some 20 MiB. Blocks for about 50 ms of a core, longer
 * when others are before it. Thread-safe. */
#ifndef SANGDAM_CHAT_PASSWORD_H
#define SANGDAM_CHAT_PASSWORD_H

#include <stdbool.h>

#include "lib/chat/outcome.h"

#define PASSWORD_AT_ONCE 4
#define PASSWORD_HASH_SIZE 128 /* crypto_pwhash_STRBYTES */

/* False when memory is out. */
bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE]);
/* DONE: the password is right. REFUSED: it is not. AWAY: memory is out, and nobody knows. hash NULL: nobody's, which takes the same time and is refused. */
enum outcome password_verify(const char *hash, const char *password);

#endif
