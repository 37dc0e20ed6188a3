#include "t/bench/load_template.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

static bool vars_add(struct vars *v, const char *line)
{
    char **lines = realloc(v->lines, (v->count + 1) * sizeof *lines);

    if (!lines)
        return false;
    v->lines = lines;
    v->lines[v->count] = strdup(line);
    return v->lines[v->count++] != NULL;
}

bool vars_load(struct vars *v, const char *file)
{
    FILE *f = fopen(file, "re");
    char *line = NULL;
    size_t size = 0;
    bool ok = f != NULL;

    while (ok && getline(&line, &size, f) > 0) {
        line[strcspn(line, "\r\n")] = '\0';
        if (line[0])
            ok = vars_add(v, line);
    }
    if (ok && v->count == 0) {
        fprintf(stderr, "load: %s holds no line\n", file);
        ok = false;
    } else if (!ok) {
        fprintf(stderr, "load: %s: %s\n", file, strerror(errno));
    }
    free(line);
    if (f)
        fclose(f);
    return ok;
}

/* Version 4 in form, unique in and between runs; not for secrets. */
static int uuid_text(char *out, size_t size)
{
    static uint64_t base, count;
    uint64_t x;

    if (!base && getrandom(&base, sizeof base, 0) != sizeof base)
        base = (uintptr_t)out;
    x = base + ++count * UINT64_C(0x9e3779b97f4a7c15); /* an odd step: no value comes twice */
    return snprintf(out, size, "%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(x >> 32), (unsigned)(x >> 16) & 0xffff, (unsigned)(x >> 4) & 0xfff,
                    (unsigned)x & 0xfff, (unsigned long long)(base ^ count) & 0xffffffffffffULL);
}

static const char *column(const struct holes *holes, unsigned number, size_t *len_r)
{
    const char *s = holes->vars->lines[holes->number % holes->vars->count];

    while (number-- > 1) {
        s += strcspn(s, " \t");
        s += strspn(s, " \t");
    }
    *len_r = strcspn(s, " \t");
    return s;
}

/* What stands for %sign; `scratch` holds what has no text of its own. */
static const char *hole_text(const struct holes *holes, const char *sign, char scratch[64], size_t *len_r)
{
    if (*sign >= '1' && *sign <= '9' && holes->vars && holes->vars->count)
        return column(holes, (unsigned)(*sign - '0'), len_r);
    switch (*sign) {
    case 's':
        *len_r = holes->payload_len;
        return holes->payload;
    case 'd':
        *len_r = (size_t)snprintf(scratch, 64, "%u", holes->number);
        return scratch;
    case 'u':
        *len_r = (size_t)uuid_text(scratch, 64);
        return scratch;
    case 'r':
        *len_r = 1;
        return &holes->role;
    default:
        *len_r = 1;
        return sign;
    }
}

size_t template_fill(char *out, size_t size, const char *text, const struct holes *holes)
{
    size_t n = 0;

    while (*text) {
        size_t len = strcspn(text, "%");
        const char *piece = text;
        char scratch[64];

        text += len;
        if (len == 0) {
            piece = hole_text(holes, text + 1, scratch, &len);
            text += text[1] ? 2 : 1;
        }
        if (len >= size - n) {
            fprintf(stderr, "load: a filled template is longer than %zu bytes\n", size);
            exit(2);
        }
        if (len)
            memcpy(out + n, piece, len);
        n += len;
    }
    out[n] = '\0';
    return n;
}
