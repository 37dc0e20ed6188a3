/* bug: mistakes on purpose, which the proof of the delivery contract (t/fault/bugs) must find. In a build as it is delivered BUG() is constant false and
 * leaves nothing behind; one made with CPPFLAGS=-DSANGDAM_BUGS has the bug that the environment's SANGDAM_BUG names. */
#ifndef SANGDAM_BASE_BUG_H
#define SANGDAM_BASE_BUG_H

#ifdef SANGDAM_BUGS
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static inline bool bug_is(const char *name)
{
    const char *wanted = getenv("SANGDAM_BUG");

    return wanted && strcmp(wanted, name) == 0;
}

/* True after a while, as a busy machine takes by itself: a race is lost more often. */
static inline bool bug_dawdles(const char *name)
{
    return bug_is(name) && usleep(20000) == 0;
}
#define BUG(name) bug_is(#name)
#define BUG_SLOW(name) bug_dawdles(#name)
#else
#define BUG(name) 0
#define BUG_SLOW(name) 0
#endif

#endif
