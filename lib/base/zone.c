#include "lib/base/zone.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/buf.h"
#include "lib/base/zone_rule.h"

#define ZONE_DIR "/usr/share/zoneinfo"
#define FILE_MAX 65536   /* the largest zone of today has 3.6 kB */
#define HEAD_SIZE 44
#define OFFSET_MAX 93599 /* RFC 8536 3.2: -25 to 26 hours */

struct zone {
    char name[ZONE_NAME_SIZE];
    size_t count;        /* transitions, ascending */
    int64_t *at;         /* when */
    int32_t *offset;     /* in force from then on */
    int32_t first;       /* in force before the first */
    bool has_rule;       /* for times from the last one on */
    struct zone_rule rule;
};

/* What is known without zone data: a site of default settings must not lose its statistics for want of a package. */
static const struct {
    const char *name, *rule;
} built_in[] = {{"UTC", "UTC0"}, {"Asia/Seoul", "KST-9"}};

/* Segments of letters, digits, _ + - between single slashes: no dots, so nothing leads out of the folder. */
static bool is_name(const char *name)
{
    size_t n = strlen(name);

    if (n == 0 || n >= ZONE_NAME_SIZE || name[0] == '/' || name[n - 1] == '/' || strstr(name, "//") || !strncmp(name, "right/", 6) ||
        !strncmp(name, "posix/", 6) || !strcmp(name, "localtime") || !strcmp(name, "posixrules"))
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/") == n;
}

static int64_t big_endian(const unsigned char *p, int bytes)
{
    uint64_t v = p[0] & 0x80 ? UINT64_MAX : 0;

    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return (int64_t)v;
}

struct tzif_head {
    int version;
    int64_t isut, isstd, leap, time, type, letters;
};

static bool read_head(const unsigned char *p, size_t n, struct tzif_head *h)
{
    if (n < HEAD_SIZE || memcmp(p, "TZif", 4))
        return false;
    h->version = p[4];
    h->isut = big_endian(p + 20, 4);
    h->isstd = big_endian(p + 24, 4);
    h->leap = big_endian(p + 28, 4);
    h->time = big_endian(p + 32, 4);
    h->type = big_endian(p + 36, 4);
    h->letters = big_endian(p + 40, 4);
    return h->isut >= 0 && h->isstd >= 0 && h->leap >= 0 && h->time >= 0 && h->type > 0 && h->type < 256 && h->letters >= 0 && h->isut < FILE_MAX &&
           h->isstd < FILE_MAX && h->leap < FILE_MAX && h->time < FILE_MAX && h->letters < FILE_MAX;
}

static int64_t block_size(const struct tzif_head *h, int time_size)
{
    return h->time * (time_size + 1) + h->type * 6 + h->letters + h->leap * (time_size + 4) + h->isstd + h->isut;
}

static bool read_block(struct zone *z, const unsigned char *p, const struct tzif_head *h, int time_size)
{
    const unsigned char *index = p + h->time * time_size, *types = index + h->time;
    int64_t offset;

    z->count = (size_t)h->time;
    z->at = calloc(z->count + 1, sizeof(*z->at));
    z->offset = calloc(z->count + 1, sizeof(*z->offset));
    if (!z->at || !z->offset)
        return false;
    z->first = (int32_t)big_endian(types, 4);
    for (size_t i = 0; i < z->count; i++) {
        if (index[i] >= h->type)
            return false;
        offset = big_endian(types + index[i] * 6, 4);
        if (offset < -OFFSET_MAX || offset > OFFSET_MAX)
            return false;
        z->at[i] = big_endian(p + i * (size_t)time_size, time_size);
        z->offset[i] = (int32_t)offset;
        if (i > 0 && z->at[i] <= z->at[i - 1])
            return false;
    }
    return true;
}

static bool parse(struct zone *z, const unsigned char *p, size_t n)
{
    struct tzif_head h;
    int time_size = 4;
    size_t skip;

    if (!read_head(p, n, &h))
        return false;
    p += HEAD_SIZE;
    n -= HEAD_SIZE;
    if (h.version >= '2') { /* the same once more, with 64 bits, and a rule behind it */
        skip = (size_t)block_size(&h, 4);
        if (n < skip || !read_head(p + skip, n - skip, &h))
            return false;
        p += skip + HEAD_SIZE;
        n -= skip + HEAD_SIZE;
        time_size = 8;
    }
    skip = (size_t)block_size(&h, time_size);
    if (n < skip || !read_block(z, p, &h, time_size))
        return false;
    if (time_size == 8 && n - skip >= 2 && p[skip] == '\n') {
        char text[256];
        const unsigned char *rule = p + skip + 1, *end = memchr(rule, '\n', n - skip - 1);
        size_t len = end ? (size_t)(end - rule) : sizeof(text);

        if (len >= sizeof(text))
            return false;
        memcpy(text, rule, len);
        text[len] = '\0';
        z->has_rule = len > 0;
        if (len > 0 && !zone_rule_parse(text, &z->rule))
            return false;
    }
    return true;
}

static enum zone_found read_file(const char *dir, struct zone *z)
{
    struct buf path = BUF_INIT, file = BUF_INIT;
    enum zone_found found = ZONE_UNKNOWN;
    ssize_t got = -1;
    int fd = -1;

    buf_printf(&path, "%s/%s", dir, z->name);
    if (!buf_failed(&path) && buf_reserve(&file, FILE_MAX))
        fd = open(buf_str(&path), O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        do
            got = read(fd, file.p + file.len, FILE_MAX - file.len);
        while (got > 0 && (file.len += (size_t)got) < FILE_MAX);
        close(fd);
    }
    if (got == 0 && parse(z, (const unsigned char *)file.p, file.len))
        found = ZONE_FOUND;
    buf_free(&path);
    buf_free(&file);
    return found;
}

static enum zone_found find_built_in(const char *dir, struct zone *z)
{
    struct stat st;

    if (stat(dir, &st) == 0 && strcmp(z->name, "UTC"))
        return ZONE_UNKNOWN;
    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++)
        if (!strcmp(z->name, built_in[i].name)) {
            z->has_rule = zone_rule_parse(built_in[i].rule, &z->rule);
            return ZONE_FOUND;
        }
    return ZONE_NO_DATA;
}

static struct zone *zone_new(const char *name)
{
    struct zone *z = calloc(1, sizeof(*z));

    if (z)
        memcpy(z->name, name, strlen(name) + 1);
    return z;
}

enum zone_found zone_open(const char *dir, const char *name, struct zone **zone_r)
{
    enum zone_found found;

    *zone_r = NULL;
    if (!is_name(name))
        return ZONE_UNKNOWN;
    *zone_r = zone_new(name);
    if (!*zone_r)
        return ZONE_NO_DATA;
    if (!dir)
        dir = ZONE_DIR;
    found = read_file(dir, *zone_r);
    if (found != ZONE_FOUND) { /* what a damaged file left goes first */
        zone_free(zone_r);
        *zone_r = zone_new(name);
        found = *zone_r ? find_built_in(dir, *zone_r) : ZONE_NO_DATA;
    }
    if (found != ZONE_FOUND)
        zone_free(zone_r);
    return found;
}

void zone_free(struct zone **zone)
{
    if (*zone) {
        free((*zone)->at);
        free((*zone)->offset);
        free(*zone);
    }
    *zone = NULL;
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

int32_t zone_offset(const struct zone *z, int64_t utc_s)
{
    size_t low = 0, high = z->count;

    if (z->has_rule && (z->count == 0 || utc_s >= z->at[z->count - 1]))
        return zone_rule_offset(&z->rule, utc_s);
    while (low < high) { /* the transitions at or before utc_s */
        size_t middle = low + (high - low) / 2;

        if (z->at[middle] <= utc_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? z->first : z->offset[low - 1];
}

int64_t zone_to_utc(const struct zone *z, int64_t local_s)
{
    /* The offsets a day before and after: no zone changes twice within two days. */
    int32_t before = zone_offset(z, local_s - 86400), after = zone_offset(z, local_s + 86400);
    int64_t early = local_s - (before > after ? before : after), late = local_s - (before > after ? after : before);

    if (early + zone_offset(z, early) == local_s)
        return early;
    if (late + zone_offset(z, late) == local_s)
        return late;
    while (early < late) { /* jumped over: the first moment whose clock is behind local_s */
        int64_t middle = early + (late - early) / 2;

        if (middle + zone_offset(z, middle) >= local_s)
            late = middle;
        else
            early = middle + 1;
    }
    return early;
}
