/* agent_lists: the rows of the console's two lists (templates/README, agent.html): who waits, and one's own open chats. */
#ifndef SANGDAM_CGI_AGENT_LISTS_H
#define SANGDAM_CGI_AGENT_LISTS_H

#include <json-c/json.h>

#include "cgi/http.h"

struct agent_lists {
    bool is_all;             /* of supervisors: all open chats instead of one's own */
    const char *current_id;  /* the open thread's session id, NULL: none */
    int waiting_max; /* rows of the queue, at most 200; 0: as many as the console lists */
};

/* Puts waiting, mine and counts into data. False: 503 is the answer. */
bool agent_lists_fill(struct request *q, struct json_object *data, const struct agent_lists *lists);

#endif
