/* pattern: destinations with wildcards. A destination is segments between slashes; in a pattern a segment `*` stands for one segment, `**` for none, one
 * or many. A star beside other signs in a segment is a star. Pure. */
#ifndef SANGDAM_PUSHD_PATTERN_H
#define SANGDAM_PUSHD_PATTERN_H

#include <stdbool.h>

/* Stands for the id of any chat in a destination that pattern_reaches() is asked about. */
#define PATTERN_ANY_ID "{id}"

/* Has text a segment `*` or `**`? */
bool pattern_is_one(const char *text);
/* Does the pattern stand for this destination? Time grows with the product of both lengths, at worst. */
bool pattern_matches(const char *pattern, const char *destination);
/* The same for a destination in which the segment PATTERN_ANY_ID is every chat's: true when the pattern stands for one of them. */
bool pattern_reaches(const char *pattern, const char *destination);

#endif
