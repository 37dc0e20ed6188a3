/* tick: the clock's work, once. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/catalog.h"
#include "lib/base/json.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/notify.h"
#include "lib/chat/tick.h"

#include <string.h>
#include <sysexits.h>

static void print_counts(const struct tick_counts *counts, bool json)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);

    if (!json) {
        printf("%-14s %u\n%-14s %u\n", "chats", counts->steps, "filesRemoved", counts->files);
        printf("%-14s %u\n%-14s %u\n%-14s %u\n", "mailSent", counts->mail.sent, "mailPutOff", counts->mail.put_off, "mailGivenUp", counts->mail.given_up);
        return;
    }
    jw_object(&w);
    jw_int(&w, "chats", counts->steps);
    jw_int(&w, "filesRemoved", counts->files);
    jw_int(&w, "mailSent", counts->mail.sent);
    jw_int(&w, "mailPutOff", counts->mail.put_off);
    jw_int(&w, "mailGivenUp", counts->mail.given_up);
    jw_object_end(&w);
    puts(buf_str(&out));
    buf_free(&out);
}

int cmd_tick(struct command_context *c, int argc, char **argv)
{
    bool json = argc == 2 && !strcmp(argv[1], "--json");
    struct tick_counts counts;
    int status = EX_OK;
    struct db *db;

    if (argc > 2 || (argc == 2 && !json))
        return command_usage(argv[0]);
    catalog_load(c->config->locale_dir);
    db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    if (c->config->daemon)
        notify_open(c->config); /* a pushd that runs all the same is told */
    if (tick_run(db, c->config, &counts) == OUTCOME_DONE)
        print_counts(&counts, json);
    else
        status = command_fail_db(argv[0], db);
    notify_close();
    db_close(&db);
    return status;
}
