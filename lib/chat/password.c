#include "lib/chat/password.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>

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

/* libsodium 1.0.18 tells a hash that could not be made as a mismatch (argon2_verify drops the reason), so whether it could is asked of the kernel. */
static bool memory_is_there(void)
{
    void *p = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return false;
    munmap(p, MEMORY_BYTES);
    return true;
}

enum outcome password_verify(const char *hash, const char *password)
{
    enum outcome outcome;

    take_place();
    if (crypto_pwhash_str_verify(hash ? hash : nobodys, password, strlen(password)) == 0)
        outcome = hash ? OUTCOME_DONE : OUTCOME_REFUSED;
    else
        outcome = memory_is_there() ? OUTCOME_REFUSED : OUTCOME_AWAY;
    sem_post(&places);
    return outcome;
}
