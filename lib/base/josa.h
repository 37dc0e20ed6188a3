/* josa: the Korean particle that fits behind a word. Who writes a text with a hole in it can't know the word's last syllable and writes both, 은(는); once the word is known,
 * one of them stands there. Pure. */
#ifndef SANGDAM_BASE_JOSA_H
#define SANGDAM_BASE_JOSA_H

#include <stddef.h>

#include "lib/base/buf.h"

/* rest (valid UTF-8) stands behind word. When it begins with a pair of particles, such as 은(는), 이/가 or (으)로, the one that fits is appended to out.
 * Returns the bytes of the pair; 0 when there is none, or when nobody can say how word ends (Latin letters, signs): the pair then stays as it is. */
size_t josa_pick(const char *word, size_t n, const char *rest, size_t rest_n, struct buf *out);

#endif
