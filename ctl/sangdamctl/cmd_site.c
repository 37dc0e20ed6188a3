/* site: the sites that show the chat in a frame, from the command line: what the page /admin/sites does, for scripts. */
#include "ctl/sangdamctl/command.h"

#include "lib/base/buf.h"
#include "lib/base/json.h"
#include "lib/chat/db.h"
#include "lib/chat/site.h"
#include "lib/chat/site_member.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

static int refused(struct db *db, enum outcome outcome, const struct refusal *refusal)
{
    if (outcome == OUTCOME_DONE || outcome == OUTCOME_SAME)
        return EX_OK;
    if (outcome != OUTCOME_REFUSED)
        return command_fail_db("site", db);
    return command_fail(EX_DATAERR, "site", "%s: %s", refusal->field ? refusal->field : "site", refusal->message);
}

static void list_json(const struct site *list, size_t n)
{
    struct buf out = BUF_INIT;
    struct json_writer w = JSON_WRITER(&out);

    jw_array(&w);
    for (size_t i = 0; i < n; i++) {
        jw_object(&w);
        jw_str(&w, "siteKey", list[i].key);
        jw_str(&w, "name", list[i].name);
        jw_str(&w, "origins", list[i].origins);
        jw_str(&w, "color", list[i].color);
        jw_str(&w, "greeting", list[i].greeting[LANG_KO]);
        jw_str(&w, "greetingEn", list[i].greeting[LANG_EN]);
        jw_str(&w, "categories", list[i].categories);
        jw_str(&w, "position", list[i].is_left ? "left" : "right");
        jw_bool(&w, "active", list[i].is_active);
        jw_object_end(&w);
    }
    jw_array_end(&w);
    puts(buf_str(&out));
    buf_free(&out);
}

static int list(struct db *db, int argc, char **argv)
{
    bool json = argc == 1 && !strcmp(argv[0], "--json");
    struct site *sites;
    size_t n;

    if (argc > 1 || (argc == 1 && !json))
        return command_usage("site");
    if (site_list(db, &sites, &n) != OUTCOME_DONE)
        return command_fail_db("site", db);
    if (json)
        list_json(sites, n);
    for (size_t i = 0; i < n && !json; i++)
        printf("%-20s %-4s %s  %s\n", sites[i].key, sites[i].is_active ? "on" : "off", sites[i].origins, sites[i].name);
    free(sites);
    return EX_OK;
}

/* KEY=VALUE into its place of the draft; false when there is no such key, or a wrong word for active. */
static bool take(struct site_draft *d, const char *argument)
{
    const struct {
        const char *name;
        const char **to;
    } texts[] = {{"name", &d->name},         {"origins", &d->origins},       {"color", &d->color},       {"greeting", &d->greeting[LANG_KO]},
                 {"greeting_en", &d->greeting[LANG_EN]}, {"categories", &d->categories}, {"position", &d->position}};
    size_t n = strcspn(argument, "=");
    const char *value = argument + n + 1;

    if (argument[n] != '=')
        return false;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strlen(texts[i].name) == n && strncmp(texts[i].name, argument, n) == 0) {
            *texts[i].to = value;
            return true;
        }
    }
    if (n != strlen("active") || strncmp("active", argument, n) != 0 || (strcmp(value, "yes") != 0 && strcmp(value, "no") != 0))
        return false;
    d->is_active = strcmp(value, "yes") == 0;
    return true;
}

/* What is not named stays as it is; a key that is new is a new site. */
static int set(struct db *db, int argc, char **argv)
{
    struct site_draft draft = {.is_active = true};
    struct refusal refusal = {0};
    struct site s;
    enum outcome found;

    if (argc < 2)
        return command_usage("site");
    found = site_find(db, argv[0], &s, &refusal);
    if (found == OUTCOME_DONE)
        draft = (struct site_draft){.name = s.name, .origins = s.origins, .color = s.color, .greeting = {s.greeting[0], s.greeting[1]}, .categories = s.categories,
                                    .position = s.is_left ? "left" : "right", .is_active = s.is_active};
    else if (found != OUTCOME_REFUSED)
        return command_fail_db("site", db);
    for (int i = 1; i < argc; i++)
        if (!take(&draft, argv[i]))
            return command_fail(EX_USAGE, "site", "%s: name=, origins=, color=, greeting=, greeting_en=, categories=, position=left|right, active=yes|no", argv[i]);
    return refused(db, found == OUTCOME_DONE ? site_change(db, 0, argv[0], &draft, &refusal) : site_add(db, 0, argv[0], &draft, &refusal), &refusal);
}

/* Prints "KID SECRET": the secret is seen this once. */
static int key(struct db *db, int argc, char **argv)
{
    char kid[HOST_JWT_KID_SIZE], secret[TOKEN_TEXT_SIZE];
    struct refusal refusal = {0};
    int status;

    if (argc == 3 && !strcmp(argv[1], "drop"))
        return refused(db, site_key_drop(db, 0, argv[0], argv[2], &refusal), &refusal);
    if (argc != 2 || strcmp(argv[1], "new") != 0)
        return command_usage("site");
    status = refused(db, site_key_new(db, 0, argv[0], kid, secret, &refusal), &refusal);
    if (status == EX_OK)
        printf("%s %s\n", kid, secret);
    return status;
}

int cmd_site(struct command_context *c, int argc, char **argv)
{
    struct db *db;
    int status;

    if (argc < 2)
        return command_usage(argv[0]);
    db = db_open(c->config);
    if (!db)
        return command_fail(EX_OSERR, argv[0], "out of memory");
    if (!strcmp(argv[1], "list"))
        status = list(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "set"))
        status = set(db, argc - 2, argv + 2);
    else if (!strcmp(argv[1], "key"))
        status = key(db, argc - 2, argv + 2);
    else
        status = command_usage(argv[0]);
    db_close(&db);
    return status;
}
