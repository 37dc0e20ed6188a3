/* What /proc tells: the processes below a leader, and those that a dead program left behind. */
#include "ctl/keeper/keeper.h"

#include "lib/base/log.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct entry {
    pid_t pid;
    pid_t parent;
    pid_t group;
};

static struct entry *table;
static size_t table_n, table_cap;

static bool read_entry(const char *name, struct entry *e)
{
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0)
        return false;
    text[n] = '\0';
    const char *after = strrchr(text, ')'); /* the name before it may hold anything */
    int parent, group;
    char state;
    if (!after || sscanf(after + 1, " %c %d %d", &state, &parent, &group) != 3 || state == 'Z')
        return false;
    e->pid = (pid_t)strtol(name, NULL, 10);
    e->parent = parent;
    e->group = group;
    return true;
}

void keeper_proc_scan(void)
{
    table_n = 0;
    DIR *d = opendir("/proc");
    if (!d)
        return;
    struct dirent *f;
    while ((f = readdir(d))) {
        if (!isdigit((unsigned char)f->d_name[0]))
            continue;
        if (table_n == table_cap) {
            size_t cap = table_cap ? table_cap * 2 : 256;
            struct entry *more = realloc(table, cap * sizeof *more);
            if (!more)
                break;
            table = more;
            table_cap = cap;
        }
        if (read_entry(f->d_name, &table[table_n]))
            table_n++;
    }
    closedir(d);
}

/* Adds pid and, breadth first, everything below it. list has room for table_n + one per slot. */
static size_t add_tree(pid_t *list, size_t n, pid_t pid)
{
    size_t next = n;
    list[n++] = pid;
    for (; next < n; next++)
        for (size_t i = 0; i < table_n; i++)
            if (table[i].parent == list[next] && table[i].pid != pid)
                list[n++] = table[i].pid;
    return n;
}

static bool write_list(const char *path, const pid_t *list, size_t n)
{
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary)
        return false;
    FILE *f = fopen(temporary, "we");
    if (!f)
        return false;
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%d\n", (int)list[i]);
    bool good = !ferror(f);
    good = fclose(f) == 0 && good;
    return good && rename(temporary, path) == 0;
}

void keeper_proc_write_pids(const struct keeper *k, struct keeper_program *p)
{
    pid_t *list = calloc(table_n + KEEPER_PROCESSES_MAX + 1, sizeof *list);
    if (!list)
        return;
    size_t n = 0;
    for (int i = 0; i < p->processes; i++)
        if (p->slots[i].pid)
            n = add_tree(list, n, p->slots[i].pid);
    if (p->written && n == p->written_n && !memcmp(list, p->written, n * sizeof *list)) {
        free(list);
        return;
    }
    char path[4096];
    if (snprintf(path, sizeof path, "%s/run/%s.pid", k->dir, p->name) >= (int)sizeof path || !write_list(path, list, n)) {
        log_warn("pid_file_failed program=%s error=%s", p->name, strerror(errno)); /* tried again at the next look */
        free(list);
        return;
    }
    free(p->written);
    p->written = list;
    p->written_n = n;
}

static bool is_leader(const struct keeper *k, pid_t pid)
{
    for (int i = 0; i < k->n; i++)
        for (int s = 0; s < k->programs[i].processes; s++)
            if (k->programs[i].slots[s].pid == pid)
                return true;
    return false;
}

void keeper_proc_kill_orphans(const struct keeper *k)
{
    pid_t self = getpid();
    for (size_t i = 0; i < table_n; i++) {
        const struct entry *e = &table[i];
        if (e->parent != self || is_leader(k, e->pid) || is_leader(k, e->group))
            continue;
        log_warn("orphan_killed pid=%d group=%d", (int)e->pid, (int)e->group);
        kill(e->pid, SIGKILL);
    }
}

bool keeper_proc_group_lives(pid_t group)
{
    return kill(-group, 0) == 0 || errno == EPERM;
}
