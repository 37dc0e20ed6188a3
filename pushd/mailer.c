/* mailer: see mailer.h. */
#include "pushd/mailer.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include "lib/base/clock.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/entry.h"
#include "lib/chat/mail.h"
#include "lib/chat/transcript.h"
#include "lib/chat/unanswered.h"
#include "pushd/fleet.h"

#define AT_ONCE 50 /* letters between two looks at the configuration */
#define SWEEP_MS 600000

struct mailer {
    struct fleet *fleet;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t woken;
    atomic_bool is_stopping; /* set under lock */
};

/* Until the next look, or the stop. */
static void rest(struct mailer *m, int64_t ms)
{
    int64_t until_ms = clock_monotonic_ms() + ms;
    struct timespec until = {.tv_sec = until_ms / 1000, .tv_nsec = until_ms % 1000 * 1000000};

    pthread_mutex_lock(&m->lock);
    while (!atomic_load(&m->is_stopping) && clock_monotonic_ms() < until_ms)
        pthread_cond_timedwait(&m->woken, &m->lock, &until);
    pthread_mutex_unlock(&m->lock);
}

static void *run(void *arg)
{
    struct mailer *m = arg;
    struct db *db = NULL;
    int64_t swept_ms = clock_monotonic_ms();

    while (!atomic_load(&m->is_stopping)) {
        const struct config *config = fleet_config(m->fleet);
        struct mail_counts counts;
        unsigned queued;
        if (mail_is_on(config) && (db || (db = db_open(config)))) {
            entry_mail_answers(db, config, &queued);
            unanswered_mail(db, config, &queued);
            mail_send_due(db, config, AT_ONCE, &m->is_stopping, &counts);
            if (clock_monotonic_ms() - swept_ms >= SWEEP_MS) {
                mail_sweep(db);
                transcript_sweep(db);
                swept_ms = clock_monotonic_ms();
            }
        }
        rest(m, config->mail_interval);
    }
    db_close(&db);
    return NULL;
}

struct mailer *mailer_start(struct fleet *fleet)
{
    struct mailer *m = calloc(1, sizeof *m);
    pthread_condattr_t attr;

    if (!m)
        return NULL;
    m->fleet = fleet;
    pthread_mutex_init(&m->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&m->woken, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&m->thread, NULL, run, m) == 0)
        return m;
    pthread_cond_destroy(&m->woken);
    pthread_mutex_destroy(&m->lock);
    free(m);
    return NULL;
}

void mailer_stop(struct mailer **mailer)
{
    struct mailer *m = *mailer;

    if (!m)
        return;
    pthread_mutex_lock(&m->lock);
    atomic_store(&m->is_stopping, true);
    pthread_cond_signal(&m->woken);
    pthread_mutex_unlock(&m->lock);
    pthread_join(m->thread, NULL);
    pthread_cond_destroy(&m->woken);
    pthread_mutex_destroy(&m->lock);
    free(m);
    *mailer = NULL;
}
