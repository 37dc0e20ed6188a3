/* failnth: preloaded into a program, it makes calls fail as a page of memory says, which the fault driver writes while the program runs.
 *
 * The page (the file that FAILNTH names) holds 32-bit numbers, one a kind of call: of a million calls so many fail; 0 none.
 *     0 hints lost    send() of a SEQPACKET socket says that it went, and nothing went
 *     1 hints full    the same says EAGAIN
 *     2 memory        malloc, calloc, realloc give NULL
 *     3 writes        write, writev, send, sendmsg to a socket say ENOBUFS
 *     4 fsync         fsync and fdatasync say EIO
 * and behind them, from 8 on, how often each failed; and at 16, when it is not 0, the number of the allocation, counted from 1, that fails once. Those
 * that libc and Connector/C ask for themselves do not count there: Connector/C, and json-c with a key that strdup() could not copy, then read what is not there
 * (libmariadb 3.3, json-c 0.16), and no caller can help it.
 *
 * Two 64-bit numbers from byte 128 on are milliseconds that the wall clock and the monotonic clock are ahead of what they were when the program began. The next
 * one, when it is not 0, lets epoll_wait() and pthread_cond_timedwait() end by those clocks: a clock that is moved on wakes whoever is due, within SLICE_MS. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum call { HINT_LOST, HINT_FULL, MEMORY, WRITES, SYNC, CALLS };
#define COUNTS 8
#define MEMORY_AT 16
#define AHEAD 128 /* bytes */
#define SLICE_MS 5
#define MILLION 1000000u

static _Atomic uint32_t *page;
static _Thread_local uint32_t state;
static struct { uintptr_t from, to; } spared[8]; /* code whose allocations do not count at MEMORY_AT */
static int spared_count;

static int spare(struct dl_phdr_info *info, size_t size, void *arg)
{
    (void)size;
    (void)arg;
    if (!strstr(info->dlpi_name, "/libc.so") && !strstr(info->dlpi_name, "/libmariadb"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum && spared_count < 8; i++) {
        const ElfW(Phdr) *p = &info->dlpi_phdr[i];
        if (p->p_type != PT_LOAD || !(p->p_flags & PF_X))
            continue;
        spared[spared_count].from = info->dlpi_addr + p->p_vaddr;
        spared[spared_count++].to = info->dlpi_addr + p->p_vaddr + p->p_memsz;
    }
    return 0;
}

static int is_spared(const void *caller)
{
    for (int i = 0; i < spared_count; i++)
        if ((uintptr_t)caller >= spared[i].from && (uintptr_t)caller < spared[i].to)
            return 1;
    return 0;
}

__attribute__((constructor)) static void start(void)
{
    const char *path = getenv("FAILNTH");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    void *at = fd < 0 ? MAP_FAILED : mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

    if (fd >= 0)
        close(fd);
    dl_iterate_phdr(spare, NULL);
    if (at != MAP_FAILED)
        page = at;
}

static uint32_t draw(void)
{
    if (!state)
        state = (uint32_t)(uintptr_t)&state ^ (uint32_t)getpid() ^ 0x9e3779b9u;
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % MILLION;
}

static int fails(enum call call)
{
    uint32_t share = page ? atomic_load_explicit(&page[call], memory_order_relaxed) : 0;

    if (!share || draw() >= share)
        return 0;
    atomic_fetch_add_explicit(&page[COUNTS + call], 1, memory_order_relaxed);
    return 1;
}

static int memory_fails(const void *caller)
{
    uint32_t left = page && !is_spared(caller) ? atomic_load_explicit(&page[MEMORY_AT], memory_order_relaxed) : 0;

    while (left && !atomic_compare_exchange_weak(&page[MEMORY_AT], &left, left - 1))
        ;
    if (left == 1)
        atomic_fetch_add_explicit(&page[COUNTS + MEMORY], 1, memory_order_relaxed);
    return left == 1 || (page && page[MEMORY] && fails(MEMORY));
}

#define NEXT(name) \
    static __typeof__(&name) next; \
    if (!next) \
        next = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static int is_notify(int fd)
{
    int type = 0;
    socklen_t n = sizeof type;

    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &n) == 0 && type == SOCK_SEQPACKET;
}

static int is_socket(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISSOCK(st.st_mode);
}

ssize_t send(int fd, const void *p, size_t n, int flags)
{
    NEXT(send);
    if (page && (page[HINT_LOST] || page[HINT_FULL]) && is_notify(fd)) {
        if (fails(HINT_LOST))
            return (ssize_t)n;
        if (fails(HINT_FULL)) {
            errno = EAGAIN;
            return -1;
        }
    }
    if (fails(WRITES)) {
        errno = ENOBUFS;
        return -1;
    }
    return next(fd, p, n, flags);
}

ssize_t write(int fd, const void *p, size_t n)
{
    NEXT(write);
    if (page && page[WRITES] && is_socket(fd) && fails(WRITES)) {
        errno = ENOBUFS;
        return -1;
    }
    return next(fd, p, n);
}

ssize_t writev(int fd, const struct iovec *v, int n)
{
    NEXT(writev);
    if (page && page[WRITES] && is_socket(fd) && fails(WRITES)) {
        errno = ENOBUFS;
        return -1;
    }
    return next(fd, v, n);
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
    NEXT(sendmsg);
    if (fails(WRITES)) {
        errno = ENOBUFS;
        return -1;
    }
    return next(fd, m, flags);
}

int fsync(int fd)
{
    NEXT(fsync);
    if (fails(SYNC)) {
        errno = EIO;
        return -1;
    }
    return next(fd);
}

int fdatasync(int fd)
{
    NEXT(fdatasync);
    if (fails(SYNC)) {
        errno = EIO;
        return -1;
    }
    return next(fd);
}

/* glibc's own names: dlsym() itself allocates. */
extern void *__libc_malloc(size_t n);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *p, size_t n);

void *malloc(size_t n)
{
    if (memory_fails(__builtin_return_address(0))) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(n);
}

void *calloc(size_t n, size_t size)
{
    if (memory_fails(__builtin_return_address(0))) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_calloc(n, size);
}

void *realloc(void *p, size_t n)
{
    if (memory_fails(__builtin_return_address(0))) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_realloc(p, n);
}

/* ---- clocks ---- */

static int64_t ahead_ms(clockid_t clock)
{
    const _Atomic int64_t *ahead = page ? (const _Atomic int64_t *)(const void *)((const char *)page + AHEAD) : NULL;

    if (!ahead || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return 0;
    return atomic_load_explicit(&ahead[clock == CLOCK_MONOTONIC], memory_order_relaxed);
}

static void add_ms(struct timespec *t, int64_t ms)
{
    const int64_t ns = (int64_t)t->tv_nsec + ms % 1000 * 1000000;

    t->tv_sec += ms / 1000 + (ns >= 1000000000) - (ns < 0);
    t->tv_nsec = (ns + 1000000000) % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    NEXT(clock_gettime);
    int result = next(clock, t);

    if (result == 0)
        add_ms(t, ahead_ms(clock));
    return result;
}

time_t time(time_t *out)
{
    struct timespec t;

    clock_gettime(CLOCK_REALTIME, &t);
    if (out)
        *out = t.tv_sec;
    return t.tv_sec;
}

int gettimeofday(struct timeval *tv, void *zone)
{
    struct timespec t;

    (void)zone;
    clock_gettime(CLOCK_REALTIME, &t);
    *tv = (struct timeval){.tv_sec = t.tv_sec, .tv_usec = t.tv_nsec / 1000};
    return 0;
}

/* ---- waits ---- */

static int waits_follow(void)
{
    return page && atomic_load_explicit((const _Atomic int64_t *)(const void *)((const char *)page + AHEAD) + 2, memory_order_relaxed) != 0;
}

static int64_t shown_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int wait_ms)
{
    NEXT(epoll_wait);
    const int64_t due = shown_ms() + wait_ms;

    for (;;) {
        const int64_t left = wait_ms < 0 ? INT32_MAX : due - shown_ms();
        const int slice = left < 0 ? 0 : (int)left;
        const int n = next(fd, events, most, !waits_follow() ? (wait_ms < 0 ? -1 : slice) : slice < SLICE_MS ? slice : SLICE_MS);

        if (n != 0 || (wait_ms >= 0 && due <= shown_ms()))
            return n;
    }
}

/* Its time was made of a clock that is ahead; all our conditions run by the monotonic one. */
int pthread_cond_timedwait(pthread_cond_t *cond, pthread_mutex_t *mutex, const struct timespec *until)
{
    NEXT(pthread_cond_timedwait);

    for (;;) {
        struct timespec t = *until, soon;
        int result;

        add_ms(&t, -ahead_ms(CLOCK_MONOTONIC));
        if (!waits_follow())
            return next(cond, mutex, &t);
        clock_gettime(CLOCK_MONOTONIC, &soon);
        add_ms(&soon, SLICE_MS - ahead_ms(CLOCK_MONOTONIC));
        result = next(cond, mutex, soon.tv_sec < t.tv_sec || (soon.tv_sec == t.tv_sec && soon.tv_nsec < t.tv_nsec) ? &soon : &t);
        if (result != ETIMEDOUT || shown_ms() >= (int64_t)until->tv_sec * 1000 + until->tv_nsec / 1000000)
            return result;
    }
}
