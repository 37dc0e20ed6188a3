/* josa: see josa.h. */
#include "lib/base/josa.h"

#include <stdint.h>
#include <string.h>

#include "lib/base/utf8.h"

#define SYLLABLE_FIRST 0xac00u
#define SYLLABLE_LAST 0xd7a3u
#define FINALS 28     /* finals a syllable may have, none among them */
#define FINAL_RIEUL 8 /* 로 stands behind ㄹ as behind a vowel */

enum ending { ENDS_UNKNOWN, ENDS_OPEN, ENDS_RIEUL, ENDS_CLOSED };

/* The longer forms first: 으로(로) begins like none of the others, but (이)라 does like (이). */
static const struct pair {
    const char *text, *closed, *open;
    int is_rieul_open;
} pairs[] = {
    {"은(는)", "은", "는", 0}, {"는(은)", "은", "는", 0}, {"은/는", "은", "는", 0}, {"는/은", "은", "는", 0},
    {"이(가)", "이", "가", 0}, {"가(이)", "이", "가", 0}, {"이/가", "이", "가", 0}, {"가/이", "이", "가", 0},
    {"을(를)", "을", "를", 0}, {"를(을)", "을", "를", 0}, {"을/를", "을", "를", 0}, {"를/을", "을", "를", 0},
    {"과(와)", "과", "와", 0}, {"와(과)", "과", "와", 0}, {"과/와", "과", "와", 0}, {"와/과", "과", "와", 0},
    {"아(야)", "아", "야", 0}, {"아/야", "아", "야", 0},
    {"으로(로)", "으로", "로", 1}, {"로(으로)", "으로", "로", 1}, {"(으)로", "으로", "로", 1},
    {"(이)", "이", "", 0},
};

/* The last character; 0 for an empty word. */
static uint32_t last_of(const char *word, size_t n)
{
    size_t at = n, len;

    while (at > 0 && ((unsigned char)word[at - 1] & 0xc0) == 0x80)
        at--;
    return at == 0 ? 0 : utf8_decode(word + at - 1, n - at + 1, &len);
}

static enum ending ending_of(uint32_t cp)
{
    /* 영 일 이 삼 사 오 육 칠 팔 구 */
    static const enum ending digits[] = {ENDS_CLOSED, ENDS_RIEUL, ENDS_OPEN, ENDS_CLOSED, ENDS_OPEN, ENDS_OPEN, ENDS_CLOSED, ENDS_RIEUL, ENDS_RIEUL, ENDS_OPEN};
    uint32_t final;

    if (cp >= '0' && cp <= '9')
        return digits[cp - '0'];
    if (cp < SYLLABLE_FIRST || cp > SYLLABLE_LAST)
        return ENDS_UNKNOWN;
    final = (cp - SYLLABLE_FIRST) % FINALS;
    return final == 0 ? ENDS_OPEN : final == FINAL_RIEUL ? ENDS_RIEUL : ENDS_CLOSED;
}

size_t josa_pick(const char *word, size_t n, const char *rest, size_t rest_n, struct buf *out)
{
    const enum ending ending = ending_of(last_of(word, n));
    size_t i;

    if (ending == ENDS_UNKNOWN)
        return 0;
    for (i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        const size_t len = strlen(pairs[i].text);
        if (len > rest_n || memcmp(rest, pairs[i].text, len) != 0)
            continue;
        buf_add_str(out, ending == ENDS_OPEN || (ending == ENDS_RIEUL && pairs[i].is_rieul_open) ? pairs[i].open : pairs[i].closed);
        return len;
    }
    return 0;
}
