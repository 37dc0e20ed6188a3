/* generate_words: sentences of a made-up language with Korean syllables, particles and endings, for searches in large numbers: a few words come all the time,
 * most of them hardly ever (Zipf). The same dice give the same sentences. Pure. */
#ifndef SANGDAM_CTL_GENERATE_WORDS_H
#define SANGDAM_CTL_GENERATE_WORDS_H

#include <stddef.h>
#include <stdint.h>

struct dice;

#define GENERATE_SENTENCE_SIZE 192 /* bytes, with the NUL */
/* A sentence of words among the first `words` of the language. */
void generate_sentence(struct dice *d, int64_t words, char out[GENERATE_SENTENCE_SIZE]);
/* The word of a rank (0: the most common), without particle: two or three syllables. At most 9 bytes and the NUL. */
void generate_word(int64_t rank, char out[10]);

#endif
