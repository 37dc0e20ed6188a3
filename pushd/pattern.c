/* pattern: see pattern.h. */
#include "pushd/pattern.h"

#include <stddef.h>
#include <string.h>

#include "lib/base/token.h"

static size_t segment_len(const char *s)
{
    return strcspn(s, "/");
}

static bool segment_is(const char *s, const char *text)
{
    return segment_len(s) == strlen(text) && strncmp(s, text, strlen(text)) == 0;
}

/* The start of the next segment; NULL behind the last. */
static const char *next_segment(const char *s)
{
    s += segment_len(s);
    return *s ? s + 1 : NULL;
}

bool pattern_is_one(const char *text)
{
    for (const char *s = text; s; s = next_segment(s))
        if (segment_is(s, "*") || segment_is(s, "**"))
            return true;
    return false;
}

static bool segment_is_id(const char *s)
{
    char id[UUID_TEXT_SIZE];

    if (segment_len(s) != UUID_TEXT_SIZE - 1)
        return false;
    memcpy(id, s, UUID_TEXT_SIZE - 1);
    id[UUID_TEXT_SIZE - 1] = '\0';
    return uuid_is_valid(id);
}

static bool segment_matches(const char *pattern, const char *segment, bool any_id)
{
    size_t n = segment_len(pattern);

    if (segment_is(pattern, "*"))
        return true;
    if (any_id && segment_is(segment, PATTERN_ANY_ID) && segment_is_id(pattern))
        return true;
    return n == segment_len(segment) && strncmp(pattern, segment, n) == 0;
}

/* Goes back to the last `**` alone when something does not fit: what an earlier one could take, the last one can, too. */
static bool match(const char *pattern, const char *destination, bool any_id)
{
    const char *behind_many = NULL, *retry = NULL;
    bool has_many = false;

    while (destination) {
        if (pattern && segment_is(pattern, "**")) {
            has_many = true;
            behind_many = pattern = next_segment(pattern);
            retry = destination;
        } else if (pattern && segment_matches(pattern, destination, any_id)) {
            pattern = next_segment(pattern);
            destination = next_segment(destination);
        } else if (has_many && retry) {
            retry = destination = next_segment(retry);
            pattern = behind_many;
        } else {
            return false;
        }
    }
    while (pattern && segment_is(pattern, "**"))
        pattern = next_segment(pattern);
    return !pattern;
}

bool pattern_matches(const char *pattern, const char *destination)
{
    return match(pattern, destination, false);
}

bool pattern_reaches(const char *pattern, const char *destination)
{
    return match(pattern, destination, true);
}
