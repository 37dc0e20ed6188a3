/* int_table: small records by a 64-bit number, in one block: open addressing, linear probing. There is one for each member, chat and room of thousands of
 * connections, so what a record costs beside itself counts: here a third of a slot, against seven pointers of a linked hash. For one thread. */
#ifndef SANGDAM_PUSHD_INT_TABLE_H
#define SANGDAM_PUSHD_INT_TABLE_H

#include <stddef.h>
#include <stdint.h>

/* Records of record_size bytes (a multiple of 8) that begin with their int64_t key, never 0. */
struct int_table {
    unsigned char *slots;
    uint32_t size; /* a power of two, or 0 */
    uint32_t count;
    uint32_t record_size;
};
#define INT_TABLE_INIT(type) {.record_size = sizeof(type)}

void int_table_free(struct int_table *t);
/* NULL when there is none. A record stays where it is until the next add or delete. */
void *int_table_find(const struct int_table *t, int64_t key);
/* The record of that key, all zero but the key when it is new; NULL: memory. */
void *int_table_add(struct int_table *t, int64_t key);
void int_table_delete(struct int_table *t, int64_t key); /* nothing when there is none */
/* The next record from *at (begin with 0) on; NULL at the end. Nothing may be added meanwhile; the record just given may be deleted by int_table_delete_at(). */
void *int_table_next(const struct int_table *t, uint32_t *at);
/* Deletes the record that int_table_next() gave last; the walk goes on with the one behind it. One that wrapped around may be met again or be missed. */
void int_table_delete_at(struct int_table *t, uint32_t *at);

#endif
