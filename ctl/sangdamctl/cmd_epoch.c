/* epoch: the name of the data, which changes when they are not what they were. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/token.h"
#include "lib/chat/db.h"
#include "lib/chat/message.h"

#include <string.h>
#include <sysexits.h>

int cmd_epoch(struct command_context *c, int argc, char **argv)
{
    bool is_new = argc == 2 && !strcmp(argv[1], "new");
    char epoch[UUID_TEXT_SIZE];
    int status = EX_OK;
    struct db *db;

    if (argc > 2 || (argc == 2 && !is_new))
        return command_usage(argv[0]);
    db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    if (is_new ? message_renew_epoch(db, "", epoch) : message_epoch(db, epoch))
        puts(epoch);
    else
        status = command_fail_db(argv[0], db);
    db_close(&db);
    return status;
}
