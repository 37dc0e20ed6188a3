/* json_scan: the grammar check that stands before json-c; json_read() is its only caller. */
#ifndef SANGDAM_BASE_JSON_SCAN_H
#define SANGDAM_BASE_JSON_SCAN_H

#include <stddef.h>

/* NULL when the n bytes are one JSON text as json.h promises it, else the reason (static). UTF-8 has been checked. Time is
 * n log n at worst; memory at most some 100 KiB while it runs, none behind. */
const char *json_scan(const char *text, size_t n);

#endif
