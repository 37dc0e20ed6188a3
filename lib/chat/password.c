#include "lib/chat/password.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <string.h>

#include "lib/base/log.h"
#include "lib/base/token.h"

/* OWASP's least for argon2id: 19 MiB, 2 passes */
#define PASSES 2
#define MEMORY_BYTES (19 * 1024 * 1024)

_Static_assert(PASSWORD_HASH_SIZE == crypto_pwhash_STRBYTES, "a stored hash is libsodium's text");

static pthread_once_t started = PTHREAD_ONCE_INIT;
static sem_t places;
static char nobodys[PASSWORD_HASH_SIZE]; /* verified for an unknown e-mail, so that time tells nothing */

static void start(void)
{
    char secret[TOKEN_TEXT_SIZE];

    sem_init(&places, 0, PASSWORD_AT_ONCE);
    token_new(secret);
    if (crypto_pwhash_str(nobodys, secret, strlen(secret), PASSES, MEMORY_BYTES) != 0)
        log_error("password_start_failed error=\"out of memory\"");
}

static void take_place(void)
{
    pthread_once(&started, start);
    while (sem_wait(&places) != 0 && errno == EINTR)
        ;
}

bool password_hash(const char *password, char out[PASSWORD_HASH_SIZE])
{
    bool made;

    take_place();
    made = crypto_pwhash_str(out, password, strlen(password), PASSES, MEMORY_BYTES) == 0;
    sem_post(&places);
    return made;
}

bool password_verify(const char *hash, const char *password)
{
    bool equal;

    take_place();
    equal = crypto_pwhash_str_verify(hash ? hash : nobodys, password, strlen(password)) == 0;
    sem_post(&places);
    return hash && equal;
}
