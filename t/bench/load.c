#include "t/bench/load.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

#define COMPLAINTS_MAX 8
#define SPARE_DESCRIPTORS 16

uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void complain(const char *format, ...)
{
    static int told;
    va_list ap;

    if (told++ >= COMPLAINTS_MAX)
        return;
    va_start(ap, format);
    fputs("load: ", stderr);
    vfprintf(stderr, format, ap);
    fputc('\n', stderr);
    va_end(ap);
}

void count_code(struct load *l, unsigned code)
{
    int i = 0;

    while (i < CODES_MAX - 1 && l->codes[i].count && l->codes[i].code != code)
        i++;
    l->codes[i].code = code;
    l->codes[i].count++;
}

size_t fill(const struct load *l, const struct conn *c, const char *text, char *out, size_t size)
{
    struct holes holes = {.vars = &l->vars, .number = c->id, .role = c->role == ROLE_AGENT ? 'a' : 'c'};

    return template_fill(out, size, text, &holes);
}

static void set_unix_address(struct sockaddr_un *un, const char *path)
{
    un->sun_family = AF_UNIX;
    if (snprintf(un->sun_path, sizeof un->sun_path, "%s", path) >= (int)sizeof un->sun_path) {
        complain("%s is too long for a UNIX socket", path);
        exit(64);
    }
}

static void set_address(struct load *l)
{
    struct sockaddr_in *in = (struct sockaddr_in *)&l->address.storage;

    if (l->o.unix_path) {
        set_unix_address(&l->address.un, l->o.unix_path);
        set_unix_address(&l->agent_address, l->o.agent_unix_path ? l->o.agent_unix_path : l->o.unix_path);
        l->address_len = sizeof l->address.un;
        return;
    }
    in->sin_family = AF_INET;
    in->sin_port = htons((uint16_t)l->o.port);
    if (inet_pton(AF_INET, l->o.address, &in->sin_addr) != 1) {
        complain("%s is no IPv4 address", l->o.address);
        exit(64);
    }
    l->address_len = sizeof *in;
}

static void set_file_limit(unsigned wanted)
{
    struct rlimit limit;

    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (wanted + SPARE_DESCRIPTORS > limit.rlim_cur) {
        complain("%u connections are more than the %lu descriptors of this process", wanted, (unsigned long)limit.rlim_cur);
        exit(2);
    }
}

/* Pairs are two neighbours, the customer first. In a fan-out, and where stalled readers are fed, connection 0 is the one that sends. */
static void make_conns(struct load *l)
{
    bool has_sender = l->o.mode == MODE_FANOUT || l->o.mode == MODE_STALL;

    l->count = (unsigned)(l->o.mode == MODE_PAIR ? 2 * l->o.count : l->o.count + has_sender);
    l->conns = calloc(l->count, sizeof *l->conns);
    l->padding = malloc((size_t)l->o.size + 1);
    if (!l->conns || !l->padding) {
        complain("out of memory");
        exit(2);
    }
    memset(l->padding, 'x', (size_t)l->o.size);
    for (unsigned i = 0; i < l->count; i++) {
        struct conn *c = &l->conns[i];

        c->fd = -1;
        c->role = l->o.mode == MODE_PAIR ? i & 1 : has_sender && i == 0 ? ROLE_AGENT : ROLE_CUSTOMER;
        c->id = l->o.mode == MODE_PAIR ? i / 2 : i;
    }
}

static struct proc_use look(const struct load *l)
{
    return proc_read(l->o.pids, l->o.pid_count);
}

static double own_cpu(void)
{
    struct rusage r;

    getrusage(RUSAGE_SELF, &r);
    return (double)(r.ru_utime.tv_sec + r.ru_stime.tv_sec) + (double)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) / 1e6;
}

/* Runs for so long, in steps where the server's memory is watched for its peak. */
static void run_watched(struct load *l, double seconds, long *peak_kb)
{
    uint64_t end = now_ns() + (uint64_t)(seconds * 1e9), step = l->o.mode == MODE_STALL ? 200000000 : UINT64_MAX / 2;

    while (!run_was_stopped() && now_ns() < end) {
        uint64_t next = now_ns() + step;
        long rss;

        run_until(l, next < end ? next : end);
        rss = look(l).rss_kb;
        if (rss > *peak_kb)
            *peak_kb = rss;
    }
}

static bool is_unfinished(const struct load *l, uint64_t receivers)
{
    return l->total.delivered < l->total.sent * receivers || (l->o.send_receipt && l->total.acked < l->total.sent);
}

/* What is under way still arrives. */
static void drain(struct load *l, const struct phase *p)
{
    uint64_t end = now_ns() + (uint64_t)(l->o.drain_s * 1e9), receivers = l->o.mode == MODE_FANOUT && p->opened ? p->opened - 1 : 1;
    struct tally kept = l->now;
    struct hist times = l->times;

    l->is_sending = false;
    while (now_ns() < end && is_unfinished(l, receivers))
        run_until(l, now_ns() + 10000000);
    l->now = kept;
    l->times = times;
}

static void measure(struct load *l, struct phase *p)
{
    bool works = l->o.mode != MODE_IDLE && l->o.mode != MODE_CONNECT && p->opened && !run_was_stopped();
    uint64_t began;
    double cpu;

    if (l->o.mode == MODE_STALL)
        for (unsigned i = 1; i < l->count; i++)
            if (l->conns[i].state == STATE_READY)
                conn_stall(l, &l->conns[i]);
    if (works) {
        run_begin(l);
        run_until(l, now_ns() + (uint64_t)(l->o.warmup_s * 1e9));
    }
    memset(&l->now, 0, sizeof l->now);
    hist_reset(&l->times);
    p->start = look(l);
    cpu = own_cpu();
    began = now_ns();
    if (l->o.mode != MODE_CONNECT)
        run_watched(l, l->o.duration_s, &p->peak_kb);
    p->seconds = (double)(now_ns() - began) / 1e9;
    p->end = look(l);
    p->load_cpu_s = own_cpu() - cpu;
    if (works && l->o.mode != MODE_STALL)
        drain(l, p);
}

int main(int argc, char **argv)
{
    static struct load l; /* larger than a stack likes */
    struct phase p = {0};

    options_read(argc, argv, &l.o);
    if (l.o.vars && !vars_load(&l.vars, l.o.vars))
        return 66;
    set_address(&l);
    make_conns(&l);
    set_file_limit(l.count);
    run_catch_signals();
    l.epoll = epoll_create1(EPOLL_CLOEXEC);
    p.before = look(&l);
    p.peak_kb = p.before.rss_kb;
    p.connect_s = run_connect(&l);
    p.opened = l.ready;
    p.connected = look(&l);
    fprintf(stderr, "ready %u\n", p.opened);
    run_until(&l, now_ns() + (uint64_t)(l.o.settle_s * 1e9));
    measure(&l, &p);
    result_print(&l, &p);
    return p.opened == l.count && !l.lost && !l.errors.frames && !l.errors.protocol ? 0 : 1;
}
