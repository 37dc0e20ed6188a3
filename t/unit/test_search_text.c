#include <config.h>

#include "t/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/chat/search_text.h"

static struct search_words words;

static void read_words(const char *query)
{
    search_words_clear(&words);
    assert_int_equal(search_words_read(query, strlen(query), &words), SEARCH_WORDS_FINE);
}

static uint32_t found_in(const char *text)
{
    struct buf folded = BUF_INIT;
    uint32_t found;

    assert_true(search_fold(text, strlen(text), &folded));
    found = search_words_in(&words, &folded);
    buf_free(&folded);
    return found;
}

static void words_are_parted_by_white_space(void **state)
{
    (void)state;
    read_words("  배송\t조회\xE3\x80\x80""배송 ABC\n");
    assert_int_equal(words.n, 3);
    assert_string_equal(words.text.p + words.word[1].at, "조회");
    assert_string_equal(words.text.p + words.word[2].at, "abc");
    read_words(" \xC2\xA0 ");
    assert_int_equal(words.n, 0);
    assert_int_equal(search_words_read("1 2 3 4 5 6 7 8 9 a b c d e f g h", 33, &words), SEARCH_WORDS_TOO_MANY);
}

static void a_word_stands_within_others(void **state)
{
    (void)state;
    read_words("송조");
    assert_int_equal(found_in("배송조회 부탁드려요"), 1);
    assert_int_equal(found_in("배송 조회 부탁드려요"), 0);
    read_words("배송 환불");
    assert_int_equal(found_in("빠른배송이요"), 1);
    assert_int_equal(found_in("환불과 배송"), 3);
    read_words("straße É");
    assert_int_equal(found_in("Hauptstrasse é"), 3); /* folds to the same */
}

#ifdef HAVE_UTF8PROC
static void decomposed_text_is_the_same(void **state)
{
    (void)state;
    read_words("\xE1\x84\x87\xE1\x85\xA2\xE1\x84\x89\xE1\x85\xA9\xE1\x86\xBC"); /* 배송 in jamo, as macOS sends it */
    assert_int_equal(found_in("배송"), 1);
    read_words("배송");
    assert_int_equal(found_in("\xE1\x84\x87\xE1\x85\xA2\xE1\x84\x89\xE1\x85\xA9\xE1\x86\xBC"), 1);
}
#endif

struct list {
    int64_t token[64];
    size_t n;
};

static void keep(void *context, int64_t token)
{
    struct list *l = context;

    assert_true(l->n < 64 && token > 0);
    l->token[l->n++] = token;
}

static bool has_all(const struct list *text, const struct list *word)
{
    for (size_t i = 0; i < word->n; i++) {
        size_t k = 0;

        while (k < text->n && text->token[k] != word->token[i])
            k++;
        if (k == text->n)
            return false;
    }
    return true;
}

static void a_text_has_the_tokens_of_its_words(void **state)
{
    static const char *const in[] = {"배송", "송조", "조회", "배송조회", "배", "요", "어떻게", "?"}, *const out[] = {"회어", "송배", "환", "환불"};
    const char *text = "배송조회 어떻게 해요?";
    struct list whole = {0};

    (void)state;
    search_tokens(text, strlen(text), false, keep, &whole);
    for (size_t i = 0; i < COUNT(in); i++) {
        struct list word = {0};

        search_tokens(in[i], strlen(in[i]), true, keep, &word);
        assert_true(word.n > 0 && has_all(&whole, &word));
    }
    for (size_t i = 0; i < COUNT(out); i++) {
        struct list word = {0};

        search_tokens(out[i], strlen(out[i]), true, keep, &word);
        assert_true(word.n > 0 && !has_all(&whole, &word));
    }
    assert_true(search_fact_token(SEARCH_CUSTOMER, 1) > ((INT64_C(0x10FFFF) << 21) | 0x10FFFF));
    assert_true(search_fact_token(SEARCH_AGENT, 5) != search_fact_token(SEARCH_CATEGORY, 5));
}

/* The pieces in one string, marks in [], … where it goes on. */
static const char *line_of(const char *query, const char *text)
{
    static char out[4096];
    struct search_line line;

    read_words(query);
    assert_true(search_line_make(&words, text, strlen(text), &line));
    snprintf(out, sizeof(out), "%s", line.is_cut_before ? "…" : "");
    for (size_t i = 0; i < line.n; i++)
        snprintf(out + strlen(out), sizeof(out) - strlen(out), line.piece[i].is_mark ? "[%.*s]" : "%.*s", (int)line.piece[i].n, line.piece[i].s);
    snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s", line.is_cut_behind ? "…" : "");
    search_line_clear(&line);
    return out;
}

static void the_line_is_marked(void **state)
{
    char longer[2000] = "";

    (void)state;
    assert_string_equal(line_of("배송 abc", "ABC 빠른배송이요 배송"), "[ABC] 빠른[배송]이요 [배송]");
    assert_string_equal(line_of("aa", "aaa"), "[aaa]");
    assert_string_equal(line_of("ss", "Stra\xC3\x9F""e"), "Stra[\xC3\x9F]e");
    assert_string_equal(line_of("s", "Stra\xC3\x9F""e"), "[S]tra[\xC3\x9F]e");
    assert_string_equal(line_of("없음", "<b>&"), "<b>&");
    assert_string_equal(line_of("가", ""), "");
    for (int i = 0; i < 100; i++)
        strcat(longer, "나다");
    strcpy(longer + 300, "여기");
    for (int i = 0; i < 150; i++)
        strcat(longer, "라");
    const char *line = line_of("여기", longer);
    assert_non_null(strstr(line, "다[여기]라"));
    assert_int_equal(strncmp(line, "…", 3), 0);
    assert_string_equal(line + strlen(line) - 3, "…");
    longer[0] = '\0';
    for (int i = 0; i < 60; i++)
        strcat(longer, "ab");
    assert_non_null(strstr(line_of("a", longer), "…")); /* more marks than pieces: cut, not lost in between */
}

static int tear_down(void **state)
{
    (void)state;
    search_words_clear(&words);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words_are_parted_by_white_space), cmocka_unit_test(a_word_stands_within_others),
#ifdef HAVE_UTF8PROC
        cmocka_unit_test(decomposed_text_is_the_same),
#endif
        cmocka_unit_test(a_text_has_the_tokens_of_its_words), cmocka_unit_test(the_line_is_marked),
    };

    return cmocka_run_group_tests(tests, NULL, tear_down);
}
