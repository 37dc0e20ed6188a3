/* csv: RFC 4180 into a buffer. Text that a spreadsheet would take for a formula (it begins with = + - @, their full-width forms, TAB or CR, also
 * behind spaces) gets a ' in front: a customer's name must not run on a supervisor's machine. */
#ifndef SANGDAM_CGI_CSV_H
#define SANGDAM_CGI_CSV_H

#include <stdbool.h>

#include "lib/base/buf.h"

struct csv {
    struct buf *out;
    bool comma; /* a cell stands before the next one in this row */
};
#define CSV_WRITER(b) {.out = (b)}
/* Words of people: quoted where needed, and made harmless. NULL is an empty cell. */
void csv_text(struct csv *c, const char *s);
/* Our own words and numbers, without a comma, quote or line break; "" is an empty cell. */
void csv_plain(struct csv *c, const char *s);
void csv_int(struct csv *c, long long v);
void csv_end_row(struct csv *c);

#endif
