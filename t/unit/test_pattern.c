#include "t/unit/unit.h"

#include <string.h>

#include "pushd/pattern.h"

#define ID "0b4e1c9e-2f0a-4c51-9d3e-6f1d2a7b8c90"

static void test_is_one(void **state)
{
    static const char *const patterns[] = {"*", "**", "/topic/*", "/topic/**", "/*/x", "/topic/**/live", "*/"};
    static const char *const plain[] = {"", "/", "/topic/x", "/topic/x*", "/topic/*x", "/topic/***", "/topic/x**/y"};

    (void)state;
    for (size_t i = 0; i < COUNT(patterns); i++)
        assert_true(pattern_is_one(patterns[i]));
    for (size_t i = 0; i < COUNT(plain); i++)
        assert_false(pattern_is_one(plain[i]));
}

static const struct {
    const char *pattern, *destination;
    bool matches;
} cases[] = {
    {"/topic/*", "/topic/a", true},
    {"/topic/*", "/topic/a/b", false},
    {"/topic/*", "/topic", false},
    {"/topic/*", "/topic/", true},
    {"/topic/*", "/topics/a", false},
    {"/topic/**", "/topic", true},
    {"/topic/**", "/topic/a", true},
    {"/topic/**", "/topic/a/b/c", true},
    {"/topic/**", "/queue/a", false},
    {"/topic/**/live", "/topic/live", true},
    {"/topic/**/live", "/topic/a/b/live", true},
    {"/topic/**/live", "/topic/a/live/b", false},
    {"/topic/**/live", "/topic/live/live", true},
    {"/topic/**/a/*/b", "/topic/a/x/a/y/b", true},
    {"/topic/**/a/*/b", "/topic/a/x/a/y/c", false},
    {"/topic/**/**/b", "/topic/b", true},
    {"**", "/topic/a", true},
    {"**", "", true},
    {"/**", "/", true},
    {"/topic/*/x", "/topic/y", false},
    {"/topic/a*", "/topic/ab", false},
    {"/topic/a*", "/topic/a*", true},
    {"/topic/*", "/topic/*", true},
    {"/topic/***", "/topic/a", false},
    {"/*/*", "/topic/a", true},
    {"*/topic/a", "/topic/a", true}, /* the segment before the first slash is empty */
    {"topic/*", "/topic/a", false},
    {"", "", true},
    {"", "/", false},
};

static void test_matches(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++)
        if (pattern_matches(cases[i].pattern, cases[i].destination) != cases[i].matches)
            fail_msg("%s and %s", cases[i].pattern, cases[i].destination);
}

static void test_reaches_any_id(void **state)
{
    static const char room[] = "/topic/chat/" PATTERN_ANY_ID, live[] = "/topic/chat/" PATTERN_ANY_ID "/live";

    (void)state;
    assert_true(pattern_reaches("/topic/chat/*", room));
    assert_true(pattern_reaches("/topic/*/" ID, room));
    assert_true(pattern_reaches("/*/chat/" ID "/live", live));
    assert_true(pattern_reaches("/topic/**/live", live));
    assert_false(pattern_reaches("/topic/**/live", room));
    assert_false(pattern_reaches("/topic/*/sessions", room));
    assert_false(pattern_reaches("/topic/admin/*", room));
    assert_false(pattern_reaches("/topic/*/" ID "x", room));
    assert_false(pattern_matches("/topic/*/" ID, room));
}

/* As long as a header line may be, and as bad as it gets: many `**` before what never comes. */
static void test_ends_soon(void **state)
{
    char pattern[1024] = "", destination[1024] = "";

    (void)state;
    for (size_t at = 0; at + 5 < sizeof pattern; at += 5)
        memcpy(pattern + at, at % 2 ? "/**/a" : "/a/**", 6);
    memcpy(pattern + strlen(pattern) - 2, "/b", 3);
    for (size_t at = 0; at + 2 < sizeof destination; at += 2)
        memcpy(destination + at, "/a", 3);
    assert_false(pattern_matches(pattern, destination));
    memcpy(destination + strlen(destination) - 2, "/b", 3);
    (void)pattern_matches(pattern, destination);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_is_one),
        cmocka_unit_test(test_matches),
        cmocka_unit_test(test_reaches_any_id),
        cmocka_unit_test(test_ends_soon),
    };

    return unit_run(tests);
}
