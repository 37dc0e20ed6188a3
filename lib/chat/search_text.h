/* search_text: what a search compares. A text is folded: NFC, then each character by its case folding (built without utf8proc: ASCII letters alone). A query
 * is words, parted by white space; a word is found where its folded characters stand in a row in the folded text, also in the midst of another word, as Korean
 * wants it. Tokens are what search_token knows of a text: each character, each two that follow each other within a word; and facts of the chat. A text
 * that holds a word has all the word's tokens, not the other way round. Pure. */
#ifndef SANGDAM_CHAT_SEARCH_TEXT_H
#define SANGDAM_CHAT_SEARCH_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/buf.h"

/* s (valid UTF-8) folded, appended to out. False when memory is out. */
bool search_fold(const char *s, size_t n, struct buf *out);

#define SEARCH_WORDS_MAX 16
struct search_words {
    struct buf text; /* owned: the folded words, each with a NUL behind it */
    struct {
        size_t at, len; /* in text */
    } word[SEARCH_WORDS_MAX];
    size_t n;
};
enum search_words_read { SEARCH_WORDS_FINE, SEARCH_WORDS_TOO_MANY, SEARCH_WORDS_NO_MEMORY };
/* The different words of a query; none when it is blank. search_words_clear() it, whatever came. */
enum search_words_read search_words_read(const char *query, size_t n, struct search_words *words_r);
void search_words_clear(struct search_words *words);
/* Bit i: word i stands in the folded text. */
uint32_t search_words_in(const struct search_words *words, const struct buf *folded);

/* Calls on_token for every token of a folded text, the same one perhaps many times. A word of a query: is_word leaves out the single characters of
 * longer ones, which its pairs have in them. */
typedef void search_on_token(void *context, int64_t token);
void search_tokens(const char *folded, size_t n, bool is_word, search_on_token *on_token, void *context);

enum search_fact { SEARCH_CUSTOMER = 1, SEARCH_AGENT, SEARCH_CATEGORY, SEARCH_REASON };
/* The token of a fact about a chat; id > 0. */
int64_t search_fact_token(enum search_fact fact, int64_t id);

/* A stretch of a text, and whether it is part of a word that was searched for. */
struct search_piece {
    const char *s; /* into the text's NFC */
    size_t n;
    bool is_mark;
};
#define SEARCH_PIECES_MAX 32
struct search_line {
    struct buf nfc; /* owned */
    struct search_piece piece[SEARCH_PIECES_MAX];
    size_t n;
    bool is_cut_before, is_cut_behind; /* the text goes on there */
};
/* The part of text (UTF-8) around the first word found in it, at most about 160 characters, in pieces. search_line_clear() it. False when memory is out. */
bool search_line_make(const struct search_words *words, const char *text, size_t n, struct search_line *line_r);
void search_line_clear(struct search_line *line);

#endif
