/* migrate: applies the migrations that the database has not seen, in order, forward only. Safe to run twice and by two at once:
 * a lock of the server's lets one do the work, and the other then finds it done.
 *
 * Limits: MariaDB commits at each CREATE or ALTER, so a migration that fails half way is not undone; it is not recorded, and its
 * file is written so that it can be run again or says how to go back. */
#include "ctl/sangdamctl/command.h"
#include "ctl/sangdamctl/migration.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

#include <string.h>
#include <sysexits.h>

#define LOCK_WAIT_MS 120000

static const char create_table[] =
    "CREATE TABLE IF NOT EXISTS schema_migration ("
    "  version INT NOT NULL PRIMARY KEY,"
    "  name VARCHAR(100) CHARACTER SET ascii NOT NULL,"
    "  checksum CHAR(64) CHARACTER SET ascii NOT NULL COMMENT 'SHA-256 of the file',"
    "  applied_at DATETIME(3) NOT NULL"
    ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci";

struct options {
    const char *dir;
    bool dry_run;
    bool json;
};

/* In slices that stay below the connection's read time-out. The lock goes with the connection. */
static bool take_lock(struct db *db)
{
    int64_t until = clock_monotonic_ms() + LOCK_WAIT_MS;
    for (;;) {
        struct db_rows *rows = db_query(db, "SELECT GET_LOCK(CONCAT('sangdam_migrate_', DATABASE()), 2)", NULL, 0);
        if (!rows)
            return false;
        bool got = db_rows_count(rows) == 1 && db_cell_int(rows, 0, 0) == 1;
        db_rows_free(&rows);
        if (got || clock_monotonic_ms() > until)
            return got;
    }
}

/* Marks what was applied. EX_OK, or a status with its reason said. */
static int compare(struct db *db, struct migration *list, size_t n)
{
    struct db_rows *rows = db_query(db, "SELECT version, name, checksum FROM schema_migration ORDER BY version", NULL, 0);
    if (!rows)
        return command_fail_db("migrate", db);
    int status = EX_OK;
    for (size_t i = 0; i < db_rows_count(rows) && status == EX_OK; i++) {
        int64_t version = db_cell_int(rows, i, 0);
        const char *name = db_cell(rows, i, 1, NULL);
        if (version < 1 || version > (int64_t)n)
            status = command_fail(EX_CONFIG, "migrate", "the database has %s, which this version does not know: it is older than the database", name);
        else if (strcmp(list[version - 1].checksum, db_cell(rows, i, 2, NULL)))
            status = command_fail(EX_CONFIG, "migrate", "%s is not the file that was applied as %s", list[version - 1].name, name);
        else
            list[version - 1].applied = true;
    }
    db_rows_free(&rows);
    return status;
}

static int apply(struct db *db, const struct migration *m)
{
    if (!db_script(db, m->sql)) {
        command_fail(EX_SOFTWARE, "migrate", "%s failed", m->name);
        return command_fail_db("migrate", db);
    }
    if (!db_exec(db, "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES (?, ?, ?, ?)",
                 DB_ARGS(db_int(m->version), db_text(m->name), db_text(m->checksum), db_time(clock_wall_ms())), NULL))
        return command_fail_db("migrate", db);
    return EX_OK;
}

static int apply_missing(struct db *db, const struct options *o, const struct migration *list, size_t n, struct json_writer *w)
{
    int status = EX_OK;
    for (size_t i = 0; i < n && status == EX_OK; i++) {
        if (list[i].applied)
            continue;
        if (!o->dry_run)
            status = apply(db, &list[i]);
        if (status != EX_OK)
            break;
        if (o->json)
            jw_str(w, NULL, list[i].name);
        else
            printf("%s %s\n", o->dry_run ? "would apply" : "applied", list[i].name);
    }
    return status;
}

static bool has_table(struct db *db, bool *has_r)
{
    struct db_rows *rows = db_query(
        db, "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = 'schema_migration'", NULL, 0);
    if (!rows)
        return false;
    *has_r = db_cell_int(rows, 0, 0) > 0;
    db_rows_free(&rows);
    return true;
}

static int migrate(struct db *db, const struct options *o, struct migration *list, size_t n)
{
    bool has = true;
    if (o->dry_run ? !has_table(db, &has) : !take_lock(db))
        return db_last_error(db) == DB_FINE ? command_fail(EX_TEMPFAIL, "migrate", "another migrate has been at work for two minutes")
                                            : command_fail_db("migrate", db);
    if (!o->dry_run && !db_exec(db, create_table, NULL, 0, NULL))
        return command_fail_db("migrate", db);
    int status = has ? compare(db, list, n) : EX_OK;
    if (status != EX_OK)
        return status;
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);
    jw_object(&w);
    jw_bool(&w, "dryRun", o->dry_run);
    jw_array_key(&w, "applied");
    status = apply_missing(db, o, list, n, &w);
    jw_array_end(&w);
    jw_int(&w, "version", (int64_t)n);
    jw_object_end(&w);
    if (o->json && status == EX_OK)
        puts(buf_str(&out));
    buf_free(&out);
    return status;
}

int cmd_migrate(struct command_context *c, int argc, char **argv)
{
    struct options o = {.dir = SANGDAM_DATADIR "/sql/migrations"};
    for (int i = 1; i < argc; i++) {
        if (!strcmp(argv[i], "--dry-run"))
            o.dry_run = true;
        else if (!strcmp(argv[i], "--json"))
            o.json = true;
        else if (!strcmp(argv[i], "--dir") && i + 1 < argc)
            o.dir = argv[++i];
        else
            return command_usage(argv[0]);
    }
    struct migration *list;
    size_t n;
    char error[4608];
    if (!migration_read_all(o.dir, &list, &n, error, sizeof error))
        return command_fail(EX_NOINPUT, argv[0], "%s", error);
    struct db *db = db_open_admin(c->config);
    int status = db ? migrate(db, &o, list, n) : command_fail(EX_OSERR, argv[0], "out of memory");
    db_close(&db);
    migration_free_all(&list, n);
    return status;
}
