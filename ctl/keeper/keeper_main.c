/* sangdam-keeper: arguments, lock, signals; the work is in keeper_loop.c. */
#include "config.h"

#include "ctl/keeper/keeper.h"

#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

static const char usage[] =
    "usage: sangdam-keeper [-l FD] [-t] [-V] [-h] DIR\n"
    "Starts the programs listed in DIR/keeper.conf and keeps them running until TERM or INT.\n"
    "  -l FD  the lock on DIR/run/keeper.lock is held already on this descriptor\n"
    "  -t     check the list and end\n";

/* Holds DIR for this keeper alone; the descriptor stays open as long as the process lives. */
static bool take_lock(const char *dir, int inherited)
{
    if (inherited >= 0)
        return fcntl(inherited, F_SETFD, FD_CLOEXEC) == 0;
    char path[4096];
    if (snprintf(path, sizeof path, "%s/run/keeper.lock", dir) >= (int)sizeof path)
        return false;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    return fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0;
}

static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int block_signals(void)
{
    sigset_t wanted;
    sigemptyset(&wanted);
    sigaddset(&wanted, SIGCHLD);
    sigaddset(&wanted, SIGTERM);
    sigaddset(&wanted, SIGINT);
    sigaddset(&wanted, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &wanted, NULL))
        return -1;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* an inherited SIG_IGN would reap behind our back */
    return signalfd(-1, &wanted, SFD_NONBLOCK | SFD_CLOEXEC);
}

static void write_own_pid(const char *dir)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/run/keeper.pid", dir) >= (int)sizeof path)
        return;
    FILE *f = fopen(path, "we");
    if (!f)
        return;
    fprintf(f, "%d\n", (int)getpid());
    fclose(f);
}

static void remove_pids(const struct keeper *k)
{
    char path[4096];
    for (int i = 0; i < k->n; i++)
        if (snprintf(path, sizeof path, "%s/run/%s.pid", k->dir, k->programs[i].name) < (int)sizeof path)
            unlink(path);
    if (snprintf(path, sizeof path, "%s/run/keeper.pid", k->dir) < (int)sizeof path)
        unlink(path);
}

static int run(struct keeper *k, int lock_fd)
{
    if (!take_lock(k->dir, lock_fd)) {
        log_fatal("locked dir=%s error=%s", log_value(k->dir), strerror(errno));
        return EX_TEMPFAIL;
    }
    int signal_fd = block_signals();
    if (signal_fd < 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) || chdir(k->dir)) {
        log_fatal("start_failed error=%s", strerror(errno));
        return EX_OSERR;
    }
    raise_descriptor_limit();
    if (!keeper_child_listen(k)) {
        keeper_child_unlisten(k);
        return EX_OSERR;
    }
    write_own_pid(k->dir);
    keeper_loop_run(k, signal_fd);
    keeper_child_unlisten(k);
    remove_pids(k);
    log_info("ended");
    return EX_OK;
}

/* A descriptor number, or -2. */
static int parse_fd(const char *s)
{
    char *end;
    long v = strtol(s, &end, 10);
    return end == s || *end || v < 3 || v > 1024 * 1024 ? -2 : (int)v;
}

int main(int argc, char **argv)
{
    static struct keeper k;
    int lock_fd = -1, option;
    bool check = false;
    while ((option = getopt(argc, argv, "l:tVh")) != -1) {
        switch (option) {
        case 'l': lock_fd = parse_fd(optarg); break;
        case 't': check = true; break;
        case 'V': puts("sangdam-keeper " PACKAGE_VERSION); return EX_OK;
        case 'h': fputs(usage, stdout); return EX_OK;
        default: fputs(usage, stderr); return EX_USAGE;
        }
    }
    if (argc - optind != 1 || lock_fd == -2) {
        fputs(usage, stderr);
        return EX_USAGE;
    }
    log_start("keeper", LOG_INFO);
    char path[4096], error[4352];
    k.dir = realpath(argv[optind], NULL);
    if (!k.dir || snprintf(path, sizeof path, "%s/keeper.conf", k.dir) >= (int)sizeof path) {
        log_fatal("no_folder dir=%s error=%s", log_value(argv[optind]), strerror(errno));
        return EX_NOINPUT;
    }
    int status = EX_CONFIG;
    if (!keeper_list_read(&k, path, error, sizeof error))
        log_fatal("list_failed %s", log_value(error));
    else
        status = check ? EX_OK : run(&k, lock_fd);
    keeper_list_free(&k);
    free(k.dir);
    return status;
}
