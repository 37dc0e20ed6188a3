/* command: what the subcommands of sangdamctl share. A new one is a file cmd_NAME.c and a row in sangdamctl.c. */
#ifndef SANGDAM_CTL_COMMAND_H
#define SANGDAM_CTL_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

struct config;
struct db;

struct command_context {
    const char *config_path;
    struct config *config; /* NULL for commands that need none */
};

/* argv[0] is the command's own name. The exit status, of sysexits.h. */
typedef int command_run(struct command_context *c, int argc, char **argv);

command_run cmd_config_check, cmd_config_sample, cmd_demo, cmd_entry, cmd_epoch, cmd_hours, cmd_member, cmd_migrate, cmd_search, cmd_site, cmd_stats, cmd_status, cmd_tick, cmd_webpush;

/* Says `sangdamctl: COMMAND: ...` on standard error and returns status. */
int command_fail(int status, const char *command, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* The same for a failed database call: EX_TEMPFAIL when the server is away, else EX_SOFTWARE. */
int command_fail_db(const char *command, struct db *db);
/* Wrong arguments: how the command is called, and EX_USAGE. */
int command_usage(const char *command);

#endif
