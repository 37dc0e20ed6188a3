/* table: uthash that tells of short memory, where by itself it would end the program. After HASH_ADD() of an element: false from table_has(), and it is not in. */
#ifndef SANGDAM_CHAT_TABLE_H
#define SANGDAM_CHAT_TABLE_H

#ifdef HASH_ADD
#error "table.h comes before uthash.h"
#endif
#define HASH_NONFATAL_OOM 1
#include <uthash.h>

#define table_has(element) ((element)->hh.tbl != NULL)

#endif
