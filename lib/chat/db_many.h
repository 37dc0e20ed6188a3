/* db_many: statements over a list of more than single values, as IN ((?,?,?),...), or of more than db_list.h takes. Each is written for lists of 1, 2, 4
 * ... DB_MANY_MAX items, so that a connection prepares a handful of texts and no more; who has fewer items repeats the last one, which changes nothing
 * in an IN. */
#ifndef SANGDAM_CHAT_DB_MANY_H
#define SANGDAM_CHAT_DB_MANY_H

#include <stddef.h>

#define DB_MANY_MAX 256
#define DB_MANY_SIZES 9 /* 2^0 .. 2^8 */

/* before, then the item once per place with commas between, then behind. A static object. */
struct db_many {
    const char *before, *item, *behind;
    const char *_Atomic text[DB_MANY_SIZES]; /* made when first asked for, kept as long as the program */
};

/* The text for a list of n items, 1..DB_MANY_MAX, and the length it is for: n or more. NULL: memory is out. Any thread. */
const char *db_many_sql(struct db_many *list, size_t n, size_t *size_r);

#endif
