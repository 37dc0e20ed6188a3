/* db_rows: what a SELECT brought, in two growing blocks: cells and bytes. db.c fills it; readers use the db_cell functions of db.h. */
#ifndef SANGDAM_CHAT_DB_ROWS_H
#define SANGDAM_CHAT_DB_ROWS_H

#include "lib/chat/db.h"

/* NULL when memory is out. */
struct db_rows *db_rows_new(unsigned columns);
/* Room for a cell of n bytes, columns of a row in order; valid until the next call. NULL when memory is out. */
char *db_rows_add(struct db_rows *rows, size_t n, bool is_null);
/* All cells are there. */
void db_rows_finish(struct db_rows *rows);

#endif
