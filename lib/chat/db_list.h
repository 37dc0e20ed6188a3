/* db_list: statements for many values at once, "... IN (?,?,...)". A statement stays prepared only while its text is fixed, so each comes in three
 * sizes, and a list that is shorter than its size is filled up with its own last value, which changes nothing in what IN finds.
 *
 *     static const char *const sql[DB_LIST_SIZES] = DB_LIST_SQL("SELECT ... WHERE id IN (", ") AND status = ?");
 *     struct db_arg args[DB_LIST_MAX + 1];
 *     ... args[0] to args[n - 1], 1 <= n <= DB_LIST_MAX ...
 *     const struct db_list list = db_list_fill(args, n);
 *     args[list.count] = db_int(1);
 *     rows = db_query(db, sql[list.size], args, list.count + 1); */
#ifndef SANGDAM_CHAT_DB_LIST_H
#define SANGDAM_CHAT_DB_LIST_H

#include <stddef.h>

#include "lib/chat/db.h"

#define DB_LIST_8 "?,?,?,?,?,?,?,?"
#define DB_LIST_64 DB_LIST_8 "," DB_LIST_8 "," DB_LIST_8 "," DB_LIST_8 "," DB_LIST_8 "," DB_LIST_8 "," DB_LIST_8 "," DB_LIST_8
#define DB_LIST_SQL(before, after) {before "?" after, before DB_LIST_8 after, before DB_LIST_64 after}
#define DB_LIST_SIZES 3
#define DB_LIST_MAX 64

struct db_list {
    size_t size;  /* which of the statements */
    size_t count; /* its number of values */
};

static inline struct db_list db_list_fill(struct db_arg *args, size_t n)
{
    const struct db_list list = {.size = n == 1 ? 0 : n <= 8 ? 1 : 2, .count = n == 1 ? 1 : n <= 8 ? 8 : DB_LIST_MAX};

    for (size_t i = n; i < list.count; i++)
        args[i] = args[n - 1];
    return list;
}

#endif
