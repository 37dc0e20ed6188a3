/* member: accounts from the command line. Passwords come from standard input, so that no list of processes shows them. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/chat/config.h"
#include "lib/chat/db.h"
#include "lib/chat/member.h"

#include <inttypes.h>
#include <string.h>
#include <sysexits.h>
#include <termios.h>
#include <unistd.h>

/* One line of standard input, without echo on a terminal. */
static bool read_password(char *out, size_t size)
{
    struct termios before;
    bool terminal = isatty(0) && tcgetattr(0, &before) == 0;
    if (terminal) {
        struct termios quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        tcsetattr(0, TCSAFLUSH, &quiet);
        fputs("Password: ", stderr);
    }
    bool good = fgets(out, (int)size, stdin) != NULL;
    if (terminal) {
        tcsetattr(0, TCSAFLUSH, &before);
        fputc('\n', stderr);
    }
    if (good)
        out[strcspn(out, "\n")] = '\0';
    return good;
}

static int answer(const char *what, enum outcome outcome, const struct refusal *r, struct db *db)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        return EX_OK;
    if (outcome == OUTCOME_REFUSED)
        return command_fail(EX_DATAERR, "member", "%s: %s", what, r->message);
    return command_fail_db("member", db);
}

static enum role role_from_name(const char *name)
{
    for (int r = ROLE_CUSTOMER; r <= ROLE_ADMIN; r++)
        if (!strcasecmp(role_name((enum role)r), name))
            return (enum role)r;
    return ROLE_NONE;
}

static int add(struct db *db, int argc, char **argv)
{
    char password[PASSWORD_MAX + 2];
    struct refusal r = {0};
    int64_t id = 0;
    if (argc != 3)
        return command_usage("member");
    enum role role = role_from_name(argv[2]);
    if (role == ROLE_NONE)
        return command_fail(EX_USAGE, "member", "ROLE is customer, agent, supervisor or admin");
    if (!read_password(password, sizeof password))
        return command_fail(EX_NOINPUT, "member", "a password is wanted on standard input");
    int status = answer(argv[0], member_add(db, argv[0], password, argv[1], role, &id, &r), &r, db);
    explicit_bzero(password, sizeof password);
    if (status == EX_OK)
        printf("%" PRId64 "\n", id);
    return status;
}

static int passwd(struct db *db, int argc, char **argv)
{
    char password[PASSWORD_MAX + 2];
    struct refusal r = {0};
    if (argc != 1)
        return command_usage("member");
    if (!read_password(password, sizeof password))
        return command_fail(EX_NOINPUT, "member", "a password is wanted on standard input");
    int status = answer(argv[0], member_set_password(db, argv[0], password, &r), &r, db);
    explicit_bzero(password, sizeof password);
    return status;
}

static int set_status(struct db *db, int argc, char **argv, int member_status)
{
    struct refusal r = {0};
    if (argc != 1)
        return command_usage("member");
    return answer(argv[0], member_set_status(db, argv[0], member_status, &r), &r, db);
}

static int list(struct db *db, int argc, char **argv)
{
    bool json = argc == 1 && !strcmp(argv[0], "--json");
    if (argc > 1 || (argc == 1 && !json))
        return command_usage("member");
    struct db_rows *rows = db_query(db, "SELECT member_id, email, nickname, gubun, status FROM member WHERE email IS NOT NULL ORDER BY member_id", NULL, 0);
    if (!rows)
        return command_fail_db("member", db);
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);
    jw_array(&w);
    for (size_t i = 0; i < db_rows_count(rows); i++) {
        const char *role = role_name(role_from_gubun((int)db_cell_int(rows, i, 3)));
        const char *state = db_cell_int(rows, i, 4) == 1 ? "active" : "disabled";
        if (!json) {
            printf("%" PRId64 "\t%s\t%s\t%s\t%s\n", db_cell_int(rows, i, 0), role, state, db_cell(rows, i, 1, NULL), db_cell(rows, i, 2, NULL));
            continue;
        }
        jw_object(&w);
        jw_int(&w, "memberId", db_cell_int(rows, i, 0));
        jw_str(&w, "role", role);
        jw_str(&w, "state", state);
        jw_str(&w, "email", db_cell(rows, i, 1, NULL));
        jw_str(&w, "nickname", db_cell(rows, i, 2, NULL));
        jw_object_end(&w);
    }
    jw_array_end(&w);
    if (json)
        puts(buf_str(&out));
    buf_free(&out);
    db_rows_free(&rows);
    return EX_OK;
}

int cmd_member(struct command_context *c, int argc, char **argv)
{
    if (argc < 2)
        return command_usage(argv[0]);
    struct db *db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    int status;
    if (!strcmp(argv[1], "add"))
        status = add(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "passwd"))
        status = passwd(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "disable"))
        status = set_status(db, argc - 2, argv + 2, 0);
    else if (!strcmp(argv[1], "enable"))
        status = set_status(db, argc - 2, argv + 2, 1);
    else if (!strcmp(argv[1], "list"))
        status = list(db, argc - 2, argv + 2);
    else
        status = command_usage(argv[0]);
    db_close(&db);
    return status;
}
