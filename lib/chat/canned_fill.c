/* canned_fill: see canned_fill.h. */
#include "lib/chat/canned_fill.h"

#include <string.h>

#include "lib/base/josa.h"

/* The word for the hole at s, and the hole's length; NULL when it is none of ours. */
static const char *word_for(const char *s, const struct canned_names *names, size_t *len_r)
{
    const struct {
        const char *hole, *word;
    } holes[] = {
        {"{{customer}}", names->customer}, {"{{고객}}", names->customer},
        {"{{agent}}", names->agent},       {"{{상담사}}", names->agent},
        {"{{category}}", names->category}, {"{{문의}}", names->category},
    };
    size_t i;

    for (i = 0; i < sizeof holes / sizeof *holes; i++)
        if (strncmp(s, holes[i].hole, strlen(holes[i].hole)) == 0) {
            *len_r = strlen(holes[i].hole);
            return holes[i].word;
        }
    return NULL;
}

void canned_fill(const char *content, const struct canned_names *names, struct buf *out)
{
    const char *s = content, *hole, *word;
    size_t len;

    while ((hole = strstr(s, "{{"))) {
        buf_add(out, s, (size_t)(hole - s));
        word = word_for(hole, names, &len);
        if (!word) {
            buf_add_char(out, '{');
            s = hole + 1;
            continue;
        }
        buf_add_str(out, word);
        s = hole + len;
        s += josa_pick(word, strlen(word), s, strlen(s), out);
    }
    buf_add_str(out, s);
}
