/* stats: fixes figures of chats that are over and adds them up (roll, what pushd does by itself), holds them against the messages (verify), or makes
 * them anew (rebuild). DATE is a date in the site's zone, RFC 3339, or -7d; the end is not included. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/zone.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/stats_check.h"
#include "lib/chat/stats_roll.h"
#include "lib/chat/stats_time.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>

#define LAST_MS INT64_C(7289654400000) /* 2201 */

struct stats_args {
    int64_t from_ms, to_ms;
    bool json;
};

static bool read_args(const struct config *config, int argc, char **argv, struct stats_args *a)
{
    struct zone *zone = NULL;
    bool ok = zone_open(NULL, config->timezone, &zone) == ZONE_FOUND;

    *a = (struct stats_args){.to_ms = LAST_MS};
    for (int i = 2; ok && i < argc; i++) {
        bool is_from = !strcmp(argv[i], "--from"), is_to = !strcmp(argv[i], "--to");

        if (!strcmp(argv[i], "--json"))
            a->json = true;
        else
            ok = (is_from || is_to) && i + 1 < argc && stats_moment(zone, argv[++i], clock_wall_ms(), is_from ? &a->from_ms : &a->to_ms);
    }
    zone_free(&zone);
    return ok && a->from_ms < a->to_ms;
}

static void print_counts(bool json, const char *const *names, const uint64_t *values, size_t n)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);

    jw_object(&w);
    for (size_t i = 0; i < n; i++)
        if (json)
            jw_int(&w, names[i], (int64_t)values[i]);
        else
            printf("%-14s %" PRIu64 "\n", names[i], values[i]);
    jw_object_end(&w);
    if (json)
        puts(buf_str(&out));
    buf_free(&out);
}

static void say_difference(void *context, const char *line)
{
    (void)context;
    fprintf(stderr, "%s\n", line);
}

static int roll(struct db *db, const struct config *config, const struct stats_args *a)
{
    static const char *const names[] = {"chatsFixed", "blocksRolled"};
    struct stats_roll_done done;

    if (stats_roll_all(db, config, clock_wall_ms(), INT64_MAX, NULL, &done) != OUTCOME_DONE)
        return command_fail_db("stats", db);
    print_counts(a->json, names, (const uint64_t[]){done.fixed, done.rolled}, 2);
    return EX_OK;
}

static int verify(struct db *db, const struct config *config, const struct stats_args *a)
{
    static const char *const names[] = {"chats", "blocks", "notFixedYet", "notRolledYet", "differences"};
    struct stats_check_done done;

    if (stats_verify(db, config, a->from_ms, a->to_ms, say_difference, NULL, &done) != OUTCOME_DONE)
        return command_fail_db("stats", db);
    print_counts(a->json, names, (const uint64_t[]){done.chats, done.blocks, done.unfixed, done.dirty, done.differences}, 5);
    return done.differences ? EX_DATAERR : EX_OK;
}

static int rebuild(struct db *db, const struct config *config, const struct stats_args *a)
{
    static const char *const names[] = {"chats", "blocks"};
    struct stats_check_done done;

    if (stats_rebuild(db, config, a->from_ms, a->to_ms, &done) != OUTCOME_DONE)
        return command_fail_db("stats", db);
    print_counts(a->json, names, (const uint64_t[]){done.chats, done.blocks}, 2);
    return EX_OK;
}

int cmd_stats(struct command_context *c, int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(struct db *db, const struct config *config, const struct stats_args *a);
    } parts[] = {{"roll", roll}, {"verify", verify}, {"rebuild", rebuild}};
    struct stats_args a;

    for (size_t i = 0; argc >= 2 && i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct db *db;
        int status;

        if (strcmp(argv[1], parts[i].name))
            continue;
        if (!read_args(c->config, argc, argv, &a))
            return command_usage(argv[0]);
        db = db_open(c->config);
        if (!db)
            return command_fail(EX_OSERR, argv[0], "out of memory");
        status = parts[i].run(db, c->config, &a);
        db_close(&db);
        return status;
    }
    return command_usage(argv[0]);
}
