/* The list of programs: parsing and freeing. */
#include "ctl/keeper/keeper.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool parse_number(const char *s, long least, long most, int *value_r)
{
    char *end;
    errno = 0;
    long v = strtol(s, &end, 10);
    if (end == s || *end || errno || v < least || v > most)
        return false;
    *value_r = (int)v;
    return true;
}

static bool is_name(const char *s)
{
    size_t n = strlen(s);
    return n >= 1 && n <= KEEPER_NAME_MAX && strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* Takes a copy of the text into *where_r; false when it is set already or memory is out. */
static const char *set_text(char **where_r, const char *text)
{
    if (*where_r)
        return "given twice";
    if (!*text)
        return "a value is missing";
    *where_r = strdup(text);
    return *where_r ? NULL : "out of memory";
}

static const char *begin_program(struct keeper *k, const char *name)
{
    if (k->n == KEEPER_PROGRAMS_MAX)
        return "too many programs";
    if (!is_name(name))
        return "a name is 1 to 32 of a-z, 0-9 and -";
    for (int i = 0; i < k->n; i++)
        if (!strcmp(k->programs[i].name, name))
            return "this program stands here already";
    struct keeper_program *p = &k->programs[k->n++];
    memcpy(p->name, name, strlen(name) + 1);
    p->processes = 1;
    p->stop_ms = 5000;
    p->listen_fd = -1;
    return NULL;
}

/* One line of a program; NULL or what is wrong with it. */
static const char *read_line(struct keeper *k, const char *word, const char *rest)
{
    if (!strcmp(word, "program"))
        return begin_program(k, rest);
    if (!k->n)
        return "a list begins with: program NAME";
    struct keeper_program *p = &k->programs[k->n - 1];
    if (!strcmp(word, "exec")) {
        const char *why = set_text(&p->argv[0], rest);
        if (!why && !p->argc)
            p->argc = 1;
        return why;
    }
    if (!strcmp(word, "arg")) {
        if (!p->argc)
            return "exec comes before arg";
        if (p->argc == KEEPER_ARGS_MAX)
            return "too many arguments";
        p->argv[p->argc] = strdup(rest);
        return p->argv[p->argc++] ? NULL : "out of memory";
    }
    if (!strcmp(word, "socket"))
        return set_text(&p->socket_path, rest);
    if (!strcmp(word, "user"))
        return set_text(&p->user, rest);
    if (!strcmp(word, "processes"))
        return parse_number(rest, 1, KEEPER_PROCESSES_MAX, &p->processes) ? NULL : "processes is 1 to 64";
    if (!strcmp(word, "stage"))
        return parse_number(rest, 0, 9, &p->stage) ? NULL : "stage is 0 to 9";
    if (!strcmp(word, "stop_timeout")) {
        if (!parse_number(rest, 1, 600, &p->stop_ms))
            return "stop_timeout is 1 to 600 seconds";
        p->stop_ms *= 1000;
        return NULL;
    }
    return "unknown word";
}

static const char *check_list(const struct keeper *k)
{
    if (!k->n)
        return "no program in it";
    for (int i = 0; i < k->n; i++)
        if (!k->programs[i].argv[0])
            return "a program has no exec line";
    return NULL;
}

bool keeper_list_read(struct keeper *k, const char *path, char *error, size_t error_size)
{
    FILE *f = fopen(path, "re");
    if (!f) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        return false;
    }
    char *line = NULL;
    size_t cap = 0;
    ssize_t n;
    int number = 0;
    const char *why = NULL;
    while (!why && (n = getline(&line, &cap, f)) >= 0) {
        number++;
        while (n > 0 && line[n - 1] == '\n')
            line[--n] = '\0';
        if (!n || line[0] == '#')
            continue;
        char *space = strchr(line, ' ');
        if (space)
            *space = '\0';
        why = read_line(k, line, space ? space + 1 : "");
    }
    if (!why && ferror(f))
        why = "can't be read";
    if (!why)
        why = check_list(k);
    free(line);
    fclose(f);
    if (why)
        snprintf(error, error_size, "%s:%d: %s", path, number, why);
    return !why;
}

void keeper_list_free(struct keeper *k)
{
    for (int i = 0; i < k->n; i++) {
        struct keeper_program *p = &k->programs[i];
        for (int a = 0; a < p->argc; a++)
            free(p->argv[a]);
        free(p->socket_path);
        free(p->user);
        free(p->written);
    }
    k->n = 0;
}
