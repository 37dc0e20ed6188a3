/* An upload is written to `part-RANDOM` in upload_dir, checked, flushed, renamed to its random name, the folder flushed, and only then named by a row: a
 * row never promises bytes that a power cut could take. A file that lost its row, or a row without a message, is removed a day later by
 * attachment_sweep(). */
#include "lib/chat/attachment.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/config.h"
#include "lib/chat/counter.h"
#include "lib/chat/db.h"
#include "lib/chat/file_type.h"
#include "lib/chat/image_size.h"
#include "lib/chat/session.h"

#define PART_PREFIX "part-"
#define PIXELS_MAX INT64_C(50000000)
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)
#define SWEEP_ROWS 500 /* rows without a message removed in one go */

_Static_assert(FILE_HEAD_MAX >= IMAGE_HEAD_MAX, "the kept head serves both");

struct upload {
    const struct config *config;
    int dir_fd, fd;
    int64_t size;
    char temporary[sizeof(PART_PREFIX) + TOKEN_TEXT_SIZE]; /* "" once it has its name */
    char *client_name;
    size_t client_name_len;
    crypto_hash_sha256_state hash;
    size_t head_len;
    uint8_t head[FILE_HEAD_MAX];
};

static enum outcome refuse_disk(const char *what, struct refusal *refusal_r)
{
    log_error("upload_not_stored step=%s error=\"%s\"", what, strerror(errno));
    return refuse(refusal_r, 507, CODE_SERVER, "The file could not be stored. Please try again later.");
}

struct upload *upload_begin(const struct config *config, const char *client_name, size_t client_name_len, struct refusal *refusal_r)
{
    struct upload *u = calloc(1, sizeof(*u));
    char secret[TOKEN_TEXT_SIZE];

    if (!u)
        goto fail;
    u->config = config;
    u->dir_fd = u->fd = -1;
    u->client_name = malloc(client_name_len + 1);
    if (!u->client_name)
        goto fail;
    memcpy(u->client_name, client_name, client_name_len);
    u->client_name_len = client_name_len;
    crypto_hash_sha256_init(&u->hash);
    u->dir_fd = open(config->upload_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (u->dir_fd < 0)
        goto fail;
    token_new(secret);
    snprintf(u->temporary, sizeof(u->temporary), PART_PREFIX "%s", secret);
    /* readable by the group: nginx sends it */
    u->fd = openat(u->dir_fd, u->temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
    if (u->fd >= 0)
        return u;
    u->temporary[0] = '\0';
fail:
    refuse_disk("open", refusal_r);
    upload_abort(&u);
    return NULL;
}

bool upload_feed(struct upload *u, const void *bytes, size_t n, struct refusal *refusal_r)
{
    const uint8_t *p = bytes;
    size_t keep = sizeof(u->head) - u->head_len;

    if ((int64_t)n > u->config->upload_max - u->size) {
        refuse_field(refusal_r, 413, CODE_INPUT, "The file is too big.", "file");
        return false;
    }
    crypto_hash_sha256_update(&u->hash, p, n);
    keep = keep < n ? keep : n;
    memcpy(u->head + u->head_len, p, keep);
    u->head_len += keep;
    u->size += (int64_t)n;
    while (n > 0) {
        ssize_t wrote = write(u->fd, p, n);

        if (wrote < 0 && errno == EINTR)
            continue;
        if (wrote <= 0) {
            refuse_disk("write", refusal_r);
            return false;
        }
        p += wrote;
        n -= (size_t)wrote;
    }
    return true;
}

struct stored {
    const char *content_type;
    int32_t width, height;
    char storage_name[TOKEN_TEXT_SIZE];
    char name[FILE_NAME_SIZE];
    uint8_t sha256[crypto_hash_sha256_BYTES];
};

static enum outcome insert_row(struct db *db, const struct upload *u, const struct stored *s, int64_t session_no, int64_t member_id, int64_t *file_id_r)
{
    static const char sql[] = "INSERT INTO attachment (session_no, member_id, storage_name, name, size, content_type, sha256, width, height, status, cdate)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)";

    if (!db_exec(db, sql,
                 DB_ARGS(db_int(session_no), db_int(member_id), db_text(s->storage_name), db_text(s->name), db_int(u->size), db_text(s->content_type),
                         db_bytes(s->sha256, sizeof(s->sha256)), db_id(s->width), db_id(s->height), db_time(clock_wall_ms())),
                 NULL))
        return OUTCOME_AWAY;
    *file_id_r = db_insert_id(db);
    return OUTCOME_DONE;
}

/* Gives the file its name for good; on failure it has neither. */
static bool settle(struct upload *u, const char *storage_name)
{
    if (fsync(u->fd) != 0 || renameat(u->dir_fd, u->temporary, u->dir_fd, storage_name) != 0)
        return false;
    u->temporary[0] = '\0';
    if (fsync(u->dir_fd) == 0)
        return true;
    unlinkat(u->dir_fd, storage_name, 0);
    return false;
}

enum outcome upload_finish(struct upload *u, struct db *db, int64_t session_no, int64_t member_id, int64_t *file_id_r, struct refusal *refusal_r)
{
    struct stored s = {0};
    enum outcome outcome;

    if (u->size == 0)
        return refuse_field(refusal_r, 422, CODE_INPUT, "The file is empty.", "file");
    s.content_type = file_type_find(u->client_name, u->client_name_len, u->head, u->head_len);
    if (!s.content_type)
        return refuse_field(refusal_r, 415, CODE_INPUT, "Files of this type can't be sent here.", "file");
    if (!image_size(u->head, u->head_len, &s.width, &s.height))
        s.width = s.height = 0;
    attachment_clean_name(u->client_name, u->client_name_len, s.name);
    crypto_hash_sha256_final(&u->hash, s.sha256);
    token_new(s.storage_name);
    if (!settle(u, s.storage_name))
        return refuse_disk("settle", refusal_r);
    outcome = insert_row(db, u, &s, session_no, member_id, file_id_r);
    if (outcome != OUTCOME_DONE) {
        unlinkat(u->dir_fd, s.storage_name, 0);
        return outcome;
    }
    counter_add(COUNT_files_stored, 1);
    return OUTCOME_DONE;
}

void upload_abort(struct upload **up)
{
    struct upload *u = *up;

    if (!u)
        return;
    if (u->temporary[0])
        unlinkat(u->dir_fd, u->temporary, 0);
    if (u->fd >= 0)
        close(u->fd);
    if (u->dir_fd >= 0)
        close(u->dir_fd);
    free(u->client_name);
    free(u);
    *up = NULL;
}

static void copy_cell(char *out, size_t size, const struct db_rows *rows, unsigned col)
{
    size_t n;
    const char *text = db_cell(rows, 0, col, &n);

    if (!text || n >= size) /* the columns are narrower than the fields */
        n = 0;
    memcpy(out, text ? text : "", n);
    out[n] = '\0';
}

enum outcome attachment_find(struct db *db, const struct principal *who, int64_t file_id, struct attachment *a_r, struct refusal *refusal_r)
{
    static const char sql[] = "SELECT a.session_no, a.member_id, a.size, a.width, a.height, a.status, a.storage_name, a.name, a.content_type, s.session_id"
                              " FROM attachment a JOIN chat_session s ON s.session_no = a.session_no WHERE a.file_id = ?";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(file_id)));
    char session_id[UUID_TEXT_SIZE];
    struct session session;
    enum outcome outcome;

    if (!rows)
        return OUTCOME_AWAY;
    if (db_rows_count(rows) != 1) {
        db_rows_free(&rows);
        return refuse(refusal_r, 404, CODE_ABSENT, "There is no such file.");
    }
    *a_r = (struct attachment){
        .info = {.file_id = file_id, .size = db_cell_int(rows, 0, 2), .width = (int32_t)db_cell_int(rows, 0, 3), .height = (int32_t)db_cell_int(rows, 0, 4)},
        .session_no = db_cell_int(rows, 0, 0),
        .member_id = db_cell_int(rows, 0, 1),
        .status = (int)db_cell_int(rows, 0, 5),
    };
    copy_cell(a_r->storage_name, sizeof(a_r->storage_name), rows, 6);
    copy_cell(a_r->info.name, sizeof(a_r->info.name), rows, 7);
    copy_cell(a_r->info.content_type, sizeof(a_r->info.content_type), rows, 8);
    copy_cell(session_id, sizeof(session_id), rows, 9);
    db_rows_free(&rows);
    outcome = session_find(db, who, session_id, &session, refusal_r);
    if (outcome == OUTCOME_REFUSED)
        return refuse(refusal_r, 404, CODE_ABSENT, "There is no such file.");
    if (outcome == OUTCOME_DONE && a_r->status != 1)
        return refuse(refusal_r, 410, CODE_ABSENT, "This file was erased.");
    return outcome;
}

bool attachment_is_safe_image(const struct attachment_info *info)
{
    static const char *const types[] = {"image/png", "image/jpeg", "image/gif", "image/webp"};

    if (info->width <= 0 || info->height <= 0 || (int64_t)info->width * info->height > PIXELS_MAX)
        return false;
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(info->content_type, types[i]) == 0)
            return true;
    }
    return false;
}

static bool delete_row(struct db *db, int64_t file_id)
{
    static const char sql[] = "DELETE FROM attachment WHERE file_id = ?";

    if (db_exec(db, sql, DB_ARGS(db_int(file_id)), NULL))
        return true;
    log_warn("attachment_row_kept file_id=%lld", (long long)file_id);
    return false;
}

void attachment_drop(struct db *db, const struct config *config, int64_t file_id)
{
    static const char sql[] = "SELECT storage_name FROM attachment WHERE file_id = ?";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_int(file_id)));
    int dir = open(config->upload_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    /* what fails here is left to attachment_sweep() */
    if (rows && db_rows_count(rows) == 1 && delete_row(db, file_id) && dir >= 0)
        unlinkat(dir, db_cell(rows, 0, 0, NULL), 0);
    if (dir >= 0)
        close(dir);
    db_rows_free(&rows);
}

/* Rows that no message names: the send behind the upload was refused or lost. Their files go in the walk over the folder. */
static void sweep_rows(struct db *db, int64_t before_ms)
{
    static const char find[] = "SELECT a.file_id FROM attachment a LEFT JOIN chat_message m ON m.file_id = a.file_id"
                               " WHERE m.session_no IS NULL AND a.cdate < ? LIMIT ?";
    struct db_rows *rows = db_query(db, find, DB_ARGS(db_time(before_ms), db_int(SWEEP_ROWS)));

    for (size_t i = 0; rows && i < db_rows_count(rows); i++)
        delete_row(db, db_cell_int(rows, i, 0));
    db_rows_free(&rows);
}

/* True when the file is nobody's: no row, or one of an erased file. False too when the database can't say. */
static bool is_orphan(struct db *db, const char *storage_name)
{
    static const char sql[] = "SELECT 1 FROM attachment WHERE storage_name = ? AND status = 1";
    struct db_rows *rows = db_query(db, sql, DB_ARGS(db_text(storage_name)));
    bool is_nobodys = rows && db_rows_count(rows) == 0;

    db_rows_free(&rows);
    return is_nobodys;
}

void attachment_sweep(struct db *db, const struct config *config, unsigned *removed_r)
{
    int64_t before_ms = clock_wall_ms() - DAY_MS;
    DIR *dir = opendir(config->upload_dir);
    struct dirent *entry;

    *removed_r = 0;
    if (!dir) {
        log_warn("upload_dir_unreadable dir=%s error=\"%s\"", log_value(config->upload_dir), strerror(errno));
        return;
    }
    sweep_rows(db, before_ms);
    while ((entry = readdir(dir))) {
        bool is_part = strncmp(entry->d_name, PART_PREFIX, strlen(PART_PREFIX)) == 0;
        struct stat st;

        if ((!is_part && strlen(entry->d_name) != TOKEN_TEXT_SIZE - 1) || fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
            !S_ISREG(st.st_mode) || (int64_t)st.st_mtim.tv_sec * 1000 > before_ms)
            continue;
        if ((is_part || is_orphan(db, entry->d_name)) && unlinkat(dirfd(dir), entry->d_name, 0) == 0)
            ++*removed_r;
    }
    closedir(dir);
}
