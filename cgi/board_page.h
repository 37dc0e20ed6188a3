/* board_page: /board, what a supervisor watches: the figures of now, who is there with what, who waits longest, all open chats; and the state of an agent is set
 * there. Taking a chat over and ending it are the console's own routes. Without script it reloads; board.js keeps it true. */
#ifndef SANGDAM_CGI_BOARD_PAGE_H
#define SANGDAM_CGI_BOARD_PAGE_H

#include "cgi/http.h"

extern const struct field board_page_state_body[]; /* state, reason */

void board_page(struct request *q);
void board_page_state(struct request *q);

#endif
