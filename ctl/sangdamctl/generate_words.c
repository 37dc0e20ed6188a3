#include "ctl/sangdamctl/generate_words.h"

#include <string.h>

#include "ctl/sangdamctl/generate_dice.h"
#include "lib/base/utf8.h"

#define HANGUL_FIRST 0xAC00

/* A syllable of a frequent kind: no doubled or rare sound. */
static size_t put_syllable(uint64_t number, char *out)
{
    static const unsigned char heads[] = {0, 2, 3, 5, 6, 7, 9, 11, 12, 14, 16, 17, 18}, vowels[] = {0, 1, 4, 5, 6, 8, 12, 13, 18, 20}, tails[] = {0, 0, 0, 1, 4, 8, 16, 17, 21};
    const unsigned head = heads[number % sizeof(heads)], vowel = vowels[number / 13 % sizeof(vowels)], tail = tails[number / 130 % sizeof(tails)];

    return utf8_encode(HANGUL_FIRST + (head * 21 + vowel) * 28 + tail, out);
}

void generate_word(int64_t rank, char out[10])
{
    struct dice d = {.state = (uint64_t)rank * UINT64_C(7919) + 17};
    size_t n = put_syllable(dice_next(&d) >> 16, out);

    n += put_syllable(dice_next(&d) >> 16, out + n);
    if (rank % 3 == 2)
        n += put_syllable(dice_next(&d) >> 16, out + n);
    out[n] = '\0';
}

/* Each doubling of the rank is as likely as the one before. */
static int64_t choose_rank(struct dice *d, int64_t words)
{
    int bits = 0;
    int64_t rank;

    while (bits < 40 && (INT64_C(1) << (bits + 1)) <= words)
        bits++;
    bits = (int)dice_below(d, bits + 1);
    rank = (INT64_C(1) << bits) - 1 + dice_below(d, INT64_C(1) << bits);
    return rank < words ? rank : words - 1;
}

void generate_sentence(struct dice *d, int64_t words, char out[GENERATE_SENTENCE_SIZE])
{
    static const char *const particles[] = {"이", "을", "은", "에", "도", "에서", "", ""}, *const ends[] = {"요.", "나요?", "어요.", "네요", "습니다.", "세요.", "죠?", "니다."};
    int count = 2 + (int)dice_below(d, 6);
    size_t n = 0;

    for (int i = 0; i < count; i++) {
        const char *tail = i == count - 1 ? ends[dice_below(d, 8)] : particles[dice_below(d, 8)];

        if (i > 0)
            out[n++] = ' ';
        generate_word(choose_rank(d, words), out + n);
        n += strlen(out + n);
        memcpy(out + n, tail, strlen(tail));
        n += strlen(tail);
    }
    out[n] = '\0';
}
