/* The whole table (some fifty rows) is replaced at once; readers copy under a shared lock, so nobody holds a pointer into it. */
#include "lib/chat/code.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/chat/db.h"

#define REFRESH_MS 10000
#define RETRY_MS 1000 /* when the database did not answer */

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static struct code *codes;
static size_t ncodes;
static _Atomic int64_t next_read_ms;

static bool copy_text(char *out, size_t size, const struct db_rows *rows, size_t row, unsigned col)
{
    size_t n;
    const char *text = db_cell(rows, row, col, &n);

    if (!text || n >= size)
        return false;
    memcpy(out, text, n + 1);
    return true;
}

static bool read_row(const struct db_rows *rows, size_t row, struct code *c)
{
    *c = (struct code){
        .code_id = (int32_t)db_cell_int(rows, row, 0),
        .pcode = (int32_t)db_cell_int(rows, row, 5),
        .sort_no = (int32_t)db_cell_int(rows, row, 6),
        .is_used = db_cell_int(rows, row, 7) != 0,
    };
    return copy_text(c->gcode, sizeof(c->gcode), rows, row, 1) && copy_text(c->code, sizeof(c->code), rows, row, 2) &&
           copy_text(c->name[LANG_KO], sizeof(c->name[LANG_KO]), rows, row, 3) && copy_text(c->name[LANG_EN], sizeof(c->name[LANG_EN]), rows, row, 4);
}

/* False when the database did not answer or memory is out. */
static bool read_all(struct db *db)
{
    static const char sql[] = "SELECT code_id, gcode, code, decode, decode_en, pcode, sort_no, is_used = 'Y' FROM code ORDER BY gcode, sort_no, code_id";
    struct db_rows *rows = db_query(db, sql, NULL, 0);
    struct code *list;
    size_t n = 0;

    if (!rows)
        return false;
    list = calloc(db_rows_count(rows) + 1, sizeof(*list));
    for (size_t row = 0; list && row < db_rows_count(rows); row++) {
        if (read_row(rows, row, &list[n]))
            n++;
        else
            log_error("code_unreadable code_id=%d", list[n].code_id);
    }
    db_rows_free(&rows);
    if (!list)
        return false;
    pthread_rwlock_wrlock(&lock);
    free(codes);
    codes = list;
    ncodes = n;
    pthread_rwlock_unlock(&lock);
    return true;
}

bool code_refresh(struct db *db)
{
    int64_t now = clock_monotonic_ms(), due = atomic_load(&next_read_ms);
    bool is_known;

    pthread_rwlock_rdlock(&lock);
    is_known = codes != NULL;
    pthread_rwlock_unlock(&lock);
    if (is_known && now < due)
        return true;
    /* one thread reads, the others go on with what is there; without anything each has to try */
    if (!atomic_compare_exchange_strong(&next_read_ms, &due, now + REFRESH_MS) && is_known)
        return true;
    if (read_all(db))
        return true;
    atomic_store(&next_read_ms, now + RETRY_MS);
    return is_known;
}

static bool find(bool (*is_it)(const struct code *c, const void *wanted), const void *wanted, struct code *code_r)
{
    bool found = false;

    pthread_rwlock_rdlock(&lock);
    for (size_t i = 0; i < ncodes && !found; i++) {
        found = is_it(&codes[i], wanted);
        if (found && code_r)
            *code_r = codes[i];
    }
    pthread_rwlock_unlock(&lock);
    return found;
}

static bool has_id(const struct code *c, const void *wanted)
{
    return c->code_id == *(const int32_t *)wanted;
}

bool code_by_id(int32_t code_id, struct code *code_r)
{
    return find(has_id, &code_id, code_r);
}

struct name {
    const char *gcode, *code;
};

static bool has_name(const struct code *c, const void *wanted)
{
    const struct name *name = wanted;

    return strcmp(c->gcode, name->gcode) == 0 && strcmp(c->code, name->code) == 0;
}

bool code_by_name(const char *gcode, const char *code, struct code *code_r)
{
    const struct name name = {gcode, code};

    return find(has_name, &name, code_r);
}

/* A decimal number above 0 without sign, blanks or leading zeros. */
static bool read_id(const char *text, int32_t *id_r)
{
    int64_t v = 0;

    if (*text < '1' || *text > '9')
        return false;
    for (; *text >= '0' && *text <= '9' && v <= INT32_MAX; text++)
        v = v * 10 + (*text - '0');
    if (*text || v > INT32_MAX)
        return false;
    *id_r = (int32_t)v;
    return true;
}

bool code_resolve(const char *gcode, const char *text, struct code *code_r)
{
    int32_t id;

    if (read_id(text, &id))
        return code_by_id(id, code_r) && strcmp(code_r->gcode, gcode) == 0 && code_r->is_used;
    return code_by_name(gcode, text, code_r) && code_r->is_used;
}

void code_name(int32_t code_id, enum lang lang, char *out, size_t out_size)
{
    struct code c;

    if (!code_by_id(code_id, &c))
        c.name[lang][0] = '\0';
    if (snprintf(out, out_size, "%s", c.name[lang]) >= (int)out_size)
        log_warn("code_name_cut code_id=%d", code_id);
}

size_t code_list(const char *gcode, struct code **list_r)
{
    size_t n = 0;

    pthread_rwlock_rdlock(&lock);
    *list_r = calloc(ncodes + 1, sizeof(**list_r));
    for (size_t i = 0; *list_r && i < ncodes; i++) {
        if (codes[i].is_used && strcmp(codes[i].gcode, gcode) == 0)
            (*list_r)[n++] = codes[i];
    }
    pthread_rwlock_unlock(&lock);
    return n;
}
