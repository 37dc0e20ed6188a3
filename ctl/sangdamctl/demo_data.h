/* demo_data: who is there and what was said in the demo, as constants. */
#ifndef SANGDAM_CTL_DEMO_DATA_H
#define SANGDAM_CTL_DEMO_DATA_H

#include <stddef.h>

#include "lib/chat/auth.h"

#define DEMO_PASSWORD "sangdam-demo"

struct demo_member {
    const char *email;
    const char *nickname;
    enum role role;
    const char *lang; /* NULL: as the browser says */
};
/* The five accounts that anybody may sign in to, in the order customer, customer2, agent, agent2, admin. */
#define DEMO_ACCOUNTS 5
extern const struct demo_member demo_accounts[DEMO_ACCOUNTS];
/* Customers of the past and one more agent; nobody can sign in as them. */
extern const struct demo_member demo_others[];
extern const size_t demo_others_n;

/* A conversation. Each line begins with M (customer) or A (agent) and a space. No line: nobody ever spoke. */
struct demo_talk {
    const char *title;
    int category_id;
    int exit_reason_id;
    char ended_by;   /* M, A or S */
    int wait_s;      /* from the request to the accept, or to the end if nobody accepted */
    const char *const *lines;
    size_t lines_n;
};
extern const struct demo_talk demo_talks[];
extern const size_t demo_talks_n;

#endif
