/* sangdam-pushd: the push daemon. Flags, signals, start and stop; the rest is push.c's. */
#include "config.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sysexits.h>
#include <unistd.h>

#include "lib/base/catalog.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/rate.h"
#include "pushd/fleet.h"
#include "pushd/loop.h"
#include "pushd/manager.h"

struct signals {
    struct loop_io io; /* first */
    struct fleet *fleet;
    struct manager_watchdog watchdog;
    int fd;
};

static void print_help(void)
{
    fputs("sangdam-pushd [-c FILE] [-t] [-V] [-h]\n"
          "The push daemon of sangdam: WebSocket and STOMP on a UNIX socket, hints of the FastCGI programs on another.\n"
          "  -c FILE  configuration (default " SANGDAM_SYSCONFDIR "/sangdam/sangdam.conf)\n"
          "  -t       check the configuration and exit\n"
          "  -V       print the version and exit\n"
          "  -h       print this and exit\n"
          "Signals: TERM and INT stop, HUP reads the configuration again.\n",
          stdout);
}

static enum log_level level_of(const char *name)
{
    static const char *const names[] = {[LOG_DEBUG] = "debug", [LOG_INFO] = "info", [LOG_WARN] = "warn", [LOG_ERROR] = "error"};

    for (int i = LOG_DEBUG; i <= LOG_ERROR; i++)
        if (strcmp(name, names[i]) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

static void on_signal(struct loop_io *io, uint32_t events)
{
    struct signals *signals = (struct signals *)io;
    struct signalfd_siginfo info;

    (void)events;
    while (read(signals->fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGHUP) {
            manager_tell_reloading();
            fleet_reload(signals->fleet);
            log_set_level(level_of(fleet_config(signals->fleet)->log_level));
            manager_tell("READY=1");
        } else {
            manager_tell("STOPPING=1");
            fleet_begin_stop(signals->fleet);
        }
    }
}

/* Signals come through the loop; threads inherit the mask, so this is done before any starts. */
static int block_signals(void)
{
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return -1;
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Many threads, few of which hold memory for long: with an arena each, what a burst of reads took would stay with each of them. Large blocks go back to the
 * system when they are freed, whatever was freed before. */
static void bound_memory(void)
{
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_TRIM_THRESHOLD, 1024 * 1024);
}

/* A connection costs a descriptor: take what we may. */
static void raise_descriptors(void)
{
    struct rlimit limit;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        log_warn("descriptor_limit_kept errno=%d", errno);
}

static int serve(struct config *config)
{
    struct signals signals = {.io.on_ready = on_signal};

    log_start("pushd", level_of(config->log_level));
    signals.fd = block_signals();
    if (!token_start() || signals.fd < 0) {
        log_fatal("no_randomness_or_signals");
        config_free(&config);
        return EX_OSERR;
    }
    raise_descriptors();
    bound_memory();
    catalog_load(config->locale_dir);
    counter_open(config);
    rate_open(config);
    signals.fleet = fleet_start(config);
    if (!signals.fleet || !loop_add(fleet_first_loop(signals.fleet), signals.fd, &signals.io, EPOLLIN)) {
        log_fatal("can_not_start");
        fleet_free(&signals.fleet);
        return EX_UNAVAILABLE;
    }
    log_info("ready version=" PACKAGE_VERSION " loops=%d socket=%s", fleet_count(signals.fleet), log_value(fleet_config(signals.fleet)->pushd_socket));
    manager_tell("READY=1");
    manager_watch(&signals.watchdog, fleet_first_loop(signals.fleet));
    fleet_run(signals.fleet);
    manager_unwatch(&signals.watchdog);
    fleet_free(&signals.fleet);
    close(signals.fd);
    log_info("stopped");
    return EX_OK;
}

int main(int argc, char **argv)
{
    const char *path = SANGDAM_SYSCONFDIR "/sangdam/sangdam.conf";
    bool is_check = false;
    char error[512];
    struct config *config;
    int option;

    while ((option = getopt(argc, argv, "c:tVh")) != -1) {
        switch (option) {
        case 'c':
            path = optarg;
            break;
        case 't':
            is_check = true;
            break;
        case 'V':
            puts("sangdam-pushd " PACKAGE_VERSION);
            return EX_OK;
        case 'h':
            print_help();
            return EX_OK;
        default:
            return EX_USAGE;
        }
    }
    if (optind != argc) {
        fprintf(stderr, "sangdam-pushd: unexpected argument: %s\n", argv[optind]);
        return EX_USAGE;
    }
    config = config_load(path, error, sizeof error);
    if (!config) {
        fprintf(stderr, "sangdam-pushd: %s\n", error);
        return EX_CONFIG;
    }
    if (is_check) {
        config_free(&config);
        return EX_OK;
    }
    return serve(config);
}
