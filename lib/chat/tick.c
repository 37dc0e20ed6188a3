#include "lib/chat/tick.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/agent_state.h"
#include "lib/chat/attachment.h"
#include "lib/chat/auth.h"
#include "lib/chat/auto_message.h"
#include "lib/chat/code.h"
#include "lib/chat/config.h"
#include "lib/chat/entry.h"
#include "lib/chat/notify.h"
#include "lib/chat/routing.h"
#include "lib/chat/search_index.h"
#include "lib/chat/session.h"
#include "lib/chat/session_hold.h"
#include "lib/chat/session_offer.h"
#include "lib/chat/stats_roll.h"
#include "lib/chat/transcript.h"
#include "lib/chat/unanswered.h"

#define STEPS_EVERY_MS 1000
#define SWEEP_EVERY_MS 600000
#define STATS_EVERY_MS 60000
#define STATS_SHORT_MS 100 /* somebody waits for an answer */
#define SEARCH_EVERY_MS 2000
#define STATS_LONG_MS 30000
#define MAILS_BY_HAND 1000
#define MAILS_BY_REQUEST 5

/* ---- one chat ---- */

static void take_step(enum outcome outcome, struct change *change, struct tick_counts *counts)
{
    if (outcome == OUTCOME_DONE) {
        counts->steps++;
        notify_change(change);
    }
    change_clear(change);
}

/* Without pushd nobody is known by a connection, so a side that was never seen counts from when the chat came into the queue. */
static void step_side(struct db *db, const struct config *config, const struct session_watch *w, enum side side, int64_t now, struct tick_counts *counts)
{
    int64_t seen = side == SIDE_MEMBER ? w->member_last_seen : w->admin_last_seen, limit;
    int64_t grace = side == SIDE_MEMBER ? w->member_grace_until : w->admin_grace_until;
    bool is_pushed = side == SIDE_MEMBER ? w->member_pushed : w->admin_pushed;
    struct change change;

    if (seen < 0)
        seen = w->queue_entered;
    switch (session_side_due(config, is_pushed, seen, grace, now, &limit)) {
    case SIDE_NOT_DUE:
        break;
    case SIDE_LOST:
        take_step(session_side_lost(db, config, w->session_no, side, now - limit, LEAVE_NETWORK_ERROR, &change), &change, counts);
        break;
    case SIDE_GRACE_OVER:
        take_step(session_grace_over(db, w->session_no, now, &change), &change, counts);
        break;
    }
}

static void step_chat(struct db *db, const struct config *config, const struct session_watch *w, struct tick_counts *counts)
{
    int64_t now = clock_wall_ms();
    struct change change;

    if (!w->is_member_excused)
        step_side(db, config, w, SIDE_MEMBER, now, counts);
    if (w->admin_id && w->status_id != STATUS_WAITING)
        step_side(db, config, w, SIDE_ADMIN, now, counts);
    if (w->status_id == STATUS_WAITING && !w->is_offline && now - w->queue_entered >= config->queue_timeout)
        take_step(session_queue_over(db, config, w->session_no, now, &change), &change, counts);
    if (w->offer_until >= 0 && w->offer_until <= now)
        take_step(session_offer_over(db, w->session_no, now, &change), &change, counts);
    if (w->hold_until >= 0 && w->hold_until <= now)
        take_step(session_wake(db, w->session_no, now, &change), &change, counts);
}

/* What the site says by itself. */
static enum outcome say_all(struct db *db, struct tick_counts *counts)
{
    struct auto_due *list;
    size_t n;
    enum outcome outcome = auto_due_list(db, clock_wall_ms(), &list, &n);

    for (size_t i = 0; outcome == OUTCOME_DONE && i < n; i++) {
        struct change change;
        take_step(auto_step(db, &list[i], clock_wall_ms(), &change), &change, counts);
    }
    free(list);
    return outcome;
}

static void tell_routed(struct change *change, void *arg)
{
    struct tick_counts *counts = arg;

    counts->steps++;
    notify_change(change);
}

static enum outcome step_all(struct db *db, const struct config *config, struct tick_counts *counts)
{
    struct session_watch *list;
    size_t n;
    enum outcome outcome = session_watch_list(db, &list, &n);

    if (outcome != OUTCOME_DONE)
        return outcome;
    for (size_t i = 0; i < n; i++)
        step_chat(db, config, &list[i], counts);
    free(list);
    if (agent_state_settle(db, config, clock_wall_ms(), &counts->states) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    if (routing_run(db, config, clock_wall_ms(), tell_routed, counts) != OUTCOME_DONE)
        return OUTCOME_AWAY;
    return say_all(db, counts);
}

static void sweep(struct db *db, const struct config *config, struct tick_counts *counts)
{
    attachment_sweep(db, config, &counts->files);
    auth_sweep(db);
    mail_sweep(db);
    transcript_sweep(db);
}

enum outcome tick_run(struct db *db, const struct config *config, struct tick_counts *counts_r)
{
    struct stats_roll_done rolled;
    struct search_filled filled;
    enum outcome outcome;
    unsigned queued;

    *counts_r = (struct tick_counts){0};
    outcome = step_all(db, config, counts_r);
    if (outcome == OUTCOME_DONE)
        sweep(db, config, counts_r);
    if (outcome == OUTCOME_DONE)
        outcome = stats_roll_all(db, config, clock_wall_ms(), clock_monotonic_ms() + STATS_LONG_MS, NULL, &rolled);
    if (outcome == OUTCOME_DONE)
        outcome = search_fill(db, clock_monotonic_ms() + STATS_LONG_MS, &filled);
    if (outcome == OUTCOME_DONE)
        outcome = entry_mail_answers(db, config, &queued);
    if (outcome == OUTCOME_DONE)
        outcome = unanswered_mail(db, config, &queued);
    if (outcome == OUTCOME_DONE)
        outcome = mail_send_due(db, config, MAILS_BY_HAND, NULL, &counts_r->mail);
    return outcome;
}

/* ---- whose turn it is ---- */

static int64_t age_ms(const struct stat *st)
{
    int64_t age = clock_wall_ms() - ((int64_t)st->st_mtim.tv_sec * 1000 + st->st_mtim.tv_nsec / 1000000);

    return age < 0 ? INT64_MAX : age; /* the clock was set back */
}

/* True for one process in each interval: a file's time says when it was done last, its lock who looks. An empty file was never claimed. */
static bool claim(const struct config *config, const char *name, int64_t every_ms)
{
    struct buf path = BUF_INIT;
    struct stat st;
    bool is_mine = false;
    int fd;

    buf_printf(&path, "%s/%s", config->run_dir, name);
    if (buf_failed(&path) || (stat(buf_str(&path), &st) == 0 && st.st_size && age_ms(&st) < every_ms)) {
        buf_free(&path);
        return false;
    }
    fd = open(buf_str(&path), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        log_error("tick_unclaimed path=%s", log_value(buf_str(&path)));
    else if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &st) == 0 && (!st.st_size || age_ms(&st) >= every_ms))
        is_mine = pwrite(fd, "\n", 1, 0) == 1; /* which sets the time */
    if (fd >= 0)
        close(fd);
    buf_free(&path);
    return is_mine;
}

void tick_by_request(struct db *db, const struct config *config)
{
    struct tick_counts counts = {0};
    unsigned queued;
    struct stats_roll_done rolled;
    struct search_filled filled;

    if (claim(config, "tick", STEPS_EVERY_MS))
        step_all(db, config, &counts);
    if (claim(config, "sweep", SWEEP_EVERY_MS))
        sweep(db, config, &counts);
    if (claim(config, "stats", STATS_EVERY_MS))
        stats_roll_all(db, config, clock_wall_ms(), clock_monotonic_ms() + STATS_SHORT_MS, NULL, &rolled);
    if (claim(config, "search", SEARCH_EVERY_MS))
        search_fill(db, clock_monotonic_ms() + STATS_SHORT_MS, &filled);
    if (mail_is_on(config) && claim(config, "mail", config->mail_interval) && entry_mail_answers(db, config, &queued) == OUTCOME_DONE &&
        unanswered_mail(db, config, &queued) == OUTCOME_DONE)
        mail_send_due(db, config, MAILS_BY_REQUEST, NULL, &counts.mail);
    if (counts.steps || counts.files)
        log_info("tick steps=%u files=%u", counts.steps, counts.files);
}
