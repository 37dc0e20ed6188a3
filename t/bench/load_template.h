/* load_template: texts with holes, and the file of values that fill them.
 *   %d  the number of the pair or connection     %r  the role: c or a        %u  a new UUID
 *   %1 .. %9  a column of its line in the vars file                           %s  the marker and its padding (bodies only)      %%  a percent sign */
#ifndef SANGDAM_BENCH_LOAD_TEMPLATE_H
#define SANGDAM_BENCH_LOAD_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>

/* Lines of columns that are separated by blanks; line `number` modulo the count of lines serves a hole. */
struct vars {
    char **lines;
    size_t count;
};

struct holes {
    const struct vars *vars;
    unsigned number;
    char role;           /* 'c' or 'a' */
    const char *payload; /* of %s, may be NULL */
    size_t payload_len;
};

/* False, with a word on stderr, when the file can't be read or holds no line. */
bool vars_load(struct vars *v, const char *file);
/* Writes the filled text and a NUL into out and returns its length; ends the program when it doesn't fit: a cut request would measure another thing. */
size_t template_fill(char *out, size_t size, const char *text, const struct holes *holes);

#endif
