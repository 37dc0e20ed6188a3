/* The file is made whole under a name of its own and then linked to its real one, so that nobody ever maps half a page. A page of another layout is
 * replaced, not changed: those who still have it mapped go on with theirs. */
#include <config.h> /* asprintf(); not "config.h": that is lib/chat/config.h here */

#include "lib/chat/shared_page.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "lib/base/token.h"

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "atomics in shared memory must not need a lock of the process");
_Static_assert((SHARED_SLOTS & (SHARED_SLOTS - 1)) == 0, "slots are found by a mask");

static struct shared_page private_page;
static _Atomic(struct shared_page *) the_page = &private_page;

struct shared_page *shared_page(void)
{
    return atomic_load_explicit(&the_page, memory_order_relaxed);
}

/* The mapped page, or NULL with errno 0 when the file is of another layout. */
static struct shared_page *map_file(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct shared_page *page = MAP_FAILED;
    struct stat st;

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == (off_t)sizeof(*page))
        page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    else
        errno = 0;
    close(fd);
    if (page == MAP_FAILED)
        return NULL;
    if (page->magic != SHARED_PAGE_MAGIC) {
        munmap(page, sizeof(*page));
        errno = 0;
        return NULL;
    }
    return page;
}

/* Puts a zeroed page at path; over an old one only when replace is asked. True also when somebody else was first. */
static bool make_file(const char *path, bool replace)
{
    const uint64_t magic = SHARED_PAGE_MAGIC;
    char name[TOKEN_TEXT_SIZE];
    char *temporary = NULL;
    bool made = false;
    int fd;

    token_new(name);
    if (asprintf(&temporary, "%s.%.12s", path, name) < 0)
        return false;
    fd = open(temporary, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0660);
    if (fd < 0)
        goto free_name;
    if (fchmod(fd, 0660) == 0 && posix_fallocate(fd, 0, sizeof(struct shared_page)) == 0 && pwrite(fd, &magic, sizeof(magic), 0) == sizeof(magic))
        made = replace ? rename(temporary, path) == 0 : link(temporary, path) == 0 || errno == EEXIST;
    close(fd);
    if (!made || !replace)
        unlink(temporary);
free_name:
    free(temporary);
    return made;
}

bool shared_page_open(const char *path)
{
    struct shared_page *page;

    if (shared_page() != &private_page)
        return true;
    page = map_file(path);
    if (!page && errno == ENOENT && make_file(path, false))
        page = map_file(path);
    else if (!page && errno == 0 && make_file(path, true))
        page = map_file(path);
    if (!page) {
        log_warn("counters_private file=%s error=\"%s\"", log_value(path), strerror(errno));
        return false;
    }
    atomic_store(&the_page, page);
    return true;
}
