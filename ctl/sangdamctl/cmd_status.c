/* status: how many chats wait, go on and are done, and whether the tables are there. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

static const struct figure {
    const char *name;
    const char *sql;
} figures[] = {
    {"schemaVersion", "SELECT COALESCE(MAX(version), 0) FROM schema_migration"},
    {"members", "SELECT COUNT(*) FROM member WHERE status = 1 AND gubun <> 0"},
    {"waiting", "SELECT COUNT(*) FROM chat_session WHERE status_id = 1"},
    {"active", "SELECT COUNT(*) FROM chat_session WHERE status_id = 2"},
    {"disconnected", "SELECT COUNT(*) FROM chat_session WHERE status_id = 4"},
    {"completed", "SELECT COUNT(*) FROM chat_session WHERE status_id = 3"},
    {"messages", "SELECT COALESCE(SUM(message_count), 0) FROM chat_session"},
};
#define FIGURES (sizeof figures / sizeof figures[0])

static int print_figures(struct db *db, bool json)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);
    jw_object(&w);
    for (size_t i = 0; i < FIGURES; i++) {
        struct db_rows *rows = db_query(db, figures[i].sql, NULL, 0);
        if (!rows) {
            buf_free(&out);
            return command_fail_db("status", db);
        }
        int64_t v = db_cell_int(rows, 0, 0);
        db_rows_free(&rows);
        if (json)
            jw_int(&w, figures[i].name, v);
        else
            printf("%-14s %" PRId64 "\n", figures[i].name, v);
    }
    jw_object_end(&w);
    if (json)
        puts(buf_str(&out));
    buf_free(&out);
    return EX_OK;
}

int cmd_status(struct command_context *c, int argc, char **argv)
{
    bool json = argc == 2 && !strcmp(argv[1], "--json");
    if (argc > 2 || (argc == 2 && !json))
        return command_usage(argv[0]);
    struct db *db = db_open(c->config);
    int status = db ? print_figures(db, json) : command_fail(EX_OSERR, argv[0], "out of memory");
    db_close(&db);
    return status;
}
