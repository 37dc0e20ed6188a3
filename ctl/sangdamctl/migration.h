/* migration: the numbered files of sql/migrations and what the database has of them. */
#ifndef SANGDAM_CTL_MIGRATION_H
#define SANGDAM_CTL_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>

#define MIGRATION_CHECKSUM_SIZE 65 /* SHA-256 in hex and NUL */

struct migration {
    int version;   /* the four digits of its name, from 1, without a hole */
    char *name;    /* "0001_create_tables" */
    char *sql;     /* the whole file */
    char checksum[MIGRATION_CHECKSUM_SIZE];
    bool applied;
};

/* Reads dir/NNNN_*.sql in order. False, with the reason in error, when one can't be read or a number is missing or twice there.
 * Free with migration_free_all(). */
bool migration_read_all(const char *dir, struct migration **list_r, size_t *n_r, char *error, size_t error_size);
void migration_free_all(struct migration **list, size_t n);

#endif
