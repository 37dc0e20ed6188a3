/* file_send: see file_send.h. Nothing a visitor uploaded may act in this site's name: only raster images are shown in place, all else is saved, and a
 * sandbox without any source stands around both. Range is nginx's business; a stream sends all. */
#include "cgi/file_send.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgi/answer.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/file_type.h"

#define PIECE_SIZE 65536

/* RFC 8187 3.2.1 attr-char */
static bool is_attr_char(unsigned char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c && strchr("!#$&+-.^_`|~", c));
}

void file_disposition(const char *name, bool is_inline, struct buf *out)
{
    bool is_ascii = true;

    buf_printf(out, "%s; filename=\"", is_inline ? "inline" : "attachment");
    for (const char *p = name; *p; p++) {
        unsigned char c = (unsigned char)*p;

        if ((c & 0xC0) == 0x80) /* the rest of a character that is one _ already */
            continue;
        /* % too: some readers decode it there */
        if (c < 0x20 || c >= 0x7F || strchr("\"\\%", c)) {
            buf_add_char(out, '_');
            is_ascii = false;
        } else {
            buf_add_char(out, (char)c);
        }
    }
    buf_add_char(out, '"');
    if (is_ascii)
        return;
    buf_add_str(out, "; filename*=UTF-8''");
    for (const char *p = name; *p; p++) {
        if (is_attr_char((unsigned char)*p))
            buf_add_char(out, *p);
        else
            buf_printf(out, "%%%02X", (unsigned char)*p);
    }
}

/* The stored file, or -1. */
static int open_stored(const struct config *config, const char *storage_name, struct stat *st_r)
{
    int dir = open(config->upload_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), fd;

    if (dir < 0)
        return -1;
    fd = openat(dir, storage_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    close(dir);
    if (fd >= 0 && (fstat(fd, st_r) != 0 || !S_ISREG(st_r->st_mode))) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static void stream(struct request *q, int fd, int64_t size)
{
    char piece[PIECE_SIZE];
    int64_t left = size;

    if (!answer_stream(q, size) || q->is_head)
        return;
    while (left > 0) {
        ssize_t got = read(fd, piece, left < (int64_t)sizeof(piece) ? (size_t)left : sizeof(piece));

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            log_error("file_cut left=%lld error=\"%s\"", (long long)left, strerror(errno));
            return;
        }
        if (!answer_write(q, piece, (size_t)got))
            return; /* the reader went away */
        left -= got;
    }
}

void file_send(struct request *q, const struct attachment *a)
{
    struct buf disposition = BUF_INIT;
    struct stat st;
    int fd = open_stored(q->config, a->storage_name, &st);

    if (fd < 0) {
        log_error("file_gone file_id=%lld error=\"%s\"", (long long)a->info.file_id, strerror(errno));
        answer_refuse(q, 410, CODE_ABSENT, "This file was erased.", NULL);
        return;
    }
    file_disposition(a->info.name, attachment_is_safe_image(&a->info), &disposition);
    answer_type(q, file_type_known(a->info.content_type));
    answer_header(q, "Content-Disposition", "%s", buf_str(&disposition));
    answer_header(q, "Content-Security-Policy", "default-src 'none'; sandbox");
    /* asked again each time, so that a lost right or an erased file shows at once; nginx answers 304 */
    answer_header(q, "Cache-Control", "private, no-cache");
    buf_free(&disposition);
    if (strcmp(q->config->file_send, "accel") == 0)
        answer_header(q, "X-Accel-Redirect", "/protected/%s", a->storage_name);
    else
        stream(q, fd, st.st_size);
    close(fd);
}
