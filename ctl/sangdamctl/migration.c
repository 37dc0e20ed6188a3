/* Migrations as files. */
#include "ctl/sangdamctl/migration.h"

#include "lib/base/buf.h"
#include "lib/base/token.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int is_migration(const struct dirent *d)
{
    const char *s = d->d_name;
    size_t n = strlen(s);
    for (int i = 0; i < 4; i++)
        if (!isdigit((unsigned char)s[i]))
            return 0;
    return s[4] == '_' && n > 9 && !strcmp(s + n - 4, ".sql");
}

static char *read_file(const char *path, size_t *n_r)
{
    struct buf b = BUF_INIT;
    char piece[16384];
    size_t n;
    FILE *f = fopen(path, "re");
    if (!f)
        return NULL;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        buf_add(&b, piece, n);
    bool good = !ferror(f) && !buf_failed(&b);
    fclose(f);
    if (!good) {
        buf_free(&b);
        return NULL;
    }
    *n_r = b.len;
    return buf_take(&b);
}

static bool read_migration(const char *dir, const char *file, struct migration *m)
{
    char path[4096];
    uint8_t hash[crypto_hash_sha256_BYTES];
    size_t n = 0;
    if (snprintf(path, sizeof path, "%s/%s", dir, file) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return false;
    }
    m->sql = read_file(path, &n);
    m->name = strndup(file, strlen(file) - 4);
    m->version = (int)strtol(file, NULL, 10);
    if (!m->sql || !m->name)
        return false;
    crypto_hash_sha256(hash, (const unsigned char *)m->sql, n);
    hex_encode(hash, sizeof hash, m->checksum);
    return true;
}

bool migration_read_all(const char *dir, struct migration **list_r, size_t *n_r, char *error, size_t error_size)
{
    struct dirent **files = NULL;
    int n = scandir(dir, &files, is_migration, alphasort);
    if (n < 0) {
        snprintf(error, error_size, "%s: %s", dir, strerror(errno));
        return false;
    }
    *n_r = (size_t)n;
    *list_r = calloc((size_t)n + 1, sizeof **list_r);
    bool good = *list_r != NULL;
    if (!good)
        snprintf(error, error_size, "out of memory");
    for (int i = 0; i < n; i++) {
        if (good && !read_migration(dir, files[i]->d_name, &(*list_r)[i])) {
            snprintf(error, error_size, "%s/%s: %s", dir, files[i]->d_name, strerror(errno));
            good = false;
        }
        if (good && (*list_r)[i].version != i + 1) {
            snprintf(error, error_size, "%s: the file before %s is missing, or its number is there twice", dir, files[i]->d_name);
            good = false;
        }
        free(files[i]);
    }
    free(files);
    if (!good)
        migration_free_all(list_r, *n_r);
    return good;
}

void migration_free_all(struct migration **list, size_t n)
{
    for (size_t i = 0; *list && i < n; i++) {
        free((*list)[i].name);
        free((*list)[i].sql);
    }
    free(*list);
    *list = NULL;
}
