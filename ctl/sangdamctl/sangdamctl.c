/* sangdamctl: the administrator's command line. This file has the table of commands; each has a file of its own. */
#include "config.h"

#include "ctl/sangdamctl/command.h"

#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"

#include <stdarg.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

static const struct command {
    const char *name;
    command_run *run;
    bool wants_config;
    const char *arguments;
    const char *text;
} commands[] = {
    {"migrate", cmd_migrate, true, "[--dry-run] [--json] [--dir DIR]", "bring the database's tables up to date"},
    {"status", cmd_status, true, "[--json]", "what waits and what goes on"},
    {"tick", cmd_tick, true, "[--json]", "do what the clock asks for, where no pushd does: for cron"},
    {"member", cmd_member, true, "add EMAIL NAME ROLE | passwd EMAIL | disable EMAIL | enable EMAIL | list [--json]",
     "accounts; passwords come from standard input"},
    {"stats", cmd_stats, true, "roll | verify | rebuild [--from DATE] [--to DATE] [--json]", "fix figures and add them up; compare them with the messages; make them anew"},
    {"search", cmd_search, true, "fill | verify | rebuild | compare [--words N] [--seed N] [--json]",
     "enter chats that ended into the search's index; hold it against the texts; make it anew; compare what it finds with LIKE"},
    {"demo", cmd_demo, true, "load [--accounts-only] | generate --sessions N [--days N] [--seed N] [--words N] [--until DATE]", "the demo accounts and chats of ./start; chats in large numbers"},
    {"hours", cmd_hours, true, "show [--json] | set DAYS HOURS|closed | holiday DATE [NAME [NAME_EN [HOURS]]] | holiday DATE none | zone ZONE | clear",
     "opening hours: set mon-fri 09:00-12:00,13:00-18:00; clear: always open"},
    {"entry", cmd_entry, true, "show | field 1|2 name|title|none|text LABEL LABEL_EN [--needed] | consent set|off",
     "what a customer is asked for; the consent comes from standard input, Korean, a line ---, English"},
    {"site", cmd_site, true, "list [--json] | set KEY [name=NAME] [origins=\"ORIGIN ...\"] [color=#rrggbb] [greeting=TEXT] [greeting_en=TEXT]"
     " [categories=ID,ID] [position=left|right] [active=yes|no]"
     " | key KEY new | key KEY drop KID",
     "the sites that show the chat in a frame, and the keys by which they sign who a visitor is; what is not named stays as it is"},
    {"epoch", cmd_epoch, true, "[new]", "print the epoch of the data; new: after a backup was restored, so that all pages forget what they know"},
    {"webpush", cmd_webpush, true, "init", "print a new key pair for browsers' push services, for sangdam.conf"},
    {"config-check", cmd_config_check, false, "KEY=VALUE ...", "say whether the keys exist and take the values"},
    {"config-sample", cmd_config_sample, false, "", "print all keys with their defaults"},
};
#define COMMANDS (sizeof commands / sizeof commands[0])

int command_fail(int status, const char *command, const char *format, ...)
{
    va_list ap;
    fprintf(stderr, "sangdamctl: %s: ", command);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    return status;
}

int command_fail_db(const char *command, struct db *db)
{
    bool away = db_last_error(db) == DB_AWAY || db_last_error(db) == DB_BUSY;
    return command_fail(away ? EX_TEMPFAIL : EX_SOFTWARE, command, "%s", db_last_text(db));
}

int command_usage(const char *command)
{
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, command))
            fprintf(stderr, "usage: sangdamctl [-c FILE] %s %s\n", command, commands[i].arguments);
    return EX_USAGE;
}

static void print_help(FILE *out)
{
    fputs("usage: sangdamctl [-c FILE] COMMAND ...\n"
          "  -c FILE  configuration (" SANGDAM_SYSCONFDIR "/sangdam/sangdam.conf)\n"
          "  -V       version\n"
          "  -h       this help\n\n", out);
    for (size_t i = 0; i < COMMANDS; i++)
        fprintf(out, "  %s %s\n      %s\n", commands[i].name, commands[i].arguments, commands[i].text);
}

static int run_command(const struct command *command, struct command_context *c, int argc, char **argv)
{
    char error[512];
    if (command->wants_config && !(c->config = config_load(c->config_path, error, sizeof error)))
        return command_fail(EX_CONFIG, command->name, "%s", error);
    int status = command->run(c, argc, argv);
    config_free(&c->config);
    if (fflush(stdout) || ferror(stdout))
        return command_fail(EX_IOERR, command->name, "can't write what was found");
    return status;
}

int main(int argc, char **argv)
{
    struct command_context c = {.config_path = SANGDAM_SYSCONFDIR "/sangdam/sangdam.conf"};
    int option;
    while ((option = getopt(argc, argv, "+c:Vh")) != -1) {
        switch (option) {
        case 'c': c.config_path = optarg; break;
        case 'V': puts("sangdamctl " PACKAGE_VERSION); return EX_OK;
        case 'h': print_help(stdout); return EX_OK;
        default: print_help(stderr); return EX_USAGE;
        }
    }
    if (optind == argc) {
        print_help(stderr);
        return EX_USAGE;
    }
    log_start("sangdamctl", LOG_WARN);
    if (!token_start())
        return command_fail(EX_OSERR, argv[optind], "no source of randomness");
    for (size_t i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i].name, argv[optind]))
            return run_command(&commands[i], &c, argc - optind, argv + optind);
    return command_fail(EX_USAGE, argv[optind], "no such command; -h lists them");
}
