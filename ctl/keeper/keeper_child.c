/* Sockets bound on behalf of the programs, and the start of one process. */
#include "config.h"

#include "ctl/keeper/keeper.h"

#include "lib/base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 1024

static int listen_on(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    unlink(path);
    mode_t before = umask(0117);
    bool bound = bind(fd, (struct sockaddr *)&address, sizeof address) == 0;
    umask(before);
    if (bound && listen(fd, BACKLOG) == 0)
        return fd;
    int kept = errno;
    close(fd);
    errno = kept;
    return -1;
}

bool keeper_child_listen(struct keeper *k)
{
    for (int i = 0; i < k->n; i++) {
        struct keeper_program *p = &k->programs[i];
        if (!p->socket_path)
            continue;
        p->listen_fd = listen_on(p->socket_path);
        if (p->listen_fd < 0) {
            log_fatal("listen_failed program=%s path=%s error=%s", p->name, log_value(p->socket_path), strerror(errno));
            return false;
        }
    }
    return true;
}

void keeper_child_unlisten(struct keeper *k)
{
    for (int i = 0; i < k->n; i++) {
        struct keeper_program *p = &k->programs[i];
        if (p->listen_fd < 0)
            continue;
        close(p->listen_fd);
        p->listen_fd = -1;
        unlink(p->socket_path);
    }
}

/* Says why on the program's own log and ends the child. */
static void child_fail(const char *what)
{
    dprintf(2, "sangdam-keeper: %s: %s\n", what, strerror(errno));
    _exit(127);
}

static void child_set_files(const struct keeper_program *p, const char *log_path)
{
    int out = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
    if (out < 0)
        out = open("/dev/null", O_WRONLY | O_CLOEXEC); /* a full disk must not stop the service */
    if (out >= 0) {
        dup2(out, 1);
        dup2(out, 2);
    }
    int in = p->listen_fd >= 0 ? p->listen_fd : open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (in < 0 || dup2(in, 0) < 0)
        child_fail("descriptor 0");
    close_range(3, ~0U, 0);
}

static void child_become(const char *user)
{
    struct passwd *who = getpwnam(user);
    if (!who) {
        dprintf(2, "sangdam-keeper: no user %s\n", user);
        _exit(127);
    }
    if (who->pw_uid == getuid())
        return;
    if (initgroups(user, who->pw_gid) || setgid(who->pw_gid) || setuid(who->pw_uid))
        child_fail(user);
}

static void child_reset_signals(void)
{
    sigset_t none;
    sigemptyset(&none);
    for (int s = 1; s < NSIG; s++)
        signal(s, SIG_DFL);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

pid_t keeper_child_start(const struct keeper *k, const struct keeper_program *p)
{
    char log_path[4096];
    if (snprintf(log_path, sizeof log_path, "%s/log/%s.log", k->dir, p->name) >= (int)sizeof log_path)
        return -1;
    pid_t keeper = getpid();
    pid_t pid = fork();
    if (pid < 0) {
        log_error("fork_failed program=%s error=%s", p->name, strerror(errno));
        return -1;
    }
    if (pid) {
        setpgid(pid, pid); /* also done by the child: whoever comes first */
        return pid;
    }
    setpgid(0, 0);
    child_set_files(p, log_path);
    if (p->user)
        child_become(p->user);
    /* after the change of user, which clears it */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != keeper)
        _exit(0);
    child_reset_signals();
    execv(p->argv[0], p->argv);
    child_fail(p->argv[0]);
    return -1;
}
