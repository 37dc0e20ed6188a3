/* db_error: see db_error.h. */
#include "lib/chat/db_error.h"

#include <errmsg.h>
#include <mysqld_error.h>

enum db_error db_error_class(unsigned number)
{
    switch (number) {
    case 0:
        return DB_FINE;
    case ER_LOCK_DEADLOCK:
    case ER_LOCK_WAIT_TIMEOUT:
    case ER_CHECKREAD:
        return DB_BUSY;
    case ER_DUP_ENTRY:
        return DB_DUPLICATE;
    case ER_OPTION_PREVENTS_STATEMENT: /* read-only server */
    case ER_DISK_FULL:
    case ER_RECORD_FILE_FULL:
    case ER_OUTOFMEMORY:
    case ER_OUT_OF_RESOURCES:
    case ER_CON_COUNT_ERROR:
    case ER_SERVER_SHUTDOWN:
    case ER_CONNECTION_KILLED:
    case ER_QUERY_INTERRUPTED:
    case ER_STATEMENT_TIMEOUT:
    case ER_ACCESS_DENIED_ERROR:
    case ER_DBACCESS_DENIED_ERROR:
    case ER_BAD_DB_ERROR:
    case ER_NO_SUCH_TABLE: /* not migrated yet */
    case ER_UNKNOWN_STMT_HANDLER:
    case ER_ERROR_ON_WRITE:
    case ER_ERROR_DURING_COMMIT:
        return DB_AWAY;
    default:
        return number >= CR_MIN_ERROR && number <= 5999 ? DB_AWAY : DB_BAD; /* the client's own numbers: the link */
    }
}

bool db_error_is_link(unsigned number)
{
    return (number >= CR_MIN_ERROR && number <= CR_MAX_ERROR) || number == ER_SERVER_SHUTDOWN || number == ER_CONNECTION_KILLED ||
           number == ER_UNKNOWN_STMT_HANDLER || number > 5000;
}
