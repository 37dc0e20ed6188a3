/* db_error: what an error number of MariaDB or of its client means to us. Pure. */
#ifndef SANGDAM_CHAT_DB_ERROR_H
#define SANGDAM_CHAT_DB_ERROR_H

#include "lib/chat/db.h"

enum db_error db_error_class(unsigned number);
/* True when the connection is of no use any more. */
bool db_error_is_link(unsigned number);

#endif
