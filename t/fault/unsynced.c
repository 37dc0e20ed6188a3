/* unsynced: preloaded into a program, it remembers what the files below a folder held before each write that was not flushed, so that a test can take
 * those writes back when the program has been killed: what a disk may forget when the power goes.
 *
 * UNSYNCED_ROOT names the folder, UNSYNCED_LOG another one, in which each file that is written has a file called by its inode: 8 bytes that say where
 * the records that count begin, then records: struct record and the old bytes. fsync() and fdatasync() move the beginning behind all that was written
 * before they were called. lost_writes.mjs takes back.
 *
 * Limits: names (rename, unlink, new files) and lengths that posix_fallocate() made are taken for flushed at once; mapped and asynchronous writes
 * (innodb_use_native_aio) are not seen. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FILES 4096
#define PIECE (64 * 1024)

struct record {
    uint64_t offset;
    uint32_t old_len; /* bytes that follow: what was there; shorter than len at the end of the file */
    uint32_t len;
};

struct file {
    ino_t ino;
    int fd; /* its log; 0: not open yet */
};

static char root[PATH_MAX], log_dir[PATH_MAX];
static struct file files[FILES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
/* Held for reading by who writes a file, for writing by who looks how far that has come: a flush covers what was written before it, never the half of a write. */
static pthread_rwlock_t turn = PTHREAD_RWLOCK_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

__attribute__((constructor)) static void start(void)
{
    const char *r = getenv("UNSYNCED_ROOT"), *l = getenv("UNSYNCED_LOG");

    if (r && l && realpath(r, root) && realpath(l, log_dir))
        return;
    root[0] = '\0';
}

static void give_up(const char *what)
{
    fprintf(stderr, "unsynced: %s: %s\n", what, strerror(errno));
    abort();
}

static int log_of(ino_t ino)
{
    size_t at = (size_t)ino % FILES;
    char path[PATH_MAX + 32];
    uint64_t begin = sizeof(begin);
    int fd;

    pthread_mutex_lock(&lock);
    while (files[at].fd && files[at].ino != ino)
        at = (at + 1) % FILES;
    if (!files[at].fd) {
        snprintf(path, sizeof path, "%s/%llu", log_dir, (unsigned long long)ino);
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || REAL(pwrite)(fd, &begin, sizeof begin, 0) != sizeof begin || ftruncate(fd, sizeof begin) != 0)
            give_up(path);
        files[at] = (struct file){.ino = ino, .fd = fd};
    }
    fd = files[at].fd;
    pthread_mutex_unlock(&lock);
    return fd;
}

/* The log of the file behind fd, -1 when it is not one of ours. */
static int log_of_fd(int fd, struct stat *st)
{
    char name[64], path[PATH_MAX];
    ssize_t n;

    if (!root[0] || fstat(fd, st) != 0 || !S_ISREG(st->st_mode))
        return -1;
    snprintf(name, sizeof name, "/proc/self/fd/%d", fd);
    n = readlink(name, path, sizeof path - 1);
    if (n <= 0)
        return -1;
    path[n] = '\0';
    return strncmp(path, root, strlen(root)) == 0 && path[strlen(root)] == '/' ? log_of(st->st_ino) : -1;
}

static void append(int log, const void *bytes, size_t n)
{
    const char *p = bytes;

    while (n > 0) {
        ssize_t wrote = REAL(write)(log, p, n);

        if (wrote <= 0)
            give_up("log");
        p += wrote;
        n -= (size_t)wrote;
    }
}

/* Called with turn held for reading. */
static void remember(int fd, uint64_t offset, size_t len)
{
    static char old[PIECE]; /* under lock; no thread-local one: MariaDB has threads with small stacks */
    char path[64];
    struct stat st;
    int log = log_of_fd(fd, &st), again;

    if (log < 0 || (fcntl(fd, F_GETFL) & (O_DSYNC | O_SYNC)))
        return;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    again = open(path, O_RDONLY | O_CLOEXEC); /* fd may be for writing only, or O_DIRECT */
    if (again < 0)
        give_up(path);
    pthread_mutex_lock(&lock);
    lseek(log, 0, SEEK_END);
    for (size_t done = 0; done < len;) {
        size_t n = len - done < PIECE ? len - done : PIECE;
        ssize_t got = pread(again, old, n, (off_t)(offset + done));
        struct record r = {.offset = offset + done, .old_len = got > 0 ? (uint32_t)got : 0, .len = (uint32_t)n};

        append(log, &r, sizeof r);
        append(log, old, r.old_len);
        done += n;
    }
    pthread_mutex_unlock(&lock);
    close(again);
}

static uint64_t position(int fd)
{
    struct stat st;
    off_t at = (fcntl(fd, F_GETFL) & O_APPEND) && fstat(fd, &st) == 0 ? st.st_size : lseek(fd, 0, SEEK_CUR);

    return at < 0 ? 0 : (uint64_t)at;
}

static size_t total(const struct iovec *v, int n)
{
    size_t sum = 0;

    for (int i = 0; i < n; i++)
        sum += v[i].iov_len;
    return sum;
}

#define WRITE(offset, len, call) \
    do { \
        ssize_t wrote; \
        pthread_rwlock_rdlock(&turn); \
        remember(fd, (uint64_t)(offset), len); \
        wrote = call; \
        pthread_rwlock_unlock(&turn); \
        return wrote; \
    } while (0)

ssize_t write(int fd, const void *p, size_t n) { WRITE(position(fd), n, REAL(write)(fd, p, n)); }
ssize_t writev(int fd, const struct iovec *v, int n) { WRITE(position(fd), total(v, n), REAL(writev)(fd, v, n)); }
ssize_t pwrite(int fd, const void *p, size_t n, off_t at) { WRITE(at, n, REAL(pwrite)(fd, p, n, at)); }
ssize_t pwrite64(int fd, const void *p, size_t n, off64_t at) { WRITE(at, n, REAL(pwrite64)(fd, p, n, at)); }
ssize_t pwritev(int fd, const struct iovec *v, int n, off_t at) { WRITE(at, total(v, n), REAL(pwritev)(fd, v, n, at)); }
ssize_t pwritev64(int fd, const struct iovec *v, int n, off64_t at) { WRITE(at, total(v, n), REAL(pwritev64)(fd, v, n, at)); }

/* What was written before `end` is on the disk. */
static void flushed(int log, uint64_t end)
{
    uint64_t begin;

    pthread_mutex_lock(&lock);
    if (pread(log, &begin, sizeof begin, 0) != sizeof begin)
        give_up("log");
    if (end > begin && REAL(pwrite)(log, &end, sizeof end, 0) != sizeof end)
        give_up("log");
    pthread_mutex_unlock(&lock);
}

static int sync_file(int fd, int (*real)(int))
{
    struct stat st;
    int log = log_of_fd(fd, &st), result;
    off_t end = 0;

    if (log >= 0) {
        pthread_rwlock_wrlock(&turn);
        pthread_mutex_lock(&lock);
        end = lseek(log, 0, SEEK_END);
        pthread_mutex_unlock(&lock);
        pthread_rwlock_unlock(&turn);
    }
    result = real(fd);
    if (log >= 0 && result == 0)
        flushed(log, (uint64_t)end);
    return result;
}

int fsync(int fd) { return sync_file(fd, REAL(fsync)); }
int fdatasync(int fd) { return sync_file(fd, REAL(fdatasync)); }

/* An inode that is free may become another file's. */
static void forget(int dir, const char *path)
{
    struct stat st;

    if (root[0] && fstatat(dir, path, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1) {
        int log = log_of(st.st_ino);

        flushed(log, (uint64_t)lseek(log, 0, SEEK_END));
    }
}

int unlink(const char *path)
{
    forget(AT_FDCWD, path);
    return REAL(unlink)(path);
}

int unlinkat(int dir, const char *path, int flags)
{
    forget(dir, path);
    return REAL(unlinkat)(dir, path, flags);
}
