/* search_candidates: the chats that may fit a search, newest first: those whose bits in search_token say so, and those that are over and not entered there yet.
 * For search.c, which holds each against its texts. */
#ifndef SANGDAM_CHAT_SEARCH_CANDIDATES_H
#define SANGDAM_CHAT_SEARCH_CANDIDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;
struct search_candidates;
struct search_words;
struct session_filter;

/* db, filter and words must outlive it. NULL when the database or memory fails. */
struct search_candidates *search_candidates_open(struct db *db, const struct session_filter *filter, const struct search_words *words);
/* The next up to most numbers, descending; 0: there are no more. False: the database failed. */
bool search_candidates_next(struct search_candidates *c, int64_t *nos, size_t most, size_t *n_r);
/* How many there are in all, from the start. */
bool search_candidates_count(struct search_candidates *c, int64_t *count_r);
/* More chats are not entered than are looked at. */
bool search_candidates_are_behind(const struct search_candidates *c);
void search_candidates_close(struct search_candidates **c);

#endif
