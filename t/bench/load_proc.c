#include "t/bench/load_proc.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number behind `name` in /proc/PID/FILE, 0 when there is none. */
static long proc_number(int pid, const char *file, const char *name)
{
    char path[64], line[512];
    long value = 0;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
    f = fopen(path, "re");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0 && sscanf(line + strlen(name), ": %ld", &value) == 1)
            break;
    if (f)
        fclose(f);
    return value;
}

static double proc_cpu(int pid)
{
    unsigned long user = 0, system = 0;
    char path[64], line[1024];
    const char *rest;
    FILE *f;

    snprintf(path, sizeof path, "/proc/%d/stat", pid);
    f = fopen(path, "re");
    if (f && fgets(line, sizeof line, f) && (rest = strrchr(line, ')')) != NULL &&
        sscanf(rest + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2)
        user = system = 0;
    if (f)
        fclose(f);
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

struct proc_use proc_read(const int *pids, size_t n)
{
    struct proc_use use = {0};

    for (size_t i = 0; i < n; i++) {
        long rss = proc_number(pids[i], "smaps_rollup", "Rss");

        use.rss_kb += rss;
        use.private_kb += rss - proc_number(pids[i], "status", "RssFile");
        use.cpu_s += proc_cpu(pids[i]);
    }
    return use;
}
