/* program: see program.h. What may change by SIGHUP (configuration, templates) stands in one immutable struct site; a thread takes the newest at
 * the start of a request, and old ones stay until the end, so nobody ever looks at something gone. */
#include "config.h"

#include "cgi/program.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "cgi/fcgi_server.h"
#include "cgi/http.h"
#include "cgi/http_io.h"
#include "cgi/route.h"
#include "cgi/template.h"
#include "lib/base/catalog.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/base/token.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db.h"
#include "lib/chat/hand_over.h"
#include "lib/chat/notify.h"
#include "lib/chat/program_count.h"
#include "lib/chat/rate.h"
#include "lib/chat/tick.h"

struct site {
    struct config *config;
    struct template_set *templates;
    struct site *older;
};

struct server {
    const struct program *program;
    _Atomic(struct site *) site; /* the newest */
    bool hands_over;             /* a process that serves many requests keeps a connection to pushd for it */
};

struct worker { /* one thread's own */
    struct server *server;
    const struct site *site; /* whose configuration db was opened with */
    struct db *db;
    struct hand_over *hand_over;
};

/* ---- site ---- */

static void site_free_all(struct site *s)
{
    while (s) {
        struct site *older = s->older;
        template_set_free(&s->templates);
        config_free(&s->config);
        free(s);
        s = older;
    }
}

/* Reads configuration and templates; NULL, with the reason on standard error and in the log, when one is wrong. */
static struct site *site_load(const char *config_path, int *exit_code_r)
{
    char why[512] = "";
    struct buf template_why = BUF_INIT;
    struct site *s = calloc(1, sizeof *s);
    *exit_code_r = EX_OSERR;
    if (!s)
        return NULL;
    *exit_code_r = EX_CONFIG;
    s->config = config_load(config_path, why, sizeof why);
    if (s->config) {
        s->templates = template_load(s->config->template_dir, &template_why);
        if (s->templates)
            return s;
    }
    log_error("config_refused reason=\"%s\"", log_value(s->config ? buf_str(&template_why) : why));
    fprintf(stderr, "%s\n", s->config ? buf_str(&template_why) : why);
    buf_free(&template_why);
    site_free_all(s);
    return NULL;
}

static enum log_level level_of(const struct config *config)
{
    static const char *const names[] = {"debug", "info", "warn", "error"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], config->log_level) == 0)
            return (enum log_level)i;
    return LOG_INFO;
}

/* ---- one request ---- */

static void serve(struct worker *w, struct http_io *io)
{
    const int64_t begun_us = clock_monotonic_us();
    const struct site *site = atomic_load(&w->server->site);
    if (site != w->site) {
        db_close(&w->db);
        hand_over_close(&w->hand_over);
        w->db = db_open(site->config);
        w->hand_over = w->server->hands_over && site->config->daemon ? hand_over_open(site->config) : NULL;
        w->site = site;
    }
    struct request *q = calloc(1, sizeof *q);
    if (!q || !w->db) {
        static const char away[] = "Status: 503 Service Unavailable\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n";
        io->write(io, away, sizeof away - 1);
        free(q);
        w->site = w->db ? w->site : NULL; /* tried again by the next request */
        return;
    }
    q->io = io;
    q->config = site->config;
    q->templates = site->templates;
    q->db = w->db;
    q->hand_over = w->hand_over;
    if (http_read(q))
        route_dispatch(q, w->server->program->routes);
    if (db_in_transaction(w->db))
        db_rollback(w->db);
    http_finish(q);
    program_count_answer(q->answer.status, clock_monotonic_us() - begun_us);
    free(q);
}

/* Where no pushd runs, the requests that come do what is due. */
static void do_clock_work(struct worker *w)
{
    if (w->db && w->site && !w->site->config->daemon)
        tick_by_request(w->db, w->site->config);
}

/* Log lines that this process could not write, into the page in which all processes count. */
static void count_lost_lines(void)
{
    static atomic_uint_fast64_t counted;
    uint_fast64_t before = atomic_load(&counted), lost = log_lost();

    while (lost > before && !atomic_compare_exchange_weak(&counted, &before, lost))
        ; /* another thread has counted some of them: before says how many */
    if (lost > before)
        counter_add(COUNT_log_lines_lost, lost - before);
}

/* fcgi_server's callbacks: a thread begins, serves and ends. */
static void *on_thread_begin(void *arg)
{
    struct worker *w = calloc(1, sizeof *w);
    if (w)
        w->server = arg;
    return w;
}

static void on_request(void *thread, struct http_io *io)
{
    serve(thread, io);
    do_clock_work(thread);
    count_lost_lines();
}

static void on_thread_end(void *thread)
{
    struct worker *w = thread;
    if (w) {
        db_close(&w->db);
        hand_over_close(&w->hand_over);
    }
    free(w);
}

/* ---- the two doors ---- */

static bool reload(struct server *server, const char *config_path)
{
    int ignored;
    struct site *fresh = site_load(config_path, &ignored);
    if (!fresh) {
        log_warn("reload_refused program=%s", server->program->name);
        return false;
    }
    fresh->older = atomic_load(&server->site);
    atomic_store(&server->site, fresh);
    log_set_level(level_of(fresh->config));
    log_info("reloaded program=%s", server->program->name);
    return true;
}

static int serve_fastcgi(struct server *server, const char *config_path)
{
    const struct config *config = atomic_load(&server->site)->config;
    sigset_t waited;
    sigemptyset(&waited);
    sigaddset(&waited, SIGTERM);
    sigaddset(&waited, SIGINT);
    sigaddset(&waited, SIGHUP);
    pthread_sigmask(SIG_BLOCK, &waited, NULL); /* before the threads, which inherit it */
    server->hands_over = true;
    const struct fcgi_callbacks callbacks = {.on_thread_begin = on_thread_begin, .on_request = on_request, .on_thread_end = on_thread_end, .arg = server};
    struct fcgi_server *fcgi = fcgi_server_start(STDIN_FILENO, (unsigned)config->fcgi_threads, &callbacks);
    if (!fcgi)
        return EX_OSERR;
    log_info("started program=%s threads=%lld", server->program->name, (long long)config->fcgi_threads);
    for (;;) {
        int sig = sigwaitinfo(&waited, NULL);
        if (sig == SIGHUP)
            reload(server, config_path);
        else if (sig > 0)
            break;
        else if (errno != EINTR)
            break;
    }
    log_info("stopping program=%s", server->program->name);
    fcgi_server_stop(&fcgi);
    return EX_OK;
}

static int serve_plain(struct server *server)
{
    struct http_io io;
    http_io_plain(&io);
    void *worker = on_thread_begin(server);
    if (!worker)
        return EX_OSERR;
    serve(worker, &io);
    close(STDOUT_FILENO); /* the answer ends here: the web server need not wait for what follows */
    do_clock_work(worker);
    on_thread_end(worker);
    return io.is_cut ? EX_TEMPFAIL : EX_OK;
}

static bool is_listening(int fd)
{
    int yes = 0;
    socklen_t n = sizeof yes;
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &yes, &n) == 0 && yes;
}

static int run(const struct program *program, const char *config_path, bool check_only)
{
    struct server server = {.program = program};
    int code;
    log_start(program->name, LOG_INFO);
    if (!token_start()) {
        log_fatal("no_randomness");
        return EX_OSERR;
    }
    struct site *site = site_load(config_path, &code);
    if (!site)
        return code;
    if (check_only) {
        site_free_all(site);
        puts("configuration and templates are fine");
        return EX_OK;
    }
    atomic_store(&server.site, site);
    log_set_level(level_of(site->config));
    setenv("TZ", site->config->timezone, 1);
    tzset();
    signal(SIGPIPE, SIG_IGN);
    catalog_load(site->config->locale_dir);
    counter_open(site->config);
    program_count_start(program->name);
    rate_open(site->config);
    if (site->config->daemon)
        notify_open(site->config);
    code = is_listening(STDIN_FILENO) ? serve_fastcgi(&server, config_path) : serve_plain(&server);
    notify_close();
    site_free_all(atomic_load(&server.site));
    return code;
}

static void usage(FILE *out, const char *name)
{
    fprintf(out,
            "usage: %s.fcgi [-c FILE] [-t] [-V] [-h] [--routes]\n"
            "  -c FILE   configuration (default %s/sangdam/sangdam.conf)\n"
            "  -t        check configuration and templates, then exit\n"
            "  -V        version\n"
            "  -h        this text\n"
            "  --routes  the routes of this program: method, path, least role\n"
            "Started with a listening socket as descriptor 0 it speaks FastCGI; with REQUEST_METHOD in its environment, plain CGI.\n",
            name, SANGDAM_SYSCONFDIR);
}

int program_main(const struct program *program, int argc, char **argv)
{
    static const struct option options[] = {{"routes", no_argument, NULL, 'R'}, {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
    const char *env_path = getenv("SANGDAM_CONF"); /* plain CGI has no command line */
    const char *config_path = env_path ? env_path : SANGDAM_SYSCONFDIR "/sangdam/sangdam.conf";
    bool check_only = false;
    for (int c; (c = getopt_long(argc, argv, "c:tVh", options, NULL)) != -1;) {
        switch (c) {
        case 'c':
            config_path = optarg;
            break;
        case 't':
            check_only = true;
            break;
        case 'V':
            printf("%s.fcgi %s\n", program->name, PACKAGE_VERSION);
            return EX_OK;
        case 'h':
            usage(stdout, program->name);
            return EX_OK;
        case 'R':
            route_print(program->routes, stdout);
            return EX_OK;
        default:
            usage(stderr, program->name);
            return EX_USAGE;
        }
    }
    if (optind < argc || (!check_only && !is_listening(STDIN_FILENO) && !getenv("REQUEST_METHOD"))) {
        usage(stderr, program->name);
        return EX_USAGE;
    }
    return run(program, config_path, check_only);
}
