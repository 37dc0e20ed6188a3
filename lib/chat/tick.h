/* tick: the clock's work where no pushd runs (`daemon = off`, on a shared host): absences, graces and queue time-outs of chats, the sweeps of
 * files and sign-ins, figures, the search's index, and mail that waits. pushd has its own timers; both rest on the same steps, which look again under the row lock, so that a step twice does no harm. */
#ifndef SANGDAM_CHAT_TICK_H
#define SANGDAM_CHAT_TICK_H

#include "lib/chat/mail.h"
#include "lib/chat/outcome.h"

struct config;
struct db;

struct tick_counts {
    unsigned steps; /* chats that changed */
    unsigned states; /* of the staff that changed */
    unsigned files; /* files removed; 0 when the sweep was not due */
    struct mail_counts mail;
};

/* All that is due now, the sweeps too. AWAY: the database could not be asked. Blocks. */
enum outcome tick_run(struct db *db, const struct config *config, struct tick_counts *counts_r);
/* Behind a request's answer: what is due, at most once a second over all processes that share run_dir (the sweeps once in ten minutes). Most calls
 * find that another one was first and cost a stat(). Blocks. */
void tick_by_request(struct db *db, const struct config *config);

#endif
