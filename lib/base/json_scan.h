/* json_scan: the grammar check that stands before json-c; json_read() is its only caller. */
#ifndef SANGDAM_BASE_JSON_SCAN_H
#define SANGDAM_BASE_JSON_SCAN_H

#include <stddef.h>

struct json_counts {
    int values, nulls; /* nulls are values too */
    size_t bytes;      /* of all strings and keys, without their escapes */
};

/* NULL when the n bytes are one JSON text as json.h promises it, else the reason (static). UTF-8 has been checked. Time is
 * n log n at worst; memory at most some 100 KiB while it runs, none behind.
 * counts_r: what a tree of the text must hold. */
const char *json_scan(const char *text, size_t n, struct json_counts *counts_r);

#endif
