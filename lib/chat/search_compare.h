/* search_compare: what the search finds, beside what LIKE finds by reading every message. Words are taken at random from the texts that are there: pieces of
 * one to five characters. Slow (LIKE reads all); for tests and `sangdamctl search compare`. */
#ifndef SANGDAM_CHAT_SEARCH_COMPARE_H
#define SANGDAM_CHAT_SEARCH_COMPARE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/chat/outcome.h"

struct db;

struct search_compared {
    size_t words, chats /* found for all words together */, differences;
};
typedef void search_on_difference(void *context, const char *word, size_t found, size_t like);
enum outcome search_compare(struct db *db, size_t words, uint64_t seed, search_on_difference *on_difference, void *context, struct search_compared *compared_r);

#endif
