#include "lib/chat/db_rows.h"

#include <stdlib.h>
#include <string.h>

#include "lib/base/clock.h"

struct cell {
    size_t at, len;
    bool is_null;
};

struct db_rows {
    unsigned columns;
    size_t count; /* rows, set by db_rows_finish */
    size_t ncells, cells_cap;
    struct cell *cells;
    size_t nbytes, bytes_cap;
    char *bytes;
};

struct db_rows *db_rows_new(unsigned columns)
{
    struct db_rows *rows = calloc(1, sizeof(*rows));

    if (rows)
        rows->columns = columns;
    return rows;
}

/* Makes *block (of size-byte items) hold at least need items. */
static bool grow(void **block, size_t *cap, size_t need, size_t size)
{
    size_t more = *cap ? *cap : 64;
    void *p;

    if (need <= *cap)
        return true;
    while (more < need)
        more *= 2;
    p = realloc(*block, more * size);
    if (!p)
        return false;
    *block = p;
    *cap = more;
    return true;
}

char *db_rows_add(struct db_rows *rows, size_t n, bool is_null)
{
    void *cells = rows->cells, *bytes = rows->bytes;
    bool ok = grow(&cells, &rows->cells_cap, rows->ncells + 1, sizeof(*rows->cells));
    char *at;

    rows->cells = cells;
    ok = ok && grow(&bytes, &rows->bytes_cap, rows->nbytes + n + 1, 1);
    rows->bytes = bytes;
    if (!ok)
        return NULL;
    rows->cells[rows->ncells++] = (struct cell){rows->nbytes, n, is_null};
    at = rows->bytes + rows->nbytes;
    at[n] = '\0';
    rows->nbytes += n + 1;
    return at;
}

void db_rows_finish(struct db_rows *rows)
{
    rows->count = rows->ncells / rows->columns;
}

size_t db_rows_count(const struct db_rows *rows)
{
    return rows ? rows->count : 0;
}

static const struct cell *cell_at(const struct db_rows *rows, size_t row, unsigned col)
{
    return &rows->cells[row * rows->columns + col];
}

const char *db_cell(const struct db_rows *rows, size_t row, unsigned col, size_t *len_r)
{
    const struct cell *c = cell_at(rows, row, col);

    if (len_r)
        *len_r = c->len;
    return c->is_null ? NULL : rows->bytes + c->at;
}

int64_t db_cell_int(const struct db_rows *rows, size_t row, unsigned col)
{
    const char *s = db_cell(rows, row, col, NULL);

    return s ? strtoll(s, NULL, 10) : 0;
}

int64_t db_cell_time(const struct db_rows *rows, size_t row, unsigned col)
{
    const char *s = db_cell(rows, row, col, NULL);

    return s ? clock_parse_sql(s) : -1;
}

bool db_cell_is_null(const struct db_rows *rows, size_t row, unsigned col)
{
    return cell_at(rows, row, col)->is_null;
}

void db_rows_free(struct db_rows **rows)
{
    if (!*rows)
        return;
    free((*rows)->cells);
    free((*rows)->bytes);
    free(*rows);
    *rows = NULL;
}
