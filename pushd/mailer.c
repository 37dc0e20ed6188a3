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
#include "lib/chat/web_push.h"
#include "pushd/fleet.h"

#define AT_ONCE 50 /* letters between two looks at the configuration */
#define SWEEP_MS 600000

struct mailer {
    struct fleet *fleet;
    enum errand errand;
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

static void mail(struct mailer *m, struct db *db, const struct config *config, bool is_sweep_due)
{
    struct mail_counts counts;
    unsigned queued;

    entry_mail_answers(db, config, &queued);
    unanswered_mail(db, config, &queued);
    mail_send_due(db, config, AT_ONCE, &m->is_stopping, &counts);
    if (is_sweep_due) {
        mail_sweep(db);
        transcript_sweep(db);
    }
}

static void web_push(struct mailer *m, struct db *db, const struct config *config, bool is_sweep_due)
{
    web_push_run(db, config, AT_ONCE, &m->is_stopping);
    if (is_sweep_due)
        web_push_sweep(db);
}

static const struct {
    bool (*is_on)(const struct config *config);
    void (*look)(struct mailer *m, struct db *db, const struct config *config, bool is_sweep_due);
} errands[] = {[ERRAND_MAIL] = {mail_is_on, mail}, [ERRAND_WEB_PUSH] = {web_push_is_on, web_push}};

static void *run(void *arg)
{
    struct mailer *m = arg;
    struct db *db = NULL;
    int64_t swept_ms = clock_monotonic_ms();

    while (!atomic_load(&m->is_stopping)) {
        const struct config *config = fleet_config(m->fleet);
        if (errands[m->errand].is_on(config) && (db || (db = db_open(config)))) {
            bool is_sweep_due = clock_monotonic_ms() - swept_ms >= SWEEP_MS;
            errands[m->errand].look(m, db, config, is_sweep_due);
            if (is_sweep_due)
                swept_ms = clock_monotonic_ms();
        }
        rest(m, m->errand == ERRAND_MAIL ? config->mail_interval : config->webpush_interval);
    }
    db_close(&db);
    return NULL;
}

struct mailer *mailer_start(struct fleet *fleet, enum errand errand)
{
    struct mailer *m = calloc(1, sizeof *m);
    pthread_condattr_t attr;

    if (!m)
        return NULL;
    m->fleet = fleet;
    m->errand = errand;
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
